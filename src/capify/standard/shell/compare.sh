# Compares the lists of files of two releases, "$old" and "$new", and changes nothing. At most $most paths are named.
cd -P -- "$deploy_to" 2>/dev/null || exit 0
for name in "$old" "$new"; do
    [ -f ".capify/files/$name" ] || say unlisted "$name"
done
[ -f ".capify/files/$old" ] && [ -f ".capify/files/$new" ] || exit 0
tab=$(printf '\t')

# only_in ONE OTHER: the lines that the other list does not have.
only_in() { sort ".capify/files/$1" ".capify/files/$2" ".capify/files/$2" | uniq -u; }

# marked SIGN: the paths of a list's lines, each with where it is from.
marked() {
    sed -n -e "s/^\\\\\{0,1\}[0-9a-f]\{64\}  \.\/\(.*\)\$/\1$tab$1/p" -e "s/^link .*  \.\/\(.*\)\$/\1$tab$1/p"
}

{
    only_in "$old" "$new" | marked -
    only_in "$new" "$old" | marked +
} | sort | {
    added=0 removed=0 changed=0 path='' sign=''

    # settle: tells the path that was read last.
    settle() {
        case $sign in
        '') return 0 ;;
        +) added=$((added + 1)) verb=added count=$added ;;
        -) removed=$((removed + 1)) verb=removed count=$removed ;;
        *) changed=$((changed + 1)) verb=changed count=$changed ;;
        esac
        [ "$count" -gt "$most" ] || say "$verb" "$path"
        sign=''
    }

    while IFS=$tab read -r next mark; do
        if [ -n "$sign" ] && [ "$next" = "$path" ]; then
            sign=both
        else
            settle
            path=$next sign=$mark
        fi
    done
    settle
    for verb in added removed changed; do
        eval "say counted \"$verb \$$verb\""
    done
}
