# Turns our lock into one that holds until somebody lets it go: it has another token, so we are not its holder any more.
enter
printf 'token %s\nlease 0\nboot none\nuptime 0\nwhen %s\nwho %s\ninvocation %s\nreason %s\n' \
    "$kept" "$(date +%s)" "$who" "$invocation" "$reason" >"$work/lock"
mv -f -- "$work/lock" ".capify/locks/$lock"
rm -f -- ".capify/locks/$lock.beat"
say kept "$lock"
