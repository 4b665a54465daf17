"""This is where the faces of a labelled set are compared with one another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.gallery import blend
from drivers.camera_face.labelled import Encoded
from drivers.camera_face.rates import Scores


def single_scores(encoded: Encoded) -> Scores:
    """Compare every two pictures, by cosine; pictures without a face are left out."""
    kept = encoded.is_acquired
    vectors, people = encoded.vectors[kept], encoded.people[kept]
    upper = np.triu_indices(len(vectors), 1)
    scores = (vectors @ vectors.T)[upper].astype(np.float64)
    is_mated = people[upper[0]] == people[upper[1]]
    return Scores(mated=scores[is_mated], non_mated=scores[~is_mated])


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """Who is enrolled with which pictures, in one drawing of lots."""

    enrolled: tuple[NDArray[np.int64], ...]
    """The enrolled pictures of each person."""
    probes: tuple[NDArray[np.int64], ...]
    """The other pictures of each."""


def draw(encoded: Encoded, *, pictures: int, random: np.random.Generator) -> Draw:
    """Draw the pictures that are enrolled, of everybody who has more than that."""
    enrolled, probes = [], []
    for person in np.unique(encoded.people):
        own = random.permutation(np.flatnonzero(encoded.people == person))
        if len(own) > pictures:
            enrolled.append(own[:pictures])
            probes.append(own[pictures:])
    return Draw(enrolled=tuple(enrolled), probes=tuple(probes))


def centroid(encoded: Encoded, pictures: NDArray[np.int64]) -> NDArray[np.float32]:
    """Make a template of several pictures; of those without a face nothing enters."""
    return blend(encoded.vectors[pictures], encoded.qualities[pictures])


def template_scores(encoded: Encoded, *, pictures: int, random: np.random.Generator) -> Scores:
    """Compare templates of several pictures with all other pictures, as a gallery does."""
    lots = draw(encoded, pictures=pictures, random=random)
    kept = encoded.is_acquired
    mated, non_mated = [np.empty(0)], [np.empty(0)]
    for enrolled, probes in zip(lots.enrolled, lots.probes, strict=True):
        scores = (encoded.vectors @ centroid(encoded, enrolled)).astype(np.float64)
        others = kept & (encoded.people != encoded.people[enrolled[0]])
        mated.append(scores[probes[kept[probes]]])
        non_mated.append(scores[others])
    return Scores(mated=np.concatenate(mated), non_mated=np.concatenate(non_mated))
