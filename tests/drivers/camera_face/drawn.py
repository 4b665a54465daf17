"""Drawn people, an engine that tells them apart, and videos in which they walk."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from drivers.camera_face.engine import Engine
from drivers.camera_face.face import Box, Chips, Face, Image, Vectors
from drivers.camera_face.operating_table import Calibration, OperatingPoint, OperatingTable

ENGINE = "drawn-encoder/drawn-aligner/drawn-detector"
SIDE = 112
DIMENSIONS = 128
WALL = 96
"""Grey of the room."""
HUES = {"ada": 15, "ben": 60, "cleo": 120, "dan": 35, "eve": 90}
"""People are told apart by the hue of their faces (OpenCV counts 0 to 179)."""


def face_at(left: float, top: float, *, size: float = 80.0) -> Face:
    """Give a face that looks straight ahead."""
    return Face(
        box=Box(left=left, top=top, width=size, height=size),
        score=0.95,
        right_eye=(left + 0.3 * size, top + 0.35 * size),
        left_eye=(left + 0.7 * size, top + 0.35 * size),
        nose=(left + 0.5 * size, top + 0.58 * size),
        mouth=(left + 0.5 * size, top + 0.78 * size),
    )


def room(*people: tuple[str, int, int], size: int = 80) -> Image:
    """Draw a room with people in it, each with the place of their face."""
    image = np.full((480, 640, 3), WALL, dtype=np.uint8)
    for name, left, top in people:
        image[top : top + size, left : left + size] = portrait(name, size)
    return image


def portrait(name: str, size: int) -> Image:
    """Draw a face: one hue, with a pattern that is sharp and lit evenly."""
    value = np.full((size, size), 110, dtype=np.uint8)
    value[(np.arange(size) // 8) % 2 == 0] += 60
    value[:, (np.arange(size) // 8) % 2 == 0] += 60
    hue = np.full((size, size), HUES[name], dtype=np.uint8)
    saturation = np.full((size, size), 140, dtype=np.uint8)
    return np.asarray(cv2.cvtColor(cv2.merge([hue, saturation, value]), cv2.COLOR_HSV2BGR))


class DrawnDetector:
    """Finds whatever is coloured."""

    id = "drawn-detector"

    def __init__(self) -> None:
        self.calls = 0

    def find(self, image: Image) -> tuple[Face, ...]:
        """Give the coloured patches, left to right."""
        self.calls += 1
        saturation = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)[:, :, 1]
        mask = (saturation > 60).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        patches = sorted(
            (int(one[0]), int(one[1]), int(one[2])) for one in stats[1:] if one[2] > 12
        )
        return tuple(face_at(left, top, size=width) for left, top, width in patches)


class DrawnAligner:
    """Cuts a patch out."""

    id = "drawn-aligner"

    def chip(self, image: Image, face: Face) -> Chips:
        """Give the patch, in the encoder's size."""
        box = face.box
        left, top = max(0, round(box.left)), max(0, round(box.top))
        patch = image[top : top + round(box.height), left : left + round(box.width)]
        return np.asarray(cv2.resize(patch, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


class DrawnEncoder:
    """Gives each hue a vector of its own, and remembers how often it was asked."""

    id = "drawn-encoder"
    dimensions = DIMENSIONS

    def __init__(self, seen: Callable[[Vectors], None] = lambda _: None) -> None:
        self.calls = 0
        self.faces = 0
        self._seen = seen

    def encode(self, chips: Chips) -> Vectors:
        """Give `n x 128`."""
        self.calls += 1
        vectors = np.stack([encoded(chip) for chip in chips]).astype(np.float32)
        self.faces += sum(1 for chip in chips if chip.any())
        self._seen(vectors)
        return vectors


def encoded(chip: Image) -> Vectors:
    """Give the vector of a drawn face: that of the nearest known hue."""
    pixels = cv2.cvtColor(chip, cv2.COLOR_BGR2HSV).reshape(-1, 3)
    hue = int(np.median(pixels[:, 0]))
    name = min(HUES, key=lambda one: abs(HUES[one] - hue))
    drawn = np.random.default_rng(HUES[name] + 1).normal(size=DIMENSIONS)
    return np.asarray(drawn / np.linalg.norm(drawn), dtype=np.float32)


def template(name: str) -> bytes:
    """Give a person's template."""
    return bytes(encoded(portrait(name, SIDE)).astype("<f4").tobytes())


def drawn_engine(encoder: DrawnEncoder | None = None) -> Engine:
    """Give an engine for drawn people, whose operating points are made up."""
    points = (
        OperatingPoint(threshold=0.8, fmr=1e-5, fnmr=0.01),
        OperatingPoint(threshold=0.9, fmr=1e-6, fnmr=0.02),
    )
    return Engine(
        detector=DrawnDetector(),
        aligner=DrawnAligner(),
        encoder=encoder or DrawnEncoder(),
        operating=OperatingTable(
            engine=ENGINE,
            origin="made up",
            points=points,
            calibration=Calibration(slope=20.0, offset=-10.0),
        ),
    )


def walk(name: str, *, frames: int, top: int = 150, step: int = 8, left: int = 20) -> list[Image]:
    """Draw somebody who walks through the room."""
    return [room((name, left + step * number, top)) for number in range(frames)]


def write_video(path: Path, images: Iterable[Image], *, rate: float = 10.0) -> Path:
    """Write a video of JPEG pictures."""
    video: cv2.VideoWriter | None = None
    for image in images:
        if video is None:
            size = (image.shape[1], image.shape[0])
            codec = cv2.VideoWriter.fourcc(*"MJPG")
            video = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, codec, rate, size)
        video.write(image)
    if video is not None:
        video.release()
    return path


def empty(frames: int) -> Sequence[Image]:
    """Draw the room with nobody in it."""
    return [room()] * frames
