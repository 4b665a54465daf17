"""This is where a command finds the daemon that it asks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from edge.daemon.places import LIVE

Command = TypeVar("Command", bound=Callable[..., Any])


def state_option(command: Command) -> Command:
    """Give a command the option `--state`, which says whose daemon is asked."""
    return click.option(
        "--state",
        type=click.Path(file_okay=False, path_type=Path),
        default=LIVE,
        show_default=True,
        help="The daemon's state folder.",
    )(command)


def settings_option(command: Command) -> Command:
    """Give a command the option `--settings`, which says whose settings are read."""
    return click.option(
        "--settings",
        type=click.Path(dir_okay=False, path_type=Path),
        default=Path("/etc/store-edge/edge.toml"),
        show_default=True,
        help="The settings file.",
    )(command)
