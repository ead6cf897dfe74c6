# Points `current` at a release. All that can fail for want of space is written before the switch; after it, files are only renamed.
enter
[ -d "releases/$release" ] && [ ! -L "releases/$release" ] || die "release \`$release\` is missing"
look
[ "$kind" != directory ] || die "\`$deploy_to/current\` is no symbolic link: move it away, and nothing was changed"
recall "$release"
case $record_state in
ready | retired | live) ;;
*) die "release \`$release\` is \`${record_state:-without a record}\`: only a ready one can go live" ;;
esac
highest
left=$live
[ "$left" != "$release" ] || left=''
if [ -n "$left" ]; then
    recall "$left"
    if [ -z "$record_state" ]; then # Capistrano made it; that it was live is known
        top_sequence=$((top_sequence + 1)) record_sequence=$top_sequence
        [ ! -f "releases/$left/REVISION" ] || read -r record_revision <"releases/$left/REVISION" || :
        case $record_revision in *[!0-9a-f]*) record_revision='' ;; esac
    fi
    if [ "$record_published" -eq 0 ]; then
        top_published=$((top_published + 1)) record_published=$top_published
    fi
    record_state=$leaving
    record >"$work/left"
fi
recall "$release"
record_state=live record_published=$((top_published + 1))
record >"$work/live"

say target "$target"
[ -z "$live" ] || say previous "$live"
[ "$live" = "$release" ] || turn "releases/$release"
mv -f -- "$work/live" ".capify/releases/$release"
[ -z "$left" ] || mv -f -- "$work/left" ".capify/releases/$left"
say live "$release"
for file in .capify/releases/*; do # whatever still says `live` was live when something was killed
    name=${file##*/}
    recall "$name"
    [ "$record_state" = live ] && [ "$name" != "$release" ] || continue
    record_state=retired
    remember "$name"
done
note "$log_line"
