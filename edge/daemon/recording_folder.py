"""This is where a live recording's folder is made, and what stands in it besides the tapes."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.config.recorded import FLOOR_KEY
from edge.config.schema import Settings, SourceSettings
from edge.daemon.recording_toml import toml_text
from edge.driver.recording import KNOWN_FORMAT, MANIFEST
from edge.errors import RecordingError, StoreError
from edge.model.moment import rfc3339
from edge.model.names import Instant

SETTINGS: Final = "edge.toml"
PRIVATE: Final = 0o077
"""Taken away from the rights of every file and folder that is made: nobody else may read them."""
SHORTEST_NS: Final = 1_000_000
"""A recording ends after it started, to the millisecond."""
UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[source]]` of recording.toml."""

    settings: SourceSettings
    file: str
    options: dict[str, Any] = {}
    """What a replay needs of the driver's own settings; no secret is among it."""

    def table(self) -> dict[str, Any]:
        """Give it as a table."""
        one = self.settings
        return {
            "name": one.name,
            "driver": one.driver,
            "file": self.file,
            "zone": one.zone,
            "lane": one.lane,
            "profile": one.profile,
            FLOOR_KEY: one.rssi_floor_dbm,
            **self.options,
        }


class RecordingFolder:
    """The folder of a recording in the making."""

    def __init__(
        self, path: Path, settings: Settings, *, entries: Sequence[Entry], started: Instant
    ) -> None:
        self.path = path
        self._settings = settings
        self._entries = tuple(entries)
        self._started = started

    def say(self, ended: Instant) -> None:
        """Write both files anew, each in one step: whoever reads one gets the old or the new one.

        `ended` is when the recording will have ended, as far as is known.

        Raises: StoreError when the disk refuses them.
        """
        names = {entry.settings.name for entry in self._entries}
        self._write(SETTINGS, toml_text(settings_tables(self._settings, names=names)))
        tables = {
            "format": KNOWN_FORMAT,
            "store": self._settings.store.id,
            "timezone": self._settings.store.timezone,
            "started": Moment(self._started),
            "ended": Moment(max(ended, self._started + SHORTEST_NS)),
            "settings": SETTINGS,
            "source": [entry.table() for entry in self._entries],
        }
        self._write(MANIFEST, toml_text(tables))

    def _write(self, name: str, text: str) -> None:
        path = self.path / name
        partial = path.with_name(f".{name}.partial")
        try:
            with private_files(), partial.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            raise StoreError(
                "cannot write the recording",
                where=str(path),
                why=error.strerror or type(error).__name__,
                remedy="make room on the disk, or record to another folder",
            ) from error


class Moment(int):
    """A moment that is written as a TOML date-time, in UTC."""

    __slots__ = ()

    def __str__(self) -> str:
        """Write it."""
        return rfc3339(Instant(int(self)))


def settings_tables(settings: Settings, *, names: set[str]) -> dict[str, Any]:
    """Give the settings that a replay needs: zones, doors and rules, and no way to the platform.

    `names` are the recorded sources; they stand in recording.toml, and doors of others are left
    out.
    """
    told = settings.model_dump(mode="json", by_alias=True, exclude_none=True)
    told["store"].pop("platform_key", None)
    return {
        "store": told["store"],
        "fusion": told["fusion"] or None,
        "zone": told["zone"] or None,
        "door": [door for door in told["door"] if door["source"] in names] or None,
    }


def make_empty(path: Path) -> None:
    """Make a folder for a recording; one that is there has to be empty.

    Raises: RecordingError where it holds anything, or cannot be made.
    """
    try:
        with private_files():
            path.mkdir(parents=True, exist_ok=True)
        is_empty = not any(path.iterdir())
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from error
    if not is_empty:
        raise _unusable(path, "it is not empty")


def file_names(sources: Sequence[tuple[str, str]]) -> list[str]:
    """Give each source's file a name of its own, from the source's name and the ending."""
    taken: list[str] = []
    for name, suffix in sources:
        stem = UNFIT.sub("-", name).strip("-.") or "source"
        numbered = (f"{stem}-{number}{suffix}" for number in range(2, len(sources) + 2))
        whole = f"{stem}{suffix}"
        taken.append(whole if whole not in taken else next(n for n in numbered if n not in taken))
    return taken


@contextmanager
def private_files() -> Iterator[None]:
    """Let nobody but this user read what is made meanwhile; the process has one mask for all."""
    before = os.umask(PRIVATE)
    try:
        yield
    finally:
        os.umask(before)


def _unusable(path: Path, why: str) -> RecordingError:
    return RecordingError(
        "cannot record into this folder",
        where=str(path),
        why=why,
        remedy="name a folder that is empty or not there yet, on a disk that you may write to",
    )
