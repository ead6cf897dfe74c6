# Lets the lock go, if it is ours; and closes the operation, if it came to an end that needs nobody any more.

# close_all SETTLED
close_all() {
    look_at_lock
    is_ours || {
        say lost "${lock_who:-somebody}"
        return 0
    }
    recall_operation
    if [ "$1" = yes ] && { [ "$operation_token" = "$token" ] || [ "$operation_phase" = returned ]; }; then
        rm -f -- .capify/operation
    fi
    printf 'released %s\nwho %s\n' "$(date +%s)" "$who" >"$work/released"
    mv -f -- "$work/released" ".capify/locks/$lock"
    rm -f -- ".capify/locks/$lock.beat"
    say closed "$lock"
}
