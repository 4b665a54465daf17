"""This is where vectors are brought to length 1."""

import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.face import Vectors


def unit(vectors: NDArray[np.float32]) -> Vectors:
    """Give vectors of length 1 in the same directions; a zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    directions: Vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return directions
