"""This is where the ledger that a command shall read is found and opened."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from edge.daemon.ledgers import open_reader
from edge.daemon.places import find_database
from edge.daemon.replay_store import STORE, TIMEZONE
from edge.driver.recording import MANIFEST, open_recording
from edge.errors import ConfigError
from edge.store import meta
from edge.store.engine import Connection, SqliteError, store_error

UTC_NAME: Final = "UTC"


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger to read, and how its store calls itself and counts its hours."""

    database: Path
    store: str
    zone: ZoneInfo


def find_ledger(place: Path | None, *, timezone: str | None) -> Ledger:
    """Find the ledger of a recording's folder, of a database, or the live store's.

    The store's name and time zone stand in the recording, or in the database itself.
    Raises: ConfigError when there is none yet, or no such time zone.
    """
    if place is not None and (place / MANIFEST).is_file():
        recording = open_recording(place)
        zone = zone_named(timezone or recording.timezone)
        return Ledger(database=find_database(place), store=recording.store, zone=zone)
    database = find_database(place)
    with open_ledger(database) as reader:
        store = meta.get(reader, STORE) or database.resolve().parent.name
        zone_name = timezone or meta.get(reader, TIMEZONE) or UTC_NAME
    return Ledger(database=database, store=store, zone=zone_named(zone_name))


def zone_named(name: str) -> ZoneInfo:
    """Give a time zone.

    Raises: ConfigError when there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            "cannot tell local times",
            where=name,
            why="there is no time zone of this name",
            remedy="give an IANA name, as Europe/Berlin",
        ) from error


@contextmanager
def open_ledger(database: Path) -> Iterator[Connection]:
    """Open a ledger for reading while a service may be writing it.

    Raises: StoreError when it is no ledger, or the disk fails under it.
    """
    with closing(open_reader(database)) as reader:
        try:
            yield reader
        except SqliteError as error:
            raise store_error(error, what="could not read the ledger", where=database) from error
