"""This is where points are moved between a picture and an upright cut-out of it."""

from dataclasses import dataclass
from math import atan2, cos, hypot, sin
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.face import Face, Image

Points: TypeAlias = NDArray[np.float64]
"""`n x 2`: right, down; pixels."""
Affine: TypeAlias = NDArray[np.float64]
"""`2 x 3`: takes a point of one picture to its place in another."""

HALF: float = 0.5
"""A picture that shrinks to less than this is halved first, so that no pixel is left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Square:
    """A square of a picture, turned with the face in it."""

    centre: tuple[float, float]
    side: float
    """Pixels."""
    angle: float
    """Radians, clockwise as the picture is seen."""

    def into(self, side: int) -> Affine:
        """Give what takes the square to an upright one of another side."""
        scale = side / self.side
        c, s = cos(self.angle) * scale, sin(self.angle) * scale
        turn = np.array([[c, s], [-s, c]])
        offset = side / 2 - turn @ np.array(self.centre)
        return np.column_stack([turn, offset])


def upright_square(face: Face, *, factor: float) -> Square:
    """Give the square around a face's box, `factor` times its longer side, level with the eyes."""
    right, left, box = face.right_eye, face.left_eye, face.box
    return Square(
        centre=(box.left + box.width / 2, box.top + box.height / 2),
        side=max(box.width, box.height, 1.0) * factor,
        angle=atan2(left[1] - right[1], left[0] - right[0]),
    )


def moved(points: Points, by: Affine) -> Points:
    """Give the places to which points are taken."""
    there: Points = points @ by[:, :2].T + by[:, 2]
    return there


def inverse(of: Affine) -> Affine:
    """Give what takes points back."""
    return np.asarray(cv2.invertAffineTransform(of), np.float64)


def fitted(points: Points, onto: Points) -> Affine:
    """Give the turn, scale and shift that takes points closest to others (least squares)."""
    here, there = points - points.mean(axis=0), onto - onto.mean(axis=0)
    size = max(float((here**2).sum()), np.finfo(float).tiny)
    c = float((here * there).sum()) / size
    s = float((here[:, 0] * there[:, 1] - here[:, 1] * there[:, 0]).sum()) / size
    turn = np.array([[c, -s], [s, c]])
    return np.column_stack([turn, onto.mean(axis=0) - turn @ points.mean(axis=0)])


def cut(image: Image, by: Affine, *, side: int) -> Image:
    """Cut a square out of a picture; what lies outside of the picture is black."""
    scale = hypot(by[0, 0], by[0, 1])
    while scale < HALF:
        image = np.asarray(cv2.pyrDown(image), np.uint8)
        by = np.column_stack([by[:, :2] * 2, by[:, 2]])
        scale *= 2
    chip = cv2.warpAffine(image, by, (side, side), flags=cv2.INTER_LINEAR)
    return np.asarray(chip, np.uint8)
