"""This is where faces of successive pictures are strung into tracks: one for each face in view.

A track knows where a face is, and for how long it has been there; it ends when the face is out of
view, and nothing links it to a later one.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from drivers.camera_face.face import Box, Face
from drivers.camera_face.shots import Shots
from edge.model.names import SECOND

OVERLAP: Final = 0.2
"""Share of two boxes' union that they have in common, from which on they are one face. At a tenth
of a second, somebody who walks at 1.5 m/s moves 15 cm: less than the width of a face."""
REACH: Final = 0.75
"""Where boxes do not overlap: distance of their centres, in widths, up to which they are one."""
GONE_NS: Final = SECOND
"""A face not found for so long is out of view; a blink of the detector is shorter."""


class Track:
    """One face in view."""

    def __init__(self, number: int, *, box: Box, at_ns: int) -> None:
        self.number = number
        self.box = box
        self.first_ns = at_ns
        self.last_ns = at_ns
        self.offered_ns: int | None = None
        """When it was offered the last time."""
        self.shots = Shots()


class Tracks:
    """The faces in view; used from one thread."""

    def __init__(self) -> None:
        self._tracks: dict[int, Track] = {}
        self._count = 0

    def __len__(self) -> int:
        """Say how many are in view."""
        return len(self._tracks)

    def __iter__(self) -> Iterator[Track]:
        """Give each, oldest first."""
        return iter(tuple(self._tracks.values()))

    def find(self, number: int) -> Track | None:
        """Give the track of a number, while it is in view."""
        return self._tracks.get(number)

    def follow(self, faces: Sequence[Face], at_ns: int) -> list[tuple[Track, Face]]:
        """Give each face its track: the one nearest to it, or a new one."""
        free = dict(self._tracks)
        pairs = sorted(
            (
                (_likeness(track.box, face.box), -number, index)
                for number, track in free.items()
                for index, face in enumerate(faces)
            ),
            reverse=True,
        )
        taken: dict[int, Track] = {}
        for likeness, number, index in pairs:
            if likeness > 0 and index not in taken and -number in free:
                taken[index] = free.pop(-number)
        return [(self._at(taken.get(index), face, at_ns), face) for index, face in enumerate(faces)]

    def end(self, at_ns: int) -> tuple[int, ...]:
        """Let go of the faces that are out of view, pictures and all; gives their numbers."""
        gone = tuple(
            number for number, one in self._tracks.items() if at_ns - one.last_ns >= GONE_NS
        )
        for number in gone:
            self._tracks.pop(number).shots.forget()
        return gone

    def forget(self) -> None:
        """Let go of all."""
        for track in self._tracks.values():
            track.shots.forget()
        self._tracks.clear()

    def _at(self, track: Track | None, face: Face, at_ns: int) -> Track:
        if track is None:
            self._count += 1
            track = Track(self._count, box=face.box, at_ns=at_ns)
            self._tracks[track.number] = track
        track.box, track.last_ns = face.box, at_ns
        return track


def _likeness(one: Box, other: Box) -> float:
    """Say how likely two boxes hold one face: above 1 where they overlap, 0 for never."""
    shared = _shared(one.left, one.width, other.left, other.width) * _shared(
        one.top, one.height, other.top, other.height
    )
    union = one.width * one.height + other.width * other.height - shared
    if union > 0 and shared / union >= OVERLAP:
        return 1.0 + shared / union
    width = max(one.width, other.width)
    across = (one.left + one.width / 2) - (other.left + other.width / 2)
    down = (one.top + one.height / 2) - (other.top + other.height / 2)
    distance = (across * across + down * down) ** 0.5
    return max(0.0, 1.0 - distance / (REACH * width)) if width > 0 else 0.0


def _shared(start: float, length: float, other: float, other_length: float) -> float:
    return max(0.0, min(start + length, other + other_length) - max(start, other))
