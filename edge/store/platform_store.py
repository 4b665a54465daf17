"""This is where the reference platform keeps the events it received, each exactly once."""

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Self

import msgspec

from edge.errors import StoreError
from edge.store.engine import Connection, SqliteError, connect_reader, connect_writer, store_error
from edge.store.writer import Writer

_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS received (
        node TEXT NOT NULL,
        epoch TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        type TEXT NOT NULL,
        time TEXT NOT NULL,
        faulty INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (node, epoch, sequence)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS stream (
        node TEXT NOT NULL,
        epoch TEXT NOT NULL,
        through INTEGER NOT NULL,
        duplicates INTEGER NOT NULL,
        PRIMARY KEY (node, epoch)
    ) STRICT, WITHOUT ROWID""",
)


class ReceivedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it came."""

    sequence: int
    type: str
    time: str
    is_faulty: bool
    """Its data is not as its type's schema says; it is kept all the same."""
    body: bytes


class StreamTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one ledger."""

    epoch: str
    events: int
    through: int
    """Everything up to here was acknowledged."""
    last: int
    """The highest sequence that came."""
    gaps: int
    """Sequences up to `last` that did not come: events that are lost, or still on their way."""
    duplicates: int
    """Copies that were recognised and left out."""
    faulty: int


class PlatformStore:
    """One SQLite file with one writer thread; `PlatformStore.open` is the way to make one."""

    def __init__(self, path: Path, writer: Writer) -> None:
        self._path = path
        self._writer = writer

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, making it where it is not there, and start to write.

        Raises: StoreError where the file cannot be used.
        """
        conn = connect_writer(path)
        try:
            for table in _TABLES:
                conn.execute(table)
        except SqliteError as why:
            conn.close()
            raise store_error(why, what="could not open the database", where=path) from why
        writer = Writer(conn, path)
        writer.start()
        return cls(path, writer)

    def close(self) -> None:
        """Finish what was submitted and close."""
        self._writer.close()

    def take_in(
        self, node: str, epoch: str, rows: Sequence[ReceivedRow], *, confirmed: int
    ) -> Future[int]:
        """Keep events; the future gives the sequence up to which everything is durably here.

        `confirmed` is what the node says was acknowledged before: it does not have these events
        any more, so waiting for them would be in vain, and they count as gaps if they are not here.
        """

        def job(conn: Connection) -> int:
            before = conn.total_changes
            conn.executemany(
                "INSERT INTO received VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    (node, epoch, row.sequence, row.type, row.time, row.is_faulty, row.body)
                    for row in rows
                ),
            )
            duplicates = len(rows) - (conn.total_changes - before)
            through = _contiguous(
                conn, node, epoch, start=max(confirmed, _through(conn, node, epoch))
            )
            conn.execute(
                "INSERT INTO stream VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "through = excluded.through, duplicates = duplicates + excluded.duplicates",
                (node, epoch, through, duplicates),
            )
            return through

        return self._writer.submit(job)

    def reached(self, node: str) -> list[tuple[str, int]]:
        """Give a node's epochs and how far each was acknowledged."""
        reader = connect_reader(self._path)
        try:
            return reader.execute(
                "SELECT epoch, through FROM stream WHERE node = ?", (node,)
            ).fetchall()
        finally:
            reader.close()


def totals(path: Path) -> dict[str, list[StreamTotals]]:
    """Count what a platform's database holds, by node; another program may be writing to it.

    Raises: StoreError where the file cannot be read.
    """
    if not path.is_file():
        raise StoreError(
            "could not read the platform's database",
            where=str(path),
            why="there is no such file",
            remedy="name the file that `edge platform run --database` was given",
        )
    reader = connect_reader(path)
    try:
        rows = reader.execute(
            "SELECT stream.node, stream.epoch, count(sequence), through, "
            "ifnull(max(sequence), 0), duplicates, ifnull(sum(faulty), 0) FROM stream "
            "LEFT JOIN received USING (node, epoch) GROUP BY stream.node, stream.epoch"
        ).fetchall()
    except SqliteError as why:
        raise store_error(why, what="could not read the platform's database", where=path) from why
    finally:
        reader.close()
    nodes: dict[str, list[StreamTotals]] = {}
    for node, epoch, events, through, last, duplicates, faulty in rows:
        stream = StreamTotals(
            epoch=epoch,
            events=events,
            through=through,
            last=last,
            gaps=last - events,
            duplicates=duplicates,
            faulty=faulty,
        )
        nodes.setdefault(node, []).append(stream)
    return nodes


def _through(conn: Connection, node: str, epoch: str) -> int:
    row: tuple[int] | None = conn.execute(
        "SELECT through FROM stream WHERE node = ? AND epoch = ?", (node, epoch)
    ).fetchone()
    return 0 if row is None else row[0]


def _contiguous(conn: Connection, node: str, epoch: str, *, start: int) -> int:
    """Give the last sequence before the first gap behind `start`."""
    through = start
    for (sequence,) in conn.execute(
        "SELECT sequence FROM received WHERE node = ? AND epoch = ? AND sequence > ? "
        "ORDER BY sequence",
        (node, epoch, start),
    ):
        if sequence != through + 1:
            break
        through = sequence
    return through
