"""This is where a picture of any shape is laid into the squares that a network looks at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from drivers.camera_face.face import Image
from drivers.camera_face.geometry import Affine

LONGEST_SHAPE: Final = 1.5
"""A picture longer than this many times its width is looked at in two or more squares; in one,
its faces would shrink below what the network sees."""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What a network sees of a picture."""

    square: Image
    back: Affine
    """Takes points of the square to the picture."""


def views(image: Image, *, side: int) -> Iterator[View]:
    """Give a picture as one square of `side` pixels, a long one as several that overlap."""
    height, width = image.shape[:2]
    longer, shorter = max(height, width), min(height, width)
    if longer <= shorter * LONGEST_SHAPE:
        yield _view(image, left=0, top=0, side=side)
        return
    count = -(-longer // shorter)
    for number in range(count):
        start = (longer - shorter) * number // (count - 1)
        left, top = (start, 0) if width > height else (0, start)
        part = image[top : top + shorter, left : left + shorter]
        yield _view(part, left=left, top=top, side=side)


def _view(part: Image, *, left: int, top: int, side: int) -> View:
    """Shrink a part and put it in the middle of a black square."""
    height, width = part.shape[:2]
    scale = side / max(height, width)
    small_height, small_width = max(1, round(height * scale)), max(1, round(width * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(part, (small_width, small_height), interpolation=way)
    down, across = (side - small_height) // 2, (side - small_width) // 2
    square = np.zeros((side, side, 3), np.uint8)
    square[down : down + small_height, across : across + small_width] = small
    back = np.array([[1 / scale, 0, left - across / scale], [0, 1 / scale, top - down / scale]])
    return View(square=square, back=back)
