# The two ends of building a release at its final place: its record comes first, its list of files last.
begin_release() {
    [ ! -e "releases/$release" ] && [ ! -L "releases/$release" ] || die "release \`$release\` exists already"
    highest
    record_state=building record_sequence=$((top_sequence + 1)) record_published=0
    record_revision=$revision record_maker=$maker record_more=''
    record >"$work/record"
    # A hard link, because it fails if somebody else is making the same release.
    ln -- "$work/record" ".capify/releases/$release" 2>/dev/null || die "release \`$release\` is being made already"
    say made "$release"
    mkdir -- "releases/$release" || die "cannot make release \`$release\`"
    share_with_group "releases/$release"
}

end_release() {
    rm -f -- "releases/$release/REVISION" || die "the commit has a folder \`REVISION\`, which is the name of Capify's own file"
    printf '%s\n' "$revision" >"releases/$release/REVISION"
    (cd -- "releases/$release" && find . ! -type d) >"$work/found"
    sort "$work/found" >"$work/files"
    mv -f -- "$work/files" ".capify/files/$release"
}
