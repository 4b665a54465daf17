"""This is where `edge watch` looks over one source's shoulder."""

from itertools import islice
from pathlib import Path
from typing import Any

import click
import msgspec

from edge.cli.asking import state_option
from edge.cli.output import EdgeCommand, json_option, say


@click.command(cls=EdgeCommand)
@click.argument("source")
@state_option
@click.option("--seconds", type=click.IntRange(1), help="End after so many seconds.")
@json_option
def watch(source: str, state: Path, seconds: int | None, *, as_json: bool) -> None:
    """Show what SOURCE notices, second by second, without identifiers, until Ctrl-C."""
    from edge.daemon.control_client import stream  # noqa: PLC0415 - loads when it runs

    try:
        for piece in islice(stream(state, {"request": "watch", "source": source}), seconds):
            if as_json:
                click.echo(msgspec.json.encode(piece).decode())
            else:
                _show(piece)
    except KeyboardInterrupt:
        return  # how it is meant to end


def _show(piece: dict[str, Any]) -> None:
    counts = ", ".join(f"{kind} {count}" for kind, count in piece["counts"].items())
    figures = f"{piece['heard']:>6} taken in {piece['refused']:>6} not used"
    say(f"{piece['at'][11:19]}  {piece['state']:<9} {figures}   {counts}".rstrip())
    for one in piece["seen"]:
        details = "  ".join(
            f"{name} {value}" for name, value in one.items() if name not in {"kind", "at"}
        )
        say(f"          {one['kind']:<9} {details}".rstrip())
