# Brings "$store", a git repository, to have the commit "$revision" of "$repository"; and takes its files out of it.
# No prompt, no hook, no other transport than these, and no host whose key is not known.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR \
    GIT_NAMESPACE GIT_CEILING_DIRECTORIES GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT GIT_SSH GIT_TEMPLATE_DIR
GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=false SSH_ASKPASS=false GIT_ALLOW_PROTOCOL=file:git:http:https:ssh
GIT_SSH_COMMAND="ssh $ssh_options-o BatchMode=yes -o StrictHostKeyChecking=yes"
export GIT_TERMINAL_PROMPT GIT_ASKPASS SSH_ASKPASS GIT_ALLOW_PROTOCOL GIT_SSH_COMMAND

fresh='' # a clone that is not yet in its place; whoever ends early removes it

# What a group shares must be writable for all of it, also in a clone; without one, the clone's own setting holds.
safe_git() {
    git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.autoDetach=false -c maintenance.autoDetach=false \
        ${group:+-c core.sharedRepository=group} "$@"
}

in_store() { safe_git --git-dir="$store" "$@"; }

has_commit() { in_store cat-file -e "$revision^{commit}" 2>/dev/null; }

# clone_to PLACE KIND: beside its place, then in one rename; so half a clone is never taken for one.
clone_to() {
    fresh=$(mktemp -d "${1%/*}/.capify-clone.XXXXXX")
    if ! safe_git clone --quiet "$2" -- "$repository" "$fresh/clone"; then
        rm -rf -- "$fresh"
        die "cannot clone \`$repository\`"
    fi
    # If somebody else was faster, theirs is as good.
    [ -e "$1" ] || mv -T -- "$fresh/clone" "$1" 2>/dev/null || [ -e "$1" ] || mv -- "$fresh/clone" "$1"
    rm -rf -- "$fresh"
    fresh=''
}

# update_store PLACE: makes sure that the commit is in the store; else in a clone at PLACE, for this once.
update_store() {
    # Only for whoever works there by hand or by Capistrano: it is fetched from the address itself, so a moved one is no matter.
    [ "$(in_store config --get remote.origin.url || :)" = "$repository" ] ||
        in_store config remote.origin.url "$repository" 2>/dev/null || :
    has_commit && return 0
    fetch_all || has_commit || { sleep 1 && fetch_all; } || work_around "$1"
    # A commit that no branch or tag reaches any more can often still be had by its name.
    has_commit || in_store fetch --quiet --no-tags -- "$repository" "$revision" 2>/dev/null || :
    has_commit || die "commit \`$revision\` is not in \`$repository\`"
}

fetch_all() {
    in_store fetch --quiet --prune --force --no-tags --no-recurse-submodules -- "$repository" \
        '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*'
}

# work_around PLACE: a killed git leaves locks that stop every later one. Old ones go; young ones may be somebody's.
work_around() {
    find "$store" -name '*.lock' >"$1.locks"
    [ -s "$1.locks" ] || die "cannot fetch from \`$repository\`"
    find "$store" -name '*.lock' -mmin +60 -exec rm -f -- {} \;
    clone_to "$1" --bare
    store=$(cd -P -- "$1" && pwd -P)
}

# check_out FOLDER INDEX: the commit's files, and nothing of git. The index is private: nobody else is disturbed.
check_out() (
    cd -P -- "$1" || exit 1
    GIT_WORK_TREE=$PWD GIT_INDEX_FILE=$2
    export GIT_WORK_TREE GIT_INDEX_FILE
    in_store read-tree "$revision" && in_store checkout-index --all --quiet
)
