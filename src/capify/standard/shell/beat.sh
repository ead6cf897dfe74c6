# Renews the lease of our lock. One that is ours no longer has none; whoever acts next hears of that.
cd -P -- "$deploy_to"
look_at_lock
is_ours || exit 0
moment
beat=.capify/locks/.$token
[ ! -L "$beat" ] && [ ! -d ".capify/locks/$lock.beat" ] || die "somebody was at \`$deploy_to/.capify/locks\`: no lease is renewed there"
printf '%s %s\n' "$boot" "$uptime" >"$beat"
mv -f -- "$beat" ".capify/locks/$lock.beat"
