"""This is where a state folder is freed from a device key that is lost."""

import os
from pathlib import Path

from edge.daemon.keys import is_hidden, key_of
from edge.daemon.lock import FolderLock
from edge.daemon.places import DATABASE
from edge.errors import ConfigError
from edge.store.database import Store
from edge.store.renewal import Given, let_go


def renew_key(state: Path) -> Given:
    """Let go of everything that the lost key sealed, and of its traces in the files.

    Raises: ConfigError where there is no database, its key is there after all or only root's to
    look for, or the service runs; StoreError where the database cannot be written.
    """
    database = state / DATABASE
    if not database.is_file():
        raise ConfigError(
            "cannot renew the key",
            where=str(database),
            why="there is no such file",
            remedy="name the daemon's folder with --state",
        )
    if is_hidden(database, user=os.geteuid()):
        raise ConfigError(
            "cannot tell whether the key is lost",
            where=str(database),
            why="it is the service's, and only root may look for it",
            remedy="run it with sudo",
        )
    found = key_of(database)
    if found.key is not None:
        raise ConfigError(
            "the key is not lost",
            where=found.place,
            why="it fits the database",
            remedy="start the service: systemctl start store-edge",
        )
    with FolderLock(state), Store.open(database) as store:
        given = store.writer.submit(let_go).result()
        store.scrub().result()
    return given
