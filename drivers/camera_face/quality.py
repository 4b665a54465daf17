"""This is where a face is judged fit for matching or for enrolment, with reasons to act on."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import atan2, degrees
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.face import Face, Image
from drivers.camera_face.geometry import cut, upright_square


class Use(StrEnum):
    """What a picture of a face is to serve."""

    DOOR = "door"
    ENROLMENT = "enrolment"


class Reason(StrEnum):
    """Why a face is not fit; TEXTS says what the person can do."""

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
    REPEATED = "repeated"


TEXTS: Final = MappingProxyType(
    {
        Reason.NOBODY: "stand in front of the camera",
        Reason.SEVERAL: "one person at a time",
        Reason.UNSURE: "take away what covers the face",
        Reason.TOO_FAR: "come closer",
        Reason.CUT_OFF: "come to the middle of the picture",
        Reason.TURNED: "look at the camera",
        Reason.TILTED: "hold your head straight",
        Reason.BLURRED: "hold still",
        Reason.DARK: "turn to the light",
        Reason.BRIGHT: "step out of the bright light",
        Reason.FLAT: "turn to the light; is the lens clean?",
        Reason.REPEATED: "take another picture",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Demands:
    """What a picture must come up to."""

    eye_distance_px: float
    sharpness: float
    """Variance of the Laplacian of the face, 80 pixels wide."""
    yaw: float
    """How far the nose may stand off the middle of the eyes, in parts of their distance."""
    roll_deg: float


SURE: Final = 0.8
"""Least score of the detector: below it a hand, a mask or no face at all is likely."""
DEMANDS: Final = MappingProxyType(
    {
        # FNIR at 24/20/16/12 px is .11/.12/.21/.49; blur takes FPIR from .01 to .037.
        Use.DOOR: Demands(eye_distance_px=20.0, sharpness=40.0, yaw=0.5, roll_deg=35.0),
        Use.ENROLMENT: Demands(eye_distance_px=30.0, sharpness=80.0, yaw=0.35, roll_deg=20.0),
    }
)
DARKEST, BRIGHTEST = 45.0, 215.0
"""Of a face's mean grey, 0 to 255: beyond them shades are lost."""
FLATTEST: Final = 18.0
"""Least standard deviation of a face's grey."""

SIDE: Final = 80
"""A face is judged at this size, its eyes some 34 pixels apart, so that distance does not count as
blur. Of portraits .2 % fall below 40 and 3 % below 80, smeared by 2 pixels 71 % and 98 %
(2026-11-22)."""
AROUND: Final = 1.0
"""The face's box alone: hair and background do not count."""


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
    square = cut(image, upright_square(face, factor=AROUND).into(SIDE), side=SIDE)
    grey = np.asarray(cv2.cvtColor(square, cv2.COLOR_BGR2GRAY), np.uint8)
    demands = DEMANDS[use]
    sharpness = sharpness_of(grey)
    reasons = (
        *_of_the_place(image, face, demands=demands, alone=use is Use.DOOR or faces == 1),
        *_of_the_pose(face, demands=demands),
        *_of_the_light(grey, sharpness=sharpness, demands=demands),
    )
    square.fill(0)
    return Verdict(quality=_quality(face, sharpness), reasons=reasons)


def nobody() -> Verdict:
    """Give the verdict on a picture without a face."""
    return Verdict(quality=0.0, reasons=(Reason.NOBODY,))


def repeated() -> Verdict:
    """Give the verdict on a picture that was taken before: it tells nothing new of the face."""
    return Verdict(quality=0.0, reasons=(Reason.REPEATED,))


def sharpness_of(grey: NDArray[np.uint8]) -> float:
    """Give the variance of the Laplacian: high where edges are, low where they are smeared."""
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def yaw_of(face: Face) -> float:
    """Give how far the nose stands off the middle of the eyes, in parts of their distance.

    0 for a face that looks at the camera; measured along the line of the eyes.
    """
    (rx, ry), (lx, ly), (nx, ny) = face.right_eye, face.left_eye, face.nose
    across, down = lx - rx, ly - ry
    off = (nx - (rx + lx) / 2) * across + (ny - (ry + ly) / 2) * down
    return off / max(across * across + down * down, 1.0)


def roll_deg_of(face: Face) -> float:
    """Give by how much the line of the eyes is tilted."""
    (rx, ry), (lx, ly) = face.right_eye, face.left_eye
    return degrees(atan2(ly - ry, lx - rx))


def _of_the_place(image: Image, face: Face, *, demands: Demands, alone: bool) -> Iterator[Reason]:
    if not alone:
        yield Reason.SEVERAL
    if face.eye_distance_px < demands.eye_distance_px:
        yield Reason.TOO_FAR
    height, width = image.shape[:2]
    points = (face.right_eye, face.left_eye, face.nose, face.mouth)
    if not all(0 <= x < width and 0 <= y < height for x, y in points):
        yield Reason.CUT_OFF
    if face.score < SURE:
        yield Reason.UNSURE


def _of_the_pose(face: Face, *, demands: Demands) -> Iterator[Reason]:
    if abs(yaw_of(face)) > demands.yaw:
        yield Reason.TURNED
    if abs(roll_deg_of(face)) > demands.roll_deg:
        yield Reason.TILTED


def _of_the_light(
    grey: NDArray[np.uint8], *, sharpness: float, demands: Demands
) -> Iterator[Reason]:
    mean = float(grey.mean())
    if mean < DARKEST:
        yield Reason.DARK
    elif mean > BRIGHTEST:
        yield Reason.BRIGHT
    elif float(grey.std()) < FLATTEST:
        yield Reason.FLAT
    if sharpness < demands.sharpness:
        yield Reason.BLURRED


def _quality(face: Face, sharpness: float) -> float:
    """Weigh a picture: the product of what each of size, sharpness, pose and detector allows."""
    demands = DEMANDS[Use.ENROLMENT]
    size = min(1.0, face.eye_distance_px / demands.eye_distance_px)
    sharp = min(1.0, sharpness / demands.sharpness)
    straight = max(0.0, 1.0 - abs(yaw_of(face)))
    return float(size * sharp * straight * min(1.0, max(0.0, face.score)))
