"""This is where one person sits for their enrolment: pictures are judged, the fit ones encoded.

Whoever opens a sitting has asked for the person's consent. Of a picture only the face is kept, cut
out and turned upright, until the template is made of them; then it is overwritten.
"""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from drivers.camera_face.capture import fitting, open_capture
from drivers.camera_face.engine import Engine
from drivers.camera_face.face import Chips, Face, Image, Vectors
from drivers.camera_face.gallery import blend
from drivers.camera_face.operating_table import OperatingTable
from drivers.camera_face.options import Told, is_address, is_node, with_login
from drivers.camera_face.quality import TEXTS, Reason, Use, Verdict, judge, nobody, repeated
from edge.driver.enrolling import Made, Picture
from edge.errors import ConfigError, SourceFault

LEAST: Final = 3
"""Fit pictures of one person (R11): the mean of three halves the misses."""
MOST: Final = 8
"""More of one sitting add nothing: they show the same light and the same pose."""
WIDEST: Final = 1280
"""Pixels; a face of 30 pixels between the eyes in a wider picture is a wide one here, too."""
BETWEEN_S: Final = 0.7
"""Two pictures of a camera that are closer show the same moment."""
DUPLICATE_FMR: Final = 1e-4
"""Of 10,000 other customers one may be taken for this one, and is asked about by a person."""
STRICT: Final = 0.95
"""Used for an engine that nobody measured: above every score of two people that was seen."""
CONSISTENT_FMR: Final = 0.01
"""How alike a picture must be to the mean of the others: one of another person rarely is."""
LOOSE: Final = 0.92
"""Used for an engine that nobody measured. With dlib's, three pictures of one person reached it in
57 of 57 cases, two of one and one of another in 15 of 2,000 (portraits, 2026-11-22)."""
OTHERS: Final = "not all pictures are of the same person"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """One fit face."""

    chip: Chips
    quality: float


class FaceSitting:
    """One person's pictures; used by one thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: list[Kept] = []

    def look(self, file: Path) -> Picture:
        """Judge a picture file.

        Raises: ConfigError where it is no picture.
        """
        return self.take(read_picture(file))

    def take(self, image: Image) -> Picture:
        """Judge a picture, and keep its face if it is fit; the picture is overwritten."""
        faces = self._engine.find(image)
        verdict = self._judge(image, faces)
        if verdict.is_fit and not self._keep(image, faces[0], verdict.quality):
            verdict = repeated()
        image.fill(0)
        reasons = tuple(one.value for one in verdict.reasons)
        advice = TEXTS[verdict.reasons[0]] if verdict.reasons else ""
        return Picture(reasons=reasons, advice=advice, quality=round(verdict.quality, 3))

    def watch(self, options: Mapping[str, Any]) -> Iterator[Picture]:
        """Judge what a camera sees, without end, or a video file until its end.

        Raises: SourceFault where the camera is not there, or gives no pictures any more.
        """
        told = Told(**{name: options[name] for name in Told.__struct_fields__ if name in options})
        device = with_login(str(told.device), told.login_file, os.environ)
        capture = open_capture(device, width=told.width, height=told.height, rate=told.rate)
        is_file = not (is_node(device) or is_address(device))
        due_s = 0.0
        try:
            while capture.grab():
                now_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 if is_file else time.monotonic()
                if now_s < due_s:
                    continue
                is_whole, image = capture.retrieve()
                if is_whole:
                    due_s = now_s + BETWEEN_S
                    yield self.take(fitting(image, WIDEST))
        finally:
            capture.release()
        raise SourceFault("the camera gives no pictures any more", remedy="see to its cable")

    def make(self) -> Made:
        """Encode the fit pictures and make one template of them.

        Raises: ConfigError where they are too few, or not of one person.
        """
        kept = self._kept
        if len(kept) < LEAST:
            raise _refused(f"{len(kept)} of at least {LEAST} pictures are fit")
        chips = np.stack([one.chip for one in kept])
        qualities = [one.quality for one in kept]
        vectors = self._engine.encode(chips)
        try:
            template = blend(vectors, qualities)
            if _least_alike(vectors, qualities) < consistent_at(self._engine.operating):
                raise _refused(OTHERS)
            return self._made(template, qualities)
        finally:
            vectors.fill(0)
            chips.fill(0)
            # The run-time keeps what it made last: blank faces are written over it.
            self._engine.encode(chips)

    def close(self) -> None:
        """Overwrite every picture."""
        for one in self._kept:
            one.chip.fill(0)
        self._kept = []

    def _judge(self, image: Image, faces: tuple[Face, ...]) -> Verdict:
        if not faces:
            return nobody()
        return judge(image, faces[0], use=Use.ENROLMENT, faces=len(faces))

    def _keep(self, image: Image, face: Face, quality: float) -> bool:
        """Keep a face; False where the same picture of it is kept already."""
        chip = self._engine.cut(image, [face])[0]
        if any(np.array_equal(chip, one.chip) for one in self._kept):
            chip.fill(0)
            return False
        self._kept.append(Kept(chip=chip, quality=quality))
        if len(self._kept) > MOST:
            worst = min(self._kept, key=lambda one: one.quality)
            worst.chip.fill(0)
            self._kept = [one for one in self._kept if one is not worst]
        return True

    def _made(self, template: Vectors, qualities: list[float]) -> Made:
        content = template.astype("<f4").tobytes()
        template.fill(0)
        return Made(
            model=self._engine.id,
            vector=content,
            quality=round(sum(qualities) / len(qualities), 3),
            pictures=len(qualities),
            same_at=same_at(self._engine.operating),
        )


def _least_alike(vectors: Vectors, qualities: list[float]) -> float:
    """Give the least score that one picture reaches with the template of the others."""
    scores = []
    for place, vector in enumerate(vectors):
        others = np.delete(vectors, place, axis=0)
        weights = [one for number, one in enumerate(qualities) if number != place]
        scores.append(float(vector @ blend(others, weights)))
        others.fill(0)
    return min(scores)


def same_at(table: OperatingTable) -> float:
    """Give the score from which on two templates are taken for one person's."""
    return _at(table, DUPLICATE_FMR, otherwise=STRICT)


def consistent_at(table: OperatingTable) -> float:
    """Give the score that every picture of a sitting must reach with the others' mean."""
    return _at(table, CONSISTENT_FMR, otherwise=LOOSE)


def read_picture(file: Path) -> Image:
    """Read a picture, turned as its camera says, and not wider than needed.

    Raises: ConfigError where it is no picture.
    """
    image = cv2.imread(str(file), cv2.IMREAD_COLOR) if file.is_file() else None
    if image is None:
        raise ConfigError(
            "cannot read a picture",
            where=str(file),
            why="there is no such file, or it is no picture",
            remedy="name JPEG or PNG files",
        )
    return fitting(image, WIDEST)


def codes() -> tuple[str, ...]:
    """Give every code that a picture can be refused with."""
    return tuple(one.value for one in Reason)


def _at(table: OperatingTable, fmr: float, *, otherwise: float) -> float:
    reached = [point.threshold for point in table.points if point.fmr <= fmr]
    return min(reached, default=otherwise)


def _refused(why: str) -> ConfigError:
    return ConfigError(
        "cannot make a template",
        why=why,
        remedy=f"take {LEAST} to {MOST} pictures of one person that have no reason beside them",
    )
