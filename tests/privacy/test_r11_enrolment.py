"""R11: nobody is enrolled from pictures that are not fit; each refusal says what to do."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.face import Image
from drivers.camera_face.opening import open_engine
from drivers.camera_face.operating_table import OperatingPoint, OperatingTable
from drivers.camera_face.options import model_cache
from drivers.camera_face.quality import TEXTS, Reason
from drivers.camera_face.sitting import LEAST, FaceSitting, consistent_at, same_at
from edge.errors import ConfigError

FACE_AT = (220, 120)
"""In the public-domain portrait, 512 pixels wide."""


def portrait() -> Image:
    return np.ascontiguousarray(cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR))


def far_away(image: Image) -> Image:
    small = cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(small, 190, 190, 190, 190, cv2.BORDER_CONSTANT))


def tilted(image: Image) -> Image:
    turn = cv2.getRotationMatrix2D(FACE_AT, 35, 1)
    return np.asarray(cv2.warpAffine(image, turn, (512, 512)))


def dim(image: Image) -> Image:
    return np.asarray(image * 0.12, np.uint8)


def foggy(image: Image) -> Image:
    return np.asarray(image * 0.06 + 120, np.uint8)


def shaken(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 2.5), np.uint8)


def two_people(image: Image) -> Image:
    return np.hstack([image, image])


def empty(image: Image) -> Image:
    return np.full_like(image, 120)


def half_a_face(image: Image) -> Image:
    return image[:, 225:]


BAD: dict[str, tuple[Callable[[Image], Image], set[Reason]]] = {
    "far away": (far_away, {Reason.TOO_FAR}),
    "tilted": (tilted, {Reason.TILTED}),
    "dim": (dim, {Reason.DARK}),
    "foggy": (foggy, {Reason.FLAT}),
    "shaken": (shaken, {Reason.BLURRED}),
    "two people": (two_people, {Reason.SEVERAL}),
    "empty": (empty, {Reason.NOBODY}),
    "half a face": (half_a_face, {Reason.NOBODY, Reason.CUT_OFF, Reason.UNSURE, Reason.TURNED}),
}
"""What was done to a good picture, and the reasons one of which has to be given."""


@pytest.fixture(scope="module")
def sitting() -> FaceSitting:
    return FaceSitting(open_engine(EngineOptions(), cache=model_cache(os.environ)))


@pytest.fixture(autouse=True)
def _empty_seat(sitting: FaceSitting) -> None:
    sitting.close()


def good_pictures(count: int) -> list[Image]:
    """Give pictures of one person that differ as those of one sitting do."""
    whole = portrait()
    return [np.ascontiguousarray(whole[number:, 2 * number :]) for number in range(count)]


@pytest.mark.parametrize("how", sorted(BAD))
def test_a_picture_that_is_not_fit_is_refused_with_a_reason_to_act_on(
    sitting: FaceSitting, how: str
) -> None:
    spoil, expected = BAD[how]

    judged = sitting.take(np.ascontiguousarray(spoil(portrait())))

    assert {Reason(code) for code in judged.reasons} & expected
    assert judged.advice == TEXTS[Reason(judged.reasons[0])]


def test_every_reason_says_what_a_person_can_do() -> None:
    assert set(TEXTS) == set(Reason)
    assert all(text and text[0].islower() for text in TEXTS.values())


@pytest.mark.parametrize("count", range(LEAST))
def test_fewer_than_three_fit_pictures_make_no_template(sitting: FaceSitting, count: int) -> None:
    for picture in good_pictures(count):
        assert sitting.take(picture).reasons == ()

    with pytest.raises(ConfigError, match=f"{count} of at least 3 pictures are fit"):
        sitting.make()


def test_pictures_that_are_not_fit_do_not_count(sitting: FaceSitting) -> None:
    for picture in good_pictures(LEAST - 1):
        sitting.take(picture)
    for spoil, _ in BAD.values():
        sitting.take(np.ascontiguousarray(spoil(portrait())))

    with pytest.raises(ConfigError, match="2 of at least 3"):
        sitting.make()


def test_one_picture_given_three_times_is_one_picture(sitting: FaceSitting) -> None:
    told = [sitting.take(portrait()).reasons for _ in range(LEAST)]

    assert told == [(), (Reason.REPEATED.value,), (Reason.REPEATED.value,)]
    with pytest.raises(ConfigError, match="1 of at least 3"):
        sitting.make()


def test_three_fit_pictures_of_one_person_make_one_template(sitting: FaceSitting) -> None:
    for picture in good_pictures(LEAST):
        sitting.take(picture)

    made = sitting.make()

    vector = np.frombuffer(made.vector, "<f4")
    assert (made.pictures, vector.shape) == (LEAST, (128,))
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)
    assert 0 < made.quality <= 1
    assert -1 < made.same_at < 1


def test_pictures_of_different_people_make_no_template(
    sitting: FaceSitting, captures: Path
) -> None:
    people = sorted((captures / "faces" / "people").glob("*/*_0001.jpg"))[:40]
    fit = [file for file in people if not sitting.look(file).reasons]
    sitting.close()
    for file in fit[:LEAST]:
        sitting.look(file)

    with pytest.raises(ConfigError, match="not all pictures are of the same person"):
        sitting.make()


def test_a_picture_is_overwritten_once_it_was_judged(sitting: FaceSitting) -> None:
    picture = portrait()

    sitting.take(picture)

    assert not picture.any()


def test_what_is_no_picture_is_named(sitting: FaceSitting, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")

    for name in ("notes.jpg", "nothing.jpg"):
        with pytest.raises(ConfigError, match="cannot read a picture"):
            sitting.look(tmp_path / name)


def table(*points: tuple[float, float]) -> OperatingTable:
    measured = tuple(
        OperatingPoint(threshold=threshold, fmr=fmr, fnmr=0.1) for threshold, fmr in points
    )
    return OperatingTable(engine="one", origin="drawn", points=measured)


def test_a_measured_engine_says_itself_when_two_faces_are_one() -> None:
    measured = table((0.90, 0.02), (0.93, 0.009), (0.96, 0.0001), (0.97, 0.00001))

    assert consistent_at(measured) == 0.93
    assert same_at(measured) == 0.96


def test_an_engine_that_nobody_measured_is_held_to_fixed_scores() -> None:
    assert consistent_at(table()) < same_at(table()) < 1
