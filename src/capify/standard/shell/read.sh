# Tells what this server has, and changes nothing. "$@": the linked files.

# tell LINES NAME PREFIX: each of them.
tell() {
    while read -r line; do
        [ -z "$line" ] || say "$2" "$3$line"
    done <<END
$1
END
}

if command -v git >/dev/null 2>&1; then say git yes; else say git no; fi
if ! cd -P -- "$deploy_to" 2>/dev/null; then
    say exists no
    for path in "$@"; do say missing "$path"; done
    exit 0
fi
say exists yes
for folder in . releases shared .capify; do
    [ ! -d "$folder" ] || say folder "$folder"
    [ ! -d "$folder" ] || [ ! -w "$folder" ] || say writable "$folder"
done
if [ -e .capify/format ]; then
    version=''
    read -r version <.capify/format || :
    say format "$version"
fi
say now "$(date +%s)"
say disk "$(stat -f -c '%a %S %d %c' . 2>/dev/null || echo '- - - -')"

look
say current "$kind"
say target "$target"
[ -z "$live" ] || say live "$live"

for entry in releases/*; do
    name=${entry#releases/}
    case $name in
    '*') [ -e "$entry" ] || [ -L "$entry" ] || continue ;;
    esac
    case $name in
    *[!A-Za-z0-9._-]* | [!A-Za-z0-9]*) say odd "$name" ;;
    *) if [ -d "$entry" ] && [ ! -L "$entry" ]; then say release "$name"; else say odd "$name"; fi ;;
    esac
done
for file in .capify/releases/*; do
    [ -f "$file" ] || continue
    recall "${file##*/}"
    say record "${file##*/} ${record_state:--} $record_sequence $record_published ${record_revision:--}"
    say maker "${file##*/} $record_maker"
    [ -z "$record_previously" ] || say fact "${file##*/} previously $record_previously"
    [ -z "$record_since" ] || say since "${file##*/} $record_since"
    tell "$record_more" fact "${file##*/} "
done
if [ -n "$live" ] && [ -f "releases/$live/REVISION" ]; then
    line=''
    read -r line <"releases/$live/REVISION" || :
    say revision "$line"
fi
for path in "$@"; do
    [ -e "shared/$path" ] || say missing "$path"
done
for entry in .capify/failed/*; do
    [ ! -d "$entry" ] || say failed "${entry##*/}"
done
look_at_lock
say lock "$lock_state $lock"
if [ "$lock_state" != free ]; then
    tell "token $lock_token
lease $lock_lease
$lock_more" holder ''
fi
recall_operation
if [ -n "$operation_token" ]; then
    say operation "$operation_kind $operation_phase $operation_release ${operation_former:--} $operation_token"
    tell "$operation_more" operator ''
fi
