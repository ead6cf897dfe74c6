# Links what is shared into a release that was just built: what is in the way there is from the commit, and from nobody else.

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
        rm -rf -- "$place"
        say replaced "$1"
    fi
    ln -s -- "$aim" "$place"
}

# make_shared PATH…: the first $files of them are files; they are made by people, and folders by us.
make_shared() {
    lacking='' count=0
    for path in "$@"; do
        count=$((count + 1))
        if [ "$count" -gt "$files" ]; then
            make "shared/$path"
        elif [ ! -e "shared/$path" ]; then
            lacking="$lacking \`$deploy_to/shared/$path\`"
        fi
    done
    [ -z "$lacking" ] || die "linked files are missing:$lacking"
}

# finish_release PATH…: with what is shared in its place it is whole: `ready`.
finish_release() {
    for path in "$@"; do
        share "$path"
    done
    record_state=ready
    remember "$release"
    to_phase prepared
    say ready "$release"
}
