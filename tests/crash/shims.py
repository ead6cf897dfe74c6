"""Stand-ins for a server's programs: each counts, looks at `current`, may ring and wait; then the real one runs.

They lie in a folder that is first in the server's PATH. In its `points/` are the counter and what shall happen:
`target` has the number, `before`, `during` or `after`, and `deploy_to`.

Rule: the count is kept by appending one byte, so that programs that run at the same time are all counted.
"""

import os
import shutil
from pathlib import Path

PROGRAMS = """
awk cat chgrp chmod chown cmp cp cut date dd du expr find git grep head id ln ls mkdir mktemp mv od perl printf python3
readlink realpath rm rmdir sed seq sha256sum sleep sort stat sync tail tar tee test touch tr true uname uniq wc xargs
""".split()  # noqa: SIM905 - as a list it would be a page
"""What scripts may call; `sh` comes besides."""

# `current` may not be there before the first publication; once it was, it is always there.
_COUNT = """\
    printf . >>"$points/count"
    IFS= read -r seen <"$points/count" || :
    IFS=' ' read -r number moment place <"$points/target" || :
    if [ -e "$place/current" ]; then
        [ -e "$points/had" ] || : >"$points/had"
    elif [ -e "$points/had" ]; then
        printf '%s\\n' "$said" >>"$points/missed"
    fi
    [ ! -e "$points/told" ] || printf '%s\\n' "${#seen} $said" >>"$points/told"
"""
_SHIM = f"""\
#!/bin/sh
folder=${{0%/*}} name=${{0##*/}}
points=$folder/points
PATH=${{PATH#"$folder":}}
case ${{CAPIFY_TAG-}} in *.helper.*) exec "$name" "$@" ;; esac
said="$name $*"
count() {{
{_COUNT}
}}
ring() {{
    echo . >"$points/bell"
    read -r answer <"$points/answer"
}}
count
if [ "${{#seen}}" -ge "$number" ] && [ ! -d "$points/rung" ] && mkdir "$points/rung" 2>/dev/null; then
    printf '%s\\n' "$said" >"$points/where"
    case $moment in
    before) ring ;;
    during)
        {{ "$name" "$@" <&3 3<&- & }} 3<&0
        ring
        wait "$!"
        exit ;;
    after)
        status=0
        "$name" "$@" || status=$?
        ring
        exit "$status" ;;
    esac
fi
exec "$name" "$@"
"""
# The shell of scripts: its own start is a point; what it starts must find the stand-ins.
_SHELL = """\
#!/bin/sh
folder=${0%/*}
"$folder/true" a script begins || :
exec "$folder/points/shell" "$@"
"""
# A shell that counts its own redirections to files, too: bash tells before each command what it will do.
_TRACER = f"""\
unset BASH_ENV
points=@POINTS@
capify_point() {{
    local seen number moment place answer said=$1
{_COUNT}
    if [ "${{#seen}}" -ge "$number" ] && [ ! -d "$points/rung" ] && command -p mkdir "$points/rung" 2>/dev/null; then
        printf '%s\\n' "$said" >"$points/where"
        echo . >"$points/bell"
        read -r answer <"$points/answer"
    fi
    return 0
}}
capify_look() {{
    local text=$1
    text=${{text//2> \\/dev\\/null/}} text=${{text//> \\/dev\\/null/}} text=${{text//2>&1/}} text=${{text//>&2/}}
    text=${{text//1>&2/}}
    case $text in *'>'*) capify_point "$1" ;; esac
    return 0
}}
set -o posix
set -T
trap 'capify_look "$BASH_COMMAND"' DEBUG
"""
_TRACED = """\
#!/bin/sh
BASH_ENV=@POINTS@/tracer
export BASH_ENV
exec bash "$@"
"""


def install(folder: Path, *, shell: str = "dash") -> Path:
    """Fill a folder with stand-ins; returns its `points`.

    `shell` runs the scripts; `traced` is bash that counts more; `uncounted` leaves everything as it is.
    """
    points = folder / "points"
    points.mkdir(parents=True)
    points.chmod(0o777)
    for name in PROGRAMS if shell != "uncounted" else ():
        if shutil.which(name):
            _program(folder / name, _SHIM)
    if shell != "uncounted":
        _program(folder / "sh", _SHELL)
    if shell == "traced":
        (points / "tracer").write_text(_TRACER.replace("@POINTS@", str(points)))
        _program(points / "shell", _TRACED.replace("@POINTS@", str(points)))
    elif shell != "uncounted":
        (points / "shell").symlink_to(str(shutil.which(shell) or shutil.which("sh")))
    for name in ("bell", "answer"):
        os.mkfifo(points / name)
        (points / name).chmod(0o666)
    return points


def _program(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)
