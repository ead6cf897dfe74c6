# Finds out which release a running process and all that descend from it work in. "$process": a pid file, a unit, or a name.

# processes: sets $pairs to ` parent:process` of every process that is alive.
processes() {
    pairs=' '
    for file in /proc/[0-9]*/stat; do
        text=''
        { read -r text <"$file"; } 2>/dev/null || continue
        number=${file#/proc/} text=${text##*) }
        case $text in Z* | X*) continue ;; esac
        text=${text#? }
        pairs="$pairs${text%% *}:${number%/stat} "
    done
}

# chosen: sets $family to the processes that are meant.
chosen() {
    family=' '
    case $process in
    */*) by_file ;;
    *.service) by_unit ;;
    *) by_name ;;
    esac
}

by_file() {
    case $process in /*) file=$process ;; *) file=$deploy_to/$process ;; esac
    number=''
    { read -r number <"$file" || [ -n "$number" ]; } 2>/dev/null || {
        reason="there is no pid file \`$file\`"
        return 1
    }
    the_process "$number" "\`$file\`"
}

by_unit() {
    number=$(systemctl show --property=MainPID --value -- "$process") || number=''
    [ "$number" != 0 ] || number=''
    [ -n "$number" ] || {
        reason="\`$process\` does not run"
        return 1
    }
    the_process "$number" "\`$process\`"
}

# the_process NUMBER SOURCE
the_process() {
    case $1 in '' | *[!0-9]*) reason="$2 names no process" && return 1 ;; esac
    case $pairs in
    *":$1 "*) family=" $1 " ;;
    *)
        reason="process $1 of $2 does not run"
        return 1
        ;;
    esac
}

# by_name: of the processes that are called so, those of this deployment; of others nobody here knows anything.
by_name() {
    short=$(printf '%.15s' "$process") # what the kernel keeps of a name
    top=${root%/*} hidden=''
    for pair in $pairs; do
        number=${pair#*:} text=''
        { read -r text <"/proc/$number/comm"; } 2>/dev/null || continue
        case $text in "$short" | "$process":*) ;; *) continue ;; esac
        place_of "$number"
        case $place in
        "$top"/* | "$live"/*) family="$family$number " ;;
        '') hidden=" that may be looked into; set \`use_sudo\`, or \`health_url\`" ;;
        esac
    done
    [ "$family" != ' ' ] || {
        reason="no process \`$process\` runs in \`$deploy_to\`${hidden}"
        return 1
    }
}

# grow: adds all descendants to $family.
grow() {
    grown=yes
    while [ -n "$grown" ]; do
        grown=''
        for pair in $pairs; do
            case $family in
            *" ${pair#*:} "*) ;;
            *" ${pair%%:*} "*) family="$family${pair#*:} " grown=yes ;;
            esac
        done
    done
}

# place_of PROCESS: sets $place to its folder, or to nothing where that may not be known.
place_of() {
    place=$(readlink "/proc/$1/cwd" 2>/dev/null) || place=''
    [ -n "$place" ] || [ -z "$sudo" ] || place=$("$sudo" -n readlink "/proc/$1/cwd" 2>/dev/null) || place=''
    place=${place%' (deleted)'}
}

process_follows() {
    processes
    chosen || return 1
    grow
    there='' away='' stale=''
    for number in $family; do
        place_of "$number"
        case $place in
        "$live" | "$live"/*) there=$number ;;
        "$root"/*)
            stale=${place#"$root"/}
            stale="${stale%%/*}, not $release: process $number works there"
            ;;
        '')
            [ -d "/proc/$number" ] || continue # it has just ended
            reason="nobody may see where process $number works: set \`use_sudo\`, or \`health_url\` instead"
            return 1
            ;;
        *) away="process $number works in \`$place\`" ;;
        esac
    done
    if [ -n "$stale" ]; then
        reason="still serving $stale"
    elif [ -z "$there" ]; then
        reason="no process of \`$process\` works in release $release${away:+: $away}"
    fi
    [ -n "$there" ] && [ -z "$stale" ]
}
