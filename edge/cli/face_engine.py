"""This is where `edge face engine check` says whether a face engine can be used."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from edge.cli.asking import settings_option
from edge.cli.output import EdgeCommand, json_option, write_json, write_table
from edge.daemon.face_engines import face_tools, seat
from edge.driver.contract import Finding, Level
from edge.errors import ConfigError

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command(cls=EdgeCommand)
@click.argument("pictures", nargs=-1, type=FILE)
@click.option("--camera", help="A camera source whose engine is meant.")
@click.option(
    "--engine",
    "kind",
    type=click.Choice(("dlib-resnet", "onnx")),
    help="In place of the settings'.",
)
@click.option("--encoder", type=FILE, help="An encoder of your own, ONNX.")
@click.option("--detector", type=FILE, help="A detector of your own: YuNet, ONNX.")
@click.option("--scaling", help="What the encoder expects of a picture's numbers.")
@click.option("--operating", type=FILE, help="The table that was measured for it.")
@click.option("--people", type=FOLDER, help="Measure it on this folder: a folder for each person.")
@click.option("--write", type=FILE, help="Write the measured table there; goes with --people.")
@settings_option
@json_option
def check(
    pictures: tuple[Path, ...], camera: str | None, settings: Path, *, as_json: bool, **told: Any
) -> None:
    """Say whether a face engine loads, is sound, how fast it is, and whether it was measured.

    Without options it is the store's own. With PICTURES faces are looked for in them. The hashes
    that the settings need are said.
    """
    people, write = told.pop("people"), told.pop("write")
    if (people is None) != (write is None):
        raise ConfigError(
            "say what to measure on, and where to", remedy="give --people and --write"
        )
    own = {name: value for name, value in told.items() if value is not None}
    options = _options(own) if own else seat(settings, camera).engine
    if people is not None:
        write.write_text(face_tools().measure(options, people, tick=lambda: None), "utf-8")
        options = {**options, "operating": str(write)}
    found = (*_hashes(own), *face_tools().check(options, pictures))
    if as_json:
        write_json(found)
    else:
        rows = [(one.level, one.what, one.remedy) for one in found]
        write_table("Face engine", ("", "what", "remedy"), rows)
    if any(one.level is Level.FAIL for one in found):
        click.get_current_context().exit(1)


def _options(own: dict[str, Any]) -> dict[str, Any]:
    """Give an engine's options as settings would tell them."""
    options: dict[str, Any] = {"kind": own.get("kind") or ("onnx" if "encoder" in own else None)}
    for name in ("encoder", "detector"):
        if name in own:
            options[name] = {"path": str(own[name]), "sha256": _sha256(own[name])}
    options |= {name: str(own[name]) for name in ("scaling", "operating") if name in own}
    return {name: value for name, value in options.items() if value is not None}


def _hashes(own: dict[str, Any]) -> tuple[Finding, ...]:
    return tuple(
        Finding(level=Level.OK, what=f"{name} = {{ path = …, sha256 = {_sha256(own[name])} }}")
        for name in ("encoder", "detector")
        if name in own
    )


def _sha256(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(
            "cannot read a model", where=str(file), why=error.strerror or "", remedy="name another"
        ) from error
