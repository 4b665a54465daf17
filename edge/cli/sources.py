"""This is where `edge sources` helps to write a store's sources into its settings."""

import asyncio
from typing import TYPE_CHECKING, Final

import click

from edge.cli.output import EdgeCommand, json_option, write_json

if TYPE_CHECKING:
    from edge.daemon.doctor.discovery import Discovered

DISCOVER_HELP: Final = """Look for hardware that the installed drivers could use.

The answer is TOML, the remarks in it are comments, so it can be put into the settings as it is:

\b
edge sources discover > /etc/store-edge/edge.toml.d/10-sources.toml
"""
"""The control character tells click to keep the line as it is."""


class Group(click.Group):
    """A group whose commands say errors in full."""

    command_class = EdgeCommand


@click.group(cls=Group)
def sources() -> None:
    """Find sensors and write them into the settings."""


@sources.command(help=DISCOVER_HELP)
@json_option
def discover(*, as_json: bool) -> None:
    """Look for hardware that the installed drivers could use."""
    from edge.daemon.doctor.discovery import discover as look_around  # noqa: PLC0415 - when it runs
    from edge.daemon.registry import driver_names  # noqa: PLC0415 - likewise

    answers = asyncio.run(look_around(driver_names()))
    if as_json:
        write_json(answers)
    else:
        click.echo(pasteable(answers))


def pasteable(answers: "tuple[Discovered, ...]") -> str:
    """Write what was found as settings, and what was not as comments."""
    parts: list[str] = []
    for answer in answers:
        if answer.why_not:
            parts.append(f"# {answer.driver}: could not look: {_one_line(answer.why_not)}")
        elif not answer.found:
            parts.append(f"# {answer.driver}: nothing that it could use was found")
        parts += [
            f"# {found.driver}: {_one_line(found.what)}\n{found.settings.strip()}"
            for found in answer.found
        ]
    return "\n\n".join(parts) or "# no installed driver looks for hardware"


def _one_line(text: str) -> str:
    return " ".join(text.split())
