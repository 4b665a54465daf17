"""This is where `edge report` draws a ledger as one HTML page."""

from pathlib import Path

import click

from edge.cli.output import EdgeCommand, json_option


@click.command(cls=EdgeCommand)
@click.argument("place", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; by default STORE.html in the current folder.",
)
@click.option("--timezone", metavar="NAME", help="The store's, where PLACE does not say it.")
@json_option
def report(place: Path | None, out: Path | None, timezone: str | None, *, as_json: bool) -> None:
    """Draw PLACE, a replayed recording's folder or a database, as one self-contained page.

    Without PLACE it is the live store's ledger, or the last replay's. The page names no customer,
    visit or receipt, and loads nothing from outside.
    """
    from edge.cli.reporting.answers import answer_report  # noqa: PLC0415 - loads when it runs

    answer_report(place, out=out, timezone=timezone, as_json=as_json)
