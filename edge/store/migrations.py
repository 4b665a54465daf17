"""This is where a file is brought to the schema that this program knows."""

from pathlib import Path
from typing import TYPE_CHECKING

from edge.errors import StoreError
from edge.store.engine import Connection
from edge.store.schema import FIRST, SECOND, SECOND_END, VERSION
from edge.store.sealing import seal_what_lay_open

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations


def upgrade(conn: Connection, where: Path) -> None:
    """Apply every migration that the file lacks, with its record, in the open transaction.

    Raises: StoreError where the file was made by a newer version, or by another program.
    """
    found = version(conn)
    if found > VERSION:
        raise StoreError(
            "could not open the store",
            where=str(where),
            why=f"made by a newer version: schema {found}, this program knows {VERSION}",
            remedy="install that version again, or restore the backup made before it",
        )
    if found == 0 and conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise StoreError(
            "could not open the store",
            where=str(where),
            why="the file belongs to another program",
            remedy="name another file, or move this one away",
        )
    if found < VERSION:
        _apply(conn)


def version(conn: Connection) -> int:
    """Give the schema version of the file; 0 is an empty file."""
    row: tuple[int] = conn.execute("PRAGMA user_version").fetchone()
    return row[0]


def _apply(conn: Connection) -> None:
    """Run what is missing; sqlite-utils keeps the record of each migration in the file."""
    # Loading sqlite-utils takes 15 times as long as Python itself; most starts do without.
    from sqlite_utils import Database  # noqa: PLC0415 - see above
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415 - see above

    db = Database(conn, recursive_triggers=False, execute_plugins=False)
    _registered(Migrations("store-edge"), conn).apply(db)
    conn.execute(f"PRAGMA user_version = {VERSION}").close()


def _registered(migrations: "Migrations", conn: Connection) -> "Migrations":
    """Register every migration in order; a new one goes to the end, and VERSION rises by one."""

    def first(db: "Database") -> None:
        for statement in FIRST:
            db.execute(statement)

    def second(db: "Database") -> None:
        for statement in SECOND:
            db.execute(statement)
        seal_what_lay_open(conn)
        for statement in SECOND_END:
            db.execute(statement)

    migrations(name="0001-first")(first)
    migrations(name="0002-standing")(second)
    return migrations
