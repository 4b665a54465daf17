"""This is where a face is judged fit for matching or for enrolment, with reasons to act on."""

from dataclasses import dataclass
from enum import StrEnum

from drivers.camera_face.face import Face, Image


class Use(StrEnum):
    """What a picture of a face is to serve."""

    DOOR = "door"
    ENROLMENT = "enrolment"


class Reason(StrEnum):
    """Why a face is not fit; its text says what the person can do."""

    NOBODY = "nobody"
    SEVERAL = "several"
    UNSURE = "unsure"
    TOO_FAR = "too_far"
    CUT_OFF = "cut_off"
    TURNED = "turned"
    TILTED = "tilted"
    BLURRED = "blurred"
    DARK = "dark"
    BRIGHT = "bright"
    FLAT = "flat"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How fit a face is."""

    quality: float
    """0 to 1; the weight of this picture among several of one person."""
    reasons: tuple[Reason, ...]
    """Most helpful first; empty for a face that is fit."""

    @property
    def is_fit(self) -> bool:
        """Whether nothing speaks against using the face."""
        return not self.reasons


def judge(image: Image, face: Face, *, use: Use, faces: int = 1) -> Verdict:
    """Judge one face of a picture in which `faces` were found."""
    raise NotImplementedError
