"""This is where it is made sure that one daemon alone works on a state folder."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from edge.errors import ConfigError, StoreError

LOCK_FILE: Final = "edge.lock"


class FolderLock:
    """Holds a state folder for as long as it is open; the kernel lets go when the process ends."""

    def __init__(self, folder: Path, *, name: str = LOCK_FILE) -> None:
        """`name` is the lock's file, for what needs only a part of the folder for itself."""
        self._path = folder / name
        self._file = -1

    def __enter__(self) -> Self:
        """Take the folder.

        Raises: ConfigError where another daemon holds it, StoreError where it cannot be used.
        """
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                "cannot use the state folder",
                where=str(self._path),
                why=error.strerror or "",
                remedy="make the folder and give it to the service's user",
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip()
            os.close(self._file)
            raise ConfigError(
                "another process works on this state already",
                where=str(self._path),
                why=f"process {holder or 'unknown'} holds the lock",
                remedy="wait for it to end, or name another place with --state or --database",
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        """Let go; the file stays, so that two starts never lock two different files."""
        os.close(self._file)
