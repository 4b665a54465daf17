"""This is where a face is encoded: behind the gate, for a gallery, and for nothing else.

The encoder is called in one function, which takes the gallery of those who may be compared. What it
made is overwritten before the next frame is looked at.
"""

from collections.abc import Sequence

import numpy as np

from drivers.camera_face.engine import Engine
from drivers.camera_face.face import Vectors
from drivers.camera_face.gallery import Template, is_sound, mean_of, open_gallery
from drivers.camera_face.shots import Shot
from edge.driver.faces import Gallery, Match


def compare(shots: Sequence[Shot], gallery: Gallery, *, engine: Engine) -> Match | None:
    """Encode the pictures of one face and look them up; None for nobody of the gallery.

    Raises: ConfigError where a template is of another engine, or where the engine was not measured
    to keep the target for so many.
    """
    templates = open_gallery(
        _templates(gallery, engine), engine=engine, target_fpir=gallery.target_fpir
    )
    try:
        if not shots:
            return None
        probe = _encode(shots, engine)
        try:
            found = templates.look_up(probe)
        finally:
            probe.fill(0)
        if found.person is None:
            return None
        return Match(
            slot=int(found.person),
            score=found.score,
            llr=found.log_likelihood_ratio,
            quality=_mean([shot.quality for shot in shots]),
        )
    finally:
        templates.close()


def _encode(shots: Sequence[Shot], engine: Engine) -> Vectors:
    """Turn the pictures upright, encode them and make one vector of them, weighted by quality."""
    chips = np.stack([engine.cut(shot.image, [shot.face])[0] for shot in shots])
    vectors = engine.encode(chips)
    probe = mean_of(vectors, [shot.quality for shot in shots])
    vectors.fill(0)
    # The run-time keeps what it made last in buffers of its own; blank chips make it write over
    # every place it used.
    chips.fill(0)
    engine.encode(chips)
    return probe


def _templates(gallery: Gallery, engine: Engine) -> tuple[Template, ...]:
    """Give the gallery's templates with their slots for names.

    One that is not sound is passed over where others are: it must not take the match from them.
    """
    every = tuple(
        Template(
            person=str(slot),
            engine=gallery.engine,
            vector=np.frombuffer(template.vector, dtype="<f4").astype(np.float32),
            quality=template.quality,
        )
        for slot, template in enumerate(gallery.templates)
    )
    return tuple(one for one in every if is_sound(one, engine)) or every


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
