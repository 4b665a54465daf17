"""This is where a technician's recording with video is written: an AVI of JPEG pictures.

A recording with video is made on order only, where the policy allows it (docs/how-to/cameras.md).
"""

import time
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from edge.driver.contract import Tape
from edge.errors import RecordingError, StoreError
from edge.model.names import SECOND, Instant

CODEC: Final = "MJPG"


class VideoTape:
    """A video file whose first frame belongs to the moment at which the tape was begun."""

    def __init__(self, path: Path, *, rate: float, opened_s: float) -> None:
        """`rate` is in frames a second, `opened_s` a reading of the monotonic clock."""
        self._path = path
        self._rate = rate
        self._opened_s = opened_s
        self._video: Any = None
        self._black = np.zeros((0, 0, 3), dtype=np.uint8)
        self._started = Instant(0)
        self._count = 0

    def write(self, at: Instant, raw: bytes) -> None:
        """Write a frame (JPEG) to its place; black ones stand where none came.

        Raises: StoreError when the file cannot be written.
        """
        image = cv2.imdecode(np.frombuffer(raw, dtype=np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            return
        if self._video is None:
            self._begin(at, image)
        place = round((at - self._started) / SECOND * self._rate)
        for _ in range(self._count, place):
            self._video.write(self._black)
            self._count += 1
        if place >= self._count:
            is_same_size = image.shape == self._black.shape
            self._video.write(image if is_same_size else self._black)
            self._count = place + 1

    def close(self) -> None:
        """Finish the file."""
        if self._video is not None:
            self._video.release()

    def _begin(self, at: Instant, image: Any) -> None:
        lead_ns = round((time.monotonic() - self._opened_s) * SECOND)
        self._started = Instant(at - lead_ns)
        self._black = np.zeros_like(image)
        size = (image.shape[1], image.shape[0])
        codec = cv2.VideoWriter.fourcc(*CODEC)
        self._video = cv2.VideoWriter(str(self._path), cv2.CAP_FFMPEG, codec, self._rate, size)
        if not self._video.isOpened():
            raise StoreError(
                "cannot write the recorded video",
                where=str(self._path),
                remedy="make room on the disk, or record to another folder",
            )


def begin_tape(path: Path, *, rate: float) -> Tape:
    """Begin a video file that is not there yet; it is empty until the first frame.

    Raises: RecordingError when it is there, or cannot be made.
    """
    try:
        path.open("xb").close()
    except OSError as error:
        raise RecordingError(
            "cannot begin the recorded video",
            where=str(path),
            why=error.strerror or type(error).__name__,
            remedy="name a new folder that this user may write to",
        ) from error
    return VideoTape(path, rate=rate, opened_s=time.monotonic())
