"""This is where plain face_recognition runs as its own documentation uses it: what is to be beaten.

HOG detector, its own landmarks, 128 numbers, Euclidean distance to the nearest picture. Run in
processes of its own, because importing it loads 151 MB of models.
"""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.labelled import Encoded, Picture, numbered
from drivers.camera_face.rates import Scores

SIZE = 128
PROCESSES = 2


def is_here() -> str:
    """Say why plain face_recognition cannot be run here; empty where it can."""
    missing = [
        name for name in ("face_recognition", "dlib", "pkg_resources") if not find_spec(name)
    ]
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    if missing:
        return f"{', '.join(missing)} not installed"
    if flags and " avx" not in flags:
        return "dlib-bin needs AVX, which this processor lacks"
    return ""


def encode_plainly(
    pictures: Sequence[Picture], *, tick: Callable[[], None]
) -> tuple[Encoded, dict[str, float]]:
    """Encode each picture's middle face; also gives the mean milliseconds of each stage."""
    vectors = np.zeros((len(pictures), SIZE), np.float32)
    spent = np.zeros(2)
    with ProcessPoolExecutor(PROCESSES, initializer=_alone) as pool:
        paths = [picture.path for picture in pictures]
        for place, (vector, times) in enumerate(pool.map(_encode, paths, chunksize=8)):
            if vector is not None:
                vectors[place] = vector
            spent += times
            tick()
    found, encoded = (1000 * spent / max(len(pictures), 1)).tolist()
    qualities = vectors.any(axis=1).astype(np.float64)
    everything = Encoded(people=numbered(pictures), vectors=vectors, qualities=qualities)
    return everything, {"find": found, "landmarks and encode": encoded}


def nearest_picture(
    encoded: Encoded, enrolled: tuple[NDArray[np.int64], ...], probes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Compare with each person's nearest picture, by Euclidean distance, turned round."""
    vectors = encoded.vectors.astype(np.float64)
    acquired = encoded.is_acquired
    columns = []
    for pictures in enrolled:
        kept = pictures[acquired[pictures]]
        if not len(kept):
            columns.append(np.full(len(probes), -np.inf))
            continue
        apart = np.linalg.norm(vectors[probes][:, None] - vectors[kept][None], axis=2)
        columns.append(-apart.min(axis=1))
    return np.stack(columns, axis=1)


def _alone() -> None:
    """Keep BLAS to one thread in each process."""
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")


def _encode(path: Path) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
    import face_recognition  # noqa: PLC0415 - loads 151 MB; in the bench's own processes only

    image = face_recognition.load_image_file(path)
    height, width = image.shape[:2]
    began = time.perf_counter()
    places = face_recognition.face_locations(image)
    found = time.perf_counter()
    if not places:
        return None, np.array([found - began, 0.0])
    place = min(
        places,
        key=lambda at: abs(at[0] + at[2] - height) + abs(at[1] + at[3] - width),
    )
    (vector,) = face_recognition.face_encodings(image, [place])
    return vector, np.array([found - began, time.perf_counter() - found])


def single_distances(encoded: Encoded) -> Scores:
    """Compare every two pictures, by Euclidean distance, turned round."""
    kept = encoded.is_acquired
    vectors, people = encoded.vectors[kept].astype(np.float64), encoded.people[kept]
    squares = (vectors**2).sum(axis=1)
    upper = np.triu_indices(len(vectors), 1)
    apart = (squares[:, None] + squares[None] - 2 * vectors @ vectors.T)[upper]
    scores = -np.sqrt(np.maximum(apart, 0))
    is_mated = people[upper[0]] == people[upper[1]]
    return Scores(mated=scores[is_mated], non_mated=scores[~is_mated])
