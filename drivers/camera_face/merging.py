"""This is where many candidates become one for each face."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.blazeface_net import Candidates, as_face
from drivers.camera_face.face import Box, Face

SAME: Final = 0.3
"""Overlap (intersection over union) beyond which two candidates are one face, as in MediaPipe."""

Boxes = NDArray[np.float64]
"""`n x 4`: left, top, right, bottom."""


def distinct(candidates: Candidates) -> Iterator[Face]:
    """Give one face for each heap of candidates, surest first.

    Places are means weighted by the scores (the blending of the BlazeFace paper, which halves how
    much they jitter); the score is the heap's highest.
    """
    order = np.argsort(-candidates.scores)
    pairs, scores = candidates.pairs[order], candidates.scores[order]
    half = pairs[:, 1] / 2
    boxes = np.hstack([pairs[:, 0] - half, pairs[:, 0] + half])
    left = np.ones(len(scores), bool)
    for first in range(len(scores)):
        if left[first]:
            heap = left & (overlaps(boxes[first], boxes) > SAME)
            heap[first] = True
            left &= ~heap
            weights = scores[heap] / scores[heap].sum()
            yield as_face(np.tensordot(weights, pairs[heap], axes=1), float(scores[first]))


def apart(faces: Sequence[Face]) -> tuple[Face, ...]:
    """Leave out each face that overlaps a surer one."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        corners = np.array([_corners(other.box) for other in kept]).reshape(-1, 4)
        if not (overlaps(np.array(_corners(face.box)), corners) > SAME).any():
            kept.append(face)
    return tuple(kept)


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.left + box.width, box.top + box.height


def overlaps(box: NDArray[np.float64], boxes: Boxes) -> NDArray[np.float64]:
    """Give how much of the area of two boxes together they share, 0 to 1, for each of many."""
    start = np.maximum(box[:2], boxes[:, :2])
    end = np.minimum(box[2:], boxes[:, 2:])
    shared = np.maximum(end - start, 0).prod(axis=1)
    areas = np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(axis=1)
    together = areas + np.maximum(box[2:] - box[:2], 0).prod() - shared
    share: NDArray[np.float64] = shared / np.maximum(together, np.finfo(float).tiny)
    return share
