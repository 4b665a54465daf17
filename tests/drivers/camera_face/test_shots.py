"""Of a face in view a few pictures are kept, for two seconds, and overwritten afterwards (R6)."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera_face.face import Face
from drivers.camera_face.shots import KEPT_NS, MOST, Shot, Shots, cut_out, moved
from tests.drivers.camera_face.drawn import face_at, room


def shot(quality: float, at_ns: int) -> Shot:
    return cut_out(room(("ada", 100, 100)), face_at(100, 100), quality=quality, at_ns=at_ns)


def test_the_best_pictures_are_kept_and_the_others_overwritten() -> None:
    shots = Shots()
    taken = [shot(quality / 10, at_ns=quality) for quality in (3, 9, 1, 5, 7, 2, 8)]

    for one in taken:
        shots.add(one)

    assert [one.quality for one in shots.best()] == [0.9, 0.8, 0.7, 0.5, 0.3]
    assert len(shots) == MOST
    assert [one.quality for one in taken if not one.image.any()] == [0.1, 0.2]


def test_a_picture_of_two_seconds_is_overwritten() -> None:
    shots = Shots()
    old, new = shot(0.9, 0), shot(0.5, 1)
    shots.add(old)
    shots.add(new)

    shots.age(KEPT_NS)

    assert shots.best() == (new,)
    assert not old.image.any()


def test_what_is_forgotten_is_overwritten() -> None:
    shots = Shots()
    only = shot(0.9, 0)
    shots.add(only)

    shots.forget()

    assert len(shots) == 0
    assert not only.image.any()


def test_a_picture_is_a_copy_of_the_part_around_the_face() -> None:
    image = room(("ada", 100, 100))

    cut = cut_out(image, face_at(100, 100), quality=1.0, at_ns=0)
    image.fill(0)

    height, width = cut.image.shape[:2]
    assert height == width == 80 * 2.2 + 1
    left, top = round(cut.face.box.left), round(cut.face.box.top)
    assert cut.image[top + 40, left + 40].any()


@given(left=st.integers(-200, 800), top=st.integers(-200, 600), size=st.integers(1, 600))
def test_a_face_over_the_edge_is_cut_at_the_edge(left: int, top: int, size: int) -> None:
    cut = cut_out(
        np.ones((480, 640, 3), np.uint8), face_at(left, top, size=size), quality=1, at_ns=0
    )

    assert cut.image.shape[0] <= 480
    assert cut.image.shape[1] <= 640


@given(right=st.integers(-500, 500), scale=st.floats(0.25, 4))
def test_a_moved_face_keeps_its_shape(right: int, scale: float) -> None:
    face = face_at(10, 20)

    found: Face = moved(face, right, 7, scale=scale)

    assert np.isclose(found.eye_distance_px, face.eye_distance_px * scale)
    assert np.isclose(found.box.left, 10 * scale + right)
    assert np.isclose(found.nose[1], face.nose[1] * scale + 7)
