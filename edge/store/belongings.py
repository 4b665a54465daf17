"""This is where everything is found that the store keeps about one person.

Every table is here, in one list or the other; a test holds the lists against the schema.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from edge.model.names import CustomerId, VisitId
from edge.store import audit, ledger, reading
from edge.store.engine import Connection
from edge.store.personal import BESIDE, SELECT, opened_row
from edge.store.rows import LedgerRow, visit_name
from edge.store.vault import need_vault

COUNTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "person": "mark = :mark",
        "customer": "person = :number",
        "personal": "person = :number",
        "visit": "person = :number",
        "withdrawal": "mark = :mark",
        "tombstone": "mark = :mark",
        "erasure": "mark = :mark",
        "audit": "subject = :mark",
    }
)
"""Tables whose rows can be a person's, and which of them are."""

IMPERSONAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "event": "what an event says of a person lies in `personal`",
        "outbox": "numbers of events",
        "snapshot": "sealed as a whole; looked through apart",
        "meta": "what the store knows about itself",
        "inbox": "names of requests and their answers, which name nobody",
        "playbook": "the platform's offers",
        "budget": "what of a day's privacy budget was spent",
        "_sqlite_migrations": "which migrations were applied",
    }
)
"""Tables that hold nothing about a person, or nothing of their own, and why."""


class Belongings(msgspec.Struct, frozen=True, kw_only=True):
    """What the store keeps about one person; nothing of what others are."""

    rows: dict[str, int]
    """Rows by table that were searched, the empty ones included."""
    visits: tuple[reading.VisitRow, ...]
    events: tuple[LedgerRow, ...]
    """What names them, and what is said of the visits that are theirs."""
    withdrawn_ms: dict[str, int]
    """Purposes that they took back here, and when."""
    erased_version: int | None
    """Up to which version they were erased; None where they never were."""
    erasures: tuple[str, ...]
    """Erasures that were asked for and are not finished."""
    entries: tuple[audit.Entry, ...]
    """Entries of the audit trail."""


def gather(reader: Connection, customer: CustomerId) -> Belongings:
    """Give all that is kept about a person.

    Raises: StoreError without the device's key: then nobody can be told from anybody.
    """
    mark = need_vault(reader, what="could not look for a person").cipher.mark(customer)
    row = reader.execute("SELECT number FROM person WHERE mark = ?", (mark,)).fetchone()
    number: int = -1 if row is None else row[0]
    at = {"mark": mark, "number": number}
    visits = _visits(reader, number)
    return Belongings(
        rows={
            table: _one(reader, f"SELECT count(*) FROM {table} WHERE {where}", at) or 0
            for table, where in COUNTED.items()
        },
        visits=visits,
        events=_events(reader, number, visits),
        withdrawn_ms=dict(
            reader.execute("SELECT purpose, at_ms FROM withdrawal WHERE mark = ?", (mark,))
        ),
        erased_version=_one(reader, "SELECT version FROM tombstone WHERE mark = :mark", at),
        erasures=tuple(
            request
            for (request,) in reader.execute(
                "SELECT request FROM erasure WHERE mark = ? ORDER BY place", (mark,)
            )
        ),
        entries=tuple(entry for entry in audit.entries(reader) if entry.subject == mark),
    )


def remembered(reader: Connection) -> bytes:
    """Give what fusion remembers; nothing where it cannot be opened, or was never kept."""
    found = ledger.newest_snapshot(reader)
    return b"" if found is None else found.state


def _visits(reader: Connection, number: int) -> tuple[reading.VisitRow, ...]:
    names = reader.execute(
        "SELECT id FROM visit WHERE person = ? ORDER BY started_ms", (number,)
    ).fetchall()
    found = (reading.visit(reader, visit_name(name)) for (name,) in names)
    return tuple(visit for visit in found if visit is not None)


def _events(
    reader: Connection, number: int, visits: tuple[reading.VisitRow, ...]
) -> tuple[LedgerRow, ...]:
    rows = reader.execute(f"{SELECT} event {BESIDE} WHERE personal.person = ?", (number,))
    naming = {row[0]: opened_row(row, reader.vault) for row in rows.fetchall()}
    theirs: list[VisitId] = [visit.visit for visit in visits]
    around = {row.sequence: row for visit in theirs for row in reading.of_visit(reader, visit)}
    found = around | naming
    return tuple(found[sequence] for sequence in sorted(found))


def _one(reader: Connection, sql: str, values: Mapping[str, Any]) -> int | None:
    row: tuple[int] | None = reader.execute(sql, dict(values)).fetchone()
    return None if row is None else row[0]
