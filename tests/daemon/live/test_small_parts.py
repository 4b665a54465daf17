"""Lock, words to systemd, log lines, figures of health: each small, each with its promise."""

import io
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from edge.daemon.health import LARGEST_DAYS, Space, certificate_days
from edge.daemon.lock import FolderLock
from edge.daemon.notify import Notifier
from edge.daemon.run_logs import JournalLines, PlainLines, begin_logs, is_journal, told
from edge.daemon.status import HOUR, MINUTE, Part, Rate, Uptime
from edge.errors import ConfigError, StoreError
from edge.model.names import SECOND, Instant
from tests.daemon.live.kit import START

ADDRESS = "a4:83:e7:00:11:22"


def moment(seconds: float) -> Instant:
    return Instant(START + round(seconds * SECOND))


def test_a_second_daemon_on_the_folder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(ConfigError, match=f"process {os.getpid()} holds"):
        FolderLock(tmp_path).__enter__()


def test_a_folder_that_was_let_go_can_be_taken_again(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        pass

    with FolderLock(tmp_path):
        assert (tmp_path / "edge.lock").read_text() == f"{os.getpid()}\n"


def test_a_folder_that_is_not_there_cannot_be_locked(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="state folder"):
        FolderLock(tmp_path / "missing").__enter__()


@pytest.fixture
def manager(folder: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(str(folder / "notify"))
        wire.settimeout(5)
        yield wire


def test_systemd_hears_each_word_as_a_datagram(manager: socket.socket) -> None:
    notifier = Notifier(str(manager.getsockname()))

    notifier.ready()
    notifier.status("2 of 2 sources at work")
    notifier.status("2 of 2 sources at work")
    notifier.alive()
    notifier.reloading(123)
    notifier.stopping()

    assert [manager.recv(100) for _ in range(5)] == [
        b"READY=1",
        b"STATUS=2 of 2 sources at work",
        b"WATCHDOG=1",
        b"RELOADING=1\nMONOTONIC_USEC=123",
        b"STOPPING=1",
    ]


def test_a_name_in_the_abstract_namespace_is_understood() -> None:
    name = f"store-edge-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(f"\0{name}")
        wire.settimeout(5)

        Notifier(f"@{name}").ready()

        assert wire.recv(100) == b"READY=1"


def test_without_a_manager_nothing_is_said_and_nothing_counted() -> None:
    notifier = Notifier.of({})

    notifier.ready()

    assert (notifier.unsent, notifier.watchdog_s) == (0, None)


def test_a_manager_that_does_not_listen_is_counted(folder: Path) -> None:
    notifier = Notifier(str(folder / "nobody"))

    notifier.ready()
    notifier.alive()

    assert notifier.unsent == 2


@pytest.mark.parametrize(
    ("told_us", "seconds"), [("30000000", 30.0), ("0", None), ("", None), ("soon", None)]
)
def test_the_watchdogs_patience_is_read(told_us: str, seconds: float | None) -> None:
    assert Notifier.of({"WATCHDOG_USEC": told_us}).watchdog_s == seconds


def record(text: str, *, name: str = "edge.x", level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord(name, level, "/lib/x.py", 7, text, None, None)


@pytest.mark.parametrize(
    ("level", "prefix"),
    [
        (logging.CRITICAL, "<3>"),
        (logging.ERROR, "<3>"),
        (logging.WARNING, "<4>"),
        (logging.INFO, "<6>"),
        (logging.DEBUG, "<7>"),
    ],
)
def test_the_journal_is_told_how_bad_a_line_is(level: int, prefix: str) -> None:
    assert JournalLines().format(record("one\ntwo", level=level)) == f"{prefix}one\n{prefix}two"


@pytest.mark.parametrize("lines", [JournalLines(), PlainLines()])
def test_a_librarys_own_words_are_not_repeated(lines: logging.Formatter) -> None:
    line = lines.format(record(f"cannot connect to {ADDRESS}", name="bleak.backends"))

    assert "bleak.backends has something to say at x.py:7" in line
    assert ADDRESS not in line


def test_an_exceptions_text_is_not_logged() -> None:
    def fail() -> None:
        raise ValueError(ADDRESS)

    with pytest.raises(ValueError, match=ADDRESS) as caught:
        fail()
    whole = record("it failed")
    whole.exc_info = (ValueError, caught.value, caught.tb)

    line = PlainLines().format(whole)

    assert "ValueError at fail" in line
    assert ADDRESS not in line


def test_no_exception_is_named_as_none() -> None:
    assert told(None) == "no exception is known"


def test_only_the_journals_own_stream_is_taken_for_it(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as file:
        status = os.fstat(file.fileno())
        journal = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}

        assert is_journal(journal, file)
        assert not is_journal({"JOURNAL_STREAM": "1:2"}, file)
        assert not is_journal({}, file)
        assert not is_journal(journal, io.StringIO())


PROGRAM = """
import os, sys, threading
from edge.daemon.run_logs import begin_logs
begin_logs(os.environ, level="info")
class Odd:
    def __del__(self):
        raise ValueError("{address}")
def fail():
    raise ValueError("{address}")
thread = threading.Thread(target=fail); thread.start(); thread.join()
odd = Odd(); del odd
raise ExceptionGroup("{address}", [KeyError("{address}")])
"""


def test_nothing_that_python_says_by_itself_repeats_an_exceptions_text() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(address=ADDRESS)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "a thread ended: ValueError" in done.stderr
    assert "something failed while it was taken down: ValueError" in done.stderr
    assert "the daemon ends: KeyError" in done.stderr
    assert ADDRESS not in done.stderr


def test_the_level_holds_for_our_words_and_not_for_libraries() -> None:
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    stream = io.StringIO()
    try:
        begin_logs({}, level="debug", stream=stream)

        logging.getLogger("edge.x").debug("ours")
        logging.getLogger("lib.x").info("theirs")
    finally:
        root.handlers[:] = before
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        for name in ("edge", "drivers"):
            logging.getLogger(name).setLevel(logging.NOTSET)

    assert "ours" in stream.getvalue()
    assert "theirs" not in stream.getvalue()


def test_a_rate_is_that_of_the_last_minute() -> None:
    rate = Rate()
    for second in range(121):
        rate.read(second * 10 if second <= 60 else 600 + (second - 60) * 2, moment(second))

    assert rate.per_minute() == pytest.approx(120)


def test_a_rate_without_readings_is_zero() -> None:
    rate = Rate()
    assert rate.per_minute() == 0.0

    rate.read(5, moment(0))

    assert rate.per_minute() == 0.0


def test_coverage_is_the_share_of_the_last_hour() -> None:
    uptime = Uptime(moment(0))
    uptime.turn(moment(60), up=True)
    uptime.turn(moment(120), up=False)
    uptime.turn(moment(180), up=True)

    assert uptime.share(moment(240)) == pytest.approx(0.5)
    assert uptime.share(moment(3_600 + 150)) == pytest.approx(1 - 30 / 3_600)
    assert uptime.share(moment(10_000)) == 1.0


def test_a_source_that_is_down_from_the_first_has_no_coverage() -> None:
    uptime = Uptime(moment(0))

    assert uptime.share(moment(0)) == 0.0
    assert uptime.share(moment(100)) == 0.0


@given(st.lists(st.tuples(st.integers(0, 2 * HOUR), st.booleans()), max_size=20))
def test_coverage_is_what_adding_up_every_second_gives(turns: list[tuple[int, bool]]) -> None:
    uptime, at, spans = Uptime(Instant(0)), 0, [(0, False)]
    for gap, up in turns:
        at += gap
        uptime.turn(Instant(at), up=up)
        spans.append((at, up))
    end = at + MINUTE

    start = max(0, end - HOUR)
    up_ns = sum(
        max(0, min(until, end) - max(since, start))
        for (since, up), (until, _) in zip(spans, [*spans[1:], (end, False)], strict=True)
        if up
    )
    assert uptime.share(Instant(end)) == pytest.approx(up_ns / (end - start))


def test_a_part_remembers_since_when_and_not_how_often() -> None:
    part = Part("clock", at=moment(0))

    part.say("unsynced", moment(10), reason="no sign")
    part.say("unsynced", moment(20), reason="still none", remedy="wait")
    health = part.health()

    assert (health.state, health.since) == ("unsynced", "2026-03-14T09:00:10.000Z")
    assert (health.reason, health.remedy) == ("still none", "wait")


def test_the_days_of_space_follow_from_the_growth(tmp_path: Path) -> None:
    database = tmp_path / "edge.db"
    database.write_bytes(bytes(1_000))
    space = Space(database, free=lambda _: 240_000)
    assert space.days(moment(0)) is None
    assert space.days(moment(3_599)) is None

    database.write_bytes(bytes(2_000))

    assert space.days(moment(3_600)) == 10.0


def test_a_ledger_that_does_not_grow_lasts(tmp_path: Path) -> None:
    space = Space(tmp_path / "edge.db", free=lambda _: 1)
    space.days(moment(0))

    assert space.days(moment(3_600)) == LARGEST_DAYS


def pem(path: Path, *, days: float) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node-1")])
    now = datetime.fromtimestamp(START / SECOND, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return path


def test_the_days_of_a_certificate_are_told(tmp_path: Path) -> None:
    assert certificate_days(pem(tmp_path / "a.pem", days=14), START) == 14.0
    assert certificate_days(pem(tmp_path / "b.pem", days=0.5), moment(86_400)) == -0.5


def test_a_certificate_that_cannot_be_read_has_no_days(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("nonsense")

    assert certificate_days(tmp_path / "c.pem", START) is None
    assert certificate_days(tmp_path / "missing.pem", START) is None
    assert certificate_days(None, START) is None
