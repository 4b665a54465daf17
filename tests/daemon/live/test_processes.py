"""The daemon as the service runs it: a process, real signals, a real (pseudo) serial line."""

import os
import signal
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.daemon.control_client import ask
from edge.daemon.ledgers import open_reader
from edge.errors import ConfigError
from edge.fusion.fold import resume
from edge.model.event import SourceStateChanged, VisitStarted
from edge.store.engine import connect_reader
from edge.store.ledger import newest_snapshot
from edge.store.reading import events, faults
from tests.conftest import ROOT

SETTINGS = """
[store]
id = "toy-1"

[fusion]
lateness_s = 0
settle_s = 0

[[zone]]
name = "entrance"
kind = "entrance"

[[door]]
name = "main"
source = "door-1"
zone = "entrance"

[[source]]
name = "door-1"
driver = "serial_line"
profile = "door-counter-csv"
zone = "entrance"

[source.options]
port = "{port}"
"""
EDGE = Path(sys.executable).with_name("edge")


class Service:
    """`edge run` with a door counter on a pseudo terminal, as systemd would start it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.settings = folder / "edge.toml"
        self.device, self.port = os.openpty()
        tty.setraw(self.port)
        self.settings.write_text(SETTINGS.format(port=os.ttyname(self.port)))
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        return [str(EDGE), "run", "--settings", str(self.settings), "--state", str(self.state)]

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
            (self.folder / "stderr").open("ab") as stderr,
        ):
            place = self.folder / f"notify-{time.monotonic_ns()}"
            manager.bind(str(place))
            manager.settimeout(20)
            self.process = subprocess.Popen(
                [*self.command(), "--trust-clock"],
                env=os.environ | {"NOTIFY_SOCKET": str(place)},
                stderr=stderr,
            )
            while b"READY=1" not in manager.recv(4096):
                pass

    def come_in(self, people: int) -> None:
        """Let the counter tell of so many people, one by one, and wait until it was heard."""
        before = self.heard()
        for _ in range(people):
            os.write(self.device, b"IN,1\r\n")
        self.until(lambda: self.heard() == before + people)

    def heard(self) -> int:
        (source,) = self.ask("sources")
        return int(source["heard"])

    def ask(self, request: str) -> Any:
        return ask(self.state, request)

    def until_it_listens(self) -> None:
        """Wait until the port is open: what a device says before that is nobody's."""
        self.until(lambda: self.ask("sources")[0]["state"] in {"starting", "watching", "quiet"})
        time.sleep(0.3)

    def until(self, claim: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not claim():
            assert time.monotonic() < end, "it did not come to that"
            time.sleep(0.02)

    def end(self, how: signal.Signals) -> tuple[int, float]:
        """End it; give its exit status and how long it took, in seconds."""
        assert self.process is not None
        told = time.monotonic()
        self.process.send_signal(how)
        status = self.process.wait(20)
        return status, time.monotonic() - told

    def announced(self) -> list[str]:
        return [row.data.visit for row in self.rows() if isinstance(row.data, VisitStarted)]

    def inside(self) -> list[str]:
        """Give the visits that are open as far as the disk knows, announced or not."""
        reader = open_reader(self.state / "edge.db")
        try:
            snapshot = newest_snapshot(reader)
        finally:
            reader.close()
        assert snapshot is not None
        return list(resume(snapshot.state).visits)

    def rows(self) -> list[Any]:
        reader = connect_reader(self.state / "edge.db")
        try:
            assert faults(reader) == []
            return list(events(reader))
        finally:
            reader.close()


@pytest.fixture
def service(folder: Path) -> Iterator[Service]:
    made = Service(folder)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait(10)
    os.close(made.device)
    os.close(made.port)


def test_sigterm_ends_it_in_time_and_nothing_is_lost(service: Service) -> None:
    service.start()
    service.until_it_listens()
    service.come_in(20)

    status, took_s = service.end(signal.SIGTERM)

    assert status == 0
    assert took_s < 5
    assert len(service.inside()) == 20


def test_a_kill_costs_no_visit_and_no_number(service: Service) -> None:
    service.start()
    service.until_it_listens()
    service.come_in(5)
    service.until(lambda: len(service.inside()) == 5)
    service.end(signal.SIGKILL)

    service.start()
    service.until_it_listens()
    service.come_in(5)
    service.end(signal.SIGTERM)

    announced, rows = service.announced(), service.rows()
    assert len(service.inside()) == 10
    assert len(announced) == len(set(announced))
    assert set(announced) <= set(service.inside())
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    gap = [one.data for one in rows if isinstance(one.data, SourceStateChanged)]
    assert "the service was not running" in {one.reason for one in gap}


def test_a_second_start_is_refused_and_the_first_goes_on(service: Service) -> None:
    service.start()
    process = service.process
    assert process is not None

    second = subprocess.run(service.command(), capture_output=True, text=True, check=False)

    assert second.returncode == ConfigError.exit_code == 78
    assert f"process {process.pid} holds the lock" in second.stderr
    assert len(service.ask("sources")) == 1


def test_settings_with_faults_keep_it_from_starting(service: Service) -> None:
    service.settings.write_text('[store]\nid = "a b"\n[[source]]\nname = "x"\n')

    done = subprocess.run(service.command(), capture_output=True, text=True, check=False)

    assert done.returncode == 78
    assert "[store] id" in done.stderr
    assert '[[source]] "x" driver: it is missing' in done.stderr


def test_an_unplugged_line_is_told_and_found_again(service: Service) -> None:
    service.start()
    service.until_it_listens()
    service.come_in(1)

    os.close(service.device)
    service.until(lambda: service.ask("sources")[0]["state"] in {"retrying", "parked"})
    service.device = os.open(os.devnull, os.O_RDWR)

    source = service.ask("sources")[0]
    assert source["reason"]
    assert source["remedy"]


HANGING = """
import asyncio, sys
from pathlib import Path
from edge.cli.running import _leave_soon
from edge.daemon.app import run
from edge.daemon.clock_sign import always
from edge.daemon.notify import Notifier
from edge.daemon.run_settings import Options
from tests.daemon.live.kit import QUICK, driver_that

async def hang(outlet, clock):
    outlet.heard(clock.now())
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

folder = Path(sys.argv[1])
options = Options(settings=folder / "edge.toml", state=folder / "state", sign=always,
                  find=lambda _: driver_that(hang), chance=lambda: 1.0, pace=QUICK)
asyncio.run(run(options, notifier=Notifier.of({}), ended=_leave_soon))
"""


def test_a_driver_that_does_not_end_does_not_hold_the_service_up(service: Service) -> None:
    service.process = subprocess.Popen(
        [sys.executable, "-c", HANGING, str(service.folder)], cwd=ROOT
    )
    service.until((service.state / "control.sock").exists)
    service.until(lambda: service.heard() == 1)

    status, took_s = service.end(signal.SIGTERM)

    assert status == 0
    assert took_s < 5
