"""This is where a copy of the database is made that stays without anybody who is erased later.

A copy cannot be reached by an erasure. So it holds no person's key and nothing sealed with one;
what is left is the ledger as it may be kept of anybody. Customers come again from the platform.
"""

import os
from pathlib import Path
from typing import Final

from edge.errors import StoreError
from edge.store.engine import SqliteError, connect_reader, connect_writer, store_error

_TAKE_OUT: Final = (
    "UPDATE visit SET person = NULL, confidence = NULL, grade = NULL",
    "DELETE FROM personal",
    "DELETE FROM customer",
    "DELETE FROM person",
    "DELETE FROM snapshot",
    "UPDATE inbox SET answer = NULL",
    "DELETE FROM meta WHERE key IN ('customers.cursor')",
)


def back_up(database: Path, copy: Path) -> None:
    """Copy a database while a service may be writing it; the copy appears when it is complete.

    Tombstones, withdrawals and the audit trail go along: they are keyed hashes.
    Raises: StoreError where one of the two cannot be used, or the copy is there already.
    """
    if copy.exists():
        raise StoreError(
            "could not make the backup",
            where=str(copy),
            why="there is a file already",
            remedy="name another one",
        )
    partial = copy.with_name(f"{copy.name}.partial")
    try:
        _copy(database, partial)
        partial.replace(copy)
    except SqliteError as why:
        raise store_error(why, what="could not make the backup", where=copy) from why
    except OSError as why:
        raise StoreError(
            "could not make the backup",
            where=str(copy),
            why=why.strerror or "",
            remedy="name a file in a folder that you may write",
        ) from why
    finally:
        for name in ("", "-wal", "-shm"):
            copy.with_name(f"{partial.name}{name}").unlink(missing_ok=True)


def _copy(database: Path, partial: Path) -> None:
    os.close(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
    reader = connect_reader(database)
    try:
        reader.execute("PRAGMA query_only = OFF")  # it forbids VACUUM INTO another file
        reader.execute("VACUUM INTO ?", (str(partial),))
    finally:
        reader.close()
    conn = connect_writer(partial)
    try:
        conn.execute("BEGIN IMMEDIATE")
        for statement in _TAKE_OUT:
            conn.execute(statement)
        conn.execute("COMMIT")
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        conn.execute("PRAGMA journal_mode = DELETE").close()
    finally:
        conn.close()
