"""This is where one BlazeFace network looks at a square picture and its answer is decoded.

BlazeFace gives for each anchor a score and, relative to the anchor, a box and six key points:
right eye, left eye, nose tip, middle of the mouth, and the two ears (Bazarevsky et al. 2019,
arXiv:1907.05047; MediaPipe's model card "Face Detection").
"""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.face import Box, Face, Image
from drivers.camera_face.geometry import Affine, moved
from drivers.camera_face.packaged import PackagedModel
from drivers.camera_face.tflite import open_tflite

BOXES, SCORES = "regressors", "classificators"
"""Names of the outputs of the networks for short distances and for the back camera."""
GRIDS: Final = ((16, 2), (8, 6))
"""Cells a side of each of their maps, and anchors in a cell."""
LARGEST_LOGIT: Final = 80.0
"""Beyond it the exponential overflows float32."""
EIGHT: Final = 8
"""Pairs of numbers of an anchor: centre, size and six key points."""
SIZE: Final = 1
"""Which of the pairs is a size, not a place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What distinguishes BlazeFace's models."""

    model: PackagedModel
    side: int
    """Pixels of the square that it looks at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidates:
    """What a network takes for faces; many are the same face."""

    pairs: NDArray[np.float64]
    """`n x 8 x 2`, pixels: centre, size, right eye, left eye, nose, mouth, right ear, left ear."""
    scores: NDArray[np.float64]
    """`n`, 0 to 1."""

    def moved(self, by: Affine) -> "Candidates":
        """Give them in another picture; boxes stay upright."""
        scale = float(np.hypot(by[0, 0], by[0, 1]))
        pairs = moved(self.pairs.reshape(-1, 2), by).reshape(self.pairs.shape)
        pairs[:, SIZE] = self.pairs[:, SIZE] * scale
        return Candidates(pairs=pairs, scores=self.scores)


class BlazeFaceNet:
    """One network; it is used by one thread at a time."""

    def __init__(self, shape: Shape, net: Any, anchors: NDArray[np.float64]) -> None:
        self._shape = shape
        self._net = net
        self._anchors = anchors

    @property
    def side(self) -> int:
        """Pixels of the square that it looks at."""
        return self._shape.side

    def look(self, square: Image, *, least: float) -> Candidates:
        """Give what scores at least `least` in a square of `side` pixels."""
        blob = cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        self._net.setInput(blob)
        boxes, logits = self._net.forward([BOXES, SCORES])
        scores = 1 / (1 + np.exp(-np.clip(logits.reshape(-1), -LARGEST_LOGIT, LARGEST_LOGIT)))
        kept = scores >= least
        pairs = boxes.reshape(-1, EIGHT, 2)[kept].astype(np.float64)
        places = [number for number in range(EIGHT) if number != SIZE]
        pairs[:, places] += self._anchors[kept][:, None] * self.side
        return Candidates(pairs=pairs, scores=scores[kept].astype(np.float64))


def open_blazeface(shape: Shape) -> BlazeFaceNet:
    """Load a packaged model.

    Raises: ConfigError when it is missing or another.
    """
    net = open_tflite(shape.model)
    return BlazeFaceNet(shape, net, anchors())


def anchors() -> NDArray[np.float64]:
    """Give the anchors' places, `n x 2`, 0 to 1, in the order of the network's output."""
    placed = []
    for cells, repeats in GRIDS:
        middle = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
        placed.append(grid.repeat(repeats, axis=0))
    return np.concatenate(placed)


def as_face(pairs: NDArray[np.float64], score: float) -> Face:
    """Give one candidate as a face."""
    (x, y), (width, height), right_eye, left_eye, nose, mouth = pairs[:6].tolist()
    return Face(
        box=Box(left=x - width / 2, top=y - height / 2, width=width, height=height),
        score=score,
        right_eye=tuple(right_eye),
        left_eye=tuple(left_eye),
        nose=tuple(nose),
        mouth=tuple(mouth),
    )
