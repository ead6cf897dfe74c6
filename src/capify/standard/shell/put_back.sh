# Takes a publication back, if it is still what is live here: the link's former text, or no link, and the former records.
cd -P -- "$deploy_to" 2>/dev/null || {
    say elsewhere none
    exit 0
}
look
if [ "$live" != "$release" ]; then
    if [ -f .capify/operation ]; then
        enter
        recall_operation
        if [ "$operation_release" = "$release" ]; then
            set_right "$release"
            to_phase returned
        fi
    fi
    say elsewhere "${live:-$kind}"
    exit 0
fi
enter
if [ -n "$target" ] && [ -z "$former" ]; then
    rm -f -- current
elif [ "$target" != "$former" ]; then
    turn "$former"
fi
recall "$release"
record_state=$was record_published=$counter
remember "$release"
look
if [ -n "$live" ]; then
    recall "$live"
    if [ -n "$record_state" ]; then
        record_state=live
        remember "$live"
    fi
fi
recall_operation
if [ "$operation_release" = "$release" ]; then to_phase returned; fi
say restored "${live:-$kind}"
note "$log_line"
