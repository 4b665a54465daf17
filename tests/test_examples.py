"""The examples of the docs parse, and those that say so run."""

import json
import os
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from drivers.serial_line.driver import SerialLine
from drivers.serial_line.profile import load_profile
from edge.cli.main import main
from edge.driver.contract import Driver, RecordedFile, SourceSpec
from edge.driver.recording import open_recording
from edge.driver.testing import OutletSpy
from edge.model.names import Instant, SourceName
from tests.markdown import Block, blocks

START = Instant(1_773_478_800 * 10**9)
EDGE = Path(sys.executable).with_name("edge")
PROFILES = [block for block in blocks("toml") if "[meaning]" in block.text]


def every(chosen: list[Block]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("block", chosen, ids=[block.name for block in chosen])


def commands(block: Block) -> list[list[str]]:
    """Give the words behind `edge` of each command line of a block."""
    lines = [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]
    assert lines, "a console block shows what is typed after $"
    assert all(line.startswith("edge ") for line in lines)
    return [shlex.split(line)[1:] for line in lines]


def replayed(driver: Driver, path: Path) -> OutletSpy:
    spy = OutletSpy()
    file = RecordedFile(path=path, started=START, ended=Instant(START + 3_600 * 10**9))
    for _ in driver.replay(file, spy):
        pass
    return spy


@every(blocks("toml"))
def test_a_toml_example_can_be_read(block: Block) -> None:
    assert tomllib.loads(block.text)


@every(blocks("json"))
def test_a_json_example_can_be_read_as_one_object_or_one_a_line(block: Block) -> None:
    try:
        read = [json.loads(block.text)]
    except json.JSONDecodeError:
        read = [json.loads(line) for line in block.text.splitlines()]

    assert all(isinstance(one, dict) for one in read)


@every(blocks("python"))
def test_a_python_example_is_python(block: Block) -> None:
    compile(block.text, block.name, "exec")


@every(blocks("console"))
def test_a_console_example_names_commands_and_options_that_exist(block: Block) -> None:
    for words in commands(block):
        command: click.Command = main
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words.pop(0))
            assert found is not None
            command = found
        known = {name for param in command.params for name in param.opts} | {"--help"}
        assert {word for word in words if word.startswith("-")} <= known


@every([block for block in blocks("console") if block.runs])
def test_a_console_example_runs(block: Block, tmp_path: Path) -> None:
    for words in commands(block):
        done = subprocess.run(
            [str(EDGE), *words],
            cwd=tmp_path,
            env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")},
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr


def test_the_example_of_a_recording_is_a_recording(tmp_path: Path) -> None:
    (manifest,) = [
        block.text
        for block in blocks("toml")
        if block.page == "docs/reference/recordings.md" and "format = 1" in block.text
    ]
    (tmp_path / "recording.toml").write_text(manifest)
    for name in ("settings", "seed"):
        (tmp_path / tomllib.loads(manifest)[name]).touch()
    for source in tomllib.loads(manifest)["source"]:
        (tmp_path / source["file"]).touch()

    recording = open_recording(tmp_path)

    assert [source.spec.driver for source in recording.sources] == [
        "wifi_monitor",
        "ble_scan",
        "serial_line",
        "wifi_link",
    ]


@every(PROFILES)
def test_a_profile_in_the_docs_does_what_its_own_examples_say(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "shown.toml"
    path.write_text(block.text)
    spec = SourceSpec(
        name=SourceName("one"),
        driver="serial_line",
        profile="shown",
        options={"devices": str(tmp_path)},
    )
    examples = load_profile(path).example
    assert examples

    for example in examples:
        record = {"line": example.line} if example.line is not None else {"hex": example.hex}
        day = tmp_path / "day.jsonl"
        day.write_text(json.dumps({"t": START // 10**9, **record}) + "\n")
        spy = replayed(SerialLine(spec), day)
        told: list[dict[str, Any]] = [{"call": call, **detail} for call, _, detail in spy.calls]
        assert [*told, *({"refused": reason} for reason in spy.refused)] == example.expect


def test_the_sensor_of_the_contributing_guide_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = [block.text for block in blocks("python") if block.page == "CONTRIBUTING.md"]
    for name, text in zip(("decode", "driver"), shown, strict=True):
        module = ModuleType(f"drivers.step_mat.{name}")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(text, name, "exec"), module.__dict__)  # noqa: S102 - the text of our own page
    kind = sys.modules["drivers.step_mat.driver"].StepMat
    day = tmp_path / "mat.jsonl"
    day.write_text('{"t": 1773478800, "steps": 3}\n{"t": 1773478801, "steps": -1}\n')

    spy = replayed(kind(SourceSpec(name=SourceName("mat"), driver="step_mat")), day)

    assert [detail for _, _, detail in spy.calls] == [{"entered": 3, "left": 0}]
    assert spy.refused == {"no steps": 1}
