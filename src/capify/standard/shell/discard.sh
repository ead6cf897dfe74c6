# Removes a release that this invocation made and that never went live; any other stays, and the reason is said.
cd -P -- "$deploy_to" 2>/dev/null && [ -f ".capify/releases/$release" ] || {
    say absent "$release" # it failed before anything was made, and nothing is made now
    exit 0
}
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
    forget "$release"
    say removed "$release"
fi
