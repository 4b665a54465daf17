"""`edge score` replays a recording, or takes a file of events, and shows the figures."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli.score import score
from edge.cli.scoring.run import seed_staff
from edge.errors import RecordingError
from tests.cli.tale import OPENING_S, Tale, cloud_event, truth_line

MANIFEST = """
format = 1
store = "toy-042"
timezone = "Europe/Berlin"
started = 2026-03-14T09:00:00Z
ended = 2026-03-14T10:00:00Z
settings = "edge.toml"

[[source]]
name = "door-1"
driver = "serial_line"
profile = "door-counter-csv"
file = "door-1.jsonl"
"""
SETTINGS = """
[store]
id = "toy-042"
timezone = "Europe/Berlin"

[[zone]]
name = "entrance"
kind = "entrance"

[[door]]
name = "main"
source = "door-1"
zone = "entrance"
"""
COME_S, GONE_S = (60, 300, 900), (1200, 1500, 2700)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A recording of one hour in which three people came and went."""
    passages = sorted([(at, "IN,1") for at in COME_S] + [(at, "OUT,1") for at in GONE_S])
    lines = [json.dumps({"t": OPENING_S + at, "line": line}) for at, line in passages]
    truth = [truth_line(at, "entered", person=at) for at in COME_S]
    truth += [
        truth_line(gone, "left", person=come) for come, gone in zip(COME_S, GONE_S, strict=True)
    ]
    (tmp_path / "recording.toml").write_text(MANIFEST)
    (tmp_path / "edge.toml").write_text(SETTINGS)
    (tmp_path / "door-1.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "truth.jsonl").write_bytes(b"\n".join(truth) + b"\n")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(score, [str(one) for one in arguments], catch_exceptions=False)


def test_a_recording_is_replayed_and_scored(recording: Path) -> None:
    result = run(recording, "--json")

    said = json.loads(result.stdout)
    assert result.exit_code == 0
    assert said["visits"]["true"]["value"] == 3
    assert said["visits"]["wape_hour"]["value"] == 0
    assert said["identity"]["overall"]["precision"]["value"] is None
    assert said["ledger"]["gaps"]["value"] == 0


def test_a_file_of_events_is_scored_instead(recording: Path) -> None:
    tale = Tale()
    tale.started(1, 60)
    told = recording / "events.jsonl"
    told.write_bytes(b"\n".join(cloud_event(row) for row in tale.rows))

    result = run(recording, "--events", told)

    assert result.exit_code == 0
    assert "toy-042: visits" in result.stdout
    assert "66.7 %" in result.stdout
    assert "no visit was identified" in result.stdout


def test_a_recording_without_truth_is_refused_with_the_way_out(recording: Path) -> None:
    (recording / "truth.jsonl").unlink()

    result = run(recording)

    assert result.exit_code == 65
    assert "it has no truth.jsonl" in result.stderr
    assert "edge simulate" in result.stderr


def test_a_mistake_in_the_truth_is_named_by_file_and_line(recording: Path) -> None:
    with (recording / "truth.jsonl").open("ab") as file:
        file.write(b"{}\n")

    result = run(recording, "--json")

    assert result.exit_code == 65
    assert json.loads(result.stderr)["error"]["where"].endswith("truth.jsonl, line 7")


def test_the_seed_says_who_is_staff() -> None:
    lines = [
        b'{"cursor": "1", "deltas": [{"op": "put", "customer": "c-1", "version": 1}]}',
        b"",
        (
            b'{"deltas": [{"op": "put", "customer": "c-2", "role": "staff"},'
            b' {"op": "erase", "customer": "c-3"}]}'
        ),
    ]

    assert seed_staff(lines, where="s") == {"c-2"}


def test_a_seed_that_is_no_message_is_named_by_its_line() -> None:
    with pytest.raises(RecordingError) as caught:
        seed_staff([b"{}", b"[]"], where="s")

    assert caught.value.where == "s, line 2"
