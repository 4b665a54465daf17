"""This is where `edge backup` copies the database so that erasures hold for the copy too."""

from pathlib import Path

import click

from edge.cli.asking import state_option
from edge.cli.output import EdgeCommand, say


@click.command(cls=EdgeCommand)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@state_option
def backup(file: Path, state: Path) -> None:
    """Copy the database into FILE while the service runs; nobody can be found in the copy.

    Whoever is erased later is not in it either: it holds no person's key and no customer. After it
    was restored the platform tells of everybody again.
    """
    from edge.daemon.places import DATABASE  # noqa: PLC0415 - loads when it runs
    from edge.store.backup import back_up  # noqa: PLC0415 - loads when it runs

    back_up(state / DATABASE, file)
    say(f"The ledger is in {file}; it names nobody.")
