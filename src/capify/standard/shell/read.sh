# Tells what this server has, and changes nothing. "$@": the linked files.
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
say disk "$(stat -f -c '%a %S %d' . 2>/dev/null || echo '- - -')"

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
done
if [ -n "$live" ] && [ -f "releases/$live/REVISION" ]; then
    line=''
    read -r line <"releases/$live/REVISION" || :
    say revision "$line"
fi
for path in "$@"; do
    [ -e "shared/$path" ] || say missing "$path"
done
