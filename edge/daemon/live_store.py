"""This is where the live store's folder and database are opened."""

from pathlib import Path
from typing import Final

from edge.config.schema import StoreSettings
from edge.daemon.keys import device_key
from edge.daemon.places import DATABASE
from edge.daemon.replay_store import PURPOSE, REPLAY, STORE, TIMEZONE
from edge.errors import ConfigError, StoreError
from edge.privacy.keyring import Keyring
from edge.store import meta
from edge.store.database import Store
from edge.store.engine import Connection

LIVE: Final = "live"


def make_folder(folder: Path) -> None:
    """Make the state folder, for the service's user alone, where it is not there.

    Raises: StoreError where that is not permitted.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(
            "cannot make the state folder",
            where=str(folder),
            why=error.strerror or "",
            remedy="make it and give it to the service's user, or name another with --state",
        ) from error


def open_live_store(folder: Path, settings: StoreSettings) -> Store:
    """Open the live database in the state folder, made at first; the caller closes it.

    Raises: StoreError where it is damaged, ConfigError where it is a replay's or another store's.
    """
    path = folder / DATABASE
    store = Store.open(path, cipher=Keyring(device_key(folder)))
    try:
        store.writer.submit(lambda conn: _claim(conn, path, settings)).result()
    except ConfigError:
        store.close()
        raise
    return store


def _claim(conn: Connection, path: Path, settings: StoreSettings) -> None:
    """Note whose ledger it is.

    Raises: ConfigError where it is another's.
    """
    owner = meta.get(conn, STORE)
    if meta.get(conn, PURPOSE) == REPLAY:
        raise ConfigError(
            "cannot run on this database",
            where=str(path),
            why="it holds a replay",
            remedy="name another folder with --state",
        )
    if owner not in {None, settings.id}:
        raise ConfigError(
            "cannot run on this database",
            where=str(path),
            why=f"it is the ledger of the store {owner!r}, the settings say {settings.id!r}",
            remedy="name another folder with --state, or mend [store] id",
        )
    for key, value in ((PURPOSE, LIVE), (STORE, settings.id), (TIMEZONE, settings.timezone)):
        meta.put(conn, key, value)
