"""Pinned releases: cleaning up keeps them, whatever their age.

Rule: who wants it kept stands in the release's record, on every server that has it.
"""

from capify import namespace, say
from capify.standard.acting import act
from capify.standard.authors import one_line
from capify.standard.comparing import meant
from capify.standard.grip import gripped
from capify.standard.layout import release_name
from capify.standard.site import layout, operator
from capify.standard.spelling import script
from capify.wording import ticked

deploy = namespace("deploy")


@deploy.task(releases_only=True)
def pin(release: str = "live") -> None:
    """Keep a release (an id, `live` or `previous`), whatever its age, until `deploy:unpin`."""
    _write(release, operator(), "keep")


@deploy.task(releases_only=True)
def unpin(release: str = "live") -> None:
    """Let cleaning up remove a release again that `deploy:pin` keeps."""
    _write(release, "", "no longer keep")


def _write(word: str, who: str, deed: str) -> None:
    grip = gripped()
    chosen = meant(grip.seen, word)
    values = {"pinned": one_line(who), **grip.author.values}
    texts = {
        server: script(layout(), "lock", "write", "pin", values={"release": release_name(name), **values})
        for server, name in chosen.items()
    }
    without = [server for server in grip.seen if server not in chosen]
    if without:
        say(f"{ticked(without)}: there is no release `{word}`")
    act(lambda server: texts.get(server, "true"), f"{deed} {' and '.join(sorted(set(chosen.values())))}")
