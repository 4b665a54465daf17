"""This is where a ledger is opened to be read, with its names where the device's key is at hand."""

from pathlib import Path

from edge.daemon.keys import find_key
from edge.privacy.keyring import Keyring
from edge.store.engine import Reader, connect_reader
from edge.store.vault import vault_of


def open_reader(database: Path) -> Reader:
    """Open a ledger for reading; its caller closes it.

    Without the device's key nobody in it has a name, and everything else can be read.
    Raises: StoreError where the file cannot be read.
    """
    reader = connect_reader(database)
    key = find_key(database.parent)
    reader.vault = vault_of(reader, None if key is None else Keyring(key))
    return reader
