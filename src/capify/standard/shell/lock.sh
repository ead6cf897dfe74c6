# The lock of this deployment, as this server has it. Locks are numbered: whoever has the highest number holds it, and the
# highest is never removed, so nobody who was overtaken can believe that it is still the holder.

# moment: sets $boot and $uptime, a clock that nobody can set; of a machine without one, the time.
moment() {
    boot='' uptime=''
    [ ! -r /proc/sys/kernel/random/boot_id ] || read -r boot </proc/sys/kernel/random/boot_id || :
    [ ! -r /proc/uptime ] || read -r uptime rest </proc/uptime || :
    uptime=${uptime%%.*}
    [ -n "$boot" ] && [ -n "$uptime" ] || {
        boot=none uptime=$(date +%s)
    }
}

# is_token TEXT: whether it can be a token; nothing else is ever searched for among the processes.
is_token() {
    case $1 in *[!0-9a-f]*) return 1 ;; ????????*) return 0 ;; *) return 1 ;; esac
}

# look_at_lock: sets $lock (the highest number, or 0), $lock_state (free, held, stale) and $lock_* of what its file says.
look_at_lock() {
    until look_at_highest; do :; done
    file=.capify/locks/$lock
    if [ -f "$file" ] && [ ! -s "$file" ]; then lock_state=stale; fi # a machine lost its power before it was written
    [ "$lock_state" = held ] && [ "$lock_lease" -gt 0 ] || return 0 # one without a lease is held by hand
    if [ -f ".capify/locks/$lock.beat" ]; then
        read -r lock_boot beaten <".capify/locks/$lock.beat" || :
        number "$beaten"
        lock_uptime=$number
    fi
    moment
    lock_age=$((uptime - lock_uptime))
    if [ "$lock_boot" != "$boot" ] || [ "$lock_age" -gt "$lock_lease" ]; then lock_state=stale; fi
}

# look_at_highest: fails when the file was gone before it was read: then there is a higher one.
look_at_highest() {
    lock=0 lock_state=free lock_token='' lock_lease=0 lock_boot='' lock_uptime=0 lock_who='' lock_more='' lock_lines=0
    for file in .capify/locks/*; do
        number "${file##*/}"
        [ "$number" -le "$lock" ] || lock=$number
    done
    [ "$lock" -gt 0 ] || return 0
    file=.capify/locks/$lock lock_state=held # what cannot be understood is held, until somebody takes it away
    if [ ! -f "$file" ] || [ -L "$file" ]; then
        [ -e "$file" ] || [ -L "$file" ]
        return
    fi
    { while [ "$lock_lines" -lt 20 ] && read -r field content; do note_of_lock; done <"$file"; } 2>/dev/null || [ -e "$file" ]
}

note_of_lock() {
    lock_lines=$((lock_lines + 1))
    case $field in
    released) lock_state=free ;;
    token) if is_token "$content"; then lock_token=$content; fi ;;
    lease) number "$content" && lock_lease=$number ;;
    boot) lock_boot=$content ;;
    uptime) number "$content" && lock_uptime=$number ;;
    *)
        [ "$field" != who ] || lock_who=$content
        lock_more="$lock_more$field $content
"
        ;;
    esac
}

is_ours() { [ "$lock_token" = "$token" ] && [ "$lock_state" != free ]; }

# own_lock: ends the script unless the lock is ours; a script without a token needs none. What it starts carries the token.
own_lock() {
    [ -n "$token" ] || return 0
    look_at_lock
    is_ours || die "the lock on \`$deploy_to\` was lost: $(printf '%.200s' "${lock_who:-somebody}") took it"
    CAPIFY_LOCK=$token
    export CAPIFY_LOCK
}

# end_scripts_of TOKEN: what the former holder still runs here must never wake up. Its scripts carry its token in their
# text, and what they start in its environment. Some are just being started, so it looks until nothing is left.
end_scripts_of() {
    is_token "$1" || return 0
    for pause in 0 0 0 1 2; do
        find_scripts_of "$1"
        [ -n "$processes" ] || return 0
        # shellcheck disable=SC2086 - numbers
        kill -9 $processes 2>/dev/null || :
        sleep "$pause"
    done
    find_scripts_of "$1"
    [ -z "$processes" ] || die "what the former holder runs here cannot be ended: process$processes"
}

# find_scripts_of TOKEN: sets $processes. It is no argument of `grep`, which would find itself.
find_scripts_of() {
    processes=''
    for file in $(printf '%s\n' "$1" | grep -lasF -f - /proc/[0-9]*/cmdline /proc/[0-9]*/environ); do
        file=${file#/proc/}
        processes="$processes ${file%/*}"
    done
}
