"""This is where the store shows what it holds, in figures, to whoever has to vouch for it."""

from pathlib import Path
from typing import Final

import msgspec

from edge.store.engine import Connection

OVERWRITTEN: Final = frozenset({1, 2})
"""secure_delete: 1 overwrites what is deleted, 2 does where it costs no further writing."""

_ERASED: Final = (
    "SELECT mark FROM tombstone WHERE mark NOT IN (SELECT mark FROM erasure) AND NOT EXISTS "
    "(SELECT 1 FROM person JOIN customer ON customer.person = person.number "
    "WHERE person.mark = tombstone.mark AND customer.version > tombstone.version)"
)
_QUEUED_WITHDRAWN: Final = (
    "SELECT count(*) FROM outbox JOIN personal ON personal.sequence = outbox.sequence "
    "JOIN person ON person.number = personal.person "
    "JOIN withdrawal ON withdrawal.mark = person.mark WHERE withdrawal.purpose = 'visit_history'"
)


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the file; no row of it."""

    sqlite: str
    """Version of the SQLite that reads it."""
    rows: dict[str, int]
    """Rows by table."""
    oldest_visit_ms: int | None
    """When the oldest visit began, in ms since 1970."""
    oldest_event_ms: int | None
    """When the oldest event happened that the platform has acknowledged."""
    oldest_audit_ms: int | None
    oldest_erasure_ms: int | None
    """When the oldest erasure was asked for that is not finished."""
    marks_left: int
    """Marks of erased customers that a table other than the tombstones' still holds."""
    queued_withdrawn: int
    """Events that wait for the platform and name somebody who took their visits back."""
    most_spent: float
    """The most that published figures cost of any day's privacy budget (epsilon)."""
    wal_bytes: int
    """Size of the log beside the file, which keeps what was deleted until it is emptied."""


def overwrites_deleted(conn: Connection) -> bool:
    """Say whether this connection overwrites what it deletes."""
    (setting,) = conn.execute("PRAGMA secure_delete").fetchone()
    return setting in OVERWRITTEN


def holdings(reader: Connection, path: Path) -> Holdings:
    """Count what lies in the file at `path`, which `reader` reads."""
    names = [
        name
        for (name,) in reader.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "ORDER BY name"
        ).fetchall()
    ]
    log = path.with_name(f"{path.name}-wal")
    return Holdings(
        sqlite=reader.execute("SELECT sqlite_version()").fetchone()[0],
        rows={name: _one(reader, f'SELECT count(*) FROM "{name}"') or 0 for name in names},
        oldest_visit_ms=_one(reader, "SELECT min(started_ms) FROM visit"),
        oldest_event_ms=_one(
            reader,
            "SELECT min(at_ms) FROM event "
            "WHERE sequence < ifnull((SELECT min(sequence) FROM outbox), 1 << 62)",
        ),
        oldest_audit_ms=_one(reader, "SELECT min(at_ms) FROM audit"),
        oldest_erasure_ms=_one(reader, "SELECT min(asked_ms) FROM erasure"),
        marks_left=_marks_left(reader),
        queued_withdrawn=_one(reader, _QUEUED_WITHDRAWN) or 0,
        most_spent=reader.execute("SELECT ifnull(max(spent), 0.0) FROM budget").fetchone()[0],
        wal_bytes=log.stat().st_size if log.exists() else 0,
    )


def _marks_left(reader: Connection) -> int:
    """Count the rows that stand for somebody who was erased and did not come back.

    Who is just being erased is not counted.
    """
    return sum(
        _one(reader, f"SELECT count(*) FROM {table} WHERE mark IN ({_ERASED})") or 0
        for table in ("person", "withdrawal")
    )


def _one(reader: Connection, sql: str) -> int | None:
    row: tuple[int | None] = reader.execute(sql).fetchone()
    return row[0]
