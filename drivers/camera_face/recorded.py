"""This is where a recorded video runs through the pipeline, frame by frame, in its own time."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import cv2

from drivers.camera_face.capture import USUAL_RATE, fitting, open_capture
from drivers.camera_face.engine import Engine
from drivers.camera_face.face import Image
from drivers.camera_face.listening import unfit
from drivers.camera_face.pipeline import Pipeline
from edge.driver.contract import RecordedFile
from edge.driver.faces import FaceTrack, Gallery, Tell
from edge.driver.outlet import CLOSED, Outlet
from edge.errors import ConfigError, RecordingError, SourceFault
from edge.model.names import SECOND, Instant

PLAYLIST: Final = (b"#EXTM3U", b"ffconcat")
"""Texts that name other files and addresses: a recording's file is read and nothing else."""
SLACK: Final = 0.9
UNUSABLE: Final = "gallery cannot be used"


class RecordedTrack(FaceTrack):
    """A face in view of a recorded camera."""

    def __init__(self, number: int, *, engine: str, viewing: "Viewing") -> None:
        super().__init__(engine)
        self._number = number
        self._viewing = viewing

    def compare(self, gallery: Gallery, tell: Tell) -> None:
        """Encode it and tell, at once."""
        tell(self._viewing.compare(self._number, gallery))


class Viewing:
    """One run of a video through the pipeline."""

    def __init__(self, engine: Engine, *, outlet: Outlet) -> None:
        self._engine = engine.id
        self._pipeline = Pipeline(engine)
        self._outlet = outlet
        self._in_view: dict[int, RecordedTrack] = {}
        self._at = Instant(0)

    def take(self, at: Instant, image: Image | None) -> None:
        """Look at one frame and offer the faces in it; None comes while the store is closed."""
        if image is None:
            self._rest(at)
            return
        self._at = at
        self._outlet.heard(at)
        seen = self._pipeline.step(image, at)
        for reason in seen.unfit:
            self._outlet.refuse(at, unfit(reason))
        for number in seen.gone:
            self._in_view.pop(number, None)
        for number in seen.offered:
            if number not in self._in_view:
                self._in_view[number] = RecordedTrack(number, engine=self._engine, viewing=self)
            self._outlet.face(at, self._in_view[number])

    def _rest(self, at: Instant) -> None:
        self._outlet.heard(at, 0)
        self._outlet.refuse(at, CLOSED)
        self._pipeline.forget()
        self._in_view.clear()

    def compare(self, number: int, gallery: Gallery) -> Any:
        """Encode a face in view and compare it."""
        try:
            return self._pipeline.compare(number, gallery)
        except ConfigError:
            self._outlet.refuse(self._at, UNUSABLE)
            return None


def open_video(path: Path) -> Any:
    """Open a video file; None for an empty one, on which nothing was recorded.

    Raises: RecordingError when it is not there, or no video.
    """
    try:
        with path.open("rb") as file:
            head = file.read(max(map(len, PLAYLIST)))
    except OSError as error:
        raise _fault(path, error.strerror or type(error).__name__) from error
    if not head:
        return None
    if head.startswith(PLAYLIST):
        raise _fault(path, "it is a list of other files")
    try:
        return open_capture(str(path.absolute()))
    except SourceFault as error:
        raise _fault(path, "it is no video that OpenCV can read") from error


def frames(
    capture: Any, file: RecordedFile, *, rate: float, width: int
) -> Iterator[tuple[int, Image | None]]:
    """Give the frames with their moments (ns since 1970), at most `rate` a second.

    A frame of a moment at which the store was closed is not unpacked: None stands for it.

    A frame's moment is the recording's start, the file's offset and its place in the video; where
    that is damaged, it follows the frame before it.
    """
    own_rate = capture.get(cv2.CAP_PROP_FPS)
    usual_s = 1 / own_rate if math.isfinite(own_rate) and own_rate > 0 else 1 / USUAL_RATE
    place_s, due_s = -usual_s, 0.0
    while capture.grab():
        told_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        is_sound = math.isfinite(told_s) and told_s > place_s
        place_s = told_s if is_sound else place_s + usual_s
        if place_s < due_s:
            continue
        at = Instant(file.started + round((file.offset_s + place_s) * SECOND))
        is_open = file.is_open(at)
        is_whole, image = capture.retrieve() if is_open else (True, None)
        if not is_whole:
            continue
        due_s = place_s + SLACK / rate
        yield at, fitting(image, width) if is_open else None


def _fault(path: Path, why: str) -> RecordingError:
    return RecordingError(
        "cannot read the recorded video",
        where=str(path),
        why=why,
        remedy="record it again, or take the source out of recording.toml",
    )
