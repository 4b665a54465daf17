"""What `edge decode` promises: counts of what a file holds, and no identifier."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli.decode import decode

ADDRESS = "a4:83:e7:12:34:56"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "ap.jsonl"
    lines = [
        {"t": 1773478800, "event": "associated", "address": ADDRESS},
        {"t": 1773478860, "event": "disassociated", "address": ADDRESS},
        {"t": 1773478861, "event": "sneezed", "address": ADDRESS},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_what_a_file_holds_is_told_in_counts(log: Path) -> None:
    answer = CliRunner().invoke(decode, ["wifi_link", str(log), "--json"])

    told = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert told["handed_over"] == {"associations": 1, "disassociations": 1}
    assert sum(told["refused"].values()) == 1
    assert told["first"] == "2026-03-14T09:00:00.000Z"


def test_no_identifier_of_the_file_is_shown(log: Path) -> None:
    answers = [
        CliRunner().invoke(decode, ["wifi_link", str(log), *options])
        for options in ([], ["--json"])
    ]

    for answer in answers:
        assert ADDRESS not in answer.output
        assert ADDRESS.replace(":", "") not in answer.output


def test_an_unknown_driver_is_refused_with_the_one_that_may_be_meant(log: Path) -> None:
    answer = CliRunner().invoke(decode, ["wifi_lnk", str(log)])

    assert answer.exit_code == 78
    assert "did you mean 'wifi_link'?" in answer.stderr


def test_a_profile_that_does_not_exist_is_refused(log: Path) -> None:
    answer = CliRunner().invoke(decode, ["serial_line", str(log), "--profile", "door-countr-csv"])

    assert answer.exit_code == 78
    assert "door-counter-csv" in answer.stderr
