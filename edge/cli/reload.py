"""This is where `edge reload` has the running daemon read its settings anew."""

from pathlib import Path

import click

from edge.cli.asking import state_option
from edge.cli.output import EdgeCommand, json_option, say, write_json

CHANGES = ("started", "restarted", "stopped")


@click.command(cls=EdgeCommand)
@state_option
@json_option
def reload(state: Path, *, as_json: bool) -> None:
    """Read the settings anew; only the sources that they change are touched.

    Settings with a fault are refused as a whole, every fault is told, and the old ones stay in
    force. A parked source is tried again at once.
    """
    from edge.daemon.control_client import ask  # noqa: PLC0415 - loads when it runs

    change = ask(state, "reload")
    if as_json:
        write_json(change)
        return
    for kind in CHANGES:
        if change[kind]:
            say(f"{kind}: {', '.join(change[kind])}")
    say(f"left alone: {len(change['untouched'])} sources")
