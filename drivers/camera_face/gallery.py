"""This is where a face is looked up among the enrolled: exactly, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.engine import Engine
from drivers.camera_face.face import Vectors


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """What one consenting customer's pictures became."""

    person: str
    """Reference of the customer; the gallery gives it back and knows nothing else of it."""
    engine: str
    """Id of the engine that made the vector."""
    vector: Vectors
    quality: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """What a look-up came to; where nobody is sure enough, nobody is named."""

    person: str | None
    score: float
    """Cosine with the nearest."""
    threshold: float
    log_likelihood_ratio: float
    """Natural logarithm, clipped: how much more likely this score is for the same person."""


def blend(vectors: Vectors, qualities: Sequence[float] | NDArray[np.float32]) -> Vectors:
    """Make one vector of unit length of several of one person, weighted by quality."""
    raise NotImplementedError


def open_gallery(templates: Sequence[Template], *, engine: Engine, target_fpir: float) -> "Gallery":
    """Build a gallery.

    Raises: ConfigError where a template is of another engine, or where the engine was not measured
    to keep the target for so many.
    """
    raise NotImplementedError


class Gallery:
    """The templates that may be compared now."""

    def look_up(self, vector: Vectors) -> Match:
        """Look one vector up; it is overwritten with zeros where it matches nobody."""
        raise NotImplementedError

    def close(self) -> None:
        """Overwrite every template with zeros."""
        raise NotImplementedError
