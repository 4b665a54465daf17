"""This is where `report`, `explain` and `now` read a ledger and give their answers."""

from datetime import datetime
from pathlib import Path
from typing import Final

from edge.cli.output import say, write_json
from edge.cli.reporting.choice import choose_visit
from edge.cli.reporting.ledgers import find_ledger, open_ledger
from edge.cli.reporting.moment import Now, describe_now
from edge.cli.reporting.rows import milliseconds
from edge.cli.reporting.story import Story, tell_story
from edge.errors import ConfigError
from edge.model.event import OccupancyEstimated, SourceStateChanged
from edge.model.names import Instant, VisitId
from edge.store.engine import Connection
from edge.store.outbox import depth
from edge.store.reading import events, latest, of_visit, visits
from edge.store.rows import MILLISECOND, LedgerRow

LOOK_BACK_MS: Final = 24 * 3_600_000
"""No visit is longer, so `now` needs no older events but those of the sources' health."""


def answer_now(place: Path | None, *, now: datetime, as_json: bool) -> None:
    """Say how the store is at a moment.

    Raises: ConfigError when there is no ledger, StoreError when it cannot be read.
    """
    now_ms = milliseconds(now)
    with open_ledger(find_ledger(place, timezone=None).database) as reader:
        newest = latest(reader, OccupancyEstimated)
        newest_ms = now_ms if newest is None else min(now_ms, newest.at_ms)
        since = Instant((newest_ms - LOOK_BACK_MS) * MILLISECOND)
        # A source may have changed last weeks ago; its changes are few.
        changes = list(events(reader, types=(SourceStateChanged,)))
        found = describe_now(
            [*changes, *events(reader, since=since)], now_ms=now_ms, outbox=depth(reader)
        )
    if as_json:
        write_json(found)
    else:
        _write_now(found)


def answer_explain(wanted: str, place: Path | None, *, timezone: str | None, as_json: bool) -> None:
    """Tell a visit's story.

    Raises: ConfigError when no visit, or no single one, begins so; StoreError.
    """
    ledger = find_ledger(place, timezone=timezone)
    with open_ledger(ledger.database) as reader:
        visit = choose_visit(wanted, [row.visit for row in visits(reader)])
        story = tell_story(visit, _rows_about(reader, visit), zone=ledger.zone)
    if as_json:
        write_json(story)
    else:
        _write_story(story)


def answer_report(
    place: Path | None, *, out: Path | None, timezone: str | None, as_json: bool
) -> None:
    """Write the report's page, or its figures as JSON.

    Raises: ConfigError when there is no ledger or the page cannot be written; StoreError.
    """
    # The drawing library takes a second to load; the other answers do without it.
    from edge.cli.reporting.page import make_page  # noqa: PLC0415 - see above
    from edge.cli.reporting.panels import make_panels  # noqa: PLC0415 - see above
    from edge.cli.reporting.summary import summarise  # noqa: PLC0415 - see above

    ledger = find_ledger(place, timezone=timezone)
    with open_ledger(ledger.database) as reader:
        summary = summarise(events(reader), ledger.zone)
    if not summary.events:
        raise ConfigError(
            "cannot draw a report",
            where=str(ledger.database),
            why="the ledger holds no events yet",
            remedy="wait for the first ones, or run: edge replay FOLDER",
        )
    page = make_page(
        ledger.store, summary, panels=make_panels(summary, ledger.zone), zone=ledger.zone
    )
    file = out or Path(f"{ledger.store}.html")
    _write_page(file, page)
    if as_json:
        write_json({"file": str(file), "figures": summary})
    else:
        say(f"Report of {summary.events:,} events: {file}")


def _rows_about(reader: Connection, visit: VisitId) -> list[LedgerRow]:
    """Give a visit's own rows and those of the visits that were merged into it, in order."""
    parts = {visit, *(row.visit for row in visits(reader) if row.merged_into == visit)}
    rows = [row for part in parts for row in of_visit(reader, part)]
    return sorted(rows, key=lambda row: row.sequence)


def _write_now(found: Now) -> None:
    say(found.sentence)
    for source in found.not_watching:
        why = ": ".join(part for part in (source.reason, source.remedy) if part)
        if why:
            say(f"  {source.source}: {why}")


def _write_story(story: Story) -> None:
    say(story.summary)
    for line in story.lines:
        say(f"  {line.clock}  {line.words}")


def _write_page(file: Path, page: str) -> None:
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            "cannot write the report",
            where=str(file),
            why=error.strerror or str(error),
            remedy="name another file with --out",
        ) from error
