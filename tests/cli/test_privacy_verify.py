"""The statement as somebody gets to see it: on the terminal, as JSON, as a page for the file."""

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main
from edge.daemon.support import MASKED, masked, without_addresses

QUIET = '[store]\nid = "store-1"\n'
OPEN_WIRE = f'{QUIET}[mqtt]\nurl = "mqtt://platform.example"\nnode = "node-1"\n'


class Desk:
    """Runs commands on an appliance that was never started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "edge.toml"
        self.settings.write_text(QUIET)

    def run(self, *words: str) -> Result:
        places = ["--settings", str(self.settings), "--state", str(self.folder / "state")]
        return CliRunner().invoke(main, [*words, *places])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_every_rule_has_a_line_and_the_status_is_0_where_all_hold(desk: Desk) -> None:
    done = desk.run("privacy", "verify")

    assert done.exit_code == 0, done.output
    lines = [line.split()[0] for line in done.output.splitlines() if line.startswith("R")]
    assert lines == [f"R{number}" for number in range(1, 37)]


def test_the_status_is_1_where_a_rule_does_not_hold_and_the_remedy_is_said(desk: Desk) -> None:
    desk.settings.write_text(OPEN_WIRE)

    done = desk.run("privacy", "verify")

    assert done.exit_code == 1
    assert "R30  does not hold" in done.output
    assert "-> write [mqtt] url as mqtts://" in done.output


def test_the_digest_is_that_of_the_content(desk: Desk) -> None:
    said: dict[str, Any] = json.loads(desk.run("privacy", "verify", "--json").output)

    digest = said.pop("digest")
    content = msgspec.json.encode(said, order="sorted")
    assert hashlib.sha256(content).hexdigest() == digest


def test_the_page_says_the_same_and_loads_nothing_from_outside(desk: Desk) -> None:
    page = desk.folder / "verify.html"

    done = desk.run("privacy", "verify", "--json", "--html", str(page))

    said, text = json.loads(done.output), page.read_text()
    assert said["digest"] in text
    assert [one["rule"] for one in said["rulings"] if f"<td>{one['rule']}<br>" not in text] == []
    assert "default-src 'none'" in text
    assert "src=" not in text
    assert page.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "words", [("privacy", "verify", "--html", "{file}"), ("support", "bundle", "{file}")]
)
def test_a_file_that_is_there_is_not_overwritten(words: tuple[str, ...], desk: Desk) -> None:
    file = desk.folder / "there"
    file.write_text("mine")

    done = desk.run(*(word.format(file=file) for word in words))

    assert done.exit_code == 78
    assert "name a file that is not there yet" in done.output
    assert file.read_text() == "mine"


def test_a_bundle_says_what_it_holds(desk: Desk) -> None:
    file = desk.folder / "bundle.tar.gz"

    done = desk.run("support", "bundle", str(file))

    assert done.exit_code == 0, done.output
    with tarfile.open(file) as archive:
        names = [member.name.removeprefix("store-edge/") for member in archive]
    assert [name for name in names if name not in done.output] == []
    assert {"about.json", "doctor.json", "privacy.json", "settings.json", "counts.json"} < {*names}
    assert file.stat().st_mode & 0o777 == 0o600


def test_settings_are_shown_without_secrets_codes_and_places() -> None:
    shown = masked(
        {
            "store": {"id": "s-1", "policy": "uk", "key_file": "/mnt/key"},
            "privacy": {"optout_code": "DO-NOT-COUNT", "optout_quiet_s": 60},
            "mqtt": {"url": "mqtts://user@host", "node": "n-1"},
            "source": [{"name": "ap", "options": {"ssid": "Lego", "source": "radius", "k": 3}}],
        }
    )

    assert shown == {
        "store": {"id": "s-1", "policy": "uk", "key_file": MASKED},
        "privacy": {"optout_code": MASKED, "optout_quiet_s": 60},
        "mqtt": {"url": MASKED, "node": "n-1"},
        "source": [{"name": "ap", "options": {"ssid": MASKED, "source": "radius", "k": 3}}],
    }


@pytest.mark.parametrize("address", ["a4:83:e7:00:11:22", "A4-83-E7-00-11-22"])
def test_a_line_of_the_log_with_an_address_is_left_out_and_counted(address: str) -> None:
    log = f"12:00:00 INFO the day begins\n12:00:01 INFO {address} came\n"

    assert without_addresses(log) == "12:00:00 INFO the day begins\n1 lines were left out\n"


def test_a_time_of_day_is_no_address() -> None:
    assert "0 lines were left out" in without_addresses("2026-03-14T12:00:01+01:00 a line")
