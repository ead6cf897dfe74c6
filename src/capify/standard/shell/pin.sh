# Writes into a release's record that somebody wants it kept, or (an empty "$pinned") that nobody does any more.
enter
recall "$release"
[ -n "$record_state" ] || die "release \`$release\` has no record: only what Capify made can be pinned"
record_more=$(printf '%s' "$record_more" | sed -e '/^pinned /d' -e '/^pinned$/d')
[ -z "$record_more" ] || record_more="$record_more
"
[ -z "$pinned" ] || record_more="${record_more}pinned $pinned
"
record >"$work/record"
touch -r ".capify/releases/$release" "$work/record" # its age tells when the release went live
mv -f -- "$work/record" ".capify/releases/$release"
say kept "$release"
