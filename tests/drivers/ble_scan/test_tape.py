"""A tape can be replayed, and nobody can be found in it."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.ble_scan.advertisement import read_advertisement
from drivers.ble_scan.btsnoop import HCI_H4, file_header
from drivers.ble_scan.events import EventDecoder
from drivers.ble_scan.rebuilt import LONGEST, rebuilt_packet, rebuilt_payload, structure
from drivers.ble_scan.records import dated_reports
from drivers.ble_scan.report import Report
from drivers.ble_scan.tape import SnoopTape, open_snoop_tape
from edge.errors import RecordingError, StoreError
from edge.model.names import Instant
from tests.drivers.ble_scan.bytes_of import (
    ADDRESS,
    EID,
    START,
    directed,
    eid_payload,
    event,
    legacy,
)

KEY = bytes(range(32))
FEAA = "0000feaa-0000-1000-8000-00805f9b34fb"
EXPOSURE = "0000fd6f-0000-1000-8000-00805f9b34fb"
OWN = "f7826da6-4fa2-4e98-8024-bc5b71e0893e"

telling = st.binary(min_size=6, max_size=6).filter(lambda some: len(set(some)) > 4)
"""Six bytes that occur by chance nowhere else in a file."""
telling_ids = st.binary(min_size=8, max_size=8).filter(lambda some: len(set(some)) > 6)
names = st.text("abcdefghijklmnopqrstuvwxyz'", min_size=6, max_size=20)


def payload(name: str = "Ada's watch", ephemeral: bytes = EID, maker: bytes = b"") -> bytes:
    """Give advertising data that holds everything which must not be recorded."""
    return (
        eid_payload(ephemeral)
        + structure(0x09, name.encode())
        + structure(0x08, name.encode()[:6])
        + structure(0xFF, b"\x4c\x00" + maker)
        + structure(0x16, b"\x6f\xfd" + maker)
        + structure(0x21, bytes(16) + maker)
        + structure(0x17, maker[:6])
        + structure(0x0A, b"\xf4")
    )


def raw(
    content: bytes,
    *,
    address: bytes | None = ADDRESS,
    is_random: bool = True,
    dbm: int | None = -60,
) -> bytes:
    return rebuilt_packet(
        Report(address=address, is_random=is_random, payload=content, signal_dbm=dbm)
    )


def taped(path: Path, *packets: bytes, key: bytes = KEY) -> list[Report]:
    """Write packets to a tape and read its reports back."""
    tape = open_snoop_tape(path, key)
    for packet in packets:
        tape.write(START, packet)
    tape.close()
    entries = list(dated_reports(path))
    assert all(not isinstance(entry, str) and entry[0] == START for entry in entries)
    return [
        report
        for entry in entries
        if not isinstance(entry, str)
        for report in entry[1]
        if isinstance(report, Report)
    ]


@settings(deadline=None)
@given(
    address=telling,
    ephemeral=telling_ids,
    name=names,
    maker=telling_ids,
    is_random=st.booleans(),
    key=st.binary(min_size=32, max_size=32),
)
def test_no_address_id_name_or_content_is_in_the_file_and_it_replays(
    address: bytes, ephemeral: bytes, name: str, maker: bytes, *, is_random: bool, key: bytes
) -> None:
    packet = raw(payload(name, ephemeral, maker), address=address, is_random=is_random)

    with TemporaryDirectory() as folder:
        path = Path(folder) / "floor.btsnoop"
        first, second = taped(path, packet, packet, key=key)
        content = path.read_bytes()[len(file_header(HCI_H4)) :]

    secrets = (address, ephemeral, name.encode(), name.encode()[:6], maker)
    assert not [one for one in secrets if one in content or one[::-1] in content]
    assert first == second
    assert (first.is_random, first.signal_dbm) == (is_random, -60)
    assert first.address is not None
    assert first.address[0] & 0xC0 == address[0] & 0xC0 or not is_random


def test_what_says_what_kind_of_device_it_was_is_kept(tmp_path: Path) -> None:
    (report,) = taped(tmp_path / "floor", raw(payload(maker=b"\x10\x05secret")))

    kept = read_advertisement(report.payload)
    assert (kept.flags, kept.tx_power_dbm, kept.name) == (6, -12, None)
    assert kept.services == (FEAA,)
    assert kept.manufacturer_data == ((0x004C, b""),)
    services = dict(kept.service_data)
    assert services[EXPOSURE] == b""
    assert services[FEAA][:2] == b"\x30\xe7"
    assert len(services[FEAA]) == 10
    assert set(services) == {FEAA, EXPOSURE}


def test_what_stands_before_a_break_is_kept(tmp_path: Path) -> None:
    broken = legacy(structure(0x01, b"\x06") + b"\x1e\x09Ada")

    (report,) = taped(tmp_path / "floor", b"\x04" + event(0x02, broken))

    assert report.payload == structure(0x01, b"\x06")


def test_another_key_gives_others(tmp_path: Path) -> None:
    (first,) = taped(tmp_path / "one", raw(payload()))
    (second,) = taped(tmp_path / "two", raw(payload()), key=bytes(32))

    assert first.address != second.address
    assert first.payload != second.payload


def test_different_devices_stay_different(tmp_path: Path) -> None:
    packets = [
        raw(eid_payload(bytes([number]) * 8), address=bytes([0x40, 0, 0, 0, 0, number]))
        for number in range(50)
    ]

    reports = taped(tmp_path / "floor", *packets)

    assert len({report.address for report in reports}) == 50
    assert len({report.payload for report in reports}) == 50


def test_an_anonymous_advertisement_and_an_unknown_power_stay_so(tmp_path: Path) -> None:
    (report,) = taped(tmp_path / "floor", raw(b"", address=None, dbm=None))

    assert (report.address, report.signal_dbm) == (None, None)


def test_other_packets_of_a_controller_are_taken_or_counted(tmp_path: Path) -> None:
    tape = open_snoop_tape(tmp_path / "floor", KEY)

    tape.write(START, b"\x04" + event(0x02, legacy(eid_payload()), legacy(b"\x1e\x09cut")))
    tape.write(START, b"\x04" + event(0x0B, directed()))
    tape.write(START, b"\x04" + event(0x02, legacy()[:4]))
    tape.write(START, b"\x02" + bytes(20))
    tape.close()

    assert tape.left_out == 2
    assert len(list(dated_reports(tmp_path / "floor"))) == 3


@settings(deadline=None)
@given(packets=st.lists(st.binary(max_size=80)), is_event=st.booleans())
def test_any_bytes_are_taken_or_counted(packets: list[bytes], *, is_event: bool) -> None:
    with TemporaryDirectory() as folder:
        tape = open_snoop_tape(Path(folder) / "floor", KEY)
        for packet in packets:
            tape.write(START, (b"\x04" if is_event else b"") + packet)
        tape.close()

        entries = list(dated_reports(Path(folder) / "floor"))

    assert all(not isinstance(entry, str) for entry in entries)


uuids = st.uuids().map(str) | st.sampled_from([FEAA, EXPOSURE, OWN, "no uuid"])


@settings(deadline=None)
@given(
    flags=st.binary(max_size=2),
    services=st.lists(uuids, max_size=30),
    service_data=st.dictionaries(uuids, st.binary(max_size=300), max_size=5),
    makers=st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=300), max_size=5),
    power=st.none() | st.integers(-127, 20),
)
def test_whatever_bluez_says_becomes_a_packet_that_can_be_read(
    flags: bytes,
    services: list[str],
    service_data: dict[str, bytes],
    makers: dict[int, bytes],
    power: int | None,
) -> None:
    whole = rebuilt_payload(
        flags=flags,
        services=services,
        service_data=service_data,
        manufacturer_data=makers,
        tx_power_dbm=power,
    )

    (report,) = EventDecoder().decode(0, raw(whole)[1:])

    assert isinstance(report, Report)
    assert len(report.payload) <= LONGEST
    read = read_advertisement(report.payload)
    assert not read.is_broken
    assert set(read.service_data) <= set(service_data.items())
    assert set(read.services) <= set(services)
    assert set(read.manufacturer_data) <= set(makers.items())


def test_a_members_id_comes_before_what_may_not_fit() -> None:
    whole = rebuilt_payload(
        flags=b"\x06",
        services=[OWN] * 20,
        service_data={OWN: bytes(200), FEAA: b"\x30\xe7" + EID},
        manufacturer_data={},
        tx_power_dbm=-12,
    )

    (report,) = EventDecoder().decode(0, raw(whole)[1:])

    assert isinstance(report, Report)
    assert dict(read_advertisement(report.payload).service_data)[FEAA] == b"\x30\xe7" + EID


def test_a_tape_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "floor").write_bytes(b"older")

    with pytest.raises(RecordingError, match="File exists"):
        open_snoop_tape(tmp_path / "floor", KEY)

    assert (tmp_path / "floor").read_bytes() == b"older"


def test_a_full_disk_is_the_stores_fault() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        tape = SnoopTape(full, KEY)

        with pytest.raises(StoreError, match="No space left"):
            tape.write(Instant(START), raw(payload()))


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not on the PATH")
def test_wireshark_reads_a_tape_the_same(tmp_path: Path) -> None:
    path = tmp_path / "floor.btsnoop"
    (report,) = taped(path, raw(payload(), dbm=-71))

    fields = ["bthci_evt.bd_addr", "bthci_evt.rssi", "frame.time_epoch", "_ws.malformed"]
    command = ["tshark", "-r", str(path), "-T", "fields", *(f"-e{field}" for field in fields)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    address, dbm, moment, malformed = done.stdout.rstrip("\n").split("\t")
    assert report.address is not None
    assert address.split(",")[0] == report.address.hex(":")
    assert dbm == "-71"
    assert float(moment) == START / 10**9
    assert malformed == ""
