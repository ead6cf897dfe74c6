# Points `current` at a release. All that can fail for want of space is written before the switch; after it, files are only renamed.

publish() {
    [ -d "releases/$release" ] && [ ! -L "releases/$release" ] || die "release \`$release\` is missing"
    look
    [ "$kind" != directory ] || die "\`$deploy_to/current\` is no symbolic link: move it away, and nothing was changed"
    recall "$release"
    case $record_state in
    ready | retired | live) ;;
    *) die "release \`$release\` is \`${record_state:-without a record}\`: only a ready one can go live" ;;
    esac
    highest
    write_what_follows
    open_operation "$operation" "$release" "$live" publishing
    say target "$target"
    [ -z "$live" ] || say previous "$live"
    own_lock # the last look before the switch: whoever was overtaken stops here
    [ "$live" = "$release" ] || turn "releases/$release"
    mv -f -- "$work/live" ".capify/releases/$release"
    [ -z "$left" ] || mv -f -- "$work/left" ".capify/releases/$left"
    to_phase published
    say live "$release"
    retire_others
    note "$log_line"
    say published "$release"
}

# write_what_follows: the records as they will be, beside their places.
write_what_follows() {
    left=$live
    [ "$left" != "$release" ] || left=''
    if [ -n "$left" ]; then
        [ ! -d ".capify/releases/$left" ] || die "\`$deploy_to/.capify/releases/$left\` is a folder: move it away"
        recall "$left"
        if [ -z "$record_state" ] && by_capistrano "$left"; then
            take_over "$left"
            record_state=live
        fi
        if [ -n "$record_state" ]; then
            recall_operation
            leave_live
            record >"$work/left"
        else # nobody made a release of it, so nobody goes back to it, and nobody removes it
            left=''
        fi
    fi
    recall "$release"
    record_previously=$record_published # for whoever takes an interrupted publication back
    record_state=live record_published=$((top_published + 1)) record_since=$(date +%s)
    record >"$work/live"
}

# leave_live: what becomes of the recalled record, whose release is live; the operation was recalled.
leave_live() {
    was=$record_state record_state=$leaving
    if never_proved "$left"; then
        case $was in
        live) if [ "${record_previously:-0}" -gt 0 ]; then record_published=$record_previously; else record_state=bad; fi ;;
        retired) ;; # killed before its record told of it
        *) record_state=bad ;; # nobody goes back to it
        esac
    fi
    [ "$record_published" -gt 0 ] || top_published=$((top_published + 1)) record_published=$top_published
}

# retire_others: whatever else says `live` was live when something was killed.
retire_others() {
    for file in .capify/releases/*; do
        name=${file##*/}
        recall "$name"
        [ "$record_state" = live ] && [ "$name" != "$release" ] || continue
        record_state=retired
        remember "$name"
    done
}
