"""This is where the commands stand that show and steer what the appliance does with people."""

from typing import Final

import click

from edge.cli.lazy import LazyGroup

PRIVACY_COMMANDS: Final[dict[str, tuple[str, str]]] = {}
"""Every command of the group: where it lives and its line in the help."""


@click.group(cls=LazyGroup, lines=PRIVACY_COMMANDS)
def privacy() -> None:
    """Show, prove and steer what the appliance does with people."""
