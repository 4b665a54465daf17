"""This is where the database of a replay is opened: anew, or where a killed replay left it."""

from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from edge.daemon.keys import keep_key
from edge.daemon.ledgers import cipher_of
from edge.driver.recording import Recording
from edge.errors import ConfigError
from edge.store import meta
from edge.store.database import EPOCH, Store
from edge.store.engine import Connection, connect_reader
from edge.store.ledger import Snapshot
from edge.store.reading import events

PURPOSE: Final = "purpose"
REPLAY: Final = "replay"
DONE: Final = "replay.done"
STORE: Final = "store"
"""The store's name, for whoever reads the database."""
TIMEZONE: Final = "timezone"


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """A replay's open store, and how far an earlier run of it came."""

    store: Store
    snapshot: Snapshot | None

    def __enter__(self) -> Self:
        """Use the store."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close the store."""
        self.store.close()


def open_replay_store(path: Path, recording: Recording, *, epoch: str) -> Resume:
    """Open the database for a replay of the recording that `epoch` stands for.

    A replay of the same recording that did not come to its end goes on where it was; any other
    replay's database is replaced.
    The caller holds the database's lock.
    Raises: ConfigError where the file is no replay's: a live ledger is never replaced.
    """
    if path.exists() and not _goes_on(path, epoch=epoch):
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            (path.parent / name).unlink(missing_ok=True)
    store = Store.open(path, epoch=epoch, cipher=cipher_of(keep_key(path)))
    told = {PURPOSE: REPLAY, STORE: recording.store, TIMEZONE: recording.timezone}

    def tell(conn: Connection) -> None:
        for key, value in told.items():
            meta.put(conn, key, value)

    store.writer.submit(tell).result()
    return Resume(store=store, snapshot=store.ledger.snapshot())


def mark_done(store: Store) -> None:
    """Note that the replay came to its end."""
    store.writer.submit(lambda conn: meta.put(conn, DONE, "yes")).result()


def _goes_on(path: Path, *, epoch: str) -> bool:
    reader = connect_reader(path)
    try:
        if reader.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
            return False  # a run that was killed while it made the file
        purpose, found = meta.get(reader, PURPOSE), meta.get(reader, EPOCH)
        is_done = meta.get(reader, DONE) is not None
        is_empty = next(events(reader), None) is None
    finally:
        reader.close()
    if purpose != REPLAY and not (purpose is None and is_empty):
        raise ConfigError(
            "cannot replay into this database",
            where=str(path),
            why="it holds the ledger of a live store",
            remedy="name another file with --database",
        )
    return found == epoch and not is_done
