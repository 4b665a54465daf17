"""This is where `edge face engine show` and `edge face template` make what a recording needs.

A recording's seed carries templates, and each names the engine that made it. A template goes to
standard output here and nowhere else, for people who agreed to a test.
"""

import resource
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

import click

from edge.cli.output import EdgeCommand, json_option, say, write_json
from edge.daemon.face_engines import face_tools, seat
from edge.driver.enrolling import Made
from edge.errors import ConfigError
from edge.model.names import CustomerId
from edge.privacy.face_key import code_text, make_code, wrap, wrapping_key

FILE: Final = click.Path(path_type=Path, dir_okay=False)
settings_file = click.option(
    "--settings", type=FILE, help="The store's settings; else the packaged engine is meant."
)


@click.command(cls=EdgeCommand)
@settings_file
@click.option("--camera", help="A camera source of the settings whose engine is meant.")
@json_option
def show(settings: Path | None, camera: str | None, *, as_json: bool) -> None:
    """Say which engine encodes faces, and for how many customers it was measured.

    Its id is what templates carry as `model`.
    """
    engine = face_tools().show(_engine(settings, camera))
    if as_json:
        write_json(engine)
        return
    say(engine.id)
    say(f"{engine.dimensions} numbers a face, up to {engine.largest} customers")


@click.command(cls=EdgeCommand)
@click.argument("pictures", nargs=-1, type=FILE, required=True)
@click.option("--agreed", is_flag=True, help="The person agreed to this test.")
@click.option("--key-for", "holder", metavar="CUSTOMER", help="Seal it for this customer's code.")
@settings_file
@click.option("--camera", help="A camera source of the settings whose engine is meant.")
@json_option
def template(
    pictures: tuple[Path, ...],
    settings: Path | None,
    camera: str | None,
    *,
    agreed: bool,
    holder: str | None,
    as_json: bool,
) -> None:
    """Make a template of PICTURES of one person, for the seed of a recording.

    It enrols nobody and is kept nowhere: what is printed is an entry of a customer's `faces`. With
    --key-for it is sealed, as policies want it where customers hold their keys, and the code that
    opens it is printed too.
    """
    if not agreed:
        raise ConfigError(
            "a template is not made of somebody who was not asked",
            why="a template is biometric data of the person in the pictures",
            remedy="ask them, and give --agreed; a customer is enrolled with edge face enrol",
        )
    made = _made(pictures, _engine(settings, camera))
    answer = _plain(made) if holder is None else _sealed(made, CustomerId(holder))
    if as_json:
        write_json(answer)
        return
    for name, value in {**answer.pop("face"), **answer}.items():
        say(f"{name} = {value}")


def _engine(settings: Path | None, camera: str | None) -> dict[str, Any]:
    return {} if settings is None else dict(seat(settings, camera).engine)


def _made(pictures: tuple[Path, ...], engine: dict[str, Any]) -> Made:
    # Should it crash, no file with pictures in it is left behind.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sitting = face_tools().sit(engine)
    try:
        for file in pictures:
            picture = sitting.look(file)
            if picture.reasons:
                click.echo(
                    f"{file.name}: {picture.advice} ({', '.join(picture.reasons)})", err=True
                )
        return sitting.make()
    finally:
        sitting.close()


def _plain(made: Made) -> dict[str, Any]:
    face = {"model": made.model, "vector": _text(made.vector), "quality": made.quality}
    return {"face": face, "pictures": made.pictures}


def _sealed(made: Made, holder: CustomerId) -> dict[str, Any]:
    code = make_code(holder)
    key = wrapping_key(code, holder)
    if key is None:
        raise AssertionError("a code that was just made is its holder's")
    sealed = wrap(made.vector, key=key, code_id=code.id, model=made.model)
    plain = _plain(made)
    face = {**plain["face"], "vector": _text(sealed), "sealed": True}
    return {**plain, "face": face, "code": code_text(code)}


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
