"""Faces of successive pictures become tracks, one for each face in view."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.camera_face.tracking import GONE_NS, Tracks
from tests.drivers.camera_face.drawn import face_at

FRAME_NS = 100_000_000
PLACES = st.lists(
    st.lists(st.tuples(st.integers(-50, 700), st.integers(-50, 500)), max_size=6), max_size=30
)


def test_a_face_that_moves_stays_one_track() -> None:
    tracks = Tracks()

    numbers = {
        track.number
        for frame in range(30)
        for track, _ in tracks.follow([face_at(20 + 15 * frame, 100)], frame * FRAME_NS)
    }

    assert numbers == {1}


def test_two_faces_that_pass_each_other_at_a_distance_keep_their_tracks() -> None:
    tracks = Tracks()
    seen: dict[int, set[str]] = {}

    for frame in range(40):
        faces = {"right": face_at(10 * frame, 50), "left": face_at(400 - 10 * frame, 250)}
        found = tracks.follow(list(faces.values()), frame * FRAME_NS)
        for (track, face), name in zip(found, faces, strict=True):
            assert face is faces[name]
            seen.setdefault(track.number, set()).add(name)

    assert sorted(map(sorted, seen.values())) == [["left"], ["right"]]


def test_a_blink_of_the_detector_does_not_end_a_track() -> None:
    tracks = Tracks()

    ((first, _),) = tracks.follow([face_at(100, 100)], 0)
    tracks.follow([], 4 * FRAME_NS)
    gone = tracks.end(4 * FRAME_NS)
    ((again, _),) = tracks.follow([face_at(104, 100)], 5 * FRAME_NS)

    assert gone == ()
    assert again is first


def test_a_face_out_of_view_ends_and_whoever_comes_next_is_somebody_else() -> None:
    tracks = Tracks()

    ((first, _),) = tracks.follow([face_at(100, 100)], 0)
    gone = tracks.end(GONE_NS)
    ((second, _),) = tracks.follow([face_at(100, 100)], GONE_NS + FRAME_NS)

    assert gone == (first.number,)
    assert second.number != first.number
    assert tracks.find(first.number) is None


@given(frames=PLACES)
def test_every_face_has_a_track_of_its_own_in_every_frame(
    frames: list[list[tuple[int, int]]],
) -> None:
    tracks = Tracks()

    for frame, places in enumerate(frames):
        faces = [face_at(left, top) for left, top in places]
        found = tracks.follow(faces, frame * FRAME_NS)
        numbers = [track.number for track, _ in found]

        assert [face for _, face in found] == faces
        assert len(set(numbers)) == len(numbers)
        tracks.end(frame * FRAME_NS)
