"""This is where faces are found by YuNet, a detector that the shop brings along."""

from pathlib import Path
from typing import Any, Final

import cv2

from drivers.camera_face.engine_options import ModelFile
from drivers.camera_face.face import Box, Face, Image
from drivers.camera_face.packaged import ID_DIGITS, read_checked
from edge.errors import ConfigError

LEAST: Final = 0.6
"""Least score of a face."""
SAME: Final = 0.3
MOST: Final = 1000
"""Candidates that are looked at."""
SCORE_AT: Final = 14


class YuNet:
    """A detector; it is used by one thread at a time."""

    def __init__(self, model: Any, *, id: str) -> None:  # noqa: A002 - the word of the interface
        self.id = id
        self._model = model

    def find(self, image: Image) -> tuple[Face, ...]:
        """Give the faces of a picture, surest first."""
        height, width = image.shape[:2]
        self._model.setInputSize((width, height))
        _, rows = self._model.detect(image)
        found = () if rows is None else rows.tolist()
        return tuple(sorted(map(_as_face, found), key=lambda face: -face.score))


def open_yunet(file: ModelFile) -> YuNet:
    """Load a detector from the file that the settings name.

    Raises: ConfigError when it is missing, is another, or is no YuNet.
    """
    path = Path(file.path)
    read_checked(path, sha256_hex=file.sha256)
    try:
        model = cv2.FaceDetectorYN.create(str(path), "", (320, 320), LEAST, SAME, MOST)
    except cv2.error as error:
        raise ConfigError(
            "cannot load the face detector",
            where=file.path,
            why="OpenCV does not take it for a YuNet network",
            remedy="name a YuNet model in ONNX, or leave the detector out",
        ) from error
    return YuNet(model, id=f"yunet-{file.sha256[:ID_DIGITS]}")


def _as_face(row: list[float]) -> Face:
    left, top, width, height, *points = row[:SCORE_AT]
    right_eye, left_eye, nose, right_mouth, left_mouth = zip(points[::2], points[1::2], strict=True)
    return Face(
        box=Box(left=left, top=top, width=width, height=height),
        score=row[SCORE_AT],
        right_eye=right_eye,
        left_eye=left_eye,
        nose=nose,
        mouth=((right_mouth[0] + left_mouth[0]) / 2, (right_mouth[1] + left_mouth[1]) / 2),
    )
