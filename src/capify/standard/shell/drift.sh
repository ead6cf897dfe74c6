# Compares the live release with the list of its files, tells what was written into it since, and in which releases
# processes work. Changes nothing. "$@": the linked paths; at most $most paths of a kind are named.

# linked PATH: whether it, or a folder above it, is a link to the same path of what is shared.
linked() {
    place='' rest=$1
    while [ -n "$rest" ]; do
        place=${place:+$place/}${rest%%/*}
        case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
        [ -L "$place" ] || continue
        case $(readlink "$place") in *"/shared/$place") return 0 ;; esac
    done
    return 1
}

# altered: the paths of the list that are not there any more, or not the same.
altered() {
    grep -e '^[0-9a-f]\{64\}  ' -e '^\\[0-9a-f]\{64\}  ' "$list" | sha256sum -c - 2>/dev/null |
        sed -n -e 's/: FAILED$//p' -e 's/: FAILED open or read$//p'
    {
        find . -type l -exec sh -c 'for path; do printf "link %s  %s\\n" "$(readlink "$path")" "$path"; done' sh {} + | sed p
        grep '^link ' "$list"
    } | sort | uniq -u | sed -n 's/^link .*  \.\//.\//p'
}

# judge: names the paths on standard input as edited or missing, and counts them.
judge() {
    edited=0 missing=0
    while IFS= read -r path; do
        path=${path#./}
        if linked "$path"; then continue; fi
        if [ -e "$path" ] || [ -L "$path" ]; then
            edited=$((edited + 1)) sort=edited count=$edited
        else
            missing=$((missing + 1)) sort=missing count=$missing
        fi
        [ "$count" -gt "$most" ] || say "$sort" "$path"
    done
    say counted "edited $edited"
    say counted "missing $missing"
}

# running: the releases that processes work in, as far as this user may see.
running() {
    root=$(cd -P -- releases 2>/dev/null && pwd -P) || return 0
    ls -l /proc/[0-9]*/cwd 2>/dev/null | while IFS= read -r line; do
        case $line in
        *" -> $root/"?*)
            line=${line##*" -> $root/"} line=${line%%/*}
            printf '%s\n' "${line%' (deleted)'}"
            ;;
        esac
    done | sort -u | head -n "$most" | while IFS= read -r name; do say running "$name"; done
}

cd -P -- "$deploy_to" 2>/dev/null || exit 0
running
look
[ "$kind" = release ] || exit 0
say live "$live"
files_of "$live"
cd -P -- "releases/$live"
for path in "$@"; do
    if linked "$path"; then
        [ -e "$path" ] || say unlinked "dangling $path"
    elif [ -L "$path" ]; then
        say unlinked "elsewhere $path"
    elif [ -d "$path" ]; then
        say unlinked "folder $path"
    elif [ -e "$path" ]; then
        say unlinked "file $path"
    else
        say unlinked "missing $path"
    fi
done
[ -f "$list" ] || exit 0
digest=$(sha256sum <"$list") || die "cannot read \`$list\`"
say digest "${digest%% *}"
altered | judge
[ ! -f "$record" ] || written | sum_up
