"""This is where `edge privacy verify` holds the appliance against every rule."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edge.cli.asking import state_option
from edge.cli.machine import settings_option, this_machine
from edge.cli.output import EdgeCommand, json_option, write_json
from edge.cli.writing import write_new, written_file

if TYPE_CHECKING:
    from edge.daemon.verify.statement import Statement

COLOURS: Final = {"holds": "green", "does not hold": "red", "not seen": "yellow"}
WIDEST: Final = 19
"""Columns of the longest outcome."""


@click.command(cls=EdgeCommand)
@settings_option
@state_option
@click.option("--html", type=written_file(), help="Write the report for the file as one page.")
@json_option
@click.pass_context
def verify(
    ctx: click.Context, settings: Path, state: Path, html: Path | None, *, as_json: bool
) -> None:
    """Hold the appliance against the privacy rules R1 to R36, one line each, with evidence.

    It changes nothing, and looks at the disk also where no daemon runs; run it as root, so that it
    may look everywhere. The exit status is 0 where every rule that applies here was looked at and
    holds, else 1.
    """
    from edge.daemon.verify.appliance import look  # noqa: PLC0415 - loads when it runs
    from edge.daemon.verify.rules import examine  # noqa: PLC0415 - likewise
    from edge.daemon.verify.statement import make_statement  # noqa: PLC0415 - likewise

    appliance = asyncio.run(look(this_machine(settings, state)))
    said = make_statement(appliance, examine(appliance))
    if html is not None:
        from edge.cli.privacy_page import make_page  # noqa: PLC0415 - likewise

        write_new(html, make_page(said).encode(), what="the report")
    if as_json:
        write_json(said)
    else:
        _say(said)
    ctx.exit(0 if said.proven else 1)


def _say(said: "Statement") -> None:
    click.echo(f"{said.store}, policy {said.policy}, version {said.version}, {said.at}")
    for one in said.rulings:
        outcome = one.outcome.value
        colour = COLOURS.get(outcome)
        shown = click.style(f"{outcome:<{WIDEST}}", fg=colour, bold=colour is not None)
        click.echo(f"{one.rule:<4} {shown}  {click.style(one.title, bold=True)}: {one.evidence}")
        if one.remedy:
            click.echo(f"{'':<{WIDEST + 7}}{click.style('->', dim=True)} {one.remedy}")
    counts = [one.outcome.value for one in said.rulings]
    parts = (f"{counts.count(word)} {word}" for word in dict.fromkeys(counts))
    click.echo(f"{len(counts)} rules: {', '.join(parts)}; digest {said.digest}")
