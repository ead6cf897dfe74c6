# Every script begins with this. Answers are lines of `name<TAB>value` on standard output; complaints go to standard error.
# Nothing relies on `pipefail`, `local` or `-ef`: dash, bash and BusyBox run it alike.
set -eu
LC_ALL=C
export LC_ALL
unset CDPATH

# say NAME VALUE: control characters cannot pretend to be another line.
say() {
    case $2 in
    *[[:cntrl:]]*) printf '%s\t%s\n' "$1" "$(printf '%s' "$2" | tr '\000-\037\177' '?')" ;;
    *) printf '%s\t%s\n' "$1" "$2" ;;
    esac
}

die() {
    printf 'capify: %s\n' "$1" >&2
    exit 1
}

# number TEXT: sets $number to it, or to 0 if it is none that a shell can count with.
number() {
    case $1 in
    '' | *[!0-9]* | 0?* | ????????????????*) number=0 ;;
    *) number=$1 ;;
    esac
}

# recall RELEASE: reads its record into $record_*; without one the state is empty. What is not decided by stays in $record_more.
recall() {
    record_state='' record_sequence=0 record_published=0 record_previously='' record_revision='' record_maker=''
    record_since='' record_more=''
    [ -f ".capify/releases/$1" ] || return 0
    while read -r field content; do
        case $field in
        state) record_state=$content ;;
        sequence) number "$content" && record_sequence=$number ;;
        published) number "$content" && record_published=$number ;;
        revision) record_revision=$content ;;
        maker) record_maker=$content ;;
        since) record_since=$content ;;
        previously) [ -z "$content" ] || { number "$content" && record_previously=$number; } ;;
        *) record_more="$record_more$field $content
" ;;
        esac
    done <".capify/releases/$1"
}

# look: sets $kind (none, release, directory, dangling, outside), $target (the link's text), $live (a release's name).
look() {
    kind=none target='' live=''
    if [ -L current ]; then
        kind=dangling target=$(readlink current)
        real=$(cd -P -- current 2>/dev/null && pwd -P) || return 0
        kind=outside
        root=$(cd -P -- releases 2>/dev/null && pwd -P) || return 0
        case $real in
        "$root"/*/*) ;;
        "$root"/?*) kind=release live=${real#"$root"/} ;;
        esac
    elif [ -e current ]; then
        kind=directory
    fi
}
