"""This is where a face is cut out upright, in the frame that its encoder was taught with."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from drivers.camera_face.face import Chips, Face, Image
from drivers.camera_face.geometry import Points, cut, fitted
from drivers.camera_face.mesh import (
    BELOW_NOSE,
    LEFT_EYE,
    MOUTH,
    RIGHT_EYE,
    TIP,
    Mesh,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Where an encoder expects a face."""

    name: str
    side: int
    """Pixels of a chip, both ways."""
    anatomy: Points
    """Where the anatomical points belong, in pixels: see `anatomy_of`."""
    detected: Points
    """Where a detector's points belong: right eye, left eye, nose tip, middle of the mouth."""
    by_corners: bool
    """Whether the anatomical points are dlib's (eye corners) or ArcFace's (eyes and mouth)."""


DLIB_PADDING: Final = 0.25
DLIB_SIDE: Final = 150
DLIB_FIVE: Final = (
    (0.1205750620789, 0.2137274526848),
    (0.3340850613712, 0.2290642403242),
    (0.6460604764104, 0.2289674387677),
    (0.8595674595992, 0.2134981538014),
    (0.4901123135679, 0.6277975316475),
)
"""Corners of the eyes from the picture's left to its right, and the base of the nose, in shares of
a face's box (get_face_chip_details in dlib/image_transforms/interpolation.h)."""

DLIB: Final = Frame(
    name="dlib150",
    side=DLIB_SIDE,
    anatomy=(np.array(DLIB_FIVE) + DLIB_PADDING) / (1 + 2 * DLIB_PADDING) * DLIB_SIDE,
    # Medians over 556 portraits that dlib's own landmarks aligned (2026-11-22).
    detected=np.array([(46.5, 46.6), (102.5, 47.1), (74.1, 80.1), (74.1, 108.4)]),
    by_corners=True,
)
ARCFACE: Final = Frame(
    name="arcface112",
    side=112,
    # Eyes, nose tip and mouth corners of insightface's template.
    anatomy=np.array(
        [
            (38.2946, 51.6963),
            (73.5318, 51.5014),
            (56.0252, 71.7366),
            (41.5493, 92.3655),
            (70.7299, 92.2041),
        ]
    ),
    detected=np.array(
        [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (56.1396, 92.2848)]
    ),
    by_corners=False,
)


class MeshAligner:
    """Aligns by the mesh, and by the detector's own points where the mesh sees no face."""

    def __init__(self, frame: Frame, mesh: Mesh) -> None:
        self._frame = frame
        self._mesh = mesh
        self.id = f"{frame.name}-{mesh.id}"

    def chip(self, image: Image, face: Face) -> Chips:
        """Give `side x side x 3`; what lies outside the picture is black."""
        frame = self._frame
        mesh = self._mesh.points(image, face)
        if mesh is None:
            into = fitted(np.array(detected(face)), frame.detected)
        else:
            into = fitted(anatomy_of(mesh, by_corners=frame.by_corners), frame.anatomy)
        return cut(image, into, side=frame.side)


def detected(face: Face) -> tuple[tuple[float, float], ...]:
    """Give a detector's points in the order of a frame's."""
    return face.right_eye, face.left_eye, face.nose, face.mouth


def anatomy_of(mesh: Points, *, by_corners: bool) -> Points:
    """Give a mesh's points in the order of a frame's."""
    if by_corners:
        return mesh[[*RIGHT_EYE, *LEFT_EYE, BELOW_NOSE]]
    eyes = [mesh[list(RIGHT_EYE)].mean(axis=0), mesh[list(LEFT_EYE)].mean(axis=0)]
    return np.stack([*eyes, mesh[TIP], *mesh[list(MOUTH)]])
