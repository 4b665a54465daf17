"""This is where `edge explain` tells a visit's story."""

from pathlib import Path

import click

from edge.cli.output import EdgeCommand, json_option


@click.command(cls=EdgeCommand)
@click.argument("visit")
@click.argument("place", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--timezone", metavar="NAME", help="The store's, where PLACE does not say it.")
@json_option
def explain(visit: str, place: Path | None, timezone: str | None, *, as_json: bool) -> None:
    """Tell the story of VISIT: how it began, what spoke for whom, where it was, how it ended.

    The beginning of the visit's id is enough. PLACE is a replayed recording's folder or a database;
    without it, the live store's ledger or the last replay's is read.
    """
    from edge.cli.reporting.answers import answer_explain  # noqa: PLC0415 - loads when it runs

    answer_explain(visit, place, timezone=timezone, as_json=as_json)
