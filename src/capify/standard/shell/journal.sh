# The journal: the one operation that is open here, written ahead of what it does. What is left of it tells what was interrupted.

recall_operation() {
    operation_token='' operation_kind='' operation_release='' operation_former='' operation_phase='' operation_more=''
    [ -f .capify/operation ] && [ ! -L .capify/operation ] || return 0
    operation_lines=0
    while [ "$operation_lines" -lt 20 ] && read -r field content; do
        operation_lines=$((operation_lines + 1))
        case $field in
        token) operation_token=$content ;;
        kind) operation_kind=$content ;;
        release) operation_release=$content ;;
        former) operation_former=$content ;;
        phase) operation_phase=$content ;;
        *) operation_more="$operation_more$field $content
" ;;
        esac
    done <.capify/operation
    # What no script of ours wrote leads nowhere.
    is_token "$operation_token" && is_name "$operation_release" || operation_token='' operation_release=''
    is_name "$operation_former" || operation_former=''
}

# is_name TEXT: whether a release can be called so.
is_name() {
    case $1 in '' | *[!A-Za-z0-9._-]* | [!A-Za-z0-9]*) return 1 ;; esac
}

# open_operation KIND RELEASE FORMER PHASE: an interrupted one that it takes the place of leaves no release that could go live.
open_operation() {
    recall_operation
    if [ -n "$operation_token" ] && [ "$operation_token" != "$token" ] && [ "$operation_release" != "$2" ]; then
        look
        recall "$operation_release"
        case $record_state in
        building | ready)
            if [ "$record_published" -eq 0 ] && [ "$live" != "$operation_release" ]; then
                record_state=bad
                remember "$operation_release"
            fi
            ;;
        esac
    fi
    if [ "$operation_token" != "$token" ] || [ "$operation_release" != "$2" ]; then
        unproved=''
        if never_proved "$3"; then unproved="unproved $3
"; fi
        [ "$operation_release" = "$2" ] || operation_former=$3 # what is resumed goes back to what was live before it
        operation_more="who $who
invocation $invocation
when $(date +%s)
$unproved"
    fi
    operation_token=$token operation_kind=$1 operation_release=$2
    to_phase "$4"
}

# set_right RELEASE: its record and that of what is live, where somebody who took it back was killed before he wrote them.
set_right() {
    look
    [ "$live" != "$1" ] || return 0
    recall "$1"
    if [ "$record_state" = live ]; then
        case $operation_kind in
        rollback) record_state=retired record_published=${record_previously:-$record_published} ;;
        *) record_state=ready record_published=0 ;;
        esac
        remember "$1"
    fi
    recall "$live"
    if [ -n "$live" ] && [ "$record_state" = retired ]; then
        record_state=live
        remember "$live"
    fi
}

# never_proved RELEASE: whether whoever made it live was interrupted before all was well; the operation was recalled.
never_proved() {
    [ -n "$1" ] || return 1
    case $operation_more in *"unproved $1
"*) return 0 ;; esac
    [ "$operation_token" != "$token" ] && [ "$operation_release" = "$1" ]
}

# to_phase PHASE: in one rename.
to_phase() {
    operation_phase=$1
    printf 'token %s\nkind %s\nrelease %s\nformer %s\nphase %s\n%s' "$operation_token" "$operation_kind" \
        "$operation_release" "$operation_former" "$operation_phase" "$operation_more" >"$work/operation"
    put "$work/operation" .capify/operation
}
