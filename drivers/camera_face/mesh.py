"""This is where the places that an encoder aligns by are found in a face, to a pixel or so.

The network is MediaPipe's face mesh (468 points; Kartynnik et al. 2019, arXiv:1907.06724). It is
asked by the aligner only, so behind the consent gate, and its points leave this folder nowhere.
"""

from typing import Any, Final

import cv2
import numpy as np

from drivers.camera_face.face import Face, Image
from drivers.camera_face.geometry import Points, cut, inverse, moved, upright_square
from drivers.camera_face.packaged import MESH
from drivers.camera_face.tflite import open_tflite

SIDE: Final = 192
AROUND: Final = 1.5
"""Side of the square that it looks at in sides of BlazeFace's box, as in MediaPipe's pipeline."""
POINTS, PRESENCE = "conv2d_20", "conv2d_30"
"""Names of its outputs."""
LEAST_PRESENCE: Final = 0.0
"""Logit: an even chance."""

RIGHT_EYE: Final = (33, 133)
LEFT_EYE: Final = (362, 263)
"""Outer and inner corner of the right eye, inner and outer of the left."""
BELOW_NOSE, TIP = 2, 1
MOUTH: Final = (61, 291)


class Mesh:
    """The network; it is used by one thread at a time."""

    id = MESH.id

    def __init__(self, net: Any) -> None:
        self._net = net

    def points(self, image: Image, face: Face) -> Points | None:
        """Give 468 points in the picture; None where the network sees no face."""
        into = upright_square(face, factor=AROUND).into(SIDE)
        square = cut(image, into, side=SIDE)
        self._net.setInput(cv2.dnn.blobFromImage(square, 1 / 255, swapRB=True))
        presence, points = self._net.forward([PRESENCE, POINTS])
        if float(presence.reshape(-1)[0]) < LEAST_PRESENCE:
            return None
        flat = points.reshape(-1, 3)[:, :2].astype(np.float64)
        return moved(flat, inverse(into))


def open_mesh() -> Mesh:
    """Load the packaged model.

    Raises: ConfigError when it is missing or another.
    """
    return Mesh(open_tflite(MESH))
