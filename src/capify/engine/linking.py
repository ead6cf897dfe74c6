"""The word that links: `link`.

Rule: there is no moment without the link: a fresh one is made beside it, and renamed over it.
"""

from typing import Any

from capify.blocks import Line
from capify.engine.scene import scene
from capify.engine.sending import Narrowing, Order, send
from capify.errors import RecipeError
from capify.outcomes import Results
from capify.places import here
from capify.shell import Word, quote


def link(target: Word, path: Word, *, user: str = "", **narrowing: Any) -> Results:
    """Make `path` a symbolic link to `target` on every server of the wave, in one rename.

    A link or a file that is there is replaced; a real folder is refused. Answers to Capistrano's `ln -nfs`.
    """
    place = here()
    try:
        there, name = quote(target), quote(path)
    except ValueError as error:
        raise RecipeError(str(error), place=place) from None
    fresh = f"{name}.$$"
    steps = [
        f"{{ [ -L {name} ] || [ ! -d {name} ] || {{ echo {name} is a folder, and no link >&2; false; }}; }}",
        f"ln -s -- {there} {fresh}",
        _renamed(fresh, name),
    ]
    command = f"{{ {' && '.join(steps)}; }} || {{ rm -f -- {fresh}; exit 1; }}"
    line = Line("", f"link {path} → {target}")
    return send(scene(), Order(command, place, Narrowing.read(narrowing, place), line, user=user))


def _renamed(fresh: str, name: str) -> str:
    """Spell a rename that does not go into a folder which the link at `name` points to: POSIX has no `mv -T`."""
    others = [
        f"perl -e 'rename($ARGV[0], $ARGV[1]) or exit 1' -- {fresh} {name} 2>/dev/null",
        f"python3 -c 'import os, sys; os.rename(sys.argv[1], sys.argv[2])' {fresh} {name} 2>/dev/null",
    ]
    return f'{{ said=$(mv -fT -- {fresh} {name} 2>&1) || {" || ".join(others)} || {{ echo "$said" >&2; false; }}; }}'
