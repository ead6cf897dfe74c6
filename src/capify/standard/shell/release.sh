# The two ends of building a release at its final place: its record comes first, its list of files last.
begin_release() {
    [ ! -e "releases/$release" ] && [ ! -L "releases/$release" ] || die "release \`$release\` exists already"
    recall "$release"
    if [ "$record_state" = bad ] && [ "$record_published" -eq 0 ]; then forget "$release"; fi # it failed here, and is made anew
    look
    open_operation deploy "$release" "$live" building
    highest
    record_state=building record_sequence=$((top_sequence + 1)) record_published=0 record_previously='' record_since=''
    record_revision=$revision record_maker=$token
    record_more="who $who
when $(date +%s)
invocation $invocation
servers $servers
"
    record >"$work/record"
    # A hard link, because it fails if somebody else is making the same release.
    ln -- "$work/record" ".capify/releases/$release" 2>/dev/null || die "release \`$release\` is being made already"
    rm -f -- "$work/record" # else writing the next one would write into this one
    say made "$release"
    mkdir -- "releases/$release" || die "cannot make release \`$release\`"
    share_with_group "releases/$release"
}

end_release() {
    rm -f -- "releases/$release/REVISION" || die "the commit has a folder \`REVISION\`, which is the name of Capify's own file"
    write_manifest "releases/$release"
    printf '%s\n' "$revision" >"releases/$release/REVISION"
    mv -f -- "$work/manifest" ".capify/files/$release"
    digest=$(sha256sum <".capify/files/$release") || die "cannot read \`$deploy_to/.capify/files/$release\`"
    digest=${digest%% *}
    say digest "$digest"
    size=$(du -sk "releases/$release") || size=0
    record_more="${record_more}digest $digest
size ${size%%[!0-9]*}
files $(wc -l <".capify/files/$release" | tr -d ' ')
"
}
