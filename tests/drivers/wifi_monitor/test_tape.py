"""What a radio hears is recorded so that nobody can be found in it, and means the same."""

import asyncio
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from drivers.wifi_monitor.decode import Decoder, ProbeRequest
from drivers.wifi_monitor.fcs import BadFcs, FcsMode
from drivers.wifi_monitor.tape import ProbeTape
from edge.driver.capture import Capture
from edge.driver.contract import RecordedFile
from edge.driver.testing import OutletSpy
from edge.model.names import SECOND, Instant
from tests.drivers.wifi_monitor.frames import (
    ADDRESS,
    AT_NS,
    AVS,
    BARE,
    BROADCAST,
    PPI,
    PRISM,
    RADIOTAP,
    probe,
    usual,
    with_fcs,
)
from tests.drivers.wifi_monitor.listening import HandClock, listening, monitor, until
from tests.lab.tap import TapMonitor

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
LINK_TYPES = (BARE, PRISM, RADIOTAP, AVS, PPI)
NAME = b"Grandma's cellar"


def element(number: int, content: bytes) -> bytes:
    return bytes([number, len(content)]) + content


def wps(kind: int, content: bytes) -> bytes:
    return struct.pack(">HH", kind, len(content)) + content


def recorded(
    *frames: bytes, key: bytes = KEY, link_type: int = RADIOTAP
) -> tuple[list[bytes], int]:
    """Record frames; give what the file holds, and how many were left out."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "radar.pcap.gz"
        tape = ProbeTape(file, key=key, fcs=FcsMode.AUTO, link_type=link_type)
        for number, frame in enumerate(frames):
            tape.write(Instant(AT_NS + number * SECOND), frame)
        tape.close()
        capture = Capture(file)
        packets = list(capture)
    assert capture.damage is None
    assert [at for at, *_ in packets] == sorted(at for at, *_ in packets)
    assert {kind for _, kind, *_ in packets} <= {RADIOTAP}
    return [frame for _, _, frame, _ in packets], tape.left_out


def recorded_body(body: bytes) -> bytes:
    """Give what becomes of a frame's elements."""
    (frame,), _ = recorded(usual() + probe(body))
    parts = Decoder().part(RADIOTAP, frame)
    assert not isinstance(parts, str)
    return parts.body


def read(frame: bytes) -> ProbeRequest:
    probe_request = Decoder().decode(RADIOTAP, frame)
    assert not isinstance(probe_request, str)
    return probe_request


def test_an_address_is_replaced_by_the_same_one_each_time() -> None:
    other = bytes.fromhex("02005e445566")

    frames, _ = recorded(
        usual() + probe(), usual() + probe(address=other), usual() + probe(sequence=2)
    )

    first, second, third = (read(frame).address for frame in frames)
    assert first == third
    assert len({first, second, ADDRESS, other}) == 4


def test_another_key_gives_other_addresses() -> None:
    (one,), _ = recorded(usual() + probe())
    (other,), _ = recorded(usual() + probe(), key=OTHER_KEY)

    assert read(one).address != read(other).address


@pytest.mark.parametrize("first_byte", [0x00, 0x01, 0x02, 0x03, 0xA4, 0xDA])
def test_an_address_stays_made_up_or_a_groups(first_byte: int) -> None:
    address = bytes([first_byte]) + ADDRESS[1:]

    (frame,), _ = recorded(usual() + probe(address=address))

    assert read(frame).address[0] & 3 == first_byte & 3
    assert read(frame).address != address


def test_everybody_stays_everybody_and_one_receiver_is_replaced() -> None:
    network = bytes.fromhex("a44cc8010203")

    frames, _ = recorded(usual() + probe(), usual() + probe(receiver=network))

    assert read(frames[0]).receiver == BROADCAST
    assert read(frames[1]).receiver not in (BROADCAST, network)
    assert network not in frames[1]


@pytest.mark.parametrize(
    ("body", "written"),
    [
        (element(0, NAME), element(0, bytes(len(NAME)))),
        (element(0, b""), element(0, b"")),
        (element(84, element(0, NAME)), element(84, bytes(len(NAME) + 2))),
        (element(114, NAME), element(114, bytes(len(NAME)))),
        (element(255, b"\x3a" + b"\x12\x34\x56\x78"), element(255, b"\x3a" + bytes(4))),
        (element(107, b"\x02" + ADDRESS), element(107, b"\x02" + bytes(6))),
        (element(107, b"\x02"), element(107, b"\x02")),
        (element(45, bytes(range(26))), element(45, bytes(range(26)))),
        (element(221, b"\x00\x10\x18\x02\x01"), element(221, b"\x00\x10\x18\x02\x01")),
        (element(221, b"\x00\x10"), element(221, b"\x00\x10")),
    ],
)
def test_names_become_zeros_of_the_same_length_and_the_rest_is_kept(
    body: bytes, written: bytes
) -> None:
    assert recorded_body(body) == written


def test_what_wps_says_of_one_device_is_blanked_and_its_model_kept() -> None:
    head = bytes.fromhex("0050f204")
    said = [(0x1047, bytes(range(1, 17))), (0x1042, b"R58M12345"), (0x1011, b"Ann's phone")]

    written = recorded_body(
        element(
            221, head + wps(0x1023, b"SM-G991B") + b"".join(wps(kind, text) for kind, text in said)
        )
    )

    blank = b"".join(wps(kind, bytes(len(text))) for kind, text in said)
    assert written == element(221, head + wps(0x1023, b"SM-G991B") + blank)


def test_what_is_no_wps_field_to_its_end_is_blanked() -> None:
    head = bytes.fromhex("0050f204")

    written = recorded_body(element(221, head + wps(0x104A, b"\x10") + b"\x10\x42\x00\xffserial"))

    assert written == element(221, head + wps(0x104A, b"\x10") + bytes(10))


def test_what_p2p_says_of_one_device_is_blanked() -> None:
    head = bytes.fromhex("506f9a09")
    device = b"\x0d" + struct.pack("<H", 12) + ADDRESS + b"mobile"
    capability = b"\x02\x02\x00\x25\x00"

    written = recorded_body(element(221, head + capability + device))

    assert written == element(221, head + capability + device[:3] + bytes(12))


def test_an_address_or_name_inside_a_vendors_element_is_replaced() -> None:
    hidden = b"\x00\x17\xf2\x0a" + ADDRESS + ADDRESS[::-1] + NAME

    (frame,), _ = recorded(usual() + probe(element(0, NAME) + element(221, hidden)))

    assert ADDRESS not in frame
    assert ADDRESS[::-1] not in frame
    assert NAME not in frame
    assert read(frame).elements.vendors == (hidden[:4],)


def test_a_frame_in_which_an_address_would_shine_through_is_left_out() -> None:
    address = bytes.fromhex("112201023344")
    across = element(45, address[:2]) + element(address[2], address[4:])

    frames, left_out = recorded(usual() + probe(across, address=address))

    assert (len(frames), left_out) == (0, 1)


@pytest.mark.parametrize(
    "frame",
    [
        usual() + b"\x80\x00" + bytes(40),
        usual() + probe(control=0x4040),
        usual() + probe()[:20],
        usual(flags=0x50) + with_fcs(probe()),
        b"",
    ],
)
def test_what_is_no_whole_probe_request_is_left_out(frame: bytes) -> None:
    assert recorded(frame) == ([], 1)


def test_a_frame_passes_its_check_again() -> None:
    (frame,), _ = recorded(usual(flags=0x10) + with_fcs(probe()))

    decoded = Decoder(bad_fcs=BadFcs.CHECKED).decode(RADIOTAP, frame)

    assert isinstance(decoded, ProbeRequest)


def test_a_recording_is_replayed_as_it_was_heard(tap: TapMonitor, tmp_path: Path) -> None:
    driver, live, replayed = monitor(tap.name), OutletSpy(), OutletSpy()
    path = tmp_path / "radar.pcap.gz"

    async def listen() -> None:
        tape = driver.open_tape(path, key=KEY)
        async with listening(driver, live, clock=HandClock(), tape=tape):
            for number in range(20):
                tap.send(usual(signal_dbm=-40 - number) + probe(sequence=number))
            await until(lambda: len(live.calls) == 20)
        tape.close()

    asyncio.run(listen())
    at = Instant(AT_NS)
    list(monitor().replay(RecordedFile(path=path, started=at, ended=at), replayed))

    heard = [(at, told["signal_dbm"]) for _, at, told in live.calls]
    assert [(at, told["signal_dbm"]) for _, at, told in replayed.calls] == heard
    assert {told["address"] for _, _, told in replayed.calls}.isdisjoint({ADDRESS})


def test_what_was_written_long_ago_is_in_the_file_already(tmp_path: Path) -> None:
    path = tmp_path / "radar.pcap.gz"
    tape = ProbeTape(path, key=KEY, fcs=FcsMode.AUTO, link_type=RADIOTAP)

    tape.write(Instant(AT_NS), usual() + probe())
    tape.write(Instant(AT_NS + 11 * SECOND), usual() + probe())

    assert len(list(Capture(path))) == 2
    tape.close()


ADDRESSES = st.binary(min_size=6, max_size=6)
CONTENTS = st.binary(max_size=20)
BODIES = st.lists(
    st.builds(element, st.sampled_from([0, 1, 3, 45, 84, 107, 114, 127, 221, 255]), CONTENTS)
    | st.builds(
        lambda head, rest: element(221, head + rest),
        st.sampled_from([bytes.fromhex("0050f204"), bytes.fromhex("506f9a09")]),
        CONTENTS,
    ),
    max_size=6,
).map(b"".join)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(LINK_TYPES), st.binary(max_size=200))
def test_any_bytes_are_recorded_or_left_out(link_type: int, raw: bytes) -> None:
    frames, left_out = recorded(raw, link_type=link_type)

    assert len(frames) + left_out == 1


@given(body=BODIES, address=ADDRESSES, name=st.binary(min_size=4, max_size=32), cut=st.data())
def test_no_address_and_no_name_comes_through(
    body: bytes, address: bytes, name: bytes, cut: st.DataObject
) -> None:
    assume(len(set(address)) > 1 < len(set(name)))
    hidden = element(221, b"\x00\x17\xf2\x0a" + cut.draw(st.sampled_from([address, name, b""])))
    head = usual() + probe(element(0, name), address=address, receiver=address)
    end = cut.draw(st.integers(len(head), len(head + body + hidden)))

    frames, _ = recorded((head + body + hidden)[:end])

    for frame in frames:
        assert address not in frame
        assert address[::-1] not in frame
        assert name not in frame


@given(
    body=BODIES,
    address=ADDRESSES,
    signal_dbm=st.integers(-120, 10),
    frequency_mhz=st.sampled_from([0, 2412, 2484, 5180]),
    is_checked=st.booleans(),
)
def test_what_was_recorded_decodes_to_the_same_model(
    body: bytes, address: bytes, signal_dbm: int, frequency_mhz: int, *, is_checked: bool
) -> None:
    frame = with_fcs(probe(body, address=address)) if is_checked else probe(body, address=address)
    raw = (
        usual(flags=0x10 if is_checked else 0, signal_dbm=signal_dbm, frequency_mhz=frequency_mhz)
        + frame
    )

    frames, left_out = recorded(raw)

    assume(not left_out)
    before, after = read(raw), read(frames[0])
    assert after.elements == before.elements
    assert (after.signal_dbm, after.frequency_mhz, after.sequence, after.control) == (
        before.signal_dbm,
        before.frequency_mhz,
        before.sequence,
        before.control,
    )


def test_real_phones_keep_their_elements_and_lose_their_addresses(captures: Path) -> None:
    (path,) = (captures / "wifi/iphones_and_androids").glob("S21Ultra*.pcap")
    raw = [frame for _, _, frame, _ in Capture(path)][:2000]
    before = [probe for probe in map(read_or_not, raw) if probe is not None]

    frames, _ = recorded(*raw)

    after = [read(frame) for frame in frames]
    addresses = {probe.address for probe in before}
    assert len(before) > 100
    assert [probe.elements for probe in after] == [probe.elements for probe in before]
    assert len({probe.address for probe in after}) == len(addresses)
    assert not any(address in b"".join(frames) for address in addresses)


def read_or_not(frame: bytes) -> ProbeRequest | None:
    probe_request = Decoder().decode(RADIOTAP, frame)
    return probe_request if isinstance(probe_request, ProbeRequest) else None
