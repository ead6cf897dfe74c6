# Tells whether the application is healthy, and runs from the release that `current` is. Tries again, for a number of times.
# Its last reason goes to standard error, with what was answered; both are somebody else's text, and made harmless.
root=$(cd -P -- "$deploy_to/releases" 2>/dev/null && pwd -P) || die "\`$deploy_to/releases\` is missing"
live=$(cd -P -- "$deploy_to/current" 2>/dev/null && pwd -P) || die "\`$deploy_to/current\` leads to no release"
case $live in
"$root"/*/*) die "\`$deploy_to/current\` leads to no release" ;;
"$root"/?*) release=${live#"$root"/} ;;
*) die "\`$deploy_to/current\` leads to no release" ;;
esac

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# revision_of FOLDER: sets $revision to the commit of a release, or to nothing.
revision_of() {
    revision=''
    [ ! -f "$1/REVISION" ] || read -r revision <"$1/REVISION" || :
    case $revision in *[!0-9a-f]*) revision='' ;; esac
}

# bounded COMMAND...: no longer than one attempt may take.
bounded() { timeout -s KILL "$patience" "$@"; }

# kept: the beginning of what is read, and all of it is read, so that nobody dies of a closed pipe.
kept() {
    head -c 1048576 >"$work/said"
    cat >/dev/null
}

forget_answer() {
    : >"$work/said"
    : >"$work/head"
    : >"$work/err"
    rm -f -- "$work/failed"
}

# ended: sets $ended to the status of the last client or command.
ended() {
    ended=0
    [ ! -s "$work/failed" ] || read -r ended <"$work/failed" || :
}

# last_line FILE: sets $line to the last line that says something.
last_line() {
    line=''
    while read -r text || [ -n "$text" ]; do
        [ -z "$text" ] || line=$text
        text=''
    done <"$1"
}

command_succeeds() {
    { (cd -- "$live" && bounded sh -c "$command" </dev/null 2>&1) || echo "$?" >"$work/failed"; } | kept
    ended
    case $ended in
    0) return 0 ;;
    124 | 137) reason="the health command did not end in $patience s" ;;
    *) reason="the health command ended with exit $ended" ;;
    esac
    return 1
}

healthy() {
    forget_answer
    [ -z "$process" ] || process_follows || return 1
    [ -z "$url" ] || url_answers || return 1
    forget_answer
    [ -z "$command" ] || command_succeeds
}

# show_answer: the end of what was said, as text of this program's own.
show_answer() {
    tail -n 5 "$work/said" | tr '\000-\010\013-\037\177' '?' | cut -c 1-200 | while read -r text || [ -n "$text" ]; do
        printf '  %s\n' "$text" >&2
        text=''
    done
}

revision_of "$live"
commit=$revision
CAPIFY_RELEASE_NAME=$release CAPIFY_REVISION=$commit
export CAPIFY_RELEASE_NAME CAPIFY_REVISION
expect_filled
[ -z "$url" ] || choose_client
attempt=0 reason=''
while :; do
    attempt=$((attempt + 1))
    if healthy; then
        say attempts "$attempt"
        exit 0
    fi
    [ "$attempt" -le "$retries" ] || break
    sleep "$interval"
done
[ "$attempt" -eq 1 ] && times=attempt || times=attempts
printf 'not healthy after %s %s: %s\n' "$attempt" "$times" "$(printf '%s' "$reason" | tr '\000-\037\177' '?' | cut -c 1-500)" >&2
show_answer
exit 1
