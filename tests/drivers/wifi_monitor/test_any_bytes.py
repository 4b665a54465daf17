"""Whatever bytes arrive, a frame is a probe request or refused for a reason that is counted."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wifi_monitor import refusals
from drivers.wifi_monitor.decode import Decoder, ProbeRequest
from drivers.wifi_monitor.fcs import BadFcs, FcsMode
from edge.driver.capture import Capture
from tests.drivers.wifi_monitor.frames import (
    AVS,
    BARE,
    PPI,
    PRISM,
    RADIOTAP,
    probe,
    radiotap,
    usual,
    with_fcs,
)

REASONS = {value for name, value in vars(refusals).items() if name.isupper()}
LINK_TYPES = st.sampled_from([BARE, PRISM, RADIOTAP, AVS, PPI, 1])
HEADERS = {
    BARE: [b""],
    PRISM: [b"\x44\x00\x00\x00\x24\x00\x00\x00" + bytes(16) + b"\x44\x00\x06\x00" + bytes(8)],
    RADIOTAP: [
        usual(flags=0x10),
        radiotap(bytes(40), 0xC000_002E, 0x8000_0000, 0xA000_0820, 0x1000_0020),
        radiotap(bytes(24), 0x1000_0000),
    ],
    AVS: [b"\x80\x21\x10\x01\x00\x00\x00\x40" + bytes(56)],
    PPI: [b"\x00\x00\x20\x00\x69\x00\x00\x00\x02\x00\x14\x00" + bytes(20)],
}


def check(decoder: Decoder, link_type: int, frame: bytes, original_length: int) -> None:
    """Decode a frame in both ways; they find the same sender or the same reason."""
    heard = decoder.decode(link_type, frame, original_length=original_length)
    sighting = decoder.sight(link_type, frame)
    if isinstance(heard, ProbeRequest):
        assert sighting == (heard.address, heard.sequence, heard.signal_dbm) or (
            heard.signal_dbm is None and sighting[:2] == (heard.address, heard.sequence)
        )
        assert len(heard.address) == len(heard.receiver) == 6
        assert 0 <= heard.sequence < 4096
        assert heard.signal_dbm is None or -128 <= heard.signal_dbm <= 127
        assert heard.frequency_mhz is None or heard.frequency_mhz > 0
        assert all(0 <= element < 512 for element in heard.elements.ids)
    else:
        assert heard == sighting
        assert heard in REASONS


@given(
    link_type=LINK_TYPES,
    fcs=st.sampled_from(FcsMode),
    bad_fcs=st.sampled_from(BadFcs),
    frames=st.lists(st.binary(max_size=120), max_size=4),
    longer=st.integers(0, 8),
)
def test_any_bytes_of_any_link_type_give_a_probe_or_a_reason(
    link_type: int, fcs: FcsMode, bad_fcs: BadFcs, frames: list[bytes], longer: int
) -> None:
    decoder = Decoder(fcs=fcs, bad_fcs=bad_fcs)

    for frame in frames * 2:
        check(decoder, link_type, frame, len(frame) + longer)


@given(
    link_type=st.sampled_from(sorted(HEADERS)),
    fcs=st.sampled_from(FcsMode),
    body=st.binary(max_size=80),
    changes=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4),
    cut=st.integers(0, 40),
    data=st.data(),
)
def test_any_change_to_a_good_frame_gives_a_probe_or_a_reason(
    link_type: int,
    fcs: FcsMode,
    body: bytes,
    changes: list[tuple[int, int]],
    cut: int,
    data: st.DataObject,
) -> None:
    good = data.draw(st.sampled_from(HEADERS[link_type])) + with_fcs(probe(body))
    changed = bytearray(good)
    for place, value in changes:
        changed[place % len(changed)] = value
    decoder = Decoder(fcs=fcs)
    decoder.decode(link_type, good)

    check(decoder, link_type, bytes(changed[: len(changed) - cut]), len(changed))


def mutated(frame: bytes, chance: random.Random) -> bytes:
    """Change up to three of the first bytes, where the headers stand, and sometimes cut."""
    changed = bytearray(frame)
    for _ in range(chance.randrange(4) if frame else 0):
        changed[chance.randrange(min(80, len(changed)))] = chance.randrange(256)
    end = chance.randrange(len(changed) + 1) if chance.random() < 0.3 else len(changed)
    return bytes(changed[:end])


@pytest.mark.endurance
def test_a_million_mutated_real_frames_give_a_probe_or_a_reason(captures: Path) -> None:
    seed = int(os.environ.get("STORE_EDGE_FUZZ_SEED", random.SystemRandom().randrange(2**32)))
    print(f"STORE_EDGE_FUZZ_SEED={seed}")  # noqa: T201 - a failure must be repeatable
    chance = random.Random(seed)
    paths = sorted((captures / "wifi" / "parser_corpus").rglob("*cap*"))
    frames = [
        (link_type, frame)
        for path in paths
        if path.is_file()
        for _, link_type, frame, _ in Capture(path)
    ]
    decoder = Decoder()

    for _ in range(1_000_000):
        link_type, frame = chance.choice(frames)
        check(decoder, link_type, mutated(frame, chance), len(frame))
