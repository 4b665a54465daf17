"""This is where the reference of the commands is made from what click knows of them."""

from collections.abc import Iterator
from copy import copy

import click

from edge.cli.main import main
from edge.errors import EdgeError
from scripts.pages.errors import errors_below

HEAD = """# Commands

This page is made by `scripts/reference` from the commands themselves.

Every command takes `-h` and `--help`.
Answers go to standard output, errors and progress to standard error.
With `--json` a command answers in JSON, and an error is a JSON object too:
`{"error": {"code": 78, "what": "…", "where": "…", "why": "…", "remedy": "…"}}`.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 2 | the command line is wrong; the message says how |
"""


def page() -> str:
    """Give the page in Markdown."""
    codes = "".join(
        f"| {kind.exit_code} | `{kind.__name__}`: {first_line(kind)} |\n"
        for kind in sorted(errors_below(EdgeError), key=lambda kind: kind.exit_code)
    )
    helps = "".join(
        f"\n## `{name}`\n\n```text\n{text}\n```\n" for name, text in all_help(main, "edge")
    )
    return HEAD + codes + helps


def all_help(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """Give the help of a command and of every command below it, each with its full name."""
    context = click.Context(command, info_name=name, terminal_width=100)
    told = copy(command)
    told.add_help_option = False  # click keeps the one of the first call, whoever that was
    yield name, told.get_help(context).rstrip()
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None:
                yield from all_help(found, f"{name} {below}")


def first_line(kind: type) -> str:
    """Give the first sentence of a class's docstring, without its full stop."""
    return (kind.__doc__ or "").strip().splitlines()[0].removesuffix(".")
