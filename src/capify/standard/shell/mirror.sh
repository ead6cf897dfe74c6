# On the operator's machine, for strategy `copy`: a bare mirror has the commit, and its files are taken out into "$folder".
trap '[ -z "$fresh" ] || rm -rf -- "$fresh"' EXIT
trap 'exit 130' HUP INT TERM
mkdir -p -- "${store%/*}"
[ -d "$store" ] || clone_to "$store" --bare
update_store "$folder.store"
mkdir -p -- "$folder"
check_out "$folder" "$index" || die "cannot take the files of \`$revision\` out of \`$repository\`"
rm -f -- "$index"
