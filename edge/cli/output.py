"""This is where a command's answer is laid out: for a person, or as JSON for a program.

Answers go to standard output, errors and progress to standard error.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from edge.errors import EdgeError

if TYPE_CHECKING:
    from rich.console import Console

Command = TypeVar("Command", bound=Callable[..., Any])


class EdgeCommand(click.Command):
    """A command whose errors are said in full and end it with the error's own exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an EdgeError becomes words (or JSON) on standard error."""
        try:
            return super().invoke(ctx)
        except EdgeError as error:
            say_error(error, as_json=bool(ctx.params.get("as_json")))
            ctx.exit(error.exit_code)


def json_option(command: Command) -> Command:
    """Give a command the option `--json`, handed over as `as_json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Answer in JSON, for a program to read."
    )(command)


def write_json(value: Any) -> None:
    """Write a value as indented JSON; structs and their tuples are welcome, paths become texts."""
    click.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2))


def say_error(error: EdgeError, *, as_json: bool) -> None:
    """Say what was attempted, where, why it failed and what to do, each on a line of its own."""
    parts = {
        "what": error.what,
        "where": error.where,
        "why": error.why,
        "remedy": error.remedy,
    }
    if as_json:
        said = {"error": {"code": error.exit_code, **parts}}
        click.echo(msgspec.json.encode(said).decode(), err=True)
        return
    click.echo(click.style("error: ", fg="red", bold=True) + error.what, err=True)
    for name in ("where", "why", "remedy"):
        if parts[name]:
            click.echo(click.style(f"{name:>7}: ", dim=True) + parts[name], err=True)


def terminal(*, err: bool = False) -> "Console":
    """Open the terminal for tables and marked-up text; nothing in it is highlighted by itself."""
    from rich.console import Console  # noqa: PLC0415 - rich loads only for the commands that draw

    return Console(stderr=err, highlight=False)


def say(text: str) -> None:
    """Write a text as it is; a terminal wraps it between words, a file gets it in one line."""
    screen = terminal()
    screen.print(text, markup=False, soft_wrap=not screen.is_terminal)


def write_table(
    heading: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Iterable[int] = (),
) -> None:
    """Draw a table; `right` names the columns of figures, which stand flush right."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - rich loads only for the commands that draw
    from rich.markup import escape  # noqa: PLC0415 - likewise
    from rich.table import Table  # noqa: PLC0415 - likewise

    table = Table(title=escape(heading), title_justify="left", box=SIMPLE_HEAD, title_style="bold")
    figures = set(right)
    for place, name in enumerate(columns):
        table.add_column(escape(name), justify="right" if place in figures else "left")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    terminal().print(table)
