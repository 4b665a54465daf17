"""This is where a labelled set of pictures is read and encoded: a folder for each person.

An optional `groups.csv` beside the folders names a group for each person (`person,group`), for
the report on how an engine treats groups of people. Such a set holds faces of volunteers: it stays
where it lies, and nothing but rates is written down.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera_face.engine import Engine
from drivers.camera_face.face import Face, Image, Vectors
from drivers.camera_face.quality import Use, judge
from edge.errors import ConfigError

GROUPS: Final = "groups.csv"
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One file, and who is on it."""

    path: Path
    person: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """What an engine made of a set's pictures."""

    people: NDArray[np.int64]
    """A number for each picture's person."""
    vectors: Vectors
    """A row for each picture; zeros where no face was acquired."""
    qualities: NDArray[np.float64]
    """0 where no face was acquired."""

    @property
    def is_acquired(self) -> NDArray[np.bool_]:
        """Whether a face was found in each picture."""
        return np.asarray(self.vectors.any(axis=1), np.bool_)


def read_people(folder: Path) -> tuple[Picture, ...]:
    """List the pictures of a set, by person and name.

    Raises: ConfigError when the folder has none.
    """
    pictures = tuple(
        Picture(path=path, person=path.parent.name)
        for path in sorted(folder.glob("*/*"))
        if path.suffix.lower() in SUFFIXES
    )
    if not pictures:
        raise ConfigError(
            "there are no labelled pictures",
            where=str(folder),
            remedy="give each person a folder in it, with that person's pictures",
        )
    return pictures


def read_groups(folder: Path) -> dict[str, str]:
    """Give each person's group; empty where the set names none.

    Raises: ConfigError when groups.csv lacks a column.
    """
    path = folder / GROUPS
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not {"person", "group"} <= set(rows.fieldnames or ()):
            raise ConfigError(
                "cannot read the groups",
                where=str(path),
                why="it lacks the column person or group",
                remedy="begin it with the line: person,group",
            )
        return {row["person"]: row["group"] for row in rows}


def numbered(pictures: Sequence[Picture]) -> NDArray[np.int64]:
    """Give each picture its person's number, in the order of the names."""
    names = sorted({picture.person for picture in pictures})
    places = {name: place for place, name in enumerate(names)}
    return np.array([places[picture.person] for picture in pictures], np.int64)


def read_image(path: Path) -> Image:
    """Read a picture.

    Raises: ConfigError when it is none.
    """
    image = cv2.imread(str(path))
    if image is None:
        raise ConfigError(
            "cannot read a picture of the labelled set",
            where=str(path),
            remedy="take it out of the folder, or save it as JPEG or PNG",
        )
    return np.asarray(image, np.uint8)


def meant(image: Image, faces: Sequence[Face]) -> Face | None:
    """Give the face nearest the middle: who else is in the picture stands around it."""
    height, width = image.shape[:2]

    def off(face: Face) -> float:
        box = face.box
        across = box.left + box.width / 2 - width / 2
        down = box.top + box.height / 2 - height / 2
        return float(abs(across) + abs(down))

    return min(faces, key=off, default=None)


def encode_people(
    engine: Engine, pictures: Sequence[Picture], *, tick: Callable[[], None]
) -> Encoded:
    """Encode one face of each picture; `tick` is called after each."""
    vectors = np.zeros((len(pictures), engine.dimensions), np.float32)
    qualities = np.zeros(len(pictures))
    for place, picture in enumerate(pictures):
        image = read_image(picture.path)
        face = meant(image, engine.find(image))
        if face is not None:
            (chip,) = engine.cut(image, [face])
            vectors[place] = engine.encode(chip[None])[0]
            qualities[place] = judge(image, face, use=Use.DOOR).quality
        tick()
    return Encoded(people=numbered(pictures), vectors=vectors, qualities=qualities)


def encode_folder(
    engine: Engine, folder: Path, *, tick: Callable[[], None]
) -> tuple[Encoded, dict[int, str]]:
    """Read and encode a set; also gives the group of each person's number, where it names one.

    Raises: ConfigError when the folder has no pictures, or they or the groups cannot be read.
    """
    pictures, groups = read_people(folder), read_groups(folder)
    encoded = encode_people(engine, pictures, tick=tick)
    by_number = {
        int(number): groups[picture.person]
        for number, picture in zip(encoded.people, pictures, strict=True)
        if picture.person in groups
    }
    return encoded, by_number
