"""The lock by hand: holding it while nobody shall deploy, and taking it away from somebody."""

from dataclasses import replace

from capify import confirm, dry_run, namespace, only, say
from capify.errors import Refused
from capify.standard import holders, locking
from capify.standard.acting import act
from capify.standard.answers import Lock
from capify.standard.authors import Author
from capify.standard.grip import gripped
from capify.standard.site import layout, look, operator

deploy = namespace("deploy")


@deploy.task(releases_only=True)
def lock(reason: str = "") -> None:
    """Hold the lock until `deploy:unlock`: nobody deploys meanwhile. `reason` says why, to those who try."""
    if not reason.strip():
        raise Refused("say why, for those who want to deploy", hint='cap STAGE deploy:lock reason="migrating by hand"')
    grip = gripped()
    act(locking.keep(layout(), grip.author, reason), "keep the lock until `deploy:unlock`")
    if not dry_run():
        for server, found in grip.seen.items():
            grip.seen[server] = replace(found, lock=Lock())  # it is not this invocation's any more
        say(f"locked by {operator()}: {reason}")


@deploy.task(releases_only=True)
def unlock(*, force: bool = False) -> None:
    """Let the lock go, whoever has it; what its holder still runs is ended. Asks first, unless `force=yes`."""
    held = {server: found for server, found in look().items() if found.lock.state != "free"}
    if not held:
        say("nobody holds a lock")
        return
    for server, found in held.items():
        say(f"{server}: locked by {holders.holder(found.lock, found.now)}")
    if not force and not dry_run():
        _ask()
    texts = {s: locking.break_open(layout(), Author("", operator()), found.lock.number) for s, found in held.items()}
    with only(held):
        act(texts.__getitem__, "let the lock go")
    if not dry_run():
        say("unlocked")


def _ask() -> None:
    try:
        confirm("take it away?")
    except Refused as refused:
        raise Refused(refused.message, place=refused.place, hint="`force=yes` takes it away without asking") from None
