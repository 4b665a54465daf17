"""This is where all sensing but door counters is switched off and on again."""

from pathlib import Path
from typing import Final

import click

from edge.cli.asking import settings_option, state_option
from edge.cli.output import EdgeCommand, say
from edge.errors import ConfigError, StoreError

DROP_IN: Final = "90-paused.toml"
"""The drop-in that says so: it survives a restart, and the last word of the drop-ins is its."""
TEXT: Final = "# Written by: edge privacy pause\n[privacy]\npaused = true\n"


@click.command(cls=EdgeCommand)
@settings_option
@state_option
def pause(settings: Path, state: Path) -> None:
    """Switch off all sensing but door counters, until `edge privacy resume`.

    It holds after a restart too. Door counters go on: they know nobody.
    """
    file = _drop_in(settings)
    try:
        file.parent.mkdir(exist_ok=True)
        file.write_text(TEXT, encoding="utf-8")
    except OSError as error:
        raise _not_written(file, error) from error
    say(_take_effect(state, "everything but door counters is switched off"))


@click.command(cls=EdgeCommand)
@settings_option
@state_option
def resume(settings: Path, state: Path) -> None:
    """Let sensing go on as the settings say."""
    from edge.config.load import load_settings  # noqa: PLC0415 - loads when it runs

    file = _drop_in(settings)
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise _not_written(file, error) from error
    if load_settings(settings).privacy.paused:
        raise ConfigError(
            "sensing stays switched off",
            where=str(settings),
            why="the settings themselves say [privacy] paused = true",
            remedy="take that line out, then run: edge reload",
        )
    say(_take_effect(state, "sensing goes on as the settings say"))


def _drop_in(settings: Path) -> Path:
    return settings.with_name(f"{settings.name}.d") / DROP_IN


def _take_effect(state: Path, what: str) -> str:
    """Have the daemon read it, where one runs."""
    from edge.daemon.control import SOCKET  # noqa: PLC0415 - loads when it runs
    from edge.daemon.control_client import ask  # noqa: PLC0415 - likewise

    if not (state / SOCKET).exists():
        return f"{what} once the service starts"
    ask(state, "reload")
    return what


def _not_written(file: Path, error: OSError) -> StoreError:
    return StoreError(
        "cannot write into the settings",
        where=str(file),
        why=error.strerror or "",
        remedy="run it with sudo",
    )
