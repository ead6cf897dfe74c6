"""A program that runs another one among mounts of its own: `python unshared.py COMMAND WORD…`. It needs root.
`unshare --mount` does the same, except where `/` is no mount point: in a plain `chroot`, where the mounts that would
have to be made private lie outside of what can be named.

Rule: whatever the command mounts is seen by it and its children only, and ends with them.
"""

import ctypes
import os
import sys

_NEW_MOUNTS = 0x00020000  # CLONE_NEWNS
_ALL_PRIVATE = 0x4000 | 0x40000  # MS_REC, MS_PRIVATE
_DEEPEST = 64  # folders above a chroot


def main(words: list[str]) -> None:
    """Run the command in this process's place. Raises `OSError` when the kernel forbids it."""
    library = ctypes.CDLL(None, use_errno=True)
    _checked(library.unshare(_NEW_MOUNTS))
    root, here = (os.open(folder, os.O_RDONLY) for folder in ("/", "."))
    # What leads out of a chroot: a root that the current folder is not in, and so does not end the way up.
    os.chdir("/")
    os.chroot("/usr")
    for _ in range(_DEEPEST):
        os.chdir("..")
    os.chroot(".")
    _checked(library.mount(None, b"/", None, _ALL_PRIVATE, None))
    os.fchdir(root)
    os.chroot(".")
    os.fchdir(here)
    os.execvp(words[0], words)  # noqa: S606 - the words are the caller's, and no shell reads them


def _checked(status: int) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(sys.argv[1:])
