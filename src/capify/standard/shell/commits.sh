# On the operator's machine: what lies between the commits "$old" and "$new", as the mirror of the repository has it.
# With "$fetches" it is brought up to date first; without, it is asked as it is. At most $most commits are named.
trap '[ -z "$fresh" ] || rm -rf -- "$fresh"' EXIT
trap 'exit 130' HUP INT TERM

# has COMMIT: whether the mirror has it, or can get it.
has() {
    revision=$1
    has_commit && return 0
    [ -n "$fetches" ] || return 1
    in_store fetch --quiet --no-tags -- "$repository" "$revision" 2>/dev/null || :
    has_commit
}

# between NAME FROM TO: the commits that TO has and FROM has not.
between() {
    printf 'counted\t%s %s\n' "$1" "$(in_store rev-list --count "$2..$3" --)"
    in_store log --no-decorate --no-color --no-show-signature --max-count="$most" \
        --format="$1%x09%H %ct %an%x09%s" "$2..$3" --
}

if [ -n "$fetches" ]; then
    mkdir -p -- "${store%/*}"
    [ -d "$store" ] || clone_to "$store" --bare
    revision=$new
    update_store "$folder/store"
fi
[ -d "$store" ] || exit 0
printf 'store\t%s\n' "$store"
for commit in "$old" "$new"; do
    if ! has "$commit"; then
        printf 'unknown\t%s\n' "$commit"
        exit 0
    fi
done
between ahead "$old" "$new"
between behind "$new" "$old"
