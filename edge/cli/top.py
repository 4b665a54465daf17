"""This is where `edge top` shows the running daemon live."""

from pathlib import Path

import click

from edge.cli.asking import state_option
from edge.cli.output import EdgeCommand, json_option


@click.command(cls=EdgeCommand)
@state_option
@click.option(
    "--every",
    "period_s",
    type=click.FloatRange(0.2, 60.0),
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--times", type=click.IntRange(1), help="End after so many looks.")
@json_option
def top(state: Path, period_s: float, times: int | None, *, as_json: bool) -> None:
    """Show the running daemon live, until Ctrl-C; with --json, one report a line."""
    from edge.cli.top_view import show  # noqa: PLC0415 - loads when it runs

    show(state, period_s=period_s, times=times, as_json=as_json)
