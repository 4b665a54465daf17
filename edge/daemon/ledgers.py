"""This is where a ledger is opened, with its names where the device's key is at hand."""

from pathlib import Path

from edge.daemon.keys import DeviceKey, key_of
from edge.privacy.keyring import Keyring
from edge.store.engine import Reader, connect_reader
from edge.store.vault import vault_of


def open_reader(database: Path) -> Reader:
    """Open a ledger for reading; its caller closes it.

    Without the device's key nobody in it has a name, and everything else can be read.
    Raises: StoreError where the file cannot be read.
    """
    reader = connect_reader(database)
    reader.vault = vault_of(reader, cipher_of(key_of(database)))
    return reader


def cipher_of(found: DeviceKey) -> Keyring | None:
    """Give what follows from the device's key; None where there is none."""
    return None if found.key is None else Keyring(found.key)
