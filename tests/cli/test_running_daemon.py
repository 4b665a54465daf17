"""The commands that ask the running daemon, against a daemon that is really there."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main
from edge.cli.status_view import since

SETTINGS = """
[store]
id = "toy-1"

[[source]]
name = "radar"
driver = "no_such_driver"

[[source]]
name = "ap"
driver = "wifi_link"
"""


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """Give the state folder of a daemon that runs while these tests do."""
    with tempfile.TemporaryDirectory(prefix="se-", dir="/tmp") as place:
        settings = Path(place) / "edge.toml"
        settings.write_text(SETTINGS)
        folder = Path(place) / "state"
        daemon = subprocess.Popen(
            [
                Path(sys.executable).with_name("edge"),
                "run",
                f"--settings={settings}",
                f"--state={folder}",
            ],
            stderr=subprocess.DEVNULL,
            env={key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"},
        )
        end = time.monotonic() + 20
        while not (folder / "control.sock").exists() and time.monotonic() < end:
            time.sleep(0.02)
        yield folder
        daemon.terminate()
        daemon.wait(10)


def edge(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_status_shows_every_source_and_what_mends_it(state: Path) -> None:
    done = edge("status", "--state", state)

    assert done.exit_code == 0
    assert "store toy-1" in done.output
    assert "radar is parked: no driver 'no_such_driver' is installed" in done.output
    assert "use one of: ble_scan, camera_face, serial_line, wifi_link, wifi_monitor" in done.output


def test_status_in_json_is_the_whole_report(state: Path) -> None:
    report = json.loads(edge("status", "--state", state, "--json").output)

    assert report["store"] == "toy-1"
    assert [one["name"] for one in report["sources"]] == ["radar", "ap"]
    assert {part["name"] for part in report["health"]["parts"]} >= {"radar", "ledger", "platform"}


def test_top_gives_a_line_a_look_where_there_is_no_terminal(state: Path) -> None:
    done = edge("top", "--state", state, "--times", "2", "--every", "0.2")

    lines = done.output.strip().splitlines()
    assert len(lines) == 2
    assert all("of 2 sources at work" in line for line in lines)


def test_top_in_json_gives_a_report_a_line(state: Path) -> None:
    done = edge("top", "--state", state, "--times", "2", "--every", "0.2", "--json")

    reports = [json.loads(line) for line in done.output.splitlines()]
    assert [one["store"] for one in reports] == ["toy-1", "toy-1"]


def test_watch_shows_a_source_second_by_second(state: Path) -> None:
    done = edge("watch", "radar", "--state", state, "--seconds", "1")

    assert done.exit_code == 0
    assert "parked" in done.output
    assert "0 taken in" in done.output


def test_watch_in_json_gives_a_piece_a_line(state: Path) -> None:
    done = edge("watch", "radar", "--state", state, "--seconds", "1", "--json")

    assert json.loads(done.output)["source"] == "radar"


def test_watching_an_unknown_source_says_which_may_be_meant(state: Path) -> None:
    done = edge("watch", "rader", "--state", state, "--seconds", "1")

    assert done.exit_code == 78
    assert "did you mean 'radar'" in done.output


def test_reload_says_what_it_touched(state: Path) -> None:
    settings = state.parent / "edge.toml"
    settings.write_text(SETTINGS.replace('"ap"', '"ap-2"'))

    done = edge("reload", "--state", state)

    assert done.output == "started: ap-2\nstopped: ap\nleft alone: 1 sources\n"

    settings.write_text(SETTINGS)
    assert json.loads(edge("reload", "--state", state, "--json").output)["started"] == ["ap"]


def test_reload_tells_every_fault_and_changes_nothing(state: Path) -> None:
    settings = state.parent / "edge.toml"
    settings.write_text(SETTINGS + '\n[[zone]]\nnme = "x"\n')

    done = edge("reload", "--state", state)
    settings.write_text(SETTINGS)

    assert done.exit_code == 78
    assert "did you mean 'name'" in done.output
    assert "[[zone]] number 1 name: it is missing" in done.output


@pytest.mark.parametrize(
    "command", [("status",), ("top",), ("watch", "x"), ("reload",)], ids=lambda one: one[0]
)
def test_without_a_daemon_each_says_how_to_start_it(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    done = edge(*command, "--state", tmp_path)

    assert done.exit_code == 78
    assert "systemctl start store-edge" in done.output


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("2026-03-14T09:00:00.000Z", "0 s"),
        ("2026-03-14T08:58:30.000Z", "90 s"),
        ("2026-03-14T08:50:00.000Z", "10 min"),
        ("2026-03-14T04:00:00.000Z", "5 h"),
        ("2026-03-10T09:00:00.000Z", "4 d"),
        ("2026-03-14T09:00:10.000Z", "0 s"),
    ],
)
def test_how_long_ago_is_said_in_a_unit_that_fits(then: str, words: str) -> None:
    assert since(then, "2026-03-14T09:00:00.000Z") == words
