"""A stream is cut into the same frames wherever its pieces end."""

import random
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial_line.framer import Frames, framer_for
from drivers.serial_line.profile import Bracketed, Counted, Delimited

LINES = Delimited(delimiter="0a", longest=8)
KNIFE = Delimited(delimiter="1d56", longest=8)
BRACKETS = Bracketed(longest=8)
COUNTED = Counted(start="aa55", length_at=2, adds=4, checksum="sum8", longest=12)
WIDE = Counted(start="7e", length_at=1, length_size=2, adds=3, longest=12)
FRAMINGS = [LINES, KNIFE, BRACKETS, COUNTED, WIDE]
Framing = Delimited | Bracketed | Counted


def counted(body: bytes, *, error: int = 0) -> bytes:
    frame = b"\xaa\x55" + bytes([len(body)]) + body
    return frame + bytes([sum(frame) + error & 0xFF])


def frames_of(framing: Framing, *pieces: bytes) -> Frames:
    framer = framer_for(framing)
    return [frame for piece in pieces for frame in framer.feed(piece)]


@pytest.mark.parametrize(
    ("framing", "stream", "expected"),
    [
        (LINES, b"IN,1\nOUT,2\n", [b"IN,1", b"OUT,2"]),
        (LINES, b"\n\n", [b"", b""]),
        (LINES, b"half", []),
        (LINES, b"12345678\n123456789\nIN,1\n", [b"12345678", "frame overlong", b"IN,1"]),
        (LINES, b"x" * 100, ["frame overlong"]),
        (LINES, b"x" * 100 + b"\nIN,1\n", ["frame overlong", b"IN,1"]),
        (KNIFE, b"a\x1db\x1dV\x00c\x1dV", [b"a\x1db", b"\x00c"]),
        (KNIFE, b"x" * 20 + b"\x1d\x1dVa\x1dV", ["frame overlong", b"a"]),
        (KNIFE, b"12345678\x1d", []),
        (BRACKETS, b"noise\x02abc\x03noise\x02\x03", [b"abc", b""]),
        (BRACKETS, b"\x02ab\x02cd\x03", ["half frame", b"cd"]),
        (BRACKETS, b"\x02123456789\x03\x02ab\x03", ["frame overlong", b"ab"]),
        (BRACKETS, b"\x02123456789\x02ab\x03", ["frame overlong", b"ab"]),
        (BRACKETS, b"\x0212345678\x03", [b"12345678"]),
        (BRACKETS, b"tail\x03\x02ab\x03", [b"ab"]),
        (COUNTED, counted(b"ab"), [counted(b"ab")]),
        (COUNTED, b"\xaa" + counted(b"ab") + b"\xaa", [counted(b"ab")]),
        (COUNTED, counted(b"ab", error=1) + counted(b"cd"), ["bad checksum", counted(b"cd")]),
        (COUNTED, b"\xaa\x55\xff" + counted(b"cd"), ["frame overlong", counted(b"cd")]),
        (COUNTED, b"\xaa\x55\x02" + counted(b"cd"), ["bad checksum", counted(b"cd")]),
        (WIDE, b"\x7e\x00\x02ab\x7e\x00\x00", [b"\x7e\x00\x02ab", b"\x7e\x00\x00"]),
        (WIDE, b"\x7e\x01\x00\x7e\x00\x01a", ["frame overlong", b"\x7e\x00\x01a"]),
    ],
)
def test_each_stream_gives_its_frames(framing: Framing, stream: bytes, expected: Frames) -> None:
    assert frames_of(framing, stream) == expected
    assert frames_of(framing, *(bytes([byte]) for byte in stream)) == expected


MARKS = st.sampled_from(
    [b"\n", b"\x1d", b"V", b"\x1dV", b"\x02", b"\x03", b"\xaa", b"\xaa\x55", b"\x7e", b"\x00"]
)
STREAMS = st.lists(
    MARKS | st.binary(max_size=12) | st.binary(max_size=6).map(counted), max_size=20
).map(b"".join)


@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.__struct_config__.tag)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 200), max_size=20))
def test_any_cut_of_a_stream_gives_the_same_frames(
    framing: Framing, stream: bytes, cuts: list[int]
) -> None:
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]

    assert frames_of(framing, *pieces) == frames_of(framing, stream)


@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.__struct_config__.tag)
@given(pieces=st.lists(STREAMS, max_size=30))
def test_no_stream_makes_a_framer_hold_more_than_one_frame(
    framing: Framing, pieces: list[bytes]
) -> None:
    framer = framer_for(framing)

    for piece in pieces:
        frames = framer.feed(piece)
        pending = getattr(framer, "_pending")  # noqa: B009 - the protocol does not show it

        assert len(pending) <= framing.longest + 2
        assert all(len(frame) <= framing.longest for frame in frames if isinstance(frame, bytes))


@given(st.lists(st.binary(max_size=8).map(lambda body: body.replace(b"\n", b"")), max_size=30))
def test_every_line_that_was_sent_comes_out(lines: list[bytes]) -> None:
    assert frames_of(LINES, b"".join(line + b"\n" for line in lines)) == lines


@given(st.lists(st.binary(max_size=8), max_size=20))
def test_every_counted_frame_that_was_sent_comes_out(bodies: list[bytes]) -> None:
    sent = [counted(body) for body in bodies]

    assert frames_of(COUNTED, b"".join(sent)) == sent


@pytest.mark.parametrize(
    "framing",
    [
        Delimited(delimiter=""),
        Delimited(delimiter="zz"),
        Bracketed(start="0202"),
        Counted(start="aa55", length_at=1, adds=4),
        Counted(start="aa55", length_at=2, adds=-1),
        Counted(start="aa55", length_at=2, adds=4, longest=2),
    ],
)
def test_a_framing_that_cannot_work_is_refused(framing: Framing) -> None:
    with pytest.raises(ValueError, match=r".+"):
        framer_for(framing)


@pytest.mark.endurance
@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.__struct_config__.tag)
def test_long_streams_give_the_same_frames_in_any_pieces(framing: Framing) -> None:
    seed = random.SystemRandom().getrandbits(32)
    sys.stdout.write(f"seed {seed}\n")
    dice = random.Random(seed)
    words = [b"\n", b"\x1dV", b"\x02", b"\x03", b"\xaa\x55", b"\x7e\x00", counted(b"ab"), b"IN,1"]

    for _ in range(300):
        stream = b"".join(
            dice.choice(words) if dice.random() < 0.6 else dice.randbytes(dice.randrange(9))
            for _ in range(500)
        )
        edges = sorted({0, len(stream), *(dice.randrange(len(stream)) for _ in range(100))})
        pieces = [stream[start:end] for start, end in pairwise(edges)]

        assert frames_of(framing, *pieces) == frames_of(framing, stream)
