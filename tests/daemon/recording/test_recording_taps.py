"""People counted by hand are a recording's truth."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from edge.cli.scoring.truth import read_truth
from edge.daemon.recording_taps import Count, Tap, add_tap
from edge.driver.recording import MANIFEST
from edge.errors import RecordingError
from tests.daemon.live.kit import START, Hands


@pytest.fixture
def day(tmp_path: Path) -> Path:
    (tmp_path / MANIFEST).touch()
    return tmp_path


def people(day: Path) -> list[tuple[str, str]]:
    lines = (day / "truth.jsonl").read_bytes().splitlines()
    told = [msgspec.json.decode(line) for line in lines]
    return [(line["kind"], line["person"]) for line in told]


def test_taps_are_the_truth_that_a_score_reads(day: Path) -> None:
    hands = Hands()
    clock = hands.clock()
    for tap, then_s in ((Tap.ENTERED, 30), (Tap.ENTERED, 60), (Tap.LEFT, 0)):
        count = add_tap(day, tap, clock=clock)
        hands.turn(then_s)

    truth = read_truth(day / "truth.jsonl")

    start_ms = START // 1_000_000
    assert count == Count(entered=2, left=1)
    assert count.inside == 1
    assert [(stay.entered_ms, stay.left_ms) for stay in truth.stays] == [
        (start_ms, start_ms + 90_000),
        (start_ms + 30_000, None),
    ]


def test_who_came_in_first_is_taken_to_leave_first(day: Path) -> None:
    clock = Hands().clock()

    for tap in (Tap.ENTERED, Tap.ENTERED, Tap.LEFT, Tap.ENTERED, Tap.LEFT):
        add_tap(day, tap, clock=clock)

    assert people(day) == [
        ("entered", "tap-1"),
        ("entered", "tap-2"),
        ("left", "tap-1"),
        ("entered", "tap-3"),
        ("left", "tap-2"),
    ]


def test_who_leaves_an_empty_store_was_there_before(day: Path) -> None:
    clock = Hands().clock()
    add_tap(day, Tap.LEFT, clock=clock)
    add_tap(day, Tap.ENTERED, clock=clock)

    truth = read_truth(day / "truth.jsonl")

    assert people(day) == [("left", "tap-1"), ("entered", "tap-2")]
    assert truth.inside_before == 1


def test_people_at_several_doors_count_at_once(day: Path) -> None:
    clock = Hands().clock()

    with ThreadPoolExecutor(4) as doors:
        list(doors.map(lambda _: add_tap(day, Tap.ENTERED, clock=clock), range(40)))

    assert sorted(people(day)) == sorted(("entered", f"tap-{number}") for number in range(1, 41))


def test_lines_of_others_are_left_as_they_are_and_a_torn_one_takes_nothing_with_it(
    day: Path,
) -> None:
    other = b'{"t":1.0,"kind":"occupancy","people":3}\n{"t":2.0,"ki'
    (day / "truth.jsonl").write_bytes(other)

    add_tap(day, Tap.ENTERED, clock=Hands().clock())

    content = (day / "truth.jsonl").read_bytes()
    assert content.startswith(other + b"\n")
    assert content.endswith(b'"kind":"entered","person":"tap-1"}\n')


def test_only_this_user_may_read_the_truth(day: Path) -> None:
    add_tap(day, Tap.ENTERED, clock=Hands().clock())

    assert stat.S_IMODE((day / "truth.jsonl").stat().st_mode) == 0o600


def test_a_folder_without_a_recording_is_not_counted_for(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="edge record FOLDER"):
        add_tap(tmp_path, Tap.ENTERED, clock=Hands().clock())
