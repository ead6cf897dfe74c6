# Removes the releases "$@", and what earlier removals and killed invocations left. What is live is asked again, here and now.
enter
look
for name in "$@"; do
    recall "$name"
    if [ "$kind" != release ] || [ "$live" = "$name" ] || [ "${target##*/}" = "$name" ]; then
        say kept "$name may be live"
    elif [ -z "$record_state" ]; then
        say kept "$name was not made by Capify"
    else
        forget "$name"
        say removed "$name"
    fi
done
for thrown in .capify/trash/* releases/.trash/*; do
    [ ! -e "$thrown" ] && [ ! -L "$thrown" ] || destroy "$thrown"
done
# A day old: nobody works in them any more.
find .capify/tmp -mindepth 1 -maxdepth 1 -mtime +0 -exec rm -rf -- {} \; 2>/dev/null || :
find shared/ -maxdepth 1 -name '.capify-clone.*' -mtime +0 -exec rm -rf -- {} \; 2>/dev/null || :
