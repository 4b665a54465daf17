"""This is where `edge status` shows how the running daemon is."""

from pathlib import Path

import click

from edge.cli.asking import state_option
from edge.cli.output import EdgeCommand, json_option, terminal, write_json


@click.command(cls=EdgeCommand)
@state_option
@json_option
def status(state: Path, *, as_json: bool) -> None:
    """Show how every source and every part of the running daemon is, and what mends it."""
    from edge.cli.status_view import draw, read_report  # noqa: PLC0415 - loads when it runs
    from edge.daemon.control_client import ask  # noqa: PLC0415 - likewise

    answer = ask(state, "status")
    if as_json:
        write_json(answer)
    else:
        terminal().print(draw(read_report(answer)))
