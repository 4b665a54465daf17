"""This is where it is said what a face engine is: it finds, it aligns, it encodes.

An engine is made by `opening.open_engine`; tests make one of working stand-ins. The consent gate
stands between `find` and `encode`: whoever calls `encode` has asked the gate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from drivers.camera_face.face import Chips, Face, Image, Vectors
from drivers.camera_face.operating_table import OperatingTable


class Detector(Protocol):
    """Finds faces. It may run with the gate closed: it says where, never who."""

    id: str
    """Name and first digits of the model's SHA-256."""

    def find(self, image: Image) -> tuple[Face, ...]:
        """Give the faces of a picture, surest first; none is found twice."""


class Aligner(Protocol):
    """Cuts a face out and turns it upright, as its encoder was taught to see it."""

    id: str

    def chip(self, image: Image, face: Face) -> Chips:
        """Give `side x side x 3`; what lies outside the picture is black."""


class Encoder(Protocol):
    """Turns faces into vectors. It is called behind an open gate only."""

    id: str
    """Name and first digits of the model's SHA-256."""
    dimensions: int

    def encode(self, chips: Chips) -> Vectors:
        """Give `n x dimensions`, float32, each of unit length; n = 0 gives an empty array."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """A detector, an aligner and an encoder that were measured together.

    It is used by one thread at a time.
    """

    detector: Detector
    aligner: Aligner
    encoder: Encoder
    operating: OperatingTable
    """How often this engine takes two people for one, by threshold: measured, never guessed."""

    @property
    def id(self) -> str:
        """What templates carry; vectors of engines of different ids are never compared."""
        return engine_id(self.encoder, self.aligner, self.detector)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.encoder.dimensions

    def find(self, image: Image) -> tuple[Face, ...]:
        """Give the faces of a picture, surest first."""
        return self.detector.find(image)

    def cut(self, image: Image, faces: Sequence[Face]) -> tuple[Chips, ...]:
        """Cut faces out, each `side x side x 3`, in the order they are given."""
        return tuple(self.aligner.chip(image, face) for face in faces)

    def encode(self, chips: Chips) -> Vectors:
        """Give one vector of unit length for each chip."""
        return self.encoder.encode(chips)


def engine_id(encoder: Encoder, aligner: Aligner, detector: Detector) -> str:
    """Name an engine by its parts."""
    return f"{encoder.id}/{aligner.id}/{detector.id}"
