"""This is where a face in view is described to the privacy door: to be compared, never to be seen.

Encoding a face takes a gallery, and only the door makes galleries, of those who may be compared at
that moment. Without an open gate there is none, and nothing is encoded.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import msgspec


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """What the pictures of one customer, who may be compared now, became."""

    vector: bytes
    """float32, little-endian, of unit length."""
    quality: float
    """0 to 1."""


class Gallery(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a face may be compared with; who they are, only the door knows."""

    engine: str
    """Id of the engine that made every template."""
    templates: tuple[Template, ...]
    """A template's place is its slot; several slots may be one customer's."""
    target_fpir: float
    """Share of strangers, at the most, who may match somebody of this gallery."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A face that is one of the gallery's; a face that is none has no description."""

    slot: int
    score: float
    """Cosine with the template."""
    llr: float
    """Natural logarithm of how much likelier the score is for this customer than for another."""
    quality: float
    """0 to 1, of the pictures that were compared."""


Tell = Callable[[Match | None], None]
"""Hears the outcome; None for nobody of the gallery."""


class FaceTrack(ABC):
    """One face for as long as it stays in view; it is offered again and again until it is gone.

    What the door notes on it ends with it: no face is known again once it was out of view.
    """

    def __init__(self, engine: str) -> None:
        """`engine` is the id of the engine that would encode it."""
        self.engine = engine
        self.is_counted = False
        """Whether the door has counted it among the faces seen."""
        self.refusal = ""
        """Why the door refused it the last time: each reason counts once for a face."""
        self.arming = 0
        """Number of the gate's last opening in which it was compared; 0 for none."""

    @abstractmethod
    def compare(self, gallery: Gallery, tell: Tell) -> None:
        """Encode the face now, compare it, and tell once, at once or later in the same thread."""
