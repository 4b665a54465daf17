"""This is where `edge now` says in one sentence how the store is."""

from datetime import UTC, datetime
from pathlib import Path

import click

from edge.cli.output import EdgeCommand, json_option


@click.command(cls=EdgeCommand)
@click.argument("place", required=False, type=click.Path(exists=True, path_type=Path))
@json_option
def now(place: Path | None, *, as_json: bool) -> None:
    """Say about how many people are inside, and what does not work; unknown is said as unknown.

    PLACE is a replayed recording's folder or a database; without it, the live store's ledger or the
    last replay's is read.
    """
    from edge.cli.reporting.answers import answer_now  # noqa: PLC0415 - loads when it runs

    answer_now(place, now=datetime.now(tz=UTC), as_json=as_json)
