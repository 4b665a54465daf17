"""This is where `edge doctor` says what is wrong with a machine, and what mends it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edge.cli.machine import settings_option, this_machine
from edge.cli.output import EdgeCommand, json_option, write_json

if TYPE_CHECKING:
    from edge.daemon.doctor.findings import Line

FILE: Final = click.Path(path_type=Path)
COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}
WIDEST: Final = 24
"""Columns for the name of a check; a longer name moves its own line only."""


@click.command(cls=EdgeCommand)
@settings_option
@click.option(
    "--state",
    type=FILE,
    default=Path("/var/lib/store-edge"),
    show_default=True,
    help="The state folder.",
)
@json_option
@click.pass_context
def doctor(ctx: click.Context, settings: Path, state: Path, *, as_json: bool) -> None:
    """Look at everything the appliance needs and say what is wrong, with what mends it.

    It changes nothing; run it as root, so that it may look everywhere. The exit status is 0 where
    all is well, 1 where there are warnings, 2 where something does not work.
    """
    from edge.daemon.doctor.checkup import examine  # noqa: PLC0415 - loads when it runs
    from edge.daemon.doctor.findings import severity  # noqa: PLC0415 - likewise

    machine = this_machine(settings, state)
    found = asyncio.run(examine(machine))
    if as_json:
        write_json(found)
    else:
        for line in found:
            _say(line)
        click.echo(summary(found))
    ctx.exit(severity(found))


def summary(found: "tuple[Line, ...]") -> str:
    """Count what was found, in words."""
    levels = [line.level.value for line in found]
    fails, warns = levels.count("fail"), levels.count("warn")
    if not fails and not warns:
        return f"{len(levels)} checks, all is well"
    parts = (_counted(fails, "failure"), _counted(warns, "warning"))
    return f"{len(levels)} checks: {', '.join(part for part in parts if part)}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}" if count else ""


def _say(line: "Line") -> None:
    level = click.style(f"{line.level.value:<4}", fg=COLOURS[line.level.value], bold=True)
    click.echo(f"{level}  {line.check:<{WIDEST}}  {line.what}")
    if line.remedy:
        click.echo(f"{'':<{WIDEST + 8}}{click.style('->', dim=True)} {line.remedy}")
