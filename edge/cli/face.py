"""This is where the commands stand that enrol faces and look at face engines."""

from typing import Final

import click

from edge.cli.lazy import LazyGroup

FACE_COMMANDS: Final = {
    "engine": ("edge.cli.face:engine", "Look at face engines."),
    "enrol": ("edge.cli.face_enrol:enrol", "Enrol a customer who consented."),
    "forget": ("edge.cli.face_enrol:forget", "Forget a customer's templates at once."),
    "report": ("edge.cli.face_report:report", "Measure the engine on labelled pictures."),
    "template": ("edge.cli.face_template:template", "Make a template for a recording's seed."),
}
ENGINE_COMMANDS: Final = {
    "check": ("edge.cli.face_engine:check", "Say whether an engine can be used, and how well."),
    "show": ("edge.cli.face_template:show", "Say which engine it is, and how many it bears."),
}


@click.group(cls=LazyGroup, lines=FACE_COMMANDS)
def face() -> None:
    """Enrol customers who consented, and look at face engines."""


@click.group(cls=LazyGroup, lines=ENGINE_COMMANDS)
def engine() -> None:
    """Look at face engines."""
