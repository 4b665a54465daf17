"""This is where a found face is described: where it is, how sure that is, its key points."""

from dataclasses import dataclass
from math import hypot
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
"""`height x width x 3`, blue first, as OpenCV reads it."""
Chips: TypeAlias = NDArray[np.uint8]
"""`n x side x side x 3`, blue first: faces cut out and turned upright."""
Vectors: TypeAlias = NDArray[np.float32]
"""`n x dimensions` (or `dimensions` alone), each of unit length."""

Point: TypeAlias = tuple[float, float]
"""Pixels from the picture's upper left corner: right, down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A rectangle in pixels; it may reach over the picture's edge."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """One face in one picture. It says where, never who."""

    box: Box
    score: float
    """How sure the detector is, 0 to 1."""
    right_eye: Point
    """The person's own right eye: in the picture it stands on the left."""
    left_eye: Point
    nose: Point
    """The tip."""
    mouth: Point
    """The middle between its corners."""

    @property
    def eye_distance_px(self) -> float:
        """How far the eyes are apart, in pixels."""
        return hypot(
            self.left_eye[0] - self.right_eye[0],
            self.left_eye[1] - self.right_eye[1],
        )
