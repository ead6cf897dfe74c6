# Strategy `remote_cache`: the server keeps a clone, and the release is taken out of it.
enter
command -v git >/dev/null 2>&1 || die "git is not installed, and \`deploy_via = \"remote_cache\"\` needs it"
[ -d shared ] || die "\`$deploy_to/shared\` is missing: run \`deploy:setup\` first"
make_shared "$@"
[ -d "$cache" ] || clone_to "$cache" --no-checkout
store=$(cd -P -- "$cache" && pwd -P)/.git
[ -d "$store" ] || die "\`$deploy_to/$cache\` is no clone: move it away"
update_store "$work/store"
begin_release
check_out "releases/$release" "$PWD/$work/index" || die "cannot take the files of \`$revision\` out of \`$deploy_to/$cache\`"
end_release
finish_release "$@"
