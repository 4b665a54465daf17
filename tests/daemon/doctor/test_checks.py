"""What the single checks say of a sound machine, and where no remedy can be run."""

import asyncio
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from edge.daemon.doctor.broker import STEPS
from edge.daemon.doctor.database import Ledger, examine_outbox, examine_sqlite
from edge.daemon.doctor.findings import Line, severity
from edge.daemon.keys import keep_key
from edge.daemon.lock import FolderLock
from edge.driver.contract import Driver, Finding, Found, Level, RecordedFile, SourceSpec
from edge.driver.outlet import Outlet
from edge.errors import SourceUnusable
from edge.model.names import Instant
from edge.privacy.keyring import Keyring
from edge.store.database import Store
from edge.store.engine import sqlite_faults
from tests.daemon.doctor.ward import NOW_NS, Ward
from tests.sync.worlds import events
from tests.systemd.units import ROOT

HOUR_MS = 3_600_000
NOW_MS = NOW_NS // 1_000_000


class RecordedOnly:
    """A driver that reads recordings and no hardware."""

    kind: ClassVar[str] = "recorded_only"
    quiet_after_s: ClassVar[float] = 60.0

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec

    def replay(self, file: RecordedFile, outlet: Outlet) -> Iterator[Instant]:
        del outlet
        yield file.started


class Answering(RecordedOnly):
    """A live driver whose check says what the source's options say."""

    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        return ()

    async def check(self) -> tuple[Finding, ...]:
        match self.spec.options["answer"]:
            case "well":
                return (Finding(level=Level.OK, what="the mat is plugged in"),)
            case "unplugged":
                why = "there is no /dev/mat"
                raise SourceUnusable("cannot use the mat", why=why, remedy="plug it in")
            case "forbidden":
                raise PermissionError(13, "Permission denied")
        await asyncio.Event().wait()
        return ()


def load(name: str) -> type[Driver] | None:
    return {"recorded_only": RecordedOnly, "answering": Answering}.get(name)


def source_line(ward: Ward, driver: str, answer: str) -> Line:
    ward.add_settings(f'[[source]]\nname = "mat"\ndriver = "{driver}"\n[source.options]')
    ward.add_settings(f'answer = "{answer}"')
    ward.change(load=load)
    (line,) = [line for line in ward.examine() if line.check == "source mat"]
    return line


@pytest.mark.parametrize(
    ("answer", "level", "what", "remedy"),
    [
        ("well", Level.OK, "the mat is plugged in", ""),
        ("unplugged", Level.FAIL, "cannot use the mat: there is no /dev/mat", "plug it in"),
        ("forbidden", Level.FAIL, "its driver could not look: Permission denied", "as root"),
        ("never", Level.FAIL, "its driver gave no answer in 2 s", "unplug the device"),
    ],
)
def test_a_driver_is_asked_and_its_answer_is_told(
    ward: Ward, answer: str, level: Level, what: str, remedy: str
) -> None:
    line = source_line(ward, "answering", answer)

    assert (line.level, line.what) == (level, what)
    assert remedy in line.remedy


def test_a_driver_without_a_live_part_is_a_warning(ward: Ward) -> None:
    line = source_line(ward, "recorded_only", "well")

    assert line.level is Level.WARN
    assert "reads recordings only" in line.what


def test_all_sources_are_asked_at_the_same_time(ward: Ward) -> None:
    for number in range(5):
        ward.add_settings(f'[[source]]\nname = "mat-{number}"\ndriver = "answering"')
        ward.add_settings('[source.options]\nanswer = "never"')
    ward.change(load=load)
    loop = asyncio.new_event_loop()

    began = loop.time()
    found = [line for line in ward.examine() if line.check.startswith("source ")]
    took_s = loop.time() - began
    loop.close()

    assert [line.check for line in found] == [f"source mat-{number}" for number in range(5)]
    assert took_s < 4


@pytest.mark.parametrize(
    ("age_h", "has_platform", "level", "words"),
    [
        (0.1, True, Level.OK, "7 events wait, the oldest for 0.1 h"),
        (2, True, Level.WARN, "the oldest for 2.0 h"),
        (24 * 8, True, Level.FAIL, "the oldest for 192.0 h"),
        (24 * 8, False, Level.OK, "7 events wait; the settings name no platform"),
    ],
)
def test_an_outbox_is_judged_by_the_age_of_its_oldest_event(
    age_h: float, *, has_platform: bool, level: Level, words: str
) -> None:
    oldest_ms = NOW_MS - round(age_h * HOUR_MS)
    ledger = Ledger(version=1, faults=(), depth=7, oldest_ms=oldest_ms)

    (found,) = examine_outbox(ledger, now_ns=NOW_NS, has_platform=has_platform)

    assert found.level is level
    assert words in found.what


def test_an_old_outbox_is_well_once_the_platform_acknowledged(ward: Ward) -> None:
    ward.add_settings('[mqtt]\nurl = "mqtt://127.0.0.1:1"\nnode = "node-1"')
    with Store.open(ward.state / "edge.db") as store:
        store.ledger.append(events(3)).result()

        fault = ward.fault("outbox")
        store.outbox.acknowledge(store.epoch, 3).result()

        assert "3 events wait, the oldest for" in fault.what
        assert ward.is_well("outbox")


def test_a_build_of_sqlite_with_the_wal_fault_is_a_warning() -> None:
    (found,) = examine_sqlite(sqlite_faults((3, 40, 1)))

    assert found.level is Level.WARN
    assert "SQLite 3.40.1 can corrupt a WAL file" in found.what
    assert found.remedy == "scripts/install"
    assert examine_sqlite(sqlite_faults((3, 53, 0)))[0].level is Level.OK


def locks_of(path: Path) -> str:
    """Give the kernel's line about the lock on one file, as any process sees it."""
    inode = str(path.stat().st_ino)
    lines = Path("/proc/locks").read_text().splitlines()
    return "".join(f"{line}\n" for line in lines if f":{inode} " in line)


def test_whoever_holds_the_state_folder_is_named_without_taking_it(ward: Ward) -> None:
    with FolderLock(ward.state):
        held = locks_of(ward.state / "edge.lock")
        ward.file("proc/locks", held)
        (line,) = [line for line in ward.examine() if line.check == "lock"]

    assert line.what == f"process {os.getpid()} works on the state folder"


def test_a_daemon_beside_the_service_is_a_warning(ward: Ward) -> None:
    ward.unit("store-edge.service", ActiveState="active", MainPID="1")
    with FolderLock(ward.state):
        ward.file("proc/locks", locks_of(ward.state / "edge.lock"))
        fault = ward.fault("lock")

    assert "is not the service" in fault.what
    assert fault.remedy.startswith(f"kill {os.getpid()} && tail --pid={os.getpid()} ")


def test_looking_up_the_lock_lets_a_daemon_start_in_that_moment(ward: Ward) -> None:
    with (ward.state / "edge.lock").open("w") as file:
        ward.examine()

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_radios_adapters_and_ports_are_listed(ward: Ward) -> None:
    ward.file("sys/class/net/wlan0/type", "1\n")
    ward.file("sys/class/net/wlan0/phy80211/index", "0\n")
    ward.file("sys/class/net/wlan0/flags", "0x1003\n")
    ward.file("sys/class/net/mon0/type", "803\n")
    ward.file("sys/class/net/mon0/flags", "0x1002\n")
    ward.file("sys/class/net/eth0/type", "1\n")
    ward.file("sys/class/bluetooth/hci0/type")
    ward.file("sys/class/bluetooth/hci0:11/type")
    ward.file("dev/ttyUSB0").chmod(0o660)
    ward.file("dev/serial/by-id/usb-Scanner-if00")

    told = {line.check: line.what for line in ward.examine()}

    assert told["radios"] == "mon0 (listening, down), wlan0 (as a client, up)"
    assert told["Bluetooth"] == "hci0"
    assert told["serial ports"] == "usb-Scanner-if00"


def test_bluez_that_is_not_installed_is_named(ward: Ward) -> None:
    ward.file("sys/class/bluetooth/hci0/type")
    ward.unit("store-edge.service", ActiveState="active")

    fault = ward.fault("Bluetooth")

    assert fault.remedy == "apt-get install bluez"


def test_a_service_that_dies_at_its_start_is_named(ward: Ward) -> None:
    state = {"ActiveState": "activating", "SubState": "auto-restart", "NRestarts": "4"}
    ward.unit("store-edge.service", **state)

    fault = ward.fault("service")

    assert fault.what == "store-edge.service dies at its start (4 times so far)"
    assert "journalctl --unit store-edge" in fault.remedy


def test_a_service_that_is_not_installed_is_named(ward: Ward) -> None:
    ward.unit("another.service")

    fault = ward.fault("service")

    assert fault.what == "store-edge.service is not installed"
    assert fault.remedy == "scripts/install"


@pytest.mark.parametrize(
    ("levels", "status"),
    [((), 0), ((Level.OK,), 0), ((Level.WARN, Level.OK), 1), ((Level.WARN, Level.FAIL), 2)],
)
def test_the_exit_status_is_that_of_the_worst(levels: tuple[Level, ...], status: int) -> None:
    found = tuple(Line(check="clock", level=level, what="…") for level in levels)

    assert severity(found) == status


SIDE_FILES = {"edge.db-wal", "edge.db-shm"}
"""SQLite makes these, empty, for whoever reads; the next writer uses them."""


def everything_in(ward: Ward) -> dict[Path, tuple[int, int, int]]:
    found = {path: path.stat() for path in ward.folder.rglob("*") if path.name not in SIDE_FILES}
    return {
        path: (facts.st_mtime_ns if path.is_file() else 0, facts.st_mode, facts.st_uid)
        for path, facts in found.items()
    }


def key_lines(ward: Ward) -> list[Line]:
    return [line for line in ward.examine() if line.check == "device key"]


def test_a_key_beside_the_database_is_warned_of_and_one_elsewhere_is_well(ward: Ward) -> None:
    apart = ward.settings.with_name("device.key")
    keep_key(ward.state / "edge.db")

    (beside,) = key_lines(ward)
    (ward.state / "device.key").rename(apart)
    text = ward.settings.read_text().replace("[store]", f'[store]\nkey_file = "{apart}"')
    ward.settings.write_text(text)
    (moved,) = key_lines(ward)

    assert (beside.level, moved.level) == (Level.WARN, Level.OK)
    assert "whoever takes the disk has both" in beside.what
    assert str(apart) in moved.what


@pytest.mark.parametrize("key", [None, bytes(32)])
def test_a_lost_or_strange_key_is_named_with_the_way_to_begin_anew(
    ward: Ward, key: bytes | None
) -> None:
    place = ward.state / "device.key"
    found = keep_key(ward.state / "edge.db")
    assert found.key is not None
    Store.open(ward.state / "edge.db", cipher=Keyring(found.key)).close()
    place.unlink()
    if key is not None:
        place.write_bytes(key)
        place.chmod(0o600)

    (line,) = key_lines(ward)

    assert line.level is Level.FAIL
    assert "edge key renew" in line.remedy


def test_the_doctor_changes_nothing(ward: Ward) -> None:
    Store.open(ward.state / "edge.db").close()
    before = everything_in(ward)

    ward.examine()

    assert everything_in(ward) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look for somebody else")
def test_what_sqlite_leaves_behind_belongs_to_the_service(ward: Ward) -> None:
    nobody = 65534
    Store.open(ward.state / "edge.db").close()
    os.chown(ward.state, nobody, nobody)
    os.chown(ward.state / "edge.db", nobody, nobody)

    ward.examine()

    assert {path.stat().st_uid for path in ward.state.iterdir()} == {nobody}


def test_every_check_has_its_row_in_the_reference(ward: Ward) -> None:
    ward.add_settings('[[source]]\nname = "mat"\ndriver = "recorded_only"')
    ward.change(load=load)
    Store.open(ward.state / "edge.db").close()
    page = (ROOT / "docs/reference/doctor.md").read_text()

    made = {line.check for line in ward.examine()} | {name for name, _ in STEPS}

    rows = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    assert {"source NAME" if name == "source mat" else name for name in made - {"broker"}} == rows
