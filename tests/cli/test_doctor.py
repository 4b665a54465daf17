"""`edge doctor` and `edge sources discover` as a technician and a program see them."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main

SOUND = '[store]\nid = "store-1"\n'


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "edge.toml"
    path.write_text(SOUND)
    return path


def doctor(settings: Path, *options: str) -> Result:
    state = settings.with_name("state")
    state.mkdir(mode=0o700, exist_ok=True)
    words = ["doctor", "--settings", str(settings), "--state", str(state), *options]
    return CliRunner().invoke(main, words)


def test_each_check_is_a_line_and_the_last_one_counts_them(settings: Path) -> None:
    result = doctor(settings)

    lines = result.stdout.splitlines()
    assert lines[0] == f"ok    settings                  {settings}: 0 zones, 0 doors, 0 sources"
    assert " checks" in lines[-1]


def test_a_fault_ends_it_with_2_and_shows_the_remedy_below(settings: Path) -> None:
    settings.write_text(f'{SOUND}timezon = "Europe/Berlin"\n')

    result = doctor(settings)

    first, second = result.stdout.splitlines()[:2]
    assert result.exit_code == 2
    assert first.startswith("fail  settings ")
    assert first.endswith(
        "did you mean 'timezone'? known: id, key_file, opening, platform_key, policy, timezone"
    )
    assert second.strip().startswith("-> sed -i ")


def test_a_program_gets_the_same_as_json(settings: Path) -> None:
    settings.write_text(f'{SOUND}timezon = "Europe/Berlin"\n')

    result = doctor(settings, "--json")

    found = json.loads(result.stdout)
    assert result.exit_code == 2
    assert {"check", "level", "what"} <= set(found[0])
    assert [line["check"] for line in found if line["level"] == "fail"] == ["settings"]
    assert all(line.get("remedy") for line in found if line["level"] != "ok")


def test_a_password_in_the_settings_is_never_shown(settings: Path) -> None:
    settings.write_text(f'{SOUND}[mqtt]\nurl = "mqtts://me:hunter2@broker"\nnode = "node-1"\n')

    for result in (doctor(settings), doctor(settings, "--json")):
        assert "write it as mqtts://host:port" in result.stdout
        assert "hunter2" not in result.output


def test_what_was_discovered_can_be_pasted() -> None:
    result = CliRunner().invoke(main, ["sources", "discover"])

    found = tomllib.loads(result.stdout).get("source", [])
    assert result.exit_code == 0
    assert all({"name", "driver"} <= set(source) for source in found)


def test_what_was_discovered_is_json_for_a_program() -> None:
    result = CliRunner().invoke(main, ["sources", "discover", "--json"])

    assert result.exit_code == 0
    assert all("driver" in answer for answer in json.loads(result.stdout))
