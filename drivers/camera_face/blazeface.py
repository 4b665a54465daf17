"""This is where faces are found by two BlazeFace networks: one proposes, the other confirms.

The proposing network sees the whole picture and misses little; the confirming one sees each
proposal upright and close up, which settles whether it is a face and where its eyes are.
"""

from typing import Final

import numpy as np

from drivers.camera_face.blazeface_net import BlazeFaceNet, Candidates, Shape, open_blazeface
from drivers.camera_face.face import Face, Image
from drivers.camera_face.geometry import cut, inverse, upright_square
from drivers.camera_face.merging import apart, distinct
from drivers.camera_face.packaged import BACK, ID_DIGITS, SHORT_RANGE
from drivers.camera_face.views import views

PROPOSER: Final = Shape(model=BACK, side=256)
CONFIRMER: Final = Shape(model=SHORT_RANGE, side=128)

PROPOSED, CONFIRMED = 0.6, 0.65
"""Least score of a proposal and of a face. At .3 and .5 a film of rooms without anybody gave one
false face a frame, at these one in twelve frames; no portrait was missed at either. At .7 a person
in mist is not found, and so not asked to turn to the light (2026-11-22)."""
AROUND: Final = 2.0
"""Side of the closer look in sides of the box. Of 1.6, 2, 2.5 and 3 it gave the surest scores on
portraits: none of 330 below .84 (2026-11-22)."""


class BlazeFace:
    """A detector; it is used by one thread at a time."""

    id = f"blazeface-{BACK.sha256[:ID_DIGITS]}-{SHORT_RANGE.sha256[:ID_DIGITS]}"

    def __init__(self, proposer: BlazeFaceNet, confirmer: BlazeFaceNet) -> None:
        self._proposer = proposer
        self._confirmer = confirmer

    def find(self, image: Image) -> tuple[Face, ...]:
        """Give the faces of a picture, surest first."""
        looks = [
            self._proposer.look(view.square, least=PROPOSED).moved(view.back)
            for view in views(image, side=self._proposer.side)
        ]
        proposals = Candidates(
            pairs=np.concatenate([look.pairs for look in looks]),
            scores=np.concatenate([look.scores for look in looks]),
        )
        looked_at = (self._confirmed(image, face) for face in distinct(proposals))
        return apart([face for face in looked_at if face])

    def _confirmed(self, image: Image, proposal: Face) -> Face | None:
        """Look at a proposal again; None where it is no face after all."""
        side = self._confirmer.side
        into = upright_square(proposal, factor=AROUND).into(side)
        seen = self._confirmer.look(cut(image, into, side=side), least=CONFIRMED)
        is_meant = np.abs(seen.pairs[:, 0] - side / 2).max(axis=1, initial=0) < side / 4
        meant = Candidates(pairs=seen.pairs[is_meant], scores=seen.scores[is_meant])
        return next(distinct(meant.moved(inverse(into))), None)


def open_detector() -> BlazeFace:
    """Load the packaged models.

    Raises: ConfigError when one is missing or another.
    """
    return BlazeFace(open_blazeface(PROPOSER), open_blazeface(CONFIRMER))
