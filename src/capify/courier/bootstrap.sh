# The courier, as it runs on a server: a POSIX sh that was handed to the login shell in the exec request.
#
#     sshd -- C (this shell) -+- L  listener: reads the channel for ever: passes commands on, stops them, keeps the lease
#                             +- V -- X  executor: runs one command after the other, in the foreground
#                                     +- the command: a fresh sh, the leader of a session of its own
#
# Two processes, because a shell cannot wait for a child and read at once: L is never deaf. Every variable is called
# cap_..., because assigning to a name that the user exported would change what commands see. Comment lines and
# indentation are removed before it travels. `@NONCE@` and `@SHELL@` are filled in by script.py.
#
# Rule: the marker comes by standard input and is never in an argument, in the environment, or in a command's shell.
# Rule: no file is written, anywhere.
# Rule: standard input is read by the builtin `read` (byte by byte) or by `take`, so what follows is never swallowed.

[ -n "${ZSH_VERSION-}" ] && emulate sh
set +aeux
set -f
unset ENV BASH_ENV CDPATH cap_mark cap_boot cap_reap
cap_newline='
'
IFS=" 	$cap_newline"
cap_shell='@SHELL@'

# mksh has no builtin printf, and a program's arguments would show the marker to everybody.
write() { printf %s "$1"; }
case ${KSH_VERSION-} in *MIRBSD*) write() { print -rn -- "$1"; } ;; esac

# One write each, shorter than PIPE_BUF: another writer cannot cut a frame in two.
frame() { write "$cap_mark $*$cap_newline"; }
frame_on_both() { frame "$@" >&2; frame "$@"; }

# Copies exactly $1 bytes. BusyBox's head swallows more than it gives, so the tool is tried out when first needed.
take() {
  [ -n "${cap_taker-}" ] || choose_taker
  case $cap_taker in
  head) head -c "$1" ;;
  block) dd bs="$1" count=1 iflag=fullblock 2>/dev/null ;;
  *) dd bs=1 count="$1" 2>/dev/null ;;
  esac
}
choose_taker() {
  if leaves_the_rest head -c 1; then cap_taker=head
  elif leaves_the_rest dd bs=1 count=1 iflag=fullblock; then cap_taker=block
  else cap_taker=bytes; fi
}
leaves_the_rest() {
  printf 'abcd\n' | { "$@" >/dev/null 2>&1; IFS= read -r cap_rest; [ "$cap_rest" = bcd ]; }
}

# A command's own shell starts with this. Descriptor 3 brings its begin frame and its text, so that neither shows in
# `ps`. $1: how long the text is; $2: its group, if it has none of its own. Long texts are read by cat: `read` is slow.
cap_boot='
IFS= read -r cap_frame <&3
echo "$cap_frame ${2:-$$}"
cap_newline="
"
cap_text=
if [ "$1" = long ]; then cap_text=$(cat <&3)
else while IFS= read -r cap_frame <&3; do cap_text=$cap_text$cap_frame$cap_newline; done; fi
exec 3<&-
set --
unset cap_frame cap_newline
eval "unset cap_text
$cap_text"
'

# Ends commands: TERM, grace, KILL, until nothing of their sessions, and nothing that carries their tags, is left.
# $1: seconds to sleep first; $2: our session; $3: grace in tenths of a second; $4: 0, or the group of a courier that
# shall end with all that it runs; $5: groups of commands; then their tags. Prints how many processes are left.
cap_reap='
[ -n "${ZSH_VERSION-}" ] && emulate sh
[ "$1" = 0 ] || sleep "$1"
session=$2 grace=$3 courier=$4 groups=$5
shift 5
tags=$*
cd /proc || exit
processes() { grep -ls -e "$1" [0-9]*/stat | cut -d/ -f1; }
# A stat line is: pid (name) state parent group session. Zombies count as dead: only init can bury them.
members() {
  for group in $groups; do
    [ "$group" -gt 1 ] && processes ") [^ZX] [0-9]* \([0-9]* \)\{0,1\}$group "
  done
  for tag in $tags; do grep -lasF -e "$tag" [0-9]*/environ | cut -d/ -f1; done
}
# What a courier runs: the children of its group that lead groups of their own, but not our helpers. Stopped first,
# so that it begins nothing while we look.
add_what_runs() {
  for parent in $(processes ") [A-Z] [0-9]* $courier "); do
    for child in $(processes ") [A-Z] $parent "); do
      grep -qs -e ") [A-Z] $parent $child " "$child/stat" || continue
      grep -qas -e "CAPIFY_TAG=$session[.]helper" "$child/environ" && continue
      groups="$groups $child"
      tags="$tags $(grep -aos -e "CAPIFY_TAG=$session[.][0-9]*[.]" "$child/environ")"
    done
  done
}
if [ "$courier" != 0 ]; then
  kill -STOP -"$courier"
  add_what_runs
  kill -KILL -"$courier"
fi
for group in $groups; do [ "$group" -gt 1 ] && kill -TERM -"$group" && kill -CONT -"$group"; done
victims=$(members)
[ -z "$victims" ] || { kill -TERM $victims; kill -CONT $victims; }
waited=0
while [ -n "$victims" ] && [ "$waited" -lt "$grace" ]; do
  if sleep 0.1; then waited=$((waited + 1)); else sleep 1; waited=$((waited + 10)); fi
  victims=$(members)
done
tries=0
while [ -n "$victims" ] && [ "$tries" -lt 20 ]; do
  kill -KILL $victims
  # What sudo started as root, only root can kill.
  [ "$tries" != 10 ] || sudo -n kill -KILL $victims </dev/null
  tries=$((tries + 1))
  victims=$(members)
done
set -- $victims
echo $#
'

# Runs $cap_text: a fresh shell in a new session. Its input is ours; 7 is its stderr, because 2 is closed to what shells
# say about killed children.
run_command() {
  if [ ${#cap_text} -gt 4096 ]; then cap_length=long; else cap_length=short; fi
  {
    { frame b "$cap_id"; write "$cap_text"; } |
      CAPIFY_TAG=$cap_session.$cap_id. $cap_detach $cap_shell -c "$cap_boot" sh $cap_length $cap_nogroup 3<&0 <&6 6<&- 2>&7 7>&-
  } 6<&0
}

# A command that does not read its input must not leave it in the protocol.
run_with_input() {
  case $cap_input in
  0) run_command </dev/null ;;
  -) run_command ;;
  *) take "$cap_input" | ( run_command; cap_status=$?; cat >/dev/null; exit $cap_status ) ;;
  esac
}

read_text() {
  case $1 in
  B*) cap_text=$(take "${1#B}"; write .); cap_text=${cap_text%.} ;;
  *)
    cap_text= cap_count=0
    while [ $cap_count -lt "$1" ] && IFS= read -r cap_line; do
      cap_text=$cap_text$cap_line$cap_newline cap_count=$((cap_count + 1))
    done ;;
  esac
}

# X. The traps are handlers, not "ignore": a child gets the default back. URG means "we are stopping what runs, begin no
# more of its chain"; it is handled only while a command runs, because it would interrupt `read`; else it is harmless.
executor() {
  trap : TERM INT HUP
  [ -n "$cap_detach" ] || trap 'exit 143' TERM
  cap_failed=
  while IFS= read -r cap_line; do
    set -- $cap_line
    cap_id=$2 cap_chain=$3 cap_input=$5
    read_text "$4"
    if [ "$cap_failed" = "$cap_chain" ]; then
      [ "$cap_input" = 0 ] || take "$cap_input" >/dev/null
      frame_on_both e "$cap_id" skip 2>&7
      continue
    fi
    cap_stopped=
    trap cap_stopped=1 URG
    run_with_input
    cap_status=$?
    trap - URG
    [ "$cap_status$cap_stopped" = 0 ] || cap_failed=$cap_chain
    frame_on_both e "$cap_id" "$cap_status" 2>&7
  done
  exit 0
}

# V. Says so when X was killed; else the client would wait for ever.
supervisor() {
  exec 7>&2 2>/dev/null
  ( executor 5>&- )
  cap_status=$?
  [ $cap_status = 0 ] || frame_on_both D "$cap_status" 2>&7
  exit $cap_status
}

# L. Standard output is the pipe to X, 5 the channel. A write to a dead X must not end it.
listener() {
  trap : PIPE TERM
  exec 2>/dev/null
  cap_lease= cap_seconds=0 cap_channels=
  while IFS= read -r cap_line; do
    set -- $cap_line
    case ${1-} in
    R) pass_on "$4" "$5" ;;
    K) stop "$2" "$3" ;;
    A) cap_channels="$cap_channels CAPIFY_TAG=$cap_session.$2."; renew_lease ;;
    F) forget "CAPIFY_TAG=$cap_session.$2."; renew_lease ;;
    P) cap_seconds=$2; renew_lease; frame P >&5 ;;
    Q) end_lease; exit 0 ;;
    esac
  done
  # End of file without a Q: the operator is gone.
  end_lease
  end_everything
}

pass_on() {
  write "$cap_line$cap_newline"
  case $1 in
  B*) take "${1#B}" ;;
  *)
    cap_count=0
    while [ $cap_count -lt "$1" ] && IFS= read -r cap_line; do
      write "$cap_line$cap_newline"; cap_count=$((cap_count + 1))
    done ;;
  esac
  [ "$2" = 0 ] || take "$2"
}

# In a helper, so that L goes on listening. Without setsid a command has no group: the whole courier goes with it.
stop() {
  kill -URG 0
  [ -n "$cap_detach" ] || end_everything
  ( frame k "$1" "$(reap 0 0 "$2" "CAPIFY_TAG=$cap_session.$1.")" ) </dev/null >&5 5>&- &
}

forget() {
  set -- "$1" $cap_channels
  cap_channels= cap_gone=$1
  shift
  for cap_line; do [ "$cap_line" = "$cap_gone" ] || cap_channels="$cap_channels $cap_line"; done
}

reap() {
  cap_when=$1 cap_whom=$2 cap_groups=$3
  shift 3
  CAPIFY_TAG=$cap_session.helper. setsid $cap_shell -c "$cap_reap" capify-reap "$cap_when" "$cap_session" "$cap_grace" \
    "$cap_whom" "$cap_groups" "$@"
}

# Whoever does not renew it is frozen or unplugged. It runs in a session of its own, so it outlives even L.
renew_lease() {
  end_lease
  [ "$cap_seconds" != 0 ] || return
  if [ -n "$cap_detach" ]; then
    CAPIFY_TAG=$cap_session.helper. setsid $cap_shell -c "$cap_reap" capify-lease "$cap_seconds" "$cap_session" "$cap_grace" \
      "$cap_group" "" $cap_channels </dev/null >/dev/null 2>&1 5>&- &
  else
    ( sleep "$cap_seconds"; kill -KILL 0 ) </dev/null >/dev/null 2>&1 5>&- &
  fi
  cap_lease=$!
}

# Both spellings: it may not have become a group yet.
end_lease() {
  [ -n "$cap_lease" ] || return
  kill -KILL -"$cap_lease"
  kill -KILL "$cap_lease"
  wait "$cap_lease"
  cap_lease=
}

end_everything() {
  exec </dev/null >/dev/null 2>&1 5>&-
  if [ -n "$cap_detach" ]; then
    CAPIFY_TAG=$cap_session.helper.
    export CAPIFY_TAG
    exec setsid $cap_shell -c "$cap_reap" capify-reap 0 "$cap_session" "$cap_grace" "$cap_group" "" $cap_channels
  fi
  kill -TERM 0
  sleep $(((cap_grace + 9) / 10))
  kill -KILL 0
}

# A channel of its own for one command: our input, after its text, is the command's.
run_once() {
  exec 7>&2 2>/dev/null
  cap_input=-
  [ "$3" != 0 ] || cap_input=0
  cap_id=$1
  read_text "$2"
  run_with_input
  cap_status=$?
  frame_on_both e "$cap_id" "$cap_status" 2>&7
  exit $cap_status
}

# What is missing lowers a guarantee: without these, a command cannot be told from the courier.
cap_lacks=
for cap_tool in setsid grep cut sleep cat; do
  command -v $cap_tool >/dev/null 2>&1 || cap_lacks=$cap_lacks,$cap_tool
done
[ -r /proc/self/stat ] && [ -r /proc/self/environ ] || cap_lacks=$cap_lacks,/proc
cap_detach=setsid cap_nogroup= cap_group=0
if [ -n "$cap_lacks" ]; then
  cap_detach= cap_nogroup=0
else
  IFS= read -r cap_line </proc/$$/stat
  set -- ${cap_line##*) }
  cap_group=$3
fi

cap_mark='@NONCE@'
frame_on_both H pid=$$ lacks="${cap_lacks#,}"
IFS= read -r cap_line || exit 0
set -- $cap_line
cap_mark=${cap_mark%"${cap_mark#?}"}$2 cap_session=$3 cap_grace=$4
case $1 in
O) run_once "$5" "$6" "$7" ;;
M)
  exec 5>&1
  listener | supervisor ;;
esac
