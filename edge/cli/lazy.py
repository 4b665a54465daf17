"""This is where groups of commands stand whose commands load when they are called."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group that imports a command when it is called, so that `--help` starts at once."""

    def __init__(self, *args: Any, lines: Mapping[str, tuple[str, str]], **more: Any) -> None:
        """`lines` names every command: where it lives (`module:name`) and its line in the help."""
        super().__init__(*args, **more)
        self._lines = lines

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names of all commands."""
        del ctx
        return sorted(self._lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in self._lines:
            return None
        module, _, name = self._lines[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        if not self._lines:
            return
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._lines[name][1]) for name in sorted(self._lines)])
