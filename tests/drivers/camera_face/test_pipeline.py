"""From frames to faces on offer, and from an offer to a match: a track at a time."""

import msgspec
import numpy as np
import pytest

from drivers.camera_face.face import Image
from drivers.camera_face.pipeline import Pipeline, Seen
from edge.driver.faces import Gallery, Template
from edge.errors import ConfigError
from tests.drivers.camera_face.drawn import (
    ENGINE,
    DrawnEncoder,
    drawn_engine,
    empty,
    portrait,
    room,
    template,
    walk,
)

FRAME_NS = 100_000_000


class Film:
    """A pipeline and the time of the next frame."""

    def __init__(self) -> None:
        self.encoder = DrawnEncoder()
        self.engine = drawn_engine(self.encoder)
        self.pipeline = Pipeline(self.engine)
        self.at_ns = 0

    def show(self, *images: Image) -> list[Seen]:
        seen = []
        for image in images:
            seen.append(self.pipeline.step(image.copy(), self.at_ns))
            self.at_ns += FRAME_NS
        return seen

    @property
    def looks(self) -> int:
        return int(self.engine.detector.calls)  # type: ignore[attr-defined] # the drawn one


def gallery(*people: str, engine: str = ENGINE) -> Gallery:
    templates = tuple(Template(vector=template(one), quality=0.9) for one in people)
    return Gallery(engine=engine, templates=templates, target_fpir=0.001)


def offered(seen: list[Seen]) -> list[int]:
    return [number for one in seen for number in one.offered]


def test_a_face_is_offered_as_soon_as_three_pictures_are_fit() -> None:
    film = Film()

    seen = film.show(*empty(5), *walk("ada", frames=4))

    assert [one.offered for one in seen[-4:]] == [(), (), (1,), ()]


def test_a_face_in_view_is_offered_again_every_half_second_as_the_same_one() -> None:
    film = Film()

    seen = film.show(*walk("ada", frames=24))

    assert offered(seen) == [1] * 5


def test_two_people_in_view_are_two_tracks() -> None:
    film = Film()

    seen = film.show(*[room(("ada", 50, 100), ("ben", 400, 100))] * 4)

    assert sorted(set(offered(seen))) == [1, 2]


def test_nothing_is_encoded_before_somebody_asks_with_a_gallery() -> None:
    film = Film()

    film.show(*walk("ada", frames=30))

    assert film.encoder.calls == 0


def test_a_track_is_matched_with_the_slot_of_its_person() -> None:
    film = Film()
    film.show(*walk("ben", frames=6))

    match = film.pipeline.compare(1, gallery("ada", "ben", "cleo"))

    assert match is not None
    assert match.slot == 1
    assert match.score == pytest.approx(1.0, abs=1e-3)
    assert match.llr > 0
    assert 0 < match.quality <= 1
    assert film.encoder.faces == 5


def test_a_stranger_matches_nobody_and_everything_made_of_them_is_overwritten() -> None:
    made: list[np.ndarray] = []
    film = Film()
    film.encoder = DrawnEncoder(made.append)
    film.pipeline = Pipeline(drawn_engine(film.encoder))
    film.show(*walk("dan", frames=6))

    match = film.pipeline.compare(1, gallery("ada", "ben"))

    assert match is None
    assert not made[0].any()
    assert film.encoder.calls == 2  # the second one writes over the run-time's own buffers
    assert film.encoder.faces == 5


def test_a_face_out_of_view_is_gone_and_cannot_be_compared() -> None:
    film = Film()
    film.show(*walk("ada", frames=6))

    seen = film.show(*empty(12))
    match = film.pipeline.compare(1, gallery("ada"))

    assert [one.gone for one in seen if one.gone] == [(1,)]
    assert match is None
    assert film.encoder.calls == 0


def test_a_gallery_of_another_engine_is_refused() -> None:
    film = Film()
    film.show(*walk("ada", frames=6))

    with pytest.raises(ConfigError, match="template"):
        film.pipeline.compare(1, gallery("ada", engine="another"))

    assert film.encoder.calls == 0


@pytest.mark.parametrize("vector", [template("ada")[:256], template("ada") * 2, bytes(512)])
def test_a_template_that_holds_no_face_takes_the_match_from_nobody_else(vector: bytes) -> None:
    film = Film()
    (number,) = offered(film.show(*empty(5), *walk("ben", frames=4)))
    broken = Template(vector=vector, quality=0.9)

    both = msgspec.structs.replace(gallery("ben"), templates=(broken, *gallery("ben").templates))
    match = film.pipeline.compare(number, both)

    assert match is not None
    assert match.slot == 1
    with pytest.raises(ConfigError, match="does not hold 128 numbers"):
        film.pipeline.compare(number, msgspec.structs.replace(both, templates=(broken,)))


def test_a_face_too_small_to_be_sure_of_is_not_offered_and_the_reason_is_counted() -> None:
    film = Film()
    image = room()
    image[100:130, 100:130] = portrait("ada", 30)

    seen = film.show(*[image] * 20)

    assert offered(seen) == []
    assert {reason for one in seen for reason in one.unfit} == {"too_far"}


def test_in_a_still_room_faces_are_looked_for_once_a_second() -> None:
    film = Film()

    film.show(*empty(100))

    assert film.looks <= 32  # the background is learnt first, for two seconds


def test_where_the_budget_is_small_faces_are_found_in_half_the_picture() -> None:
    film = Film()
    film.pipeline.scale = 0.5

    film.show(*walk("ada", frames=6))
    match = film.pipeline.compare(1, gallery("ada", "ben"))

    assert match is not None
    assert match.slot == 0


def test_no_picture_outlives_two_seconds_although_its_face_stays() -> None:
    film = Film()
    film.show(*walk("ada", frames=3))
    (track,) = film.pipeline._tracks
    old = [shot.image for shot in track.shots.best()]

    turned = room(("ada", 60, 150))
    turned[150:230, 60:140] = turned[150:230, 60:140] // 6  # too dark to be kept
    film.show(*[turned] * 25)

    assert len(track.shots) == 0
    assert not any(image.any() for image in old)


def test_forgetting_overwrites_every_picture() -> None:
    film = Film()
    film.show(*walk("ada", frames=3))
    (track,) = film.pipeline._tracks
    images = [shot.image for shot in track.shots.best()]

    film.pipeline.forget()

    assert images
    assert not any(image.any() for image in images)
