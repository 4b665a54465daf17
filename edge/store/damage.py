"""This is where a file that cannot be used is told from a sound one, and put aside whole.

What begins in its place says so in `meta` until a technician has looked at it.
"""

from itertools import count
from pathlib import Path
from threading import Timer
from typing import Final

from edge.errors import StoreError
from edge.store.engine import DamagedError, connect_reader
from edge.store.migrations import version
from edge.store.schema import VERSION

STANDS_IN: Final = "stands.in"
"""Where meta names the folder of the file that this one stands in for."""

ASIDE: Final = "damaged"
"""The folder beside the file in which damaged ones are kept, each in a folder of its own."""

LOOK_S: Final = 10.0
"""The start looks so long: 90 MB took 0.2 s of one core of a mini-PC."""

_PARTS: Final = ("", "-wal", "-shm")
"""The file first: its WAL without it is taken up by nobody, it without its WAL would be."""


def damage_of(path: Path) -> str:
    """Look through the pages of a file; empty where they are sound, or there is none.

    A file too large for LOOK_S is looked through in part. A disk or a right that fails is no
    damage: whoever opens the file says so.
    """
    if not path.is_file():
        return ""
    if not path.stat().st_size:
        return "it is empty"
    try:
        found = _look_through(path)
    except DamagedError as error:
        return error.why
    except StoreError:  # it took too long, or the disk fails
        return ""
    return "" if found == "ok" else found


def _look_through(path: Path) -> str:
    reader = connect_reader(path)
    watch = Timer(LOOK_S, reader.interrupt)
    watch.start()
    try:
        return str(reader.execute("PRAGMA quick_check(1)").fetchone()[0])
    finally:
        watch.cancel()
        watch.join()
        reader.close()


def newer_of(path: Path) -> str:
    """Say that a newer version made a file; empty where this one can use it, or there is none."""
    if not path.is_file():
        return ""
    try:
        reader = connect_reader(path)
    except StoreError:  # whoever opens it in earnest says what is wrong
        return ""
    try:
        found = version(reader)
    finally:
        reader.close()
    return f"schema {found}, this program knows {VERSION}" if found > VERSION else ""


def put_aside(path: Path) -> Path | None:
    """Move a file, its WAL and its index into a folder of their own, as they are; nothing is lost.

    Gives the folder; None where there is nothing to move.
    Raises: StoreError where that is not permitted.
    """
    parts = [part for name in _PARTS if (part := Path(f"{path}{name}")).exists()]
    if not parts:
        return None
    try:
        folder = _new_folder(path.parent / ASIDE)
        for part in parts:
            part.rename(folder / part.name)
    except OSError as error:
        raise StoreError(
            "cannot put the database aside",
            where=str(path),
            why=error.strerror or "",
            remedy="make its folder writable for the service's user",
        ) from error
    return folder


def kept_aside(path: Path) -> Path | None:
    """Give the folder of the damaged files that are kept beside a file; None where none is."""
    folder = path.parent / ASIDE
    return folder if folder.is_dir() and any(folder.iterdir()) else None


def _new_folder(parent: Path) -> Path:
    """Make the next folder that only the service's user can look into."""
    parent.mkdir(mode=0o700, exist_ok=True)
    folder = next(one for number in count(1) if not (one := parent / str(number)).exists())
    folder.mkdir(mode=0o700)
    return folder
