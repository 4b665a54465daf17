"""This is where the commands that look at everything describe the machine that they look at."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from edge.daemon.doctor.machine import Machine

Command = TypeVar("Command", bound=Callable[..., Any])


def settings_option(command: Command) -> Command:
    """Give a command the option `--settings`, which names the settings file."""
    return click.option(
        "--settings",
        type=click.Path(path_type=Path),
        default=Path("/etc/store-edge/edge.toml"),
        show_default=True,
        help="The settings file.",
    )(command)


def this_machine(settings: Path, state: Path) -> "Machine":
    """Describe the machine that we run on, with the appliance's settings and state."""
    from edge.daemon.doctor.machine import Machine, service_account  # noqa: PLC0415 - as it runs

    return Machine(
        settings=settings.absolute(),
        state=state.absolute(),
        account=service_account(),
        now_ns=time.time_ns,
    )
