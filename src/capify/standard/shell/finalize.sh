# Links what is shared into a release, and calls it ready. Content that is not from the commit is never deleted.

# share PATH: a relative link, so that the deployment can be moved as a whole.
share() {
    rest=$1 folder=releases/$release up=../..
    while :; do
        case $rest in */*) ;; *) break ;; esac
        folder=$folder/${rest%%/*} rest=${rest#*/} up=../$up
        [ ! -L "$folder" ] || die "\`$1\` cannot be linked: \`$folder\` is itself a symbolic link in the commit"
        [ -d "$folder" ] || mkdir -- "$folder"
    done
    aim=$up/shared/$1 place=$folder/$rest
    [ ! -L releases ] || aim=$deploy_to/shared/$1 # seen from elsewhere, the way up leads elsewhere
    if [ -L "$place" ] && [ "$(readlink "$place")" = "$aim" ]; then return 0; fi
    if [ -L "$place" ] || [ -e "$place" ]; then
        only_from_commit "$1"
        rm -rf -- "$place"
        say replaced "$1"
    fi
    ln -s -- "$aim" "$place"
}

only_from_commit() {
    (cd -- "releases/$release" && find "./$1" ! -type d) >"$work/found"
    sort -u "$work/found" >"$work/there"
    sort "$work/there" ".capify/files/$release" ".capify/files/$release" >"$work/all"
    uniq -u "$work/all" >"$work/strangers"
    [ ! -s "$work/strangers" ] || die "\`$1\` holds what is not from the commit: $(head -n 3 "$work/strangers" | tr '\n' ' ')"
}

enter
recall "$release"
[ -d "releases/$release" ] || die "release \`$release\` is missing"
case $record_state in
building | ready) ;;
*) die "release \`$release\` is \`${record_state:-without a record}\`, and only one that is being built can be finished" ;;
esac
[ -f ".capify/files/$release" ] || die "release \`$release\` was not built to its end"
lacking='' count=0
for path in "$@"; do # the first $files of them are files; they are made by people, and folders by us
    count=$((count + 1))
    if [ "$count" -gt "$files" ]; then
        make "shared/$path"
    elif [ ! -e "shared/$path" ]; then
        lacking="$lacking \`$deploy_to/shared/$path\`"
    fi
done
[ -z "$lacking" ] || die "linked files are missing:$lacking"
for path in "$@"; do
    share "$path"
done
record_state=ready
remember "$release"
say ready "$release"
