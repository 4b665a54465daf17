"""This is where the live store's folder and database are opened."""

import logging
from pathlib import Path
from typing import Final

from edge.config.schema import StoreSettings
from edge.daemon.keys import KEY_PLACE, DeviceKey, keep_key, key_of, noted
from edge.daemon.ledgers import cipher_of
from edge.daemon.places import DATABASE
from edge.daemon.replay_store import PURPOSE, REPLAY, STORE, TIMEZONE
from edge.errors import ConfigError, StoreError
from edge.store import meta
from edge.store.damage import STANDS_IN, damage_of, kept_aside, newer_of, put_aside
from edge.store.database import Store
from edge.store.engine import Connection

log = logging.getLogger(__name__)

LIVE: Final = "live"
RESTART: Final = "systemctl restart store-edge"


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

    Without its key nobody is known. One that is damaged, or that a newer version made, is put
    aside, and the new one stands in for it: nobody is known, people are counted on (R20).
    Raises: ConfigError where it is a replay's or another store's, StoreError where it cannot be
    used for another reason.
    """
    path = folder / DATABASE
    _begin_anew(path, settings)
    found = live_key(folder, settings)
    store = Store.open(path, cipher=cipher_of(found))

    def claim(conn: Connection) -> None:
        _claim(conn, path, settings)
        if found.key is not None:
            meta.put(conn, KEY_PLACE, found.place)

    try:
        store.writer.submit(claim).result()
    except ConfigError:
        store.close()
        raise
    return store


def _begin_anew(path: Path, settings: StoreSettings) -> None:
    """Put a database that cannot be used aside, and have a new one say that it stands in for it.

    Where an earlier start was killed at that, it goes on here.
    """
    why = _why_aside(path, settings)
    aside = None if why is None else put_aside(path)
    if aside is not None:
        log.error("the database %s and was moved to %s", why, aside)
    kept = kept_aside(path)
    if kept is None or noted(path, PURPOSE) is not None:
        return
    with Store.open(path) as store:
        store.writer.submit(lambda conn: meta.put(conn, STANDS_IN, str(kept))).result()


def _why_aside(path: Path, settings: StoreSettings) -> str | None:
    """Say why this store's own database cannot be used; None where it can, or is another's."""
    if not path.exists():
        return "lacks its main file"
    damage = damage_of(path)
    if damage:
        return f"is damaged ({damage})"
    is_ours = noted(path, PURPOSE) == LIVE and noted(path, STORE) == settings.id
    newer = newer_of(path) if is_ours else ""
    return f"was made by a newer version ({newer})" if newer else None


def live_key(folder: Path, settings: StoreSettings) -> DeviceKey:
    """Find the live database's key, made at the first start; or say why nobody can be known."""
    try:
        found = keep_key(folder / DATABASE, key_file=settings.key_file)
    except StoreError as error:  # counting goes on without anybody (R20)
        found = DeviceKey(doubt=f"{error.where}: {error.why}", remedy=error.remedy)
    if found.doubt:
        log.error("nobody is recognised, counting goes on: %s", found.doubt)
    return found


def why_locked(store: Store, settings: StoreSettings) -> DeviceKey:
    """Say why a store was opened without its key."""
    found = key_of(store.path, key_file=settings.key_file)
    if found.doubt:
        return found
    return DeviceKey(doubt="the device key came after the start", remedy=RESTART)


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
