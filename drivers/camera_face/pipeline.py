"""This is where frames become faces on offer: motion, detection, tracks, quality.

It ends before the consent gate. What lies behind it, `compare`, takes a gallery of the door's.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from drivers.camera_face.comparing import compare
from drivers.camera_face.engine import Engine
from drivers.camera_face.face import Face, Image
from drivers.camera_face.motion import Motion
from drivers.camera_face.quality import Use, judge
from drivers.camera_face.shots import cut_out, moved
from drivers.camera_face.tracking import Track, Tracks
from edge.driver.faces import Gallery, Match
from edge.model.names import SECOND

ENOUGH: Final = 3
"""Pictures of a face that are worth waiting for: the mean of three halves the misses."""
PATIENCE_NS: Final = SECOND // 2
"""A face is offered with fewer pictures after this time: somebody who walks past is in view for a
second or two."""
AGAIN_NS: Final = SECOND // 2
"""A face in view is offered anew this often: the gate may have opened."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What came of one frame."""

    offered: tuple[int, ...] = ()
    """Numbers of the tracks that are fit to be compared now."""
    gone: tuple[int, ...] = ()
    """Numbers of those that are out of view."""
    unfit: tuple[str, ...] = ()
    """Why faces in view were not fit, one reason for each."""


class Pipeline:
    """The faces in view of one camera; used from one thread."""

    def __init__(self, engine: Engine) -> None:
        self.scale = 1.0
        """Faces are looked for in a picture of so many parts of the frame's width."""
        self._engine = engine
        self._motion = Motion()
        self._tracks = Tracks()

    def step(self, image: Image, at_ns: int) -> Seen:
        """Look at one frame; the frame is not kept."""
        for track in self._tracks:
            track.shots.age(at_ns)
        unfit: list[str] = []
        if self._motion.is_worth_a_look(image, at_ns) or len(self._tracks):
            for track, face in self._tracks.follow(self._find(image), at_ns):
                reason = _keep(track, face, image=image, at_ns=at_ns)
                if reason is not None:
                    unfit.append(reason)
        gone = self._tracks.end(at_ns)
        offered = tuple(one.number for one in self._tracks if _is_ripe(one, at_ns))
        return Seen(offered=offered, gone=gone, unfit=tuple(unfit))

    def compare(self, number: int, gallery: Gallery) -> Match | None:
        """Encode a face in view and compare it; None for nobody, and for one who is gone.

        Raises: ConfigError where the gallery cannot be used with this engine.
        """
        track = self._tracks.find(number)
        shots = () if track is None else track.shots.best()
        return compare(shots, gallery, engine=self._engine)

    def forget(self) -> None:
        """Overwrite every picture."""
        self._tracks.forget()

    def _find(self, image: Image) -> tuple[Face, ...]:
        if self.scale >= 1.0:
            return self._engine.find(image)
        small = cv2.resize(image, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA)
        found = self._engine.find(np.asarray(small))
        return tuple(moved(face, 0, 0, scale=1 / self.scale) for face in found)


def _keep(track: Track, face: Face, *, image: Image, at_ns: int) -> str | None:
    """Keep a face's picture if it is fit; give the reason if it is not."""
    verdict = judge(image, face, use=Use.DOOR)
    if not verdict.is_fit:
        return verdict.reasons[0].value
    track.shots.add(cut_out(image, face, quality=verdict.quality, at_ns=at_ns))
    return None


def _is_ripe(track: Track, at_ns: int) -> bool:
    """Say whether a face is to be offered now, and note it."""
    if track.last_ns != at_ns or not len(track.shots):
        return False
    if track.offered_ns is None:
        is_due = len(track.shots) >= ENOUGH or at_ns - track.first_ns >= PATIENCE_NS
    else:
        is_due = at_ns - track.offered_ns >= AGAIN_NS
    if is_due:
        track.offered_ns = at_ns
    return is_due
