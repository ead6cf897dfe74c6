"""What is disturbed: tasks of the standard deployment, what they begin from, and what puts things right again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flow:
    """Something that is disturbed: what it begins from, its words, what may be live then, and how all is put right.

    Numbers are those of commits. Undisturbed, it ends with `ends` live and with `status`. One of `mends` is tried for
    each crash; after it and a deployment `settled` is live. `every` is which of its points count: what is much like
    another flow needs not all of them.
    """

    name: str
    begins: tuple[int, ...]
    words: tuple[str, ...]
    commit: int = -1
    may: tuple[int | None, ...] = ()
    settings: tuple[tuple[str, object], ...] = ()
    mends: tuple[tuple[str, ...], ...] = (("deploy",),)
    settled: int = -1
    every: int = 1
    setup: bool = True
    ends: tuple[int, ...] = (-1,)
    fails: bool = False
    status: int = 0


DEPLOY = (("deploy",), ("deploy:resume",), ("deploy:abort",))
FLOWS = (
    Flow("setup", (), ("deploy:setup",), setup=False, may=(None,), ends=(), mends=(("deploy:setup", "deploy"),)),
    Flow("first", (), ("deploy",), may=(None, -1), mends=DEPLOY, every=2),
    Flow("deploy", (0, 1), ("deploy",), may=(1, -1), mends=DEPLOY),
    Flow("copy", (0, 1), ("deploy",), may=(1, -1), settings=(("deploy_via", "copy"),), mends=DEPLOY, every=3),
    Flow("undo", (0, 1), ("deploy",), may=(1, -1), fails=True, ends=(1,), status=6, mends=DEPLOY, every=2),
    Flow("rollback", (0, 1, 2), ("deploy:rollback",), may=(1, 2), ends=(1,), mends=DEPLOY),
    Flow("cleanup", (0, 1, 2, 3), ("deploy:cleanup",), may=(3,), ends=(3,), mends=(("deploy:cleanup",),)),
)
