"""This is where `edge face enrol` and `edge face forget` stand.

The daemon is asked for the consent before any picture is looked at, and once more when the template
is kept. Pictures are judged and encoded in this process and nowhere else.
"""

import resource
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from edge.cli.asking import settings_option, state_option
from edge.cli.face_code import as_svg, as_text
from edge.cli.output import EdgeCommand, json_option, say, write_json
from edge.daemon.control_client import stream
from edge.daemon.face_engines import Seat, face_tools, seat
from edge.driver.enrolling import Made, Picture, Sitting
from edge.errors import ConfigError

FILE = click.Path(path_type=Path, dir_okay=False)
LEAST = 3


@click.command(cls=EdgeCommand)
@click.option("--customer", required=True, help="Their id at the platform; - reads it from input.")
@click.option("--images", multiple=True, type=FILE, help="A picture; give it for each of them.")
@click.option("--camera", help="A source of the settings, a device or an address, in place of it.")
@click.option("--within", "within_s", default=60.0, show_default=True, help="Seconds to look.")
@click.option("--although-enrolled", is_flag=True, help="The customer said who the other one is.")
@click.option("--code", "code_file", type=FILE, help="Write the customer's key there, as SVG.")
@settings_option
@state_option
@json_option
def enrol(
    customer: str,
    images: tuple[Path, ...],
    camera: str | None,
    settings: Path,
    state: Path,
    **how: Any,
) -> None:
    """Enrol a customer who consented, from three pictures at least.

    Each picture is judged, with what the person can do about it. The pictures are not kept.
    """
    if bool(images) == (camera is not None):
        raise ConfigError("say where the pictures are", remedy="give --images, or --camera")
    if customer == "-":
        customer = sys.stdin.readline().strip()
    _ask(state, act="check", customer=customer)
    place = seat(settings, camera)
    with _lent(state, place.source):
        made = _sit(place, images, within_s=how["within_s"], is_silent=how["as_json"])
    answer = _ask(
        state,
        act="enrol",
        customer=customer,
        model=made.model,
        vector=made.vector,
        quality=made.quality,
        pictures=made.pictures,
        same_at=made.same_at,
        although_enrolled=how["although_enrolled"],
    )
    _tell(answer, made, code_file=how["code_file"], as_json=how["as_json"])


@click.command(cls=EdgeCommand)
@click.option("--customer", required=True, help="The customer's id at the platform.")
@state_option
@json_option
def forget(customer: str, state: Path, *, as_json: bool) -> None:
    """Forget a customer's templates at once; nobody asks why.

    What the platform holds is its own matter: withdraw the consent to be rid of both.
    """
    answer = _ask(state, act="forget", customer=customer)
    if as_json:
        write_json({"forgotten": answer["replaced"]})
    else:
        say(f"{answer['replaced']} templates are forgotten")


def _ask(state: Path, **order: Any) -> dict[str, Any]:
    answer: dict[str, Any] = next(stream(state, {"request": "face", "face": order}))
    return answer


@contextmanager
def _lent(state: Path, source: str) -> Iterator[None]:
    """Have the daemon leave its camera to us; nothing where it is none of its sources'."""
    if not source:
        yield
        return
    pieces = stream(state, {"request": "lend", "source": source})
    try:
        next(pieces)
        yield
    finally:
        pieces.close()


def _sit(place: Seat, images: tuple[Path, ...], *, within_s: float, is_silent: bool) -> Made:
    """Judge pictures until there are enough, and make a template of them."""
    # Should it crash, no file with pictures in it is left behind.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sitting = face_tools().sit(place.engine)
    try:
        seen = _files(sitting, images) if images else _camera(sitting, place, within_s=within_s)
        _follow(seen, is_silent=is_silent)
        return sitting.make()
    finally:
        sitting.close()


def _files(sitting: Sitting, images: Iterable[Path]) -> Iterator[tuple[str, Picture]]:
    for file in images:
        yield file.name, sitting.look(file)


def _camera(sitting: Sitting, place: Seat, *, within_s: float) -> Iterator[tuple[str, Picture]]:
    """Look through the camera until enough pictures are fit, or the time is over."""
    end_s, fit = time.monotonic() + within_s, 0
    for picture in sitting.watch(place.camera):
        fit += not picture.reasons
        yield f"picture {fit} of {LEAST}" if not picture.reasons else "look here", picture
        if fit >= LEAST or time.monotonic() >= end_s:
            return


def _follow(seen: Iterable[tuple[str, Picture]], *, is_silent: bool) -> None:
    """Show what becomes of each picture; the same advice again and again is shown once."""
    before = ""
    for name, picture in seen:
        line = f"{name}: {picture.advice or 'good'}"
        if line != before and not is_silent:
            words = f" ({', '.join(picture.reasons)})" if picture.reasons else ""
            click.echo(line + words, err=True)
        before = line


def _tell(answer: dict[str, Any], made: Made, *, code_file: Path | None, as_json: bool) -> None:
    code = str(answer["code"])
    if code and code_file is not None:
        code_file.touch(mode=0o600)
        code_file.write_text(as_svg(code), encoding="utf-8")
    if as_json:
        write_json({**answer, "pictures": made.pictures, "quality": made.quality})
        return
    say(f"enrolled from {made.pictures} pictures, quality {made.quality:.2f}")
    if answer["replaced"]:
        say(f"{answer['replaced']} earlier template was replaced")
    if not code:
        return
    say("only the customer holds the key of this template; it is shown this once")
    if code_file is not None:
        say(f"it stands in {code_file}: print it, hand it over, delete the file")
    else:
        click.echo(as_text(code))
        click.echo(code)
