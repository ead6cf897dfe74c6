# Makes what is missing of a deployment, for one server; what is there stays as it is. "$@": the shared folders.
parent=${deploy_to%/*}
[ -d "$parent" ] || mkdir -p -- "$parent" || die "cannot make \`$parent\`"
make "$deploy_to"
cd -P -- "$deploy_to"
[ -w . ] || die "\`$deploy_to\` is not writable for \`$(id -un)\`"
make releases
make shared
home
for folder in "$@"; do
    make "shared/$folder"
done
