"""This is where the store shows what it holds, in figures, to whoever has to vouch for it."""

from pathlib import Path
from typing import Final

import msgspec

from edge.store.engine import Connection

OVERWRITTEN: Final = frozenset({1, 2})
"""secure_delete: 1 overwrites what is deleted, 2 does where it costs no further writing."""


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the file; no row of it."""

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
        rows={name: _one(reader, f'SELECT count(*) FROM "{name}"') or 0 for name in names},
        oldest_visit_ms=_one(reader, "SELECT min(started_ms) FROM visit"),
        oldest_event_ms=_one(
            reader,
            "SELECT min(at_ms) FROM event "
            "WHERE sequence < ifnull((SELECT min(sequence) FROM outbox), 1 << 62)",
        ),
        oldest_audit_ms=_one(reader, "SELECT min(at_ms) FROM audit"),
        oldest_erasure_ms=_one(reader, "SELECT min(asked_ms) FROM erasure"),
        marks_left=sum(_marks_left(reader, name) for name in names if name != "tombstone"),
        wal_bytes=log.stat().st_size if log.exists() else 0,
    )


def _marks_left(reader: Connection, table: str) -> int:
    """Count the rows that stand for a customer who was erased and did not come back."""
    columns = {row[1] for row in reader.execute(f'PRAGMA table_info("{table}")').fetchall()}
    if "mark" not in columns:
        return 0
    newer = "AND other.version <= tombstone.version" if "version" in columns else ""
    found = _one(
        reader,
        f'SELECT count(*) FROM "{table}" AS other JOIN tombstone ON other.mark = tombstone.mark '
        f"{newer}",
    )
    return found or 0


def _one(reader: Connection, sql: str) -> int | None:
    row: tuple[int | None] = reader.execute(sql).fetchone()
    return row[0]
