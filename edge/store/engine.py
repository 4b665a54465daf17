"""This is where SQLite is opened: which build, with which pragmas, and how its errors are told."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from edge.errors import StoreError

if TYPE_CHECKING:
    import sqlite3 as sqlite

    from edge.store.vault import Vault
else:
    try:  # Debian 12's own SQLite (3.40.1) has the fault that `sqlite_faults` tells of
        import pysqlite3.dbapi2 as sqlite
    except ImportError:
        import sqlite3 as sqlite

C = TypeVar("C", bound="Connection")

SqliteError = sqlite.Error
"""What the linked SQLite raises; outside `edge.store` it is only seen as a StoreError."""

BUSY_WAIT_MS: Final = 5_000
"""A writer waits this long for another process's transaction (a command of the technician)."""

WAL_PAGES: Final = 1_000
"""A commit that leaves this many pages (4 MB) in the WAL copies them into the main file."""

WAL_LIMIT_BYTES: Final = 8_000_000
"""What the WAL may keep on disk after that: twice WAL_PAGES, so that it is rarely cut."""

_RESET_FAULT: Final = ((3, 7, 0), (3, 51, 3))
"""First version with the WAL-reset fault, and the first without (sqlite.org/wal.html)."""

_WRITER_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_WAIT_MS}",  # first: the next one may have to wait
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # NORMAL lost commits in 599 of 600 simulated power cuts
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten (R26)
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",  # nothing personal in temporary files
    "PRAGMA trusted_schema = OFF",
    f"PRAGMA wal_autocheckpoint = {WAL_PAGES}",
    f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}",
)

_READER_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_WAIT_MS}",
    "PRAGMA query_only = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)

_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_BEGIN_ANEW: Final = "restart the service: it puts the file aside, and a new ledger begins"
_REMEDIES: Final = {
    "SQLITE_FULL": "free space on that disk; nothing that was acknowledged is lost",
    "SQLITE_IOERR": "look at the disk (dmesg, smartctl) and replace it if it is failing",
    "SQLITE_CORRUPT": _BEGIN_ANEW,
    "SQLITE_NOTADB": _BEGIN_ANEW,
    "SQLITE_READONLY": "make the file and its folder writable for the service's user",
    "SQLITE_CANTOPEN": "make the folder and give it to the service's user",
    "SQLITE_BUSY": "end the other program that holds the file, then try again",
}


def connect_writer(path: Path) -> "Connection":
    """Open the file for writing, made with mode 0600 if it is not there.

    The connection may be handed to another thread once; from then on it is that thread's.
    Raises: StoreError where the file cannot be made, opened or is no database.
    """
    _make_private(path)
    return _connect(str(path), uri=False, pragmas=_WRITER_PRAGMAS, where=path, factory=Connection)


def connect_reader(path: Path, vault: "Vault | None" = None) -> "Reader":
    """Open the file for reading only; any number of readers work beside the writer.

    Without a vault nobody has a name, and everything else can be read.

    Whatever SQLite refuses on this connection, now or later, is a StoreError.
    Raises: StoreError where the file is not there or is no database.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    conn = _connect(uri, uri=True, pragmas=_READER_PRAGMAS, where=path, factory=Reader)
    conn.where = path
    conn.vault = vault
    return conn


def sqlite_faults(version: tuple[int, ...] = sqlite.sqlite_version_info) -> tuple[str, ...]:
    """Say in words what is wrong with the linked SQLite; empty where nothing is known."""
    first, mended = _RESET_FAULT
    if not first <= version < mended:
        return ()
    name = ".".join(map(str, version))
    why = "can corrupt a WAL file when a checkpoint and a write meet (3.7.0 to 3.51.2)"
    return (f"SQLite {name} {why}; install pysqlite3",)


def store_error(why: SqliteError, *, what: str, where: Path | None = None) -> StoreError:
    """Tell an error of SQLite as one of ours, with the remedy where there is one."""
    name = str(getattr(why, "sqlite_errorname", ""))
    # Extended codes carry the primary one as their start: SQLITE_IOERR_FSYNC.
    remedy = next((cure for code, cure in _REMEDIES.items() if name.startswith(code)), "")
    kind = DamagedError if name.startswith(_DAMAGED) else StoreError
    return kind(what, where=str(where or ""), why=str(why), remedy=remedy)


class DamagedError(StoreError):
    """The file's pages are not what SQLite wrote."""


def is_busy(why: SqliteError) -> bool:
    """Tell whether another program's transaction was in the way for all of BUSY_WAIT_MS."""
    return str(getattr(why, "sqlite_errorname", "")).startswith("SQLITE_BUSY")


class Connection(sqlite.Connection):
    """A connection to the one file; a reader belongs to the thread that opened it."""

    vault: "Vault | None" = None
    """With which persons' keys are opened; without it nobody in the file has a name."""


class Reader(Connection):
    """A connection whose errors are told as StoreError, for those who know no SQLite."""

    where: Path | None = None
    """The file."""

    def execute(self, sql: str, parameters: Any = (), /) -> "_ReaderCursor":
        """Run a statement."""
        cursor = self.cursor(_ReaderCursor)
        cursor.where = self.where
        return cursor.execute(sql, parameters)


class _ReaderCursor(sqlite.Cursor):
    """Rows that come as StoreError where they cannot be read."""

    where: Path | None = None

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        """Run a statement."""
        with _told(self.where):
            super().execute(sql, parameters)
        return self

    def fetchone(self) -> Any:
        """Give the next row, or None."""
        with _told(self.where):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        """Give the rows that are left."""
        with _told(self.where):
            return super().fetchall()

    def __next__(self) -> Any:
        """Give the next row."""
        with _told(self.where):
            return super().__next__()


@contextmanager
def _told(where: Path | None) -> Iterator[None]:
    """Tell what SQLite refuses as a StoreError."""
    try:
        yield
    except SqliteError as why:
        raise store_error(why, what="could not read the store", where=where) from why


def _connect(
    database: str,
    *,
    uri: bool,
    pragmas: tuple[str, ...],
    where: Path,
    factory: type[C],
) -> C:
    """Connect without the module's own transactions and set every pragma."""
    try:
        conn = sqlite.connect(
            database,
            uri=uri,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            factory=factory,
        )
    except SqliteError as why:
        raise store_error(why, what="could not open the store", where=where) from why
    try:
        for pragma in pragmas:
            sqlite.Connection.execute(conn, pragma).close()
        sqlite.Connection.execute(conn, "SELECT count(*) FROM sqlite_master").close()
    except SqliteError as why:
        conn.close()
        raise store_error(why, what="could not open the store", where=where) from why
    return conn


def _make_private(path: Path) -> None:
    """Make the file with mode 0600, or take the rights of others away.

    SQLite gives the WAL and its index the mode of the main file. An existing file is never opened
    here: closing it would drop the locks that this process's other connections hold on it.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
    except OSError as why:
        raise StoreError(
            "could not make the store",
            where=str(path),
            why=why.strerror or "",
            remedy=_REMEDIES["SQLITE_CANTOPEN"],
        ) from why
