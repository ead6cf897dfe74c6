"""Claims about the file of events beside a log."""

import io
import stat
from pathlib import Path

from capify.events import Notice
from capify.reporters.json_files import kept_events
from capify.reporters.json_lines import events_of
from capify.reporters.log import Log


def test_the_events_lie_beside_the_log_for_the_operator_alone(tmp_path: Path) -> None:
    log = Log(tmp_path / "20200101T000000Z-7f.log")
    (reporter,) = kept_events(log, "7f")
    reporter.handle(Notice("x"), 1.5)
    reporter.close()
    log.close()
    path = tmp_path / "20200101T000000Z-7f.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.event for one in events_of(path.read_text().splitlines(keepends=True))] == [Notice("x")]


def test_without_a_log_there_are_no_events_and_no_second_complaint(tmp_path: Path) -> None:
    err = io.StringIO()
    (tmp_path / "file").write_text("")
    assert kept_events(Log(tmp_path / "file" / "a.log", err=io.StringIO()), "7f", err=err) == ()
    assert err.getvalue() == ""


def test_what_stands_in_their_place_is_not_touched(tmp_path: Path) -> None:
    err = io.StringIO()
    (tmp_path / "a.jsonl").write_text("keep me")
    log = Log(tmp_path / "a.log")
    assert kept_events(log, "7f", err=err) == ()
    log.close()
    assert err.getvalue().startswith("warning: this invocation cannot be replayed later: [Errno 17] File exists")
    assert (tmp_path / "a.jsonl").read_text() == "keep me"
