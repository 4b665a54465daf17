"""`edge report`, `edge explain` and `edge now` read a ledger on disk and answer."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli.explain import explain
from edge.cli.now import now
from edge.cli.output import EdgeCommand
from edge.cli.report import report
from edge.cli.reporting.answers import answer_now
from edge.errors import StoreError
from tests.cli.busy_day import busy_day
from tests.cli.tale import OPENING_S, Tale, keep, visit_id


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep(busy_day(), tmp_path_factory.mktemp("toy-042") / "edge.db")


def run(command: EdgeCommand, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments], catch_exceptions=False)


def test_a_report_is_written_where_it_was_asked_for(ledger: Path, tmp_path: Path) -> None:
    file = tmp_path / "day.html"

    result = run(report, ledger, "--out", file, "--timezone", "Europe/Berlin")

    assert result.exit_code == 0
    assert "The busiest hour began at 17:00" in file.read_text(encoding="utf-8")
    assert result.stdout.startswith("Report of ")


def test_a_report_in_json_holds_the_figures_and_nobody(ledger: Path, tmp_path: Path) -> None:
    result = run(report, ledger, "--out", tmp_path / "day.html", "--json")

    said = json.loads(result.stdout)
    assert said["figures"]["totals"]["visits"] == 182
    assert "secret" not in result.stdout


def test_a_report_of_an_empty_ledger_is_refused(tmp_path: Path) -> None:
    empty = keep(Tale(), tmp_path / "edge.db")

    result = run(report, empty)

    assert result.exit_code == 78
    assert "the ledger holds no events yet" in result.stderr


def test_a_report_that_cannot_be_written_says_so(ledger: Path, tmp_path: Path) -> None:
    result = run(report, ledger, "--out", tmp_path / "nowhere" / "day.html")

    assert result.exit_code == 78
    assert "remedy: name another file with --out" in result.stderr


def test_an_unknown_time_zone_is_refused_with_an_example(ledger: Path, tmp_path: Path) -> None:
    result = run(report, ledger, "--timezone", "Berlin", "--out", tmp_path / "x.html")

    assert result.exit_code == 78
    assert "Europe/Berlin" in result.stderr


def test_a_file_that_is_no_ledger_is_refused_without_a_trace(tmp_path: Path) -> None:
    other = tmp_path / "edge.db"
    other.write_bytes(b"not a database" * 100)

    result = run(explain, "v-1", other, "--json")

    assert result.exit_code == StoreError.exit_code
    assert json.loads(result.stderr)["error"]["where"] == str(other)


def test_a_visit_is_explained_by_the_beginning_of_its_id(ledger: Path) -> None:
    result = run(explain, visit_id(9000), ledger, "--timezone", "Europe/Berlin")

    assert result.exit_code == 0
    assert "10:01:40  1 person came in at door main." in result.stdout
    assert "Taken back: it was no visit" in result.stdout


def test_a_story_in_json_has_its_moments_in_utc(ledger: Path) -> None:
    result = run(explain, visit_id(9000), ledger, "--json")

    story = json.loads(result.stdout)
    assert story["visit"] == visit_id(9000)
    assert story["lines"][0]["at"] == "2026-03-14T09:01:40+00:00"


def test_a_visit_that_another_was_merged_into_tells_of_it(tmp_path: Path) -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.started(2, 5)
    tale.corrected(2, 10, what="merged", into=1, reason="one person")
    tale.entered(2, 20, zone="toys")

    result = run(explain, visit_id(1), keep(tale, tmp_path / "edge.db"))

    assert f"Visit {visit_id(2)} turned out to belong to this one" in result.stdout
    assert "Came to zone toys" in result.stdout


def test_an_ambiguous_visit_is_refused(ledger: Path) -> None:
    result = run(explain, "v-0", ledger)

    assert result.exit_code == 78
    assert "visits begin so" in result.stderr
    assert result.stdout == ""


def test_now_says_how_the_store_is(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    closing = datetime.fromtimestamp(OPENING_S + 11 * 3600 + 60, tz=UTC)

    answer_now(ledger, now=closing, as_json=True)

    said = json.loads(capsys.readouterr().out)
    assert said["sentence"].startswith("About 1 person (0 to 3) is inside, as of 1 min ago;")
    assert "source ble-floor has been parked for 3 h 1 min" in said["sentence"]
    assert said["outbox"] == len(busy_day().rows)


def test_now_says_of_an_old_ledger_that_it_is_old(ledger: Path) -> None:
    result = run(now, ledger)

    assert result.exit_code == 0
    assert "How many people are inside is unknown: the newest figure" in result.stdout
    assert "ble-floor: 5 faults in 60 s: <adapter gone>: plug the adapter" in result.stdout
