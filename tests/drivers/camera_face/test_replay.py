"""A recorded video runs through the live pipeline, in its own time, the same each time."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.camera_face.driver import CameraFace
from drivers.camera_face.engine import Engine
from drivers.camera_face.face import Image
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.faces import Gallery, Match, Template
from edge.driver.testing import OutletSpy
from edge.errors import RecordingError
from edge.model.names import SECOND, Instant, SourceName
from tests.drivers.camera_face.drawn import (
    ENGINE,
    drawn_engine,
    empty,
    room,
    template,
    walk,
    write_video,
)

START = Instant(1_773_478_800 * SECOND)
END = Instant(START + 3_600 * SECOND)


class DrawnCamera(CameraFace):
    """The driver, with an engine for drawn people."""

    def engine(self) -> Engine:
        return drawn_engine()


def replayed(
    path: Path, *, offset_s: float = 0.0, **options: Any
) -> tuple[OutletSpy, list[Instant]]:
    spec = SourceSpec(name=SourceName("cam"), driver="camera_face", options=options)
    spy = OutletSpy()
    file = RecordedFile(path=path, started=START, ended=END, offset_s=offset_s)
    return spy, list(DrawnCamera(spec).replay(file, spy))


def test_a_frames_moment_is_the_start_the_offset_and_its_place(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=20))

    spy, moments = replayed(video, offset_s=2.5)

    first = spy.calls[0]
    assert first[0] == "face"
    assert first[1] == START + 2.7 * SECOND  # the third frame at ten a second
    assert spy.frames == 20
    assert moments[-1] == START + round(4.4 * SECOND)
    assert moments == sorted(moments)
    assert all(later - one <= SECOND / 2 for one, later in pairwise(moments))


def test_a_faster_video_is_thinned_to_the_rate_of_the_source(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=60, step=2), rate=30.0)

    spy, _ = replayed(video, rate=10.0)

    assert spy.frames == 20


def test_a_wide_picture_is_made_narrower(tmp_path: Path) -> None:
    wide: list[Image] = [
        image.repeat(2, axis=0).repeat(2, axis=1) for image in walk("ada", frames=6)
    ]
    video = write_video(tmp_path / "wide.avi", wide)

    spy, _ = replayed(video)

    assert [call[0] for call in spy.calls] == ["face"]


def test_the_same_video_gives_the_same_faces_twice(tmp_path: Path) -> None:
    video = write_video(
        tmp_path / "two.avi", [*walk("ada", frames=15), *empty(15), *walk("ben", frames=15)]
    )

    (first, moments), (second, again) = replayed(video), replayed(video)

    assert [(call[0], call[1]) for call in first.calls] == [
        (call[0], call[1]) for call in second.calls
    ]
    assert len({id(call[2]["track"]) for call in first.calls}) == 2
    assert (first.refused, moments) == (second.refused, again)


def test_a_recorded_face_is_compared_at_once(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=12))
    told: list[Match | None] = []

    class Comparing(OutletSpy):
        def face(self, at: Instant, track: Any) -> None:
            super().face(at, track)
            for engine in (ENGINE, "another"):
                templates = (Template(vector=template("ada"), quality=0.9),)
                gallery = Gallery(engine=engine, templates=templates, target_fpir=0.001)
                track.compare(gallery, told.append)

    spec = SourceSpec(name=SourceName("cam"), driver="camera_face")
    spy = Comparing()
    for _ in DrawnCamera(spec).replay(RecordedFile(path=video, started=START, ended=END), spy):
        pass

    assert [None if one is None else one.slot for one in told[:2]] == [0, None]
    assert spy.refused["gallery cannot be used"] == len(told) // 2


def test_frames_far_outside_the_recording_are_counted_and_not_looked_at(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=5))

    spy, moments = replayed(video, offset_s=3 * 3_600.0)

    assert spy.refused == {"outside the recording": 5}
    assert spy.calls == []
    assert moments == [START]


def test_a_tape_on_which_nothing_was_recorded_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "tape.avi"
    path.touch()

    spy, moments = replayed(path)

    assert (spy.calls, moments) == ([], [])


@pytest.mark.parametrize(
    "content",
    [b"#EXTM3U\nhttp://192.0.2.1/a.ts\n", b"ffconcat version 1.0\nfile /etc/passwd\n", b"no video"],
)
def test_a_file_that_is_no_video_is_a_fault_of_the_recording(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "file.mp4"
    path.write_bytes(content)

    with pytest.raises(RecordingError, match=r"file\.mp4"):
        replayed(path)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    small = [room(("ada", 20 + 8 * frame, 150))[::4, ::4].copy() for frame in range(6)]
    return write_video(tmp_path_factory.mktemp("video") / "small.avi", small).read_bytes()


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(cut=st.integers(0, 12_000), place=st.integers(0, 12_000), piece=st.binary(max_size=8))
def test_a_damaged_video_is_read_as_far_as_it_goes_or_refused(
    cut: int, place: int, piece: bytes, sample: bytes, tmp_path: Path
) -> None:
    damaged = bytearray(sample[:cut])
    damaged[place : place + len(piece)] = piece
    path = tmp_path / "file.avi"
    path.write_bytes(damaged)

    try:
        spy, moments = replayed(path)
    except RecordingError:
        return

    earliest, latest = START - 3_600 * SECOND, END + 3_600 * SECOND
    assert all(earliest <= at <= latest for at in [*moments, *(call[1] for call in spy.calls)])
