"""Worker and daemon speak in messages that hold no picture and no vector of a face in view."""

import io
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.protocol import (
    LONGEST,
    Alive,
    Begin,
    Compare,
    Compared,
    Failed,
    FromWorker,
    Gone,
    Offered,
    Picture,
    Ready,
    framed,
    length_of,
    read_from_worker,
    receive,
)
from edge.driver.faces import Gallery, Match, Template
from edge.errors import WireError

GALLERY = Gallery(
    engine="e", templates=(Template(vector=bytes(512), quality=0.5),), target_fpir=0.001
)
BEGIN = Begin(
    device="/dev/video0",
    width=640,
    height=480,
    rate=10,
    budget=1,
    engine=EngineOptions(),
    cache="/var/cache/store-edge",
)
SAID: list[FromWorker] = [
    Ready(engine="e"),
    Alive(at_ns=1, frames=10, unfit={"too_far": 2}),
    Offered(track=1, at_ns=2),
    Gone(track=1),
    Compared(track=1, match=Match(slot=0, score=0.9, llr=5.0, quality=0.8)),
    Compared(track=2, match=None, refusal="gallery cannot be used"),
    Picture(at_ns=3, jpeg=b"jpeg"),
    Failed(who="time", what="the camera cannot be opened"),
]


@pytest.mark.parametrize("message", [BEGIN, Compare(track=3, gallery=GALLERY)])
def test_what_the_daemon_says_arrives(message: Begin | Compare) -> None:
    assert receive(io.BytesIO(framed(message))) == message


@pytest.mark.parametrize("message", SAID)
def test_what_the_worker_says_arrives(message: FromWorker) -> None:
    whole = framed(message)

    assert length_of(whole[:4]) == len(whole) - 4
    assert read_from_worker(whole[4:]) == message


def test_a_stream_that_ends_says_that_the_daemon_has_gone() -> None:
    whole = framed(BEGIN)

    for cut in range(len(whole)):
        assert receive(io.BytesIO(whole[:cut])) is None


def test_a_length_beyond_every_message_is_refused() -> None:
    with pytest.raises(WireError, match="too long"):
        length_of((LONGEST + 1).to_bytes(4, "big"))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_refused(content: bytes) -> None:
    with suppress(WireError):
        read_from_worker(content)
    with suppress(WireError):
        receive(io.BytesIO(len(content).to_bytes(4, "big") + content))


def test_only_a_picture_for_a_recording_can_carry_bytes_out_of_the_worker() -> None:
    carriers = {
        kind.__name__
        for kind in FromWorker.__args__
        for field in msgspec.structs.fields(kind)
        if field.type in {bytes, bytearray, memoryview, list, tuple}
    }

    assert carriers == {"Picture"}
