"""This is where the one file is opened and its parts are put together."""

import secrets
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from edge.errors import StoreError
from edge.store import meta
from edge.store.cipher import Cipher
from edge.store.engine import (
    BUSY_WAIT_MS,
    Connection,
    SqliteError,
    connect_reader,
    connect_writer,
    store_error,
)
from edge.store.inbox import Inbox
from edge.store.ledger import Ledger
from edge.store.migrations import upgrade, version
from edge.store.outbox import Outbox
from edge.store.schema import VERSION
from edge.store.vault import Vault, keep_fingerprint, vault_of
from edge.store.writer import Writer

EPOCH: Final = "epoch"
"""Where the epoch stands in meta."""

_EPOCH_BYTES: Final = 8
"""64 random bits: two of 5,000 stores' ledgers share an epoch with a chance under 1e-12."""

_SCRUB_WAIT_MS: Final = 50
"""A scrub waits this long for readers; meanwhile nothing is written, so it is short."""


class Store:
    """One SQLite file with one writer thread.

    `Store.open` is the way to make one. Everything that changes the file goes through `writer`;
    everything that only reads takes a connection of `reader()`.
    """

    def __init__(
        self, path: Path, writer: Writer, *, epoch: str, vault: Vault | None = None
    ) -> None:
        """Put the parts together; the writer works already."""
        self.path = path
        self.vault = vault
        """None where the device's key is missing or another one: nobody is known then."""
        self.writer = writer
        self.epoch = epoch
        self.ledger = Ledger(writer, epoch=epoch)
        self.outbox = Outbox(writer, epoch=epoch)
        self.inbox = Inbox(writer)

    @classmethod
    def open(cls, path: Path, *, epoch: str | None = None, cipher: Cipher | None = None) -> Self:
        """Open the file, making or upgrading it where needed, and start to write.

        A new file gets the epoch, or a random one. Without a cipher, or with one of another device
        than the file's, `vault` is None: nothing is kept of anybody, and nobody can be read.
        Raises: StoreError where the file is damaged, another program's, made by a newer version, or
        of another epoch than the one given.
        """
        conn = connect_writer(path)
        try:
            conn.execute("BEGIN IMMEDIATE")
            conn.vault = vault_of(conn, cipher)
            was = version(conn)
            upgrade(conn, path)
            keep_fingerprint(conn)
            found = _epoch(conn, path, wanted=epoch)
            conn.execute("COMMIT")
            if was != VERSION:  # what an older version left readable is overwritten at once
                _truncate_wal(conn)
        except SqliteError as why:
            conn.close()
            raise store_error(why, what="could not open the store", where=path) from why
        except StoreError:
            conn.close()
            raise
        writer = Writer(conn, path)
        writer.start()
        return cls(path, writer, epoch=found, vault=conn.vault)

    def reader(self) -> Connection:
        """Give a new connection that can only read; it is its caller's to close."""
        return connect_reader(self.path, self.vault)

    def scrub(self) -> Future[bool]:
        """Empty the WAL, so that nothing that was deleted is left in it (R26).

        The future gives False where a reader still looks at an old state; then try again.
        """
        return self.writer.submit_alone(_truncate_wal)

    def close(self) -> None:
        """Finish what was submitted and close; may be called again."""
        self.writer.close()

    def __enter__(self) -> Self:
        """Give the open store."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


def _epoch(conn: Connection, path: Path, *, wanted: str | None) -> str:
    """Give the file's epoch, and a new file its own."""
    found = meta.get(conn, EPOCH)
    if found is None:
        found = wanted or secrets.token_hex(_EPOCH_BYTES)
        meta.put(conn, EPOCH, found)
    elif wanted is not None and wanted != found:
        raise StoreError(
            "could not open the store",
            where=str(path),
            why=f"its epoch is {found}, not {wanted}",
            remedy="open it without naming an epoch",
        )
    return found


def _truncate_wal(conn: Connection) -> bool:
    """Copy the WAL into the file and cut it to nothing, unless a reader is in the way."""
    conn.execute(f"PRAGMA busy_timeout = {_SCRUB_WAIT_MS}").close()
    busy: int = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    conn.execute(f"PRAGMA busy_timeout = {BUSY_WAIT_MS}").close()
    return busy == 0
