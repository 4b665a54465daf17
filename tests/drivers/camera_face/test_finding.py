"""The packaged detector finds faces where they are, and nothing where nobody is."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera_face.align import DLIB, MeshAligner
from drivers.camera_face.blazeface import BlazeFace, open_detector
from drivers.camera_face.blazeface_net import Candidates, anchors
from drivers.camera_face.face import Box, Face, Image
from drivers.camera_face.geometry import cut, fitted, inverse, moved, upright_square
from drivers.camera_face.labelled import meant, read_image
from drivers.camera_face.merging import distinct
from drivers.camera_face.mesh import open_mesh
from drivers.camera_face.views import views
from tests.drivers.camera_face.portrait import portrait

HER_EYES = (290.0, 103.0)
"""Middle of her eyes in the portrait's 640 x 480, read off the picture."""
MOST_MISSED = 0.005


@pytest.fixture(scope="module")
def detector() -> BlazeFace:
    return open_detector()


def middle_of_the_eyes(face: Face) -> tuple[float, float]:
    (rx, ry), (lx, ly) = face.right_eye, face.left_eye
    return (rx + lx) / 2, (ry + ly) / 2


def near(face: Face, place: Sequence[float], px: float) -> bool:
    x, y = middle_of_the_eyes(face)
    return abs(x - place[0]) <= px and abs(y - place[1]) <= px


def test_one_face_is_found_once_and_where_it_is(detector: BlazeFace) -> None:
    (face,) = detector.find(portrait())

    assert near(face, HER_EYES, 0.2 * face.eye_distance_px)
    assert face.right_eye[0] < face.nose[0] < face.left_eye[0]
    assert face.nose[1] < face.mouth[1]
    assert face.score > 0.8


@pytest.mark.parametrize("shape", [(480, 640), (720, 1280), (1280, 720), (7, 5), (1, 1)])
def test_nobody_is_found_in_an_empty_picture(detector: BlazeFace, shape: tuple[int, int]) -> None:
    assert detector.find(np.full((*shape, 3), 90, np.uint8)) == ()


@pytest.mark.parametrize("eye_distance_px", [25, 42, 70])
def test_a_face_is_found_near_and_far(detector: BlazeFace, eye_distance_px: int) -> None:
    (at_hand,) = detector.find(portrait())
    scale = eye_distance_px / at_hand.eye_distance_px
    frame = np.full((480, 640, 3), 90, np.uint8)
    small = cv2.resize(portrait(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = min(480, small.shape[0]), min(640, small.shape[1])
    frame[:height, :width] = small[:height, :width]

    (face,) = detector.find(frame)

    x, y = middle_of_the_eyes(at_hand)
    assert near(face, (x * scale, y * scale), 0.2 * eye_distance_px)


@pytest.mark.parametrize("left", [0, 320, 640])
def test_a_wide_picture_is_looked_at_all_over(detector: BlazeFace, left: int) -> None:
    wide = np.full((480, 1280, 3), 90, np.uint8)
    wide[:, left : left + 640] = portrait()

    (face,) = detector.find(wide)

    assert near(face, (HER_EYES[0] + left, HER_EYES[1]), 0.25 * face.eye_distance_px)


def test_two_faces_are_found_as_two(detector: BlazeFace) -> None:
    both = np.hstack([portrait(), portrait()])

    faces = detector.find(both)

    assert len(faces) == 2


def test_hardly_any_portrait_is_missed(detector: BlazeFace, captures: Path) -> None:
    files = sorted((captures / "faces" / "people").glob("*/*.jpg"))[::7]
    if not files:
        pytest.skip("there are no portraits on this machine")

    images = [read_image(file) for file in files]
    missed = [image for image in images if meant(image, detector.find(image)) is None]

    assert len(missed) <= MOST_MISSED * len(files)


@pytest.mark.parametrize(("shape", "count"), [((480, 640), 1), ((720, 1280), 2), ((400, 100), 4)])
def test_the_squares_of_a_long_picture_cover_it(shape: tuple[int, int], count: int) -> None:
    squares = list(views(np.zeros((*shape, 3), np.uint8), side=256))

    assert len(squares) == count
    corners = np.array([[0.0, 0.0], [256.0, 256.0]])
    covered = np.concatenate([moved(corners, view.back) for view in squares])
    assert (covered.min(axis=0) <= 1).all()
    assert (covered.max(axis=0) >= np.array([shape[1], shape[0]]) - 1).all()


def test_anchors_come_in_the_order_of_the_network() -> None:
    places = anchors()

    assert places.shape == (896, 2)
    assert places[0].tolist() == places[1].tolist() == [1 / 32, 1 / 32]
    assert places[2].tolist() == [3 / 32, 1 / 32]
    assert places[-1].tolist() == [15 / 16, 15 / 16]


def candidates(*boxes: tuple[float, float, float, float]) -> Candidates:
    """Give candidates by centre, side and score."""
    pairs = [[(x, y), (side, side), *[(x, y)] * 6] for x, y, side, _ in boxes]
    return Candidates(pairs=np.array(pairs, float), scores=np.array([box[3] for box in boxes]))


def test_candidates_that_overlap_become_one_face_between_them() -> None:
    (face,) = distinct(candidates((100, 100, 40, 0.9), (104, 100, 40, 0.3)))

    assert face.box.left + face.box.width / 2 == pytest.approx(101)
    assert face.score == pytest.approx(0.9)


def test_candidates_apart_stay_apart_surest_first() -> None:
    faces = list(distinct(candidates((100, 100, 40, 0.6), (300, 100, 40, 0.9))))

    assert [face.score for face in faces] == [0.9, 0.6]


def test_a_candidate_without_any_size_is_still_left_once() -> None:
    assert len(list(distinct(candidates((10, 10, 0, 0.9), (10, 10, 0, 0.8))))) == 2


def turned(image: Image, degrees: float, about: tuple[float, float]) -> Image:
    by = cv2.getRotationMatrix2D(about, degrees, 1.0)
    return np.asarray(cv2.warpAffine(image, by, (image.shape[1], image.shape[0])), np.uint8)


def test_a_tilted_face_is_turned_upright(detector: BlazeFace) -> None:
    aligner = MeshAligner(DLIB, open_mesh())
    straight, tilted = portrait(), turned(portrait(), 20, HER_EYES)
    (before,), (after,) = detector.find(straight), detector.find(tilted)

    upright = aligner.chip(straight, before).astype(float)
    again = aligner.chip(tilted, after).astype(float)

    assert np.abs(upright - again)[30:120, 30:120].mean() < 12
    assert np.abs(upright - straight[:150, :150])[30:120, 30:120].mean() > 25


def test_without_a_mesh_the_detectors_points_align() -> None:
    blank = np.full((200, 200, 3), 128, np.uint8)
    eyes = [(80.0, 80.0), (120.0, 80.0), (100.0, 105.0), (100.0, 125.0)]
    face = Face(
        box=Box(left=55, top=50, width=90, height=90),
        score=0.9,
        right_eye=eyes[0],
        left_eye=eyes[1],
        nose=eyes[2],
        mouth=eyes[3],
    )

    chip = MeshAligner(DLIB, open_mesh()).chip(blank, face)

    assert chip.shape == (150, 150, 3)
    assert (chip[40:110, 40:110] == 128).all()


def test_a_fit_takes_points_onto_others() -> None:
    here = np.array([(0.0, 0.0), (10.0, 0.0), (0.0, 5.0)])
    turn = np.array([(0.0, -2.0), (2.0, 0.0)])
    there = here @ turn.T + np.array([3.0, 4.0])

    assert np.allclose(moved(here, fitted(here, there)), there)
    assert np.allclose(moved(there, inverse(fitted(here, there))), here)


def test_what_lies_outside_the_picture_is_black() -> None:
    white = np.full((50, 50, 3), 255, np.uint8)
    face = Face(
        box=Box(left=-20, top=-20, width=40, height=40),
        score=0.9,
        right_eye=(-10.0, -5.0),
        left_eye=(10.0, -5.0),
        nose=(0.0, 0.0),
        mouth=(0.0, 10.0),
    )

    chip = cut(white, upright_square(face, factor=1.0).into(40), side=40)

    assert chip[5, 5].tolist() == [0, 0, 0]
    assert chip[35, 35].tolist() == [255, 255, 255]
