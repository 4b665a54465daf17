"""This is where the events wait that the platform has not acknowledged yet."""

from concurrent.futures import Future
from typing import Final

from edge.errors import WireError
from edge.store.engine import Connection
from edge.store.ledger import last_sequence
from edge.store.personal import BESIDE, SELECT, opened_row
from edge.store.rows import LedgerRow
from edge.store.writer import Writer

_PEEK: Final = (
    f"{SELECT} outbox JOIN event ON event.sequence = outbox.sequence {BESIDE} "
    "WHERE outbox.sequence > ? ORDER BY outbox.sequence LIMIT ?"
)


def depth(reader: Connection) -> int:
    """Give how many events wait; the numbers are contiguous, so two look-ups are enough."""
    row: tuple[int] = reader.execute(
        "SELECT ifnull((SELECT max(sequence) FROM outbox) + 1 - "
        "(SELECT min(sequence) FROM outbox), 0)"
    ).fetchone()
    return row[0]


def oldest_ms(reader: Connection) -> int | None:
    """Give when the oldest waiting event was recorded, in ms since 1970; None of none."""
    row: tuple[int] | None = reader.execute(
        "SELECT recorded_ms FROM event WHERE sequence = (SELECT min(sequence) FROM outbox)"
    ).fetchone()
    return None if row is None else row[0]


class Outbox:
    """Events on their way: always the newest ones, without a gap, in order."""

    def __init__(self, writer: Writer, *, epoch: str) -> None:
        """Delete through the one writer; the epoch is the one that stands in the file."""
        self._writer = writer
        self._epoch = epoch
        self.locked = 0
        """Events that were given for sending without their person, whose key is not there."""
        self._locked_through = 0

    def peek(self, reader: Connection, *, after: int, limit: int) -> list[LedgerRow]:
        """Give up to `limit` events behind a sequence, oldest first, and leave them there.

        One whose person's key is gone is given without the person, and counted in `locked`.
        """
        found = reader.execute(_PEEK, (after, limit)).fetchall()
        rows = [opened_row(row, reader.vault) for row in found]
        self._count(rows)
        return rows

    def acknowledge(self, epoch: str, through: int) -> Future[int]:
        """Let go of everything up to a sequence; the future gives how many that were.

        A number acknowledged before gives 0. The future raises WireError for another epoch and for
        a number that was never given: nothing is let go then, and the caller counts the refusal.
        """

        def job(conn: Connection) -> int:
            last = last_sequence(conn)
            if epoch != self._epoch:
                raise WireError(
                    "refused an acknowledgement",
                    why=f"it is for the epoch {epoch!r:.40}, this ledger's is {self._epoch!r}",
                    remedy="acknowledge events under the epoch of their own batch",
                )
            if not 0 <= through <= last:
                raise WireError(
                    "refused an acknowledgement",
                    why=f"it is for the sequence {through}, the last one given is {last}",
                    remedy="acknowledge no sequence that was not received",
                )
            return conn.execute("DELETE FROM outbox WHERE sequence <= ?", (through,)).rowcount

        return self._writer.submit(job)

    def _count(self, rows: list[LedgerRow]) -> None:
        """Count those that are locked once, however often they are read."""
        locked = [
            row.sequence for row in rows if row.is_locked and row.sequence > self._locked_through
        ]
        if locked:
            self.locked += len(locked)
            self._locked_through = locked[-1]

    def depth(self, reader: Connection) -> int:
        """Give how many events wait."""
        return depth(reader)

    def oldest_ms(self, reader: Connection) -> int | None:
        """Give when the oldest waiting event was recorded, in ms since 1970; None of none."""
        return oldest_ms(reader)
