"""What servers said alike is told once: voices of the same words, and who said something else. Pure.

Rule: whoever reads it knows of every server what it said, line by line; nothing is cut, and nobody is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from capify.events import OutputLine
from capify.machines import Server
from capify.reporters.text import harmless
from capify.wording import counted, listed


@dataclass(frozen=True, slots=True)
class Voice:
    """Servers that said the same, in both streams."""

    servers: tuple[Server, ...]
    lines: tuple[OutputLine, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is shown of one voice: each line behind a label, and who else said it."""

    label: str
    server: Server
    lines: tuple[OutputLine, ...]
    also: str = ""


def voices(heard: Mapping[Server, Sequence[OutputLine]]) -> list[Voice]:
    """Sort servers by what they said; the largest voice first, then as they come. Silence is a voice, too."""
    groups: dict[tuple[object, ...], list[Server]] = {}
    for server, lines in heard.items():
        # In which order two streams of a server arrive is chance.
        key = tuple((one.stream, one.quiet, one.line) for one in sorted(lines, key=lambda one: one.stream))
        groups.setdefault(key, []).append(server)
    found = [Voice(tuple(servers), tuple(heard[servers[0]])) for servers in groups.values()]
    return sorted(found, key=lambda voice: -len(voice.servers))


def headline(found: Sequence[Voice], names: Mapping[Server, str]) -> str:
    """Say how many said the same, where not all did; empty where the lines themselves say it."""
    speaking = [voice for voice in found if voice.lines]
    silent = [_name(server, names) for voice in found if not voice.lines for server in voice.servers]
    if not speaking or len(speaking[0].servers) < 2 or len(found) < 2:
        return ""
    others = sum(len(voice.servers) for voice in speaking[1:])
    differ = f", {others} {'differs' if others == 1 else 'differ'}" if others else ""
    nothing = f"; {listed(silent)} said nothing" if silent else ""
    return f"{counted(len(speaking[0].servers), 'server')} said the same{differ}{nothing}"


def spoken(found: Sequence[Voice], names: Mapping[Server, str], *, whole: bool = False) -> list[Spoken]:
    """Label the voices that said something: the largest by its number, others by name; with `whole` all by name."""
    told: list[Spoken] = []
    for voice in (one for one in found if one.lines):
        first, *others = voice.servers
        counts = not whole and not told and bool(others)
        label = counted(len(voice.servers), "server") if counts else _name(first, names)
        also = "" if counts or not others else f"(the same from {_all(others, names)})"
        told.append(Spoken(label, first, voice.lines, also))
    return told


def _all(servers: Iterable[Server], names: Mapping[Server, str]) -> str:
    return ", ".join(_name(server, names) for server in servers)


def _name(server: Server, names: Mapping[Server, str]) -> str:
    return names.get(server) or harmless(server.name)
