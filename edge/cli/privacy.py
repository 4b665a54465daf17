"""This is where the commands stand that show and steer what the appliance does with people."""

from typing import Final

import click

from edge.cli.lazy import LazyGroup

PRIVACY_COMMANDS: Final = {
    "pause": ("edge.cli.privacy_pause:pause", "Switch off all sensing but door counters."),
    "resume": ("edge.cli.privacy_pause:resume", "Let sensing go on as the settings say."),
    "verify": (
        "edge.cli.privacy_verify:verify",
        "Hold the appliance against every privacy rule, with evidence.",
    ),
}
"""Every command of the group: where it lives and its line in the help."""


@click.group(cls=LazyGroup, lines=PRIVACY_COMMANDS)
def privacy() -> None:
    """Show, prove and steer what the appliance does with people."""
