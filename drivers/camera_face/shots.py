"""This is where the best pictures of a face in view are kept: a few, in RAM, for two seconds.

A shot is the part of a frame around a face, not turned upright and not encoded: that waits for the
gate. Whatever is let go of is overwritten.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from drivers.camera_face.face import Box, Face, Image, Point
from edge.model.names import SECOND

MOST: Final = 5
"""Pictures of one face; frames of one track gain little beyond a handful."""
KEPT_NS: Final = 2 * SECOND
"""No picture is older than this (R6)."""
MARGIN: Final = 0.6
"""Kept around a face's box, in parts of its size: what turning it upright may reach for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """One picture of one face."""

    image: Image
    face: Face
    """In the pixels of `image`."""
    quality: float
    at_ns: int


class Shots:
    """The best pictures of one face; used from one thread."""

    def __init__(self) -> None:
        self._shots: list[Shot] = []

    def __len__(self) -> int:
        """Say how many there are."""
        return len(self._shots)

    def best(self) -> tuple[Shot, ...]:
        """Give them, best first."""
        return tuple(sorted(self._shots, key=lambda one: (-one.quality, one.at_ns)))

    def add(self, shot: Shot) -> None:
        """Keep a picture, in place of the worst where there are too many."""
        self._shots.append(shot)
        if len(self._shots) > MOST:
            worst = min(self._shots, key=lambda one: (one.quality, one.at_ns))
            self._drop([worst])

    def age(self, at_ns: int) -> None:
        """Let go of the pictures that are too old."""
        self._drop([one for one in self._shots if at_ns - one.at_ns >= KEPT_NS])

    def forget(self) -> None:
        """Let go of all."""
        self._drop(list(self._shots))

    def _drop(self, shots: list[Shot]) -> None:
        for shot in shots:
            shot.image.fill(0)
            self._shots = [one for one in self._shots if one is not shot]


def cut_out(image: Image, face: Face, *, quality: float, at_ns: int) -> Shot:
    """Copy the part of a frame around a face."""
    height, width = image.shape[:2]
    box = face.box
    left = min(width, max(0, int(box.left - MARGIN * box.width)))
    top = min(height, max(0, int(box.top - MARGIN * box.height)))
    right = min(width, int(box.left + (1 + MARGIN) * box.width) + 1)
    bottom = min(height, int(box.top + (1 + MARGIN) * box.height) + 1)
    return Shot(
        image=np.ascontiguousarray(image[top:bottom, left:right]).copy(),
        face=moved(face, -left, -top),
        quality=quality,
        at_ns=at_ns,
    )


def moved(face: Face, right: float, down: float, *, scale: float = 1.0) -> Face:
    """Give a face in the pixels of another picture: scaled first, then moved."""

    def point(old: Point) -> Point:
        return (old[0] * scale + right, old[1] * scale + down)

    left, top = point((face.box.left, face.box.top))
    return Face(
        box=Box(left=left, top=top, width=face.box.width * scale, height=face.box.height * scale),
        score=face.score,
        right_eye=point(face.right_eye),
        left_eye=point(face.left_eye),
        nose=point(face.nose),
        mouth=point(face.mouth),
    )
