"""This is where it is decided which database a command reads and writes."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from edge.daemon.digest import recording_digest
from edge.driver.recording import MANIFEST, open_recording
from edge.errors import ConfigError, StoreError

DATABASE: Final = "edge.db"
LIVE: Final = Path("/var/lib/store-edge")
LATEST: Final = "latest"


def state_folder(environment: Mapping[str, str]) -> Path:
    """Give the user's own folder for replays' state (XDG base directory specification)."""
    home = environment.get("XDG_STATE_HOME")
    base = Path(home) if home else Path.home() / ".local" / "state"
    return base / "store-edge"


def replay_database(recording_folder: Path) -> Path:
    """Give the database that replays of a recording use, unless another is named."""
    digest = recording_digest(open_recording(recording_folder))
    return state_folder(os.environ) / "replays" / digest[:8].hex() / DATABASE


def make_state_folder(folder: Path) -> None:
    """Make a folder that only its owner can look into, unless it is there.

    Raises: StoreError where that is not allowed, or something else is in the way.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(
            "cannot make the folder for the database",
            where=str(folder),
            why=error.strerror or "",
            remedy="name a place that may be written with --database, or set XDG_STATE_HOME",
        ) from error


def remember_latest(database: Path) -> None:
    """Note which replay came last, for the commands that are called without a place."""
    note = state_folder(os.environ) / LATEST
    make_state_folder(note.parent)
    note.write_text(f"{database.resolve()}\n", encoding="utf-8")


def find_database(place: Path | None) -> Path:
    """Give the database of a recording's folder, of a file, or of the live store or last replay.

    Raises: ConfigError when there is none yet, with the command that makes it.
    """
    found = _look_up(place)
    if not found.is_file():
        command = "edge replay FOLDER" if place is None else f"edge replay {place}"
        raise ConfigError(
            "there is no database to read",
            where=str(found),
            why="nothing was recorded or replayed here yet",
            remedy=f"run: {command}",
        )
    return found


def _look_up(place: Path | None) -> Path:
    if place is not None:
        return replay_database(place) if (place / MANIFEST).is_file() else place
    live = LIVE / DATABASE
    note = state_folder(os.environ) / LATEST
    if live.is_file() or not note.is_file():
        return live
    return Path(note.read_text(encoding="utf-8").strip())
