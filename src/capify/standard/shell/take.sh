# Takes the lock on this server, if it can be had, and adopts what Capistrano made. Whatever is decided is decided elsewhere.

# take: a hard link of the next number, because it fails where somebody else has just made it.
take() {
    make .capify/locks
    look_at_lock
    [ "$lock_state" != held ] || return 1
    broken='' mine=$((lock + 1))
    [ "$lock_state" = free ] || broken=$lock_token
    moment
    printf 'token %s\nlease %s\nboot %s\nuptime %s\nwhen %s\nwho %s\ninvocation %s\nreason %s\n' \
        "$token" "$lease" "$boot" "$uptime" "$(date +%s)" "$who" "$invocation" "$reason" >"$work/lock" ||
        die "cannot write the lock of \`$deploy_to\`" # said here, because where a function is a condition, `set -e` is off
    ln -- "$work/lock" ".capify/locks/$mine" 2>/dev/null || return 1
    look_at_lock
    if [ "$lock" -ne "$mine" ]; then # this number was another's, who has gone since
        rm -f -- ".capify/locks/$mine"
        return 1
    fi
    say locked "$mine"
    if [ -n "$broken" ]; then
        say broke "$broken"
        end_scripts_of "$broken"
    fi
    for file in .capify/locks/* .capify/locks/.[0-9a-f]*; do # the last are beats that somebody killed
        name=${file##*/}
        number "${name%.beat}"
        [ "$number" -ge "$mine" ] || rm -f -- "$file" 2>/dev/null || :
    done
}

take_in_time() {
    until take; do
        [ "$patience" -gt 0 ] || return 1
        patience=$((patience - 1))
        sleep 1
    done
}

# adopt: gives records to what Capistrano made: releases named by the time, with a REVISION, that are no newer than what is live.
adopt() {
    look
    [ "$kind" = release ] || return 0
    case $live in *[!0-9]* | ??????????????*?) return 0 ;; ??????????????) ;; *) return 0 ;; esac
    highest
    for entry in releases/*; do
        name=${entry#releases/}
        by_capistrano "$name" && [ "$name" -le "$live" ] && [ ! -e ".capify/releases/$name" ] || continue
        take_over "$name"
        record_state=retired
        [ "$name" != "$live" ] || record_state=live
        remember "$name"
        say adopted "$name"
    done
}

if cd -P -- "$deploy_to" 2>/dev/null && [ -d releases ] && [ -w . ] && [ -w releases ]; then
    home
    if take_in_time; then
        adopt
        recall_operation
        [ -z "$operation_token" ] || set_right "$operation_release"
    fi
fi
