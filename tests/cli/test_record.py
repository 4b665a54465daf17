"""What a technician types to record a day, and to count people beside it."""

import io
import os
import pty
import select
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from edge.cli.main import main
from edge.cli.recording import draw
from edge.cli.scoring.truth import read_truth
from edge.cli.tapping import count_keys
from edge.daemon.recording import Progress, RecordedSource
from edge.daemon.recording_taps import Count, Tap
from edge.driver.recording import MANIFEST

PATIENCE_S = 10.0
EDGE = Path(sys.executable).with_name("edge")


@pytest.fixture
def day(tmp_path: Path) -> Path:
    (tmp_path / MANIFEST).touch()
    return tmp_path


def edge(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_a_tap_goes_into_the_truth(day: Path) -> None:
    came = edge("record", "tap", str(day), "entered")
    went = edge("record", "tap", str(day), "left")

    truth = read_truth(day / "truth.jsonl")
    assert "in 1, out 0, inside 1" in came.output
    assert "in 1, out 1, inside 0" in went.output
    assert len(truth.stays) == 1
    assert truth.stays[0].left_ms is not None


def test_a_tap_of_another_kind_is_refused(day: Path) -> None:
    done = edge("record", "tap", str(day), "ran")

    assert done.exit_code == 2
    assert not (day / "truth.jsonl").exists()


def test_a_tap_for_a_folder_without_a_recording_says_what_to_do(tmp_path: Path) -> None:
    done = edge("record", "tap", str(tmp_path), "entered")

    assert done.exit_code == 65
    assert "edge record FOLDER" in done.stderr


def test_keys_without_a_terminal_are_not_read(day: Path) -> None:
    done = edge("record", "tap", str(day))

    assert done.exit_code == 78
    assert "edge record tap FOLDER entered" in done.stderr


def test_a_key_counts_and_others_are_passed_over() -> None:
    keys, taps = iter("iXOoq i"), []

    def add(tap: Tap) -> Count:
        taps.append(tap)
        return Count(entered=0, left=0)

    count_keys(lambda: next(keys), add)

    assert taps == [Tap.ENTERED, Tap.LEFT, Tap.LEFT]
    assert "".join(keys) == " i"


def test_keys_are_read_one_by_one_from_a_terminal_that_is_as_before_afterwards(day: Path) -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with subprocess.Popen(
        [str(EDGE), "record", "tap", str(day)], stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        try:
            read_until(ours, "end")
            for key, count in (("i", "in 1, out 0, inside 1"), ("o", "in 1, out 1, inside 0")):
                os.write(ours, key.encode())
                read_until(ours, count)
            os.write(ours, b"q")
            code = process.wait(timeout=PATIENCE_S)
        finally:
            process.kill()
    after = termios.tcgetattr(theirs)
    os.close(ours)
    os.close(theirs)

    assert code == 0
    assert after == before
    assert len(read_truth(day / "truth.jsonl").stays) == 1


def read_until(terminal: int, words: str) -> None:
    """Read what a program shows until it has shown some words."""
    shown = ""
    while words not in shown:
        assert select.select([terminal], [], [], PATIENCE_S)[0], f"it shows only {shown!r}"
        shown += os.read(terminal, 1024).decode()


@pytest.mark.parametrize(
    "words",
    [
        ("day", "--settings", "nowhere.toml"),
        ("--settings", "nowhere.toml", "day"),
        ("begin", "day", "--settings", "nowhere.toml"),
    ],
)
def test_a_first_word_that_is_no_command_is_the_folder(words: tuple[str, ...]) -> None:
    done = edge("record", *words)

    assert done.exit_code == 78
    assert "nowhere.toml" in done.stderr


@pytest.mark.parametrize("words", [("day", "--minuts", "5"), ("day", "--minutes", "0"), ("a", "b")])
def test_a_wrong_command_line_is_refused(words: tuple[str, ...]) -> None:
    done = edge("record", *words)

    assert done.exit_code == 2
    assert "record begin [OPTIONS] FOLDER" in done.stderr


def test_a_recording_under_way_is_shown_with_what_mends_it() -> None:
    source = RecordedSource(
        name="door-1",
        driver="serial_line",
        state="retrying",
        reason="another program has it",
        remedy="run: systemctl stop store-edge",
        recorded=1234,
        outside_hours=0,
        counts={},
        refused={},
        starts=2,
    )
    progress = Progress(
        folder="day",
        started="2026-03-14T09:00:00.000Z",
        ended="2026-03-14T10:01:02.000Z",
        seconds=3662.0,
        sources=(source,),
        notes=("source 'kiosk' is left out: [why]",),
    )

    screen = Console(width=120, record=True, file=io.StringIO())

    screen.print(draw(progress))

    shown = screen.export_text()
    assert "recording for 1:01:02" in shown
    assert "1,234" in shown
    assert "systemctl stop store-edge" in shown
    assert "[why]" in shown
