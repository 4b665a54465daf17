"""This is where `edge audit` reads what the appliance did with people's data."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from edge.cli.asking import state_option
from edge.cli.lazy import LazyGroup
from edge.cli.output import EdgeCommand, json_option, say, write_json, write_table
from edge.errors import StoreError

if TYPE_CHECKING:
    from edge.store.audit import Entry

MARK_DIGITS: Final = 8
"""Digits of a person's mark that a table shows: enough to see which entries belong together."""
LOG_COMMANDS: Final = {
    "export": ("edge.cli.audit:export", "Write the trail into a file, one entry a line."),
    "show": ("edge.cli.audit:show", "Show the newest entries."),
    "verify": ("edge.cli.audit:verify", "Say whether the trail is as it was written."),
}
AUDIT_COMMANDS: Final = {
    "log": ("edge.cli.audit:log", "Show, verify and export the audit trail."),
}


@click.group(cls=LazyGroup, lines=AUDIT_COMMANDS)
def audit() -> None:
    """Read what the appliance did with people's data."""


@click.group(cls=LazyGroup, lines=LOG_COMMANDS)
def log() -> None:
    """Show, verify and export the audit trail: who was erased, what was changed, what was swept.

    It names nobody: a person stands there as a keyed mark.
    """


@click.command(cls=EdgeCommand)
@state_option
@click.option("--last", type=click.IntRange(min=1), default=50, show_default=True, metavar="N")
@json_option
def show(state: Path, last: int, *, as_json: bool) -> None:
    """Show the newest N entries, oldest first."""
    from edge.daemon.trail import read_trail  # noqa: PLC0415 - loads when it runs

    found = read_trail(state).entries[-last:]
    if as_json:
        write_json([told(entry) for entry in found])
        return
    rows = [_row(told(entry)) for entry in found]
    write_table("Audit trail", ("entry", "at", "what", "person", "detail"), rows, right=(0,))


@click.command(cls=EdgeCommand)
@state_option
@json_option
def verify(state: Path, *, as_json: bool) -> None:
    """Say whether the trail is as it was written; the exit status is 74 where it is not.

    Every entry hangs on the one before it, under a key that is not in the database. What was kept
    long enough is cut off at the beginning; an entry within the trail says so.
    """
    from edge.daemon.trail import read_trail  # noqa: PLC0415 - loads when it runs

    verdict = read_trail(state).verdict
    if verdict.broken_at is not None:
        raise StoreError(
            "the audit trail is not as it was written",
            where=f"entry {verdict.broken_at}",
            why=verdict.why,
            remedy="keep a copy of the state folder and tell the data-protection officer",
        )
    if as_json:
        write_json(verdict)
    else:
        say(f"the audit trail is as it was written: {verdict.entries} entries")


@click.command(cls=EdgeCommand)
@state_option
@click.option("--out", type=click.File("w"), default="-", help="The file; else standard output.")
def export(state: Path, out: Any) -> None:
    """Write every entry as a line of JSON, with its link, for somebody else to keep."""
    import msgspec  # noqa: PLC0415 - loads when it runs

    from edge.daemon.trail import read_trail  # noqa: PLC0415 - likewise

    for entry in read_trail(state).entries:
        line = {**told(entry), "link": entry.link.hex()}
        out.write(f"{msgspec.json.encode(line).decode()}\n")


def told(entry: "Entry") -> dict[str, Any]:
    """Give an entry as JSON says it."""
    import msgspec  # noqa: PLC0415 - loads when it runs

    from edge.model.moment import rfc3339  # noqa: PLC0415 - likewise
    from edge.model.names import Instant  # noqa: PLC0415 - likewise
    from edge.store.rows import MILLISECOND  # noqa: PLC0415 - likewise

    return {
        "number": entry.number,
        "at": rfc3339(Instant(entry.at_ms * MILLISECOND)),
        "what": entry.what,
        "subject": None if entry.subject is None else entry.subject.hex(),
        "detail": msgspec.json.decode(entry.detail),
    }


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    detail = ", ".join(f"{key} {_word(value)}" for key, value in entry["detail"].items())
    mark = (entry["subject"] or "")[:MARK_DIGITS]
    return str(entry["number"]), entry["at"], entry["what"], mark, detail


def _word(value: Any) -> str:
    return (
        "-"
        if value in ([], "", None)
        else ", ".join(map(str, value if isinstance(value, list) else [value]))
    )
