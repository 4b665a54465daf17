"""This is where it is kept what was published of each day, and what it cost of the day's budget."""

from fractions import Fraction
from typing import Final

from edge.store import meta
from edge.store.engine import Connection

_RELEASE: Final = "published."


def spent(reader: Connection, day: str) -> Fraction:
    """Give what of a day's budget was spent (epsilon)."""
    row: tuple[float] | None = reader.execute(
        "SELECT spent FROM budget WHERE day = ?", (day,)
    ).fetchone()
    return Fraction(0) if row is None else Fraction(row[0]).limit_denominator(10**6)


def spend(conn: Connection, day: str, amount: Fraction) -> None:
    """Count what figures of a day cost; to be called in the job that keeps them."""
    conn.execute(
        "INSERT INTO budget VALUES (?, ?) ON CONFLICT DO UPDATE SET spent = excluded.spent",
        (day, float(spent(conn, day) + amount)),
    )


def release(reader: Connection, day: str, *, order: str) -> bytes | None:
    """Give what was published of a day before on the same order; None where nothing was."""
    kept = meta.get(reader, f"{_RELEASE}{day}.{order}")
    return None if kept is None else kept.encode()


def keep_release(conn: Connection, day: str, *, order: str, body: bytes) -> None:
    """Keep what is published, so that it is the same the next time; to be called in a job."""
    meta.put(conn, f"{_RELEASE}{day}.{order}", body.decode())
