"""What every driver keeps to, whoever wrote it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.driver.contract import Driver, RecordedFile, SourceSpec
from edge.driver.testing import OutletSpy
from edge.errors import ConfigError, RecordingError
from edge.model.names import Instant, SourceName
from tests.drivers.ble_scan.bytes_of import START, btsnoop, eid_payload, event, legacy, pcap

DRIVERS = {entry.name: entry for entry in entry_points(group="store_edge.drivers")}
WATCHED = ("open", "socket", "subprocess", "import")
PROFILES = {"serial_line": "door-counter-csv"}
LIBRARIES = [
    "aiohttp",
    "pyrad",
    "scapy",
    "bleak",
    "dbus_fast",
    "cv2",
    "face_recognition",
    "serial",
    "dpkt",
    "numpy",
]

PROBE = (
    bytes.fromhex("000008000000000040000000ffffffffffffdaa119001122ffffffffffff1000")
    + b"\x00\x00"
    + b"\x01\x04\x02\x04\x0b\x16"
)
SAMPLES = {
    "wifi_monitor": pcap(PROBE, PROBE, link=127),
    "ble_scan": btsnoop(*[event(0x02, legacy(eid_payload()))] * 2),
    "serial_line": b'{"t":1773478800,"line":"IN,1"}\n{"t":1773478801.5,"line":"OUT,2"}\n',
    "wifi_link": b'{"t":1773478800,"event":"associated","address":"a4:83:e7:00:11:22"}\n',
}
"""A short recording of each kind of source."""

every_driver = pytest.mark.parametrize("entry", DRIVERS.values(), ids=DRIVERS.keys())
every_sample = pytest.mark.parametrize("kind", SAMPLES)


class Witness:
    """Sees every file, socket and program that Python opens, while it watches."""

    def __init__(self) -> None:
        self.is_watching = False
        self.seen: list[str] = []
        sys.addaudithook(self.note)

    def note(self, name: str, _: tuple[Any, ...]) -> None:
        if self.is_watching and name.partition(".")[0] in WATCHED:
            self.seen.append(name)

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.is_watching, self.seen = True, []
        yield
        self.is_watching = False


@pytest.fixture(scope="module")
def witness() -> Witness:
    return Witness()


def spec(kind: str, **options: object) -> SourceSpec:
    return SourceSpec(
        name=SourceName("one"), driver=kind, profile=PROFILES.get(kind), options=options
    )


def made(kind: str) -> Driver:
    driver: Driver = DRIVERS[kind].load()(spec(kind))
    return driver


def replayed(kind: str, path: Path) -> tuple[OutletSpy, list[Instant]]:
    spy = OutletSpy()
    file = RecordedFile(path=path, started=START, ended=Instant(START + 3_600 * 10**9))
    return spy, list(made(kind).replay(file, spy))


@every_driver
def test_it_bears_the_name_of_its_entry_point(entry: EntryPoint) -> None:
    driver = entry.load()

    assert driver.kind == entry.name
    assert driver.quiet_after_s > 0


def test_the_witness_sees_what_is_opened(witness: Witness) -> None:
    with witness.watching():
        Path(__file__).read_bytes()

    assert witness.seen == ["open"]


@every_driver
def test_its_constructor_opens_nothing(entry: EntryPoint, witness: Witness) -> None:
    driver = entry.load()

    with witness.watching():
        driver(spec(entry.name))

    assert witness.seen == []


@every_driver
def test_it_needs_no_sensor_library_before_it_runs(entry: EntryPoint) -> None:
    program = (
        "import sys\n"
        "from importlib.metadata import entry_points\n"
        "from edge.driver.contract import SourceSpec\n"
        f"(entry,) = entry_points(group={entry.group!r}, name={entry.name!r})\n"
        f"entry.load()(SourceSpec(name='one', driver={entry.name!r},"
        f" profile={PROFILES.get(entry.name)!r}))\n"
        f"print(sorted(set({LIBRARIES!r}) & set(sys.modules)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


@every_driver
def test_an_option_it_does_not_have_is_refused(entry: EntryPoint) -> None:
    with pytest.raises(ConfigError, match="no-such-option"):
        entry.load()(spec(entry.name, **{"no-such-option": 1}))


@every_driver
def test_a_file_that_is_not_there_is_a_fault_of_the_recording(
    entry: EntryPoint, tmp_path: Path
) -> None:
    with pytest.raises(RecordingError, match="nowhere"):
        replayed(entry.name, tmp_path / "nowhere")


@every_driver
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\0" * 100,
        b"\x1f\x8b",
        b"\x1f\x8b\x08garbage",
        b"garbage\n",
        bytes(range(256)),
    ],
)
def test_an_empty_or_foreign_file_is_counted_or_refused(
    entry: EntryPoint, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    try:
        spy, _ = replayed(entry.name, path)
    except RecordingError:
        return

    assert spy.calls == []


@every_sample
def test_a_recording_is_heard(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(SAMPLES[kind])

    spy, moments = replayed(kind, path)

    assert len(spy.calls) == spy.frames > 0
    assert spy.refused == {}
    assert moments[-1] == spy.calls[-1][1]


@every_sample
def test_a_recording_replays_the_same_twice(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(SAMPLES[kind] + b"x")

    first, first_moments = replayed(kind, path)
    second, second_moments = replayed(kind, path)

    assert (first.calls, first.frames, first.refused) == (
        second.calls,
        second.frames,
        second.refused,
    )
    assert first_moments == second_moments


@every_sample
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(0, 400), place=st.integers(0, 400), byte=st.integers(0, 255))
def test_a_damaged_recording_is_counted_or_refused(
    kind: str, cut: int, place: int, byte: int, tmp_path: Path
) -> None:
    damaged = bytearray(SAMPLES[kind][:cut])
    damaged[place : place + 1] = bytes([byte])
    path = tmp_path / "file"
    path.write_bytes(damaged)

    try:
        spy, moments = replayed(kind, path)
    except RecordingError:
        return

    earliest, latest = START - 3_600 * 10**9, START + 7_200 * 10**9
    assert all(earliest <= at <= latest for at in [*moments, *(call[1] for call in spy.calls)])
