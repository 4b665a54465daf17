"""This is where events are numbered and kept, together with what they mean for visits."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final

import msgspec

from edge.errors import StoreError
from edge.model.event import Event
from edge.model.names import Instant
from edge.store import personal, visits
from edge.store.engine import Connection
from edge.store.rows import to_row
from edge.store.writer import Writer

_BOUND: Final = b"snapshot"

LOCKED: Final = b""
"""What is given for a state that cannot be opened."""

_LAST: Final = "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0)"
_EVENT: Final = (
    "INSERT INTO event (type, at_ms, recorded_ms, visit, data, synced, sequence) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What fusion knew when a batch of events was appended; a restart goes on from here."""

    position: int
    """How far the intake had come, in its own count; kept as given."""
    at: Instant
    """How far fusion's line of time had come."""
    state: bytes
    """Fusion's state as fusion encoded it; LOCKED where the device's key does not open it."""


class Ledger:
    """The durable record of events, numbered from 1 without a gap within its epoch."""

    def __init__(self, writer: Writer, *, epoch: str) -> None:
        """Write through the one writer; the epoch is the one that stands in the file."""
        self._writer = writer
        self.epoch = epoch

    def append(
        self,
        events: Sequence[Event],
        *,
        snapshot: Snapshot | None = None,
        synced: bool = True,
        also: Callable[[Connection], object] | None = None,
    ) -> Future[tuple[int, int]]:
        """Keep events, outbox, visits and snapshot in one transaction, under the next numbers.

        The future gives the first and the last number once they are on the disk; of no events at
        all, first is last + 1. `synced` tells whether the clock was synchronised at the time.
        `also` is done in the same transaction. Blocks while the writer's queue is full.
        Raises: StoreError for an event that cannot be kept, and after the store was closed.
        """
        named = personal.named(events)
        readable = list(events)
        for said in named:
            readable[said.place] = personal.readable(events[said.place])
        rows = [(*to_row(event), int(synced)) for event in readable]
        wanted = visits.changes(events)

        def job(conn: Connection) -> tuple[int, int]:
            before = last_sequence(conn)
            numbers = range(before + 1, before + 1 + len(rows))
            conn.executemany(
                _EVENT, ((*row, number) for row, number in zip(rows, numbers, strict=True))
            )
            conn.executemany("INSERT INTO outbox VALUES (?)", ((number,) for number in numbers))
            for said in named:
                personal.keep(conn, said, sequence=numbers[said.place])
            visits.apply(conn, wanted)
            if snapshot is not None:
                keep_snapshot(conn, snapshot)
            if also is not None:
                also(conn)
            return before + 1, before + len(rows)

        return self._writer.submit(job)

    def snapshot(self) -> Snapshot | None:
        """Give the newest snapshot; waits for the writer, so it is for the start only."""
        return self._writer.submit(newest_snapshot).result()

    def last(self) -> int:
        """Give the number given last; waits for the writer, so it is for start and end only."""
        return self._writer.submit(last_sequence).result()

    def correct_clock(self, by_ms: int, *, since: int = 1) -> Future[int]:
        """Shift what is unacknowledged and was stamped by an unsynchronised clock; give how many.

        Milliseconds to add, found out when the clock was synchronised. They hold for the events
        from the number `since` on: an earlier run's clock was wrong by another time.
        """

        def job(conn: Connection) -> int:
            return conn.execute(
                "UPDATE event SET at_ms = at_ms + ?, recorded_ms = recorded_ms + ?, synced = 1 "
                "WHERE synced = 0 AND sequence >= (SELECT min(sequence) FROM outbox) "
                "AND sequence >= ?",
                (by_ms, by_ms, since),
            ).rowcount

        return self._writer.submit(job)


def last_sequence(conn: Connection) -> int:
    """Give the number given last, whether or not it was acknowledged since; 0 before the first."""
    row: tuple[int] = conn.execute(_LAST).fetchone()
    return row[0]


def keep_snapshot(conn: Connection, snapshot: Snapshot) -> None:
    """Put the snapshot in the place of the one before."""
    cipher = None if conn.vault is None else conn.vault.cipher
    state = snapshot.state if cipher is None else cipher.seal_own(snapshot.state, bound=_BOUND)
    conn.execute(
        "INSERT INTO snapshot VALUES (1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "position = excluded.position, at_ns = excluded.at_ns, sealed = excluded.sealed, "
        "state = excluded.state",
        (snapshot.position, snapshot.at, cipher is not None, state),
    )


def newest_snapshot(conn: Connection) -> Snapshot | None:
    """Give the newest snapshot; a reader's connection does."""
    row = conn.execute("SELECT position, at_ns, sealed, state FROM snapshot").fetchone()
    if row is None:
        return None
    position, at_ns, sealed, state = row
    if sealed:
        state = _opened(conn, state)
    return Snapshot(position=position, at=Instant(at_ns), state=state)


def _opened(conn: Connection, sealed: bytes) -> bytes:
    """Open fusion's memory; nothing where the device's key does not."""
    if conn.vault is None:
        return LOCKED
    try:
        return conn.vault.cipher.open_own(sealed, bound=_BOUND)
    except StoreError:  # counting begins anew, as after a long time without the service (R20)
        return LOCKED
