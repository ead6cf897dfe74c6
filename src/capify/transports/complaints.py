"""What OpenSSH says when it fails, in one line that says what to do. Pure.

Rule: nothing here advises anybody to turn the verification of host keys off.
"""

import re

# The first that is found speaks. `{host}` is what to type after `ssh`; other names are groups of the pattern.
_MEANINGS = (
    (
        r"[Hh]ost key for (?P<name>\S+) has changed",
        (
            "its host key has CHANGED: somebody may be listening in; nothing was sent. Only if you know why it changed "
            "(a machine set up anew, say), remove the old key with `ssh-keygen -R '{name}'`"
        ),
    ),
    (
        r"No (?P<kind>\S+) host key is known for (?P<name>\S+)",
        (
            "its {kind} host key is not known, and keys are always verified; connect once with `ssh {host}`, compare "
            "the fingerprint and accept it"
        ),
    ),
    (r"REVOKED HOST KEY", "its host key was revoked; nothing was sent"),
    (r"Host key verification failed", "its host key could not be verified; connect once with `ssh {host}` to see why"),
    (
        r"(?P<who>\S+): Permission denied \((?P<methods>[^)]*)\)",
        "login as `{who}` was refused; the server takes {methods}; try `ssh {host}`, and `ssh-add -l` to see your keys",
    ),
    (
        r"Too many authentication failures",
        "the server gave up after too many keys; name one with `IdentityFile` and `IdentitiesOnly` in `~/.ssh/config`",
    ),
    (r"Could not resolve hostname (?P<name>\S+):", "there is no host called `{name}`; check its name, and your DNS"),
    (r"Connection refused", "nothing listens on its SSH port (connection refused); check the port, and that sshd runs"),
    (r"(?:Connection|Operation) timed out", "no answer (timed out); check the address, the port and firewalls"),
    (r"No route to host|Network is unreachable", "there is no route to it; check the address and your network"),
    (r"Permissions \S+ for '(?P<file>[^']*)' are too open", "the key `{file}` may be read by others; `chmod 600` it"),
    (r"no matching (?P<what>.*?) found\. Their offer: (?P<offer>.*)", "no {what} in common; the server offers {offer}"),
    (r"Bad owner or permissions on (?P<file>\S+)", "`{file}` may be changed by others; `chmod 600` it"),
    (
        r"(?:Connection (?:closed|reset) by|kex_exchange_identification).*",
        "it closed the connection before the login; it may be overloaded, or refuse your address",
    ),
)


def explain(complaint: str, *, host: str) -> str:
    """Word a complaint; `host` is what to type after `ssh`."""
    for pattern, meaning in _MEANINGS:
        found = re.search(pattern, complaint)
        if found:
            return meaning.format(host=host, **found.groupdict())
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    return lines[-1].removeprefix("ssh: ") if lines else f"ssh ended without a word; try `ssh {host}`"
