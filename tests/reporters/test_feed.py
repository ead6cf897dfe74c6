"""Claims about the one queue and its one consumer, with real threads."""

import io
import os
import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import pytest

from capify.events import Event, Interrupting, Notice, OutputLine
from capify.reporters.feed import ROOM, Feed

PATIENCE = 60  # seconds; only a guard against hanging for ever


class Ticks:
    """A clock that sometimes goes backwards, as clocks do."""

    def __init__(self) -> None:
        self._ticks = 0

    def now(self) -> float:
        self._ticks += 1
        return float(self._ticks if self._ticks % 3 else self._ticks - 5)


@dataclass
class Memory:
    """A reporter that remembers, and does something to each event first."""

    first: Callable[[Event], object] = lambda _event: None
    seen: list[Event] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    closed: int = 0

    def handle(self, event: Event, at: float) -> None:
        self.first(event)
        self.seen.append(event)
        self.times.append(at)
        self.threads.add(threading.get_ident())

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.closed += 1

    @property
    def words(self) -> list[str]:
        return [event.text for event in self.seen if isinstance(event, Notice)]


def started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def finished(thread: threading.Thread) -> bool:
    thread.join(PATIENCE)
    return not thread.is_alive()


def tell(feed: Feed, events: Iterable[Event]) -> None:
    for event in events:
        feed.emit(event)


def fail(error: BaseException) -> None:
    raise error


def test_events_of_many_threads_have_one_order_for_every_reporter() -> None:
    one, other = Memory(), Memory()
    with Feed([one, other], Ticks()) as feed:
        threads = [started(partial(tell, feed, [Notice(f"{name} {n}") for n in range(300)])) for name in "abcdefgh"]
        assert all(finished(thread) for thread in threads)
    assert one.words == other.words
    assert len(one.words) == 8 * 300
    for name in "abcdefgh":
        assert [word for word in one.words if word.startswith(name)] == [f"{name} {n}" for n in range(300)]


def test_one_thread_calls_the_reporters_and_it_is_not_ours() -> None:
    memory = Memory()
    with Feed([memory], Ticks()) as feed:
        feed.emit(Notice("a"))
    assert len(memory.threads) == 1
    assert threading.get_ident() not in memory.threads


def test_times_never_go_backwards() -> None:
    memory = Memory()
    with Feed([memory], Ticks()) as feed:
        for _ in range(30):
            feed.emit(Interrupting())
    assert memory.times == sorted(memory.times)


def test_after_a_flush_everything_is_handled() -> None:
    memory = Memory()
    with Feed([memory], Ticks()) as feed:
        for n in range(1000):
            feed.emit(Notice(str(n)))
        feed.flush()
        assert len(memory.seen) == 1000


def test_closing_handles_what_is_left_and_closes_once() -> None:
    memory = Memory()
    feed = Feed([memory], Ticks())
    for n in range(1000):
        feed.emit(Notice(str(n)))
    feed.close()
    feed.close()
    feed.emit(Notice("too late"))
    feed.flush()
    assert len(memory.seen) == 1000
    assert memory.closed == 1


def test_a_reporter_that_raises_is_dropped_with_one_warning_and_the_others_go_on() -> None:
    err, good = io.StringIO(), Memory()
    bad = Memory(lambda _event: fail(KeyError("\x1b[31mno")))
    with Feed([bad, good], Ticks(), err=err) as feed:
        feed.emit(Notice("a"))
        feed.emit(Notice("b"))
    assert good.words == ["a", "b"]
    assert bad.closed == 0
    assert err.getvalue() == (
        "warning: the reporter `Memory` failed and is not used any more: KeyError: '\\x1b[31mno'\n"
    )


def test_even_a_reporter_that_wants_to_end_the_program_does_not() -> None:
    good = Memory()
    with Feed([Memory(lambda _event: fail(SystemExit(3))), good], Ticks(), err=io.StringIO()) as feed:
        feed.emit(Notice("a"))
        feed.emit(Notice("b"))
    assert good.words == ["a", "b"]


def test_a_reporter_whose_reader_went_away_is_dropped_without_a_word() -> None:
    err = io.StringIO()
    feed = Feed([Memory(lambda _event: fail(BrokenPipeError()))], Ticks(), err=err)
    feed.emit(Notice("a"))
    feed.close()
    assert feed.broken_pipe
    assert err.getvalue() == ""


def test_who_is_too_fast_waits_and_memory_stays_bounded() -> None:
    gate, full = threading.Event(), threading.Event()
    memory = Memory(lambda _event: gate.wait(PATIENCE))
    large = OutputLine(None, "out", "x" * (ROOM // 4))
    emitted: list[int] = []

    def flood() -> None:
        for n in range(20):
            if n == 3:
                full.set()
            feed.emit(large)
            emitted.append(n)

    with Feed([memory], Ticks()) as feed:
        thread = started(flood)
        assert full.wait(PATIENCE)
        assert len(emitted) <= 3
        gate.set()
        assert finished(thread)
    assert len(memory.seen) == 20


def test_an_event_larger_than_all_the_room_still_passes() -> None:
    memory = Memory()
    with Feed([memory], Ticks()) as feed:
        thread = started(partial(tell, feed, [OutputLine(None, "out", "x" * (ROOM + 1))] * 3))
        assert finished(thread)
    assert len(memory.seen) == 3


def test_a_reporter_may_emit_even_when_the_queue_is_full() -> None:
    large = OutputLine(None, "out", "x" * ROOM)

    def answer(event: Event) -> None:
        if event is large:
            feed.emit(Notice("seen"))
            feed.flush()

    memory = Memory(answer)
    feed = Feed([memory], Ticks())
    thread = started(partial(tell, feed, [large] * 5))
    assert finished(thread)
    feed.flush()
    assert memory.words == ["seen"] * 5
    feed.close()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 warns of what is claimed here
def test_nobody_waits_for_a_consumer_that_is_gone() -> None:
    gone, stays = os.pipe()
    feed = Feed([Memory()], Ticks())
    with feed._changed:  # or the consumer might take it into the child, where nobody would give it back
        child = os.fork()  # only the calling thread lives on in a child
    if child == 0:
        try:
            tell(feed, [OutputLine(None, "out", "x" * ROOM)] * 3)
            feed.flush()
            feed.close()
            os.write(stays, b"done")
        finally:
            os._exit(0)
    os.close(stays)
    assert os.read(gone, 4) == b"done"
    os.close(gone)
    os.waitpid(child, 0)
    feed.close()


def test_while_somebody_is_asked_nothing_is_shown_and_nobody_is_stopped() -> None:
    memory = Memory()
    with Feed([memory], Ticks()) as feed:
        feed.emit(Notice("before"))
        with feed.paused():
            assert memory.words == ["before"]
            for _ in range(3):
                feed.emit(OutputLine(None, "out", "x" * ROOM))
            assert len(memory.seen) == 1
        feed.flush()
        assert len(memory.seen) == 4


def test_closing_during_a_question_loses_nothing() -> None:
    memory = Memory()
    feed = Feed([memory], Ticks())
    with feed.paused():
        feed.emit(Notice("a"))
        feed.close()
    assert memory.words == ["a"]


def test_a_signal_handler_may_emit_while_its_thread_emits() -> None:
    class Interrupted(Ticks):
        def now(self) -> float:
            if super().now() == 1:
                signal.raise_signal(signal.SIGUSR1)  # in the middle of `emit`
            return super().now()

    memory = Memory()
    feed = Feed([memory], Interrupted())
    before = signal.signal(signal.SIGUSR1, lambda _number, _frame: feed.emit(Interrupting()))
    try:
        feed.emit(Notice("a"))
        feed.emit(Notice("b"))
    finally:
        signal.signal(signal.SIGUSR1, before)
        feed.close()
    assert memory.seen == [Interrupting(), Notice("a"), Notice("b")]
    assert memory.times == sorted(memory.times)
