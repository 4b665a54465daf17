"""This is where the device's own key is kept: a file of mode 0600 beside the database."""

import os
from pathlib import Path
from typing import Final

from edge.errors import StoreError
from edge.privacy.seal import KEY_BYTES

KEY_FILE: Final = "device.key"


def device_key(folder: Path) -> bytes:
    """Give the key that customers' records are sealed with, and make it at first.

    Raises: StoreError when the file cannot be read, or is no key.
    """
    path = folder / KEY_FILE
    try:
        try:
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
            ) as file:
                file.write(os.urandom(KEY_BYTES))
        except FileExistsError:
            pass  # an earlier run made it
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(
            "cannot use the device key",
            where=str(path),
            why=str(error),
            remedy="give the service's user the right to read and write its state folder",
        ) from error
    if len(key) != KEY_BYTES:
        raise StoreError(
            "cannot use the device key",
            where=str(path),
            why=f"it has {len(key)} bytes, not {KEY_BYTES}",
            remedy="restore it from the backup, or remove it and ask for all customers again",
        )
    return key
