# What every script that writes begins with: the way in, a private workplace, and records that change as a whole or not at all.
work=''

leave() {
    status=$?
    trap - EXIT
    [ "$status" -eq 0 ] || tell_if_full
    [ -z "$work" ] || rm -rf -- "$work"
    [ -z "${fresh:-}" ] || rm -rf -- "$fresh"
    exit "$status"
}

# tell_if_full: the cause, because some shells and tools say of a full disk only that something could not be written.
tell_if_full() {
    case $(stat -f -c '%a %d/%c' . 2>/dev/null) in
    '0 '*) echo "capify: No space left on device: \`$deploy_to\` is on a full disk" >&2 ;;
    *' 0/0') ;; # it counts no inodes
    *' 0/'*) echo "capify: No space left on device: \`$deploy_to\` is on a disk without free inodes" >&2 ;;
    esac
}

# enter: goes to deploy_to, makes the folder of the records where a deployment of Capistrano is taken over, and holds the lock.
enter() {
    cd -P -- "$deploy_to" 2>/dev/null || die "\`$deploy_to\` is missing: run \`deploy:setup\` first"
    [ -d releases ] || die "\`$deploy_to/releases\` is missing: run \`deploy:setup\` first"
    home
    own_lock
}

home() {
    for folder in .capify .capify/releases .capify/files .capify/failed .capify/locks .capify/tmp .capify/trash; do
        [ ! -L "$folder" ] || die "\`$deploy_to/$folder\` is a symbolic link: nothing is written through it"
        make "$folder"
    done
    trap leave EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    work=$(mktemp -d .capify/tmp/work.XXXXXX)
    version=''
    if [ -e .capify/format ]; then
        read -r version <.capify/format || :
        [ "$version" = 1 ] || die "\`$deploy_to/.capify\` has format \`$version\`: use the version of Capify that made it"
    else
        echo 1 >"$work/format"
        mv -f -- "$work/format" .capify/format
    fi
}

# make FOLDER: makes it with what is missing above it, says so, and gives it to the group.
make() {
    [ ! -d "$1" ] || return 0
    case $1 in */*) [ -d "${1%/*}" ] || make "${1%/*}" ;; esac
    mkdir -- "$1" 2>/dev/null || [ -d "$1" ] || mkdir -- "$1" || die "cannot make \`$1\`"
    share_with_group "$1"
    case $1 in .capify/*) ;; *) say made "$1" ;; esac
}

share_with_group() {
    [ -n "$group" ] || return 0
    chgrp -- "$group" "$1" || die "cannot give \`$1\` to the group \`$group\`"
    chmod g+rwxs "$1"
}

# put FILE PLACE: in one rename. A folder there, or a link to one, would take it in.
put() {
    [ ! -d "$2" ] || die "\`$deploy_to/$2\` is a folder: move it away"
    mv -f -- "$1" "$2"
}

# remember RELEASE: writes $record_* as its record, in one rename.
remember() {
    record >"$work/record"
    put "$work/record" ".capify/releases/$1"
}

record() {
    printf 'state %s\nsequence %s\npublished %s\npreviously %s\nrevision %s\nmaker %s\nsince %s\n%s' "$record_state" \
        "$record_sequence" "$record_published" "$record_previously" "$record_revision" "$record_maker" "$record_since" \
        "$record_more"
}

# highest: sets $top_sequence and $top_published, over all records.
highest() {
    top_sequence=0 top_published=0
    for file in .capify/releases/*; do
        recall "${file##*/}"
        [ "$record_sequence" -le "$top_sequence" ] || top_sequence=$record_sequence
        [ "$record_published" -le "$top_published" ] || top_published=$record_published
    done
}

# turn TARGET: makes `current` point there, by rename(2): there is no instant without it.
turn() {
    ln -s -- "$1" "$work/current"
    mv -fT -- "$work/current" current 2>"$work/mv" && return 0
    [ -L "$work/current" ] || die "the switch of \`current\` ended in the middle: $(cat "$work/mv")"
    [ -L current ] || [ ! -e current ] || die "\`$deploy_to/current\` is no symbolic link"
    perl -e 'rename($ARGV[0], $ARGV[1]) or exit 1' "$work/current" current 2>/dev/null && return 0
    python3 -c 'import os, sys; os.rename(sys.argv[1], sys.argv[2])' "$work/current" current 2>/dev/null && return 0
    die "cannot switch \`current\` by a rename: $(cat "$work/mv")"
}

# note LINE: adds it to the log that Capistrano 3 keeps. A log that cannot be written fails nothing.
note() {
    [ -n "$1" ] || return 0
    if [ -L revisions.log ]; then
        say unlogged "revisions.log is a symbolic link"
    elif [ -e revisions.log ] && [ ! -f revisions.log ]; then
        say unlogged "revisions.log is no file"
    else
        printf '%s\n' "$1" >>revisions.log || say unlogged "revisions.log cannot be written"
    fi
}

# throw_away ENTRY: a rename takes it out of sight at once; then it is deleted, and no link is followed.
throw_away() {
    bin=.capify/trash
    if [ -L releases ]; then
        bin=releases/.trash # the releases live elsewhere, and a rename cannot cross file systems
        make "$bin"
    fi
    thrown=$(mktemp -d "$bin/${1##*/}.XXXXXX")
    mv -- "$1" "$thrown/"
    destroy "$thrown"
}

# put_aside RELEASE: a failed one is kept as evidence, where nobody takes it for a release.
put_aside() {
    recall "$1"
    record_state=bad
    remember "$1"
    [ -d "releases/$1" ] && [ ! -L "releases/$1" ] || return 0
    if [ -L releases ]; then return 0; fi # elsewhere, and a rename cannot cross file systems
    mv -- "releases/$1" ".capify/failed/$1"
}

# forget RELEASE: its files, wherever they are, and then its record, which says `bad` meanwhile.
forget() {
    recall "$1"
    record_state=bad
    remember "$1"
    [ ! -e ".capify/failed/$1" ] && [ ! -L ".capify/failed/$1" ] || throw_away ".capify/failed/$1"
    [ ! -e "releases/$1" ] && [ ! -L "releases/$1" ] || throw_away "releases/$1"
    rm -f -- ".capify/releases/$1" ".capify/files/$1"
}

# destroy PLACE: what cannot be deleted is named, with its owner.
destroy() {
    rm -rf -- "$1" 2>/dev/null && return 0
    find "$1" -type d -exec chmod u+rwx {} \; 2>/dev/null || :
    rm -rf -- "$1" 2>/dev/null && return 0
    find "$1" ! -type d >"$work/stuck" 2>/dev/null || :
    [ -s "$work/stuck" ] || echo "$1" >"$work/stuck"
    head -n 5 "$work/stuck" >"$work/shown"
    while read -r path; do
        say stuck "$(stat -c '%U' "$path" 2>/dev/null || echo '?') $path"
    done <"$work/shown"
}

# by_capistrano RELEASE: whether Capistrano made it: its name is a time, and it says of which commit it is.
by_capistrano() {
    case $1 in *[!0-9]*) return 1 ;; ??????????????) ;; *) return 1 ;; esac
    [ -d "releases/$1" ] && [ ! -L "releases/$1" ] && [ -f "releases/$1/REVISION" ]
}

# take_over RELEASE: the record of what Capistrano made, as the latest of all; its state is the caller's to say.
take_over() {
    recall '' # nothing of what stood in its place
    top_sequence=$((top_sequence + 1)) top_published=$((top_published + 1))
    record_sequence=$top_sequence record_published=$top_published record_more='who Capistrano
'
    read -r record_revision <"releases/$1/REVISION" || :
    case $record_revision in *[!0-9a-f]*) record_revision='' ;; esac
}
