"""This is where the command line gets at faces: an entry point of `store_edge.face_engines`."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.operating_table import MEASURE
from drivers.camera_face.options import model_cache
from edge.driver.contract import Finding, Level
from edge.driver.enrolling import FaceEngine, FaceReport
from edge.errors import ConfigError

if TYPE_CHECKING:
    from drivers.camera_face.engine import Engine
    from drivers.camera_face.sitting import FaceSitting

ROUNDS: Final = 5
UNIT: Final = 1e-3
"""How far a vector's length may be off 1."""
ALIKE: Final = 0.999
"""Cosine of one face with itself, one pixel further to the right, for a sound encoder."""
TARGET_FPIR: Final = 0.001


class CameraFaceTools:
    """What can be done with faces by hand; nothing is loaded before it is asked for."""

    def sit(self, options: Mapping[str, Any]) -> "FaceSitting":
        """Begin one person's enrolment.

        Raises: ConfigError where the engine cannot be used.
        """
        from drivers.camera_face.sitting import FaceSitting  # noqa: PLC0415 - loads OpenCV

        return FaceSitting(_engine(options))

    def show(self, options: Mapping[str, Any]) -> FaceEngine:
        """Say which engine these options mean.

        Raises: ConfigError where it cannot be used.
        """
        engine = _engine(options)
        return FaceEngine(
            id=engine.id,
            dimensions=engine.dimensions,
            largest=engine.operating.largest(TARGET_FPIR),
            target_fpir=TARGET_FPIR,
            measured_on=engine.operating.origin,
        )

    def check(self, options: Mapping[str, Any], pictures: Sequence[Path]) -> tuple[Finding, ...]:
        """Say whether an engine loads, gives sound vectors, how fast, and whether it was measured.

        Raises: ConfigError where a model is missing or is another one.
        """
        began = time.monotonic()
        engine = _engine(options)
        loaded = Finding(
            level=Level.OK, what=f"{engine.id} loads in {time.monotonic() - began:.2f} s"
        )
        return (loaded, *_of_vectors(engine), *_of_pictures(engine, pictures), _of_table(engine))

    def report(
        self,
        options: Mapping[str, Any],
        folder: Path,
        *,
        threshold: float | None,
        plot: Path | None,
        tick: Callable[[], None],
    ) -> FaceReport:
        """Measure an engine on labelled pictures, and draw its DET curve where `plot` is named.

        Raises: ConfigError where the engine or the set cannot be used.
        """
        from drivers.camera_face.measuring import face_report  # noqa: PLC0415 - loads OpenCV

        engine = _engine(options)
        return face_report(engine, folder, threshold=threshold, plot=plot, tick=tick)

    def measure(self, options: Mapping[str, Any], folder: Path, *, tick: Callable[[], None]) -> str:
        """Measure an engine's operating points on labelled pictures; the text of its table.

        Raises: ConfigError where the engine or the set cannot be used.
        """
        from drivers.camera_face.measuring import operating_table  # noqa: PLC0415 - loads OpenCV

        return operating_table(_engine(options), folder, tick=tick)


def _engine(options: Mapping[str, Any]) -> "Engine":
    from drivers.camera_face.opening import open_engine  # noqa: PLC0415 - loads OpenCV

    try:
        told = msgspec.convert(dict(options), EngineOptions)
    except msgspec.ValidationError as error:
        raise ConfigError(
            "an option of the face engine cannot be",
            why=str(error),
            remedy="the README of drivers/camera_face explains every option",
        ) from error
    return open_engine(told, cache=model_cache(os.environ))


def _of_vectors(engine: "Engine") -> tuple[Finding, ...]:
    import numpy as np  # noqa: PLC0415 - loaded when it is asked for

    drawn = np.random.default_rng(1)
    chip = drawn.integers(0, 256, (1, 160, 160, 3), np.uint8)
    face = _drawn_face()
    cut = np.stack(engine.cut(chip[0], [face]))
    first, again = engine.encode(cut), engine.encode(cut)
    length = float(np.linalg.norm(first[0]))
    is_unit = abs(length - 1) <= UNIT and first.shape == (1, engine.dimensions)
    began = time.monotonic()
    for _ in range(ROUNDS):
        engine.encode(cut)
    took_ms = (time.monotonic() - began) / ROUNDS * 1000
    return (
        Finding(
            level=Level.OK if is_unit else Level.FAIL,
            what=f"vectors have {first.shape[-1]} numbers and length {length:.3f}",
            remedy="" if is_unit else "name an encoder in the style of ArcFace or SFace",
        ),
        Finding(
            level=Level.OK if np.array_equal(first, again) else Level.FAIL,
            what="the same face twice gives the same vector"
            if np.array_equal(first, again)
            else "the same face twice gives two vectors",
            remedy="" if np.array_equal(first, again) else "name an encoder without dropout",
        ),
        Finding(level=Level.OK, what=f"a face is encoded in {took_ms:.1f} ms"),
    )


def _drawn_face() -> Any:
    from drivers.camera_face.face import Box, Face  # noqa: PLC0415 - loads numpy

    return Face(
        box=Box(left=30, top=30, width=100, height=100),
        score=1.0,
        right_eye=(60.0, 70.0),
        left_eye=(100.0, 70.0),
        nose=(80.0, 90.0),
        mouth=(80.0, 110.0),
    )


def _of_pictures(engine: "Engine", pictures: Sequence[Path]) -> tuple[Finding, ...]:
    """Look for faces in pictures, and hold each face against itself, moved a little."""
    import numpy as np  # noqa: PLC0415 - loaded when it is asked for

    from drivers.camera_face.sitting import read_picture  # noqa: PLC0415 - loads OpenCV

    found = []
    for file in pictures:
        image = read_picture(file)
        began = time.monotonic()
        faces = engine.find(image)
        took_ms = (time.monotonic() - began) * 1000
        if not faces:
            found.append(Finding(level=Level.WARN, what=f"{file.name}: no face is found"))
            continue
        moved = np.ascontiguousarray(np.roll(image, 1, axis=1))
        cut = np.stack([*engine.cut(image, faces[:1]), *engine.cut(moved, engine.find(moved)[:1])])
        vectors = engine.encode(cut)
        score = float(vectors[0] @ vectors[-1])
        vectors.fill(0)
        is_alike = score >= ALIKE
        found.append(
            Finding(
                level=Level.OK if is_alike else Level.WARN,
                what=f"{file.name}: a face in {took_ms:.0f} ms; moved by a pixel it scores "
                f"{score:.4f} with itself",
                remedy="" if is_alike else "compare detector and encoder: they may not fit",
            )
        )
    return tuple(found)


def _of_table(engine: "Engine") -> Finding:
    table = engine.operating
    largest = table.largest(TARGET_FPIR)
    if not table.points:
        return Finding(
            level=Level.FAIL,
            what="nobody has measured this engine, so it bears no gallery",
            remedy=f"measure it on pictures of people who agreed: {MEASURE}",
        )
    return Finding(
        level=Level.OK if largest else Level.WARN,
        what=f"measured on {table.origin}: up to {largest} customers at one wrong name among "
        f"{1 / TARGET_FPIR:,.0f} strangers",
        remedy="" if largest else f"measure it on more people: {MEASURE}",
    )
