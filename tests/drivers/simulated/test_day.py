"""A written day is a whole recording, and its seed alone decides it."""

import gzip
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from drivers.simulated.day import write_day
from edge.config.recorded import load_recorded_settings
from edge.driver.recording import open_recording
from edge.errors import ConfigError, RecordingError
from tests.drivers.simulated.conftest import Written
from tests.drivers.simulated.reading import lines_of, truth_of, tshark


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_entry_point_names_the_writer() -> None:
    points = entry_points(group="store_edge.simulators")

    assert [point.load() for point in points] == [write_day]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    for folder in (first, second):
        write_day(folder, seed=3, visitors=12, hours=1.0)

    assert _digests(first) == _digests(second)


def test_another_seed_gives_other_bytes_in_every_file_but_the_settings(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    write_day(first, seed=3, visitors=40, hours=6.0)
    write_day(second, seed=4, visitors=40, hours=6.0)

    here, there = _digests(first), _digests(second)
    assert {name for name in here if here[name] == there[name]} == {"edge.toml"}


def test_the_day_opens_as_a_recording_with_settings_that_raise_no_warning(day: Written) -> None:
    recording = open_recording(day.folder)

    settings, warnings = load_recorded_settings(recording)

    assert warnings == ()
    assert settings.store.policy == "eu_strict"
    assert {door.name for door in settings.doors} == {"door-main", "door-side"}
    assert recording.truth is not None
    assert recording.seed is not None
    assert len(recording.sources) == 11


def test_every_file_of_the_folder_is_named_by_the_recording_or_the_summary(day: Written) -> None:
    recording = open_recording(day.folder)

    named = {source.file.path.name for source in recording.sources}
    named |= {"recording.toml", "edge.toml", "customers.jsonl", "truth.jsonl"}

    assert named == set(day.summary.files) == {path.name for path in day.folder.iterdir()}


def test_the_summary_counts_what_is_in_the_files(day: Written) -> None:
    summary = day.summary
    entered = truth_of(day.folder, "entered")
    counted = lines_of(day.folder / "counter-main.jsonl") + lines_of(
        day.folder / "counter-side.jsonl"
    )
    adverts = sum(
        len(tshark(path, "frame.number", only="bthci_evt.le_meta_subevent"))
        for path in day.folder.glob("*.btsnoop")
    )

    assert summary.visitors == 160 == len({line["person"] for line in entered})
    assert summary.visits == len(entered)
    assert summary.known_visits == sum("customer" in line for line in entered)
    assert summary.reachable_visits == sum(line.get("reachable", False) for line in entered)
    assert summary.denied_visits == len(truth_of(day.folder, "denied"))
    assert summary.door_lines == sum(line["line"] != "# alive" for line in counted)
    assert summary.associations == len(lines_of(day.folder / "wifi-guests.jsonl"))
    assert summary.adverts == adverts


def test_progress_rises_to_one(day: Written) -> None:
    assert day.progress == sorted(day.progress)
    assert all(0 <= share <= 1 for share in day.progress)
    assert day.progress[-1] == 1.0
    assert len(day.progress) > 3


def test_a_busier_street_gives_as_many_probe_requests_as_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "busy"

    summary = write_day(folder, seed=1, visitors=5, hours=1.0, probe_frames=30_000)

    packets = tshark(folder / "radar-entrance.pcap.gz", "frame.number")
    assert 30_000 <= summary.probe_frames < 30_050
    assert len(packets) == summary.probe_frames + summary.other_frames + summary.damaged_frames


def test_a_quiet_wish_leaves_the_frames_that_visitors_send(tmp_path: Path) -> None:
    natural = write_day(tmp_path / "natural", seed=1, visitors=5, hours=1.0)
    asked = write_day(tmp_path / "asked", seed=1, visitors=5, hours=1.0, probe_frames=10)

    assert asked.probe_frames == natural.probe_frames > 10


def test_a_day_begins_when_it_is_told_to(tmp_path: Path) -> None:
    started = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)

    summary = write_day(tmp_path / "summer", seed=1, visitors=4, hours=2.0, started=started)

    recording = open_recording(tmp_path / "summer")
    entered = truth_of(tmp_path / "summer", "entered")
    assert summary.started == started
    assert recording.started == int(started.timestamp()) * 10**9
    assert recording.ended - recording.started == 2 * 3600 * 10**9
    assert all(0 < line["t"] - started.timestamp() < 7200 for line in entered)


def test_the_capture_carries_no_time_of_writing(day: Written) -> None:
    packed = (day.folder / "radar-entrance.pcap.gz").read_bytes()

    assert packed[4:8] == bytes(4)
    assert gzip.decompress(packed)[:4] == b"\xd4\xc3\xb2\xa1"


def test_a_recording_is_never_written_over(day: Written) -> None:
    before = _digests(day.folder)

    with pytest.raises(RecordingError, match="name another folder"):
        write_day(day.folder, seed=7, visitors=160)

    assert _digests(day.folder) == before


@pytest.mark.parametrize(
    ("visitors", "hours", "probe_frames"),
    [(0, 12.0, None), (-3, 12.0, None), (10, 0.1, None), (10, 25.0, None), (10, 12.0, -1)],
)
def test_figures_out_of_range_are_refused_before_anything_is_written(
    tmp_path: Path, visitors: int, hours: float, probe_frames: int | None
) -> None:
    folder = tmp_path / "none"

    with pytest.raises(ConfigError, match="give"):
        write_day(folder, seed=1, visitors=visitors, hours=hours, probe_frames=probe_frames)

    assert not folder.exists()


@pytest.mark.parametrize("visitors", [1, 2, 3])
def test_the_smallest_store_has_a_day_too(tmp_path: Path, visitors: int) -> None:
    summary = write_day(tmp_path / "small", seed=visitors, visitors=visitors, hours=0.25)

    assert summary.visitors == visitors
    assert open_recording(tmp_path / "small").sources
