"""This is where it is kept what customers took back in the store, under marks that name nobody."""

from collections.abc import Iterable

from edge.model.names import Instant
from edge.store.engine import Connection
from edge.store.rows import MILLISECOND


def put(conn: Connection, mark: bytes, purposes: Iterable[str], *, at: Instant) -> int:
    """Keep that purposes were taken back at a moment; give how many were not before.

    To be called in a job of the writer.
    """
    return sum(
        conn.execute(
            "INSERT INTO withdrawal VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
            "at_ms = excluded.at_ms WHERE excluded.at_ms > at_ms",
            (mark, purpose, at // MILLISECOND),
        ).rowcount
        for purpose in purposes
    )


def of(conn: Connection, mark: bytes) -> dict[str, Instant]:
    """Give what one person took back, and when."""
    found = conn.execute("SELECT purpose, at_ms FROM withdrawal WHERE mark = ?", (mark,)).fetchall()
    return {purpose: Instant(at_ms * MILLISECOND) for purpose, at_ms in found}


def everybodys(reader: Connection) -> dict[bytes, dict[str, Instant]]:
    """Give what everybody took back, by mark."""
    found: dict[bytes, dict[str, Instant]] = {}
    rows = reader.execute("SELECT mark, purpose, at_ms FROM withdrawal").fetchall()
    for mark, purpose, at_ms in rows:
        found.setdefault(mark, {})[purpose] = Instant(at_ms * MILLISECOND)
    return found


def are_any(conn: Connection) -> bool:
    """Say whether anybody took anything back."""
    return conn.execute("SELECT 1 FROM withdrawal LIMIT 1").fetchone() is not None


def lift(conn: Connection, mark: bytes, purposes: Iterable[str]) -> None:
    """Forget that purposes were taken back, because they were given anew; in a job."""
    conn.executemany(
        "DELETE FROM withdrawal WHERE mark = ? AND purpose = ?",
        [(mark, purpose) for purpose in purposes],
    )


def forget(conn: Connection, mark: bytes) -> int:
    """Forget everything that one person took back: they are erased; gives rows. In a job."""
    return conn.execute("DELETE FROM withdrawal WHERE mark = ?", (mark,)).rowcount
