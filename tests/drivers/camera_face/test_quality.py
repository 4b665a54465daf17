"""A face is judged, and whoever stands there hears what to do."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera_face.face import Box, Face, Image
from drivers.camera_face.quality import (
    TEXTS,
    Reason,
    Use,
    judge,
    nobody,
    roll_deg_of,
    yaw_of,
)
from tests.drivers.camera_face.drawn import face_at, portrait, room

STRAIGHT = face_at(200, 150, size=100)


def frame(name: str = "ada") -> Image:
    return room((name, 200, 150), size=100)


def reasons(image: Image, face: Face, use: Use = Use.DOOR) -> set[Reason]:
    return set(judge(image, face, use=use).reasons)


def test_a_good_face_is_fit_for_everything() -> None:
    for use in Use:
        verdict = judge(frame(), STRAIGHT, use=use)

        assert verdict.is_fit
        assert verdict.quality > 0.8


def test_a_face_too_far_away_is_asked_to_come_closer() -> None:
    far = face_at(200, 150, size=45)

    assert Reason.TOO_FAR in reasons(room(("ada", 200, 150), size=45), far)


def test_enrolment_asks_for_more_than_the_door() -> None:
    face = face_at(200, 150, size=60)
    image = room(("ada", 200, 150), size=60)

    assert Reason.TOO_FAR not in reasons(image, face)
    assert Reason.TOO_FAR in reasons(image, face, Use.ENROLMENT)


def test_a_blurred_face_is_asked_to_hold_still() -> None:
    assert Reason.BLURRED in reasons(cv2.GaussianBlur(frame(), (0, 0), 12), STRAIGHT)


@pytest.mark.parametrize(
    ("factor", "added", "reason"),
    [(0.2, 0, Reason.DARK), (0.3, 200, Reason.BRIGHT), (0.2, 90, Reason.FLAT)],
)
def test_light_that_hides_the_face_is_named(factor: float, added: int, reason: Reason) -> None:
    image = (frame() * factor + added).clip(0, 255).astype(np.uint8)

    assert reason in reasons(image, STRAIGHT)


def test_a_turned_head_is_asked_to_look_at_the_camera() -> None:
    turned = replace(STRAIGHT, nose=(STRAIGHT.right_eye[0] - 2, STRAIGHT.nose[1]))

    assert Reason.TURNED in reasons(frame(), turned)


def test_a_tilted_head_is_asked_to_straighten() -> None:
    tilted = replace(STRAIGHT, left_eye=(STRAIGHT.left_eye[0], STRAIGHT.left_eye[1] + 35))

    assert Reason.TILTED in reasons(frame(), tilted)


def test_a_face_cut_off_by_the_edge_is_named() -> None:
    assert Reason.CUT_OFF in reasons(frame(), face_at(-60, 150, size=100))


def test_what_is_hardly_a_face_is_named() -> None:
    assert Reason.UNSURE in reasons(frame(), replace(STRAIGHT, score=0.79))


def test_several_people_can_not_be_enrolled_at_once() -> None:
    alone = judge(frame(), STRAIGHT, use=Use.ENROLMENT, faces=2)
    at_the_door = judge(frame(), STRAIGHT, use=Use.DOOR, faces=2)

    assert alone.reasons[0] is Reason.SEVERAL
    assert at_the_door.is_fit


def test_a_picture_without_a_face_says_so() -> None:
    assert nobody().reasons == (Reason.NOBODY,)
    assert not nobody().is_fit


def test_every_reason_says_what_to_do() -> None:
    assert set(TEXTS) == set(Reason)
    assert all(TEXTS.values())


def test_a_face_that_is_less_good_counts_for_less() -> None:
    good = judge(frame(), STRAIGHT, use=Use.DOOR).quality

    for worse in (
        judge(room(("ada", 200, 150), size=50), face_at(200, 150, size=50), use=Use.DOOR),
        judge(cv2.GaussianBlur(frame(), (0, 0), 12), STRAIGHT, use=Use.DOOR),
        judge(frame(), replace(STRAIGHT, score=0.5), use=Use.DOOR),
    ):
        assert 0 <= worse.quality < good


def test_turning_the_picture_turns_the_roll_and_not_the_yaw() -> None:
    by = cv2.getRotationMatrix2D((0, 0), -30, 1.0)
    nose = (STRAIGHT.nose[0] + 10, STRAIGHT.nose[1])
    face = replace(STRAIGHT, nose=nose)
    points = np.array([face.right_eye, face.left_eye, face.nose])
    right, left, tip = (points @ by[:, :2].T + by[:, 2]).tolist()
    turned = replace(face, right_eye=tuple(right), left_eye=tuple(left), nose=tuple(tip))

    assert yaw_of(turned) == pytest.approx(yaw_of(face))
    assert roll_deg_of(turned) == pytest.approx(30)


PLACES = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@settings(deadline=None)  # the machine may be busy
@given(st.tuples(PLACES, PLACES, PLACES, PLACES), st.floats(0, 1e4), st.floats(0, 1))
def test_any_face_is_judged(
    points: tuple[tuple[float, float], ...], side: float, score: float
) -> None:
    right, left, nose, mouth = points
    face = Face(
        box=Box(left=right[0], top=right[1], width=side, height=side),
        score=score,
        right_eye=right,
        left_eye=left,
        nose=nose,
        mouth=mouth,
    )

    verdict = judge(portrait("ben", 40), face, use=Use.ENROLMENT)

    assert 0 <= verdict.quality <= 1
