# Puts a release aside that this maker made and that never went live; any other stays, and the reason is said.
# Where it failed before anything was made, nothing is made now.
cd -P -- "$deploy_to" 2>/dev/null || {
    say absent "$release"
    exit 0
}
[ -f ".capify/releases/$release" ] || {
    [ ! -d .capify/locks ] || own_lock
    say absent "$release"
    exit 0
}
# make_room: undoing needs a little of it; where there is none, what would be kept as evidence goes.
make_room() {
    recall "$release"
    look
    case $record_state in building | ready) ;; *) return 0 ;; esac
    [ "$record_maker" = "$maker" ] && [ "$live" != "$release" ] || return 0
    probe=.capify/tmp/room.$token
    if mkdir "$probe" 2>/dev/null && printf '%4096s' '' 2>/dev/null >"$probe/file"; then :; else rm -rf -- "releases/$release"; fi
    rm -rf -- "$probe"
}

own_lock
make_room
enter
recall "$release"
look
if [ "$record_state" != building ] && [ "$record_state" != ready ]; then
    say kept "$release is ${record_state:-without a record}"
elif [ "$record_maker" != "$maker" ]; then
    say kept "$release was made by another invocation"
elif [ "$live" = "$release" ]; then
    say kept "$release is live"
else
    put_aside "$release"
    say removed "$release"
fi
recall_operation
if [ "$operation_release" = "$release" ]; then to_phase returned; fi
