# write_manifest FOLDER: what is in it, as lines in a fixed order: the hash of every file, the target of every link.
write_manifest() {
    (
        cd -P -- "$1" || exit 1
        find . -type f -exec sha256sum {} + || exit 1
        find . -type l -exec sh -c 'for path; do printf "link %s  %s\\n" "$(readlink "$path")" "$path"; done' sh {} + || exit 1
    ) >"$work/found" || die "cannot read all of \`$deploy_to/$1\`"
    sort "$work/found" >"$work/manifest"
}
