"""This is where the device's own key is kept: a file of mode 0600 beside the database."""

import os
from contextlib import suppress
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
        if not path.exists():
            _make(path)
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


def find_key(folder: Path) -> bytes | None:
    """Give the key of a state folder; None where there is none that this user may read."""
    try:
        key = (folder / KEY_FILE).read_bytes()
    except OSError:  # the reader of a ledger goes on without names
        return None
    return key if len(key) == KEY_BYTES else None


def _make(path: Path) -> None:
    """Put a whole key in its place at once: a kill in between leaves no broken one.

    Of two processes that do so at the same time the first one's key stands.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
