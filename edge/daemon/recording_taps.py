"""This is where a person at the door counts who comes in and goes out: a recording's truth."""

import fcntl
import os
from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from edge.daemon.clock import LiveClock
from edge.daemon.recording_folder import PRIVATE
from edge.driver.recording import MANIFEST
from edge.errors import RecordingError, StoreError
from edge.model.names import SECOND

TRUTH: Final = "truth.jsonl"
PERSON: Final = "tap-"
OWN_ONLY: Final = 0o666 & ~PRIVATE


class Tap(StrEnum):
    """What was seen."""

    ENTERED = "entered"
    LEFT = "left"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the truth, as far as counting goes."""

    t: float | str
    kind: str
    person: str | int | None = None


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How the count stands after a tap."""

    entered: int
    left: int

    @property
    def inside(self) -> int:
        """People who came in and did not go out; negative where some were there before."""
        return self.entered - self.left


class Inside:
    """Who is inside by the taps so far: people without a name, told apart by their order."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._inside: deque[str] = deque()
        self._entered = self._left = self._people = 0
        for line in lines:
            if str(line.person).startswith(PERSON) and line.kind in tuple(Tap):
                self.take(Tap(line.kind))

    @property
    def count(self) -> Count:
        """How many came and went."""
        return Count(entered=self._entered, left=self._left)

    def take(self, tap: Tap) -> str:
        """Give the person of the next tap: a new one, or who is inside longest and now leaves.

        Somebody who leaves an empty store was there before the count began, and is a new one too.
        """
        if tap is Tap.LEFT:
            self._left += 1
            return self._inside.popleft() if self._inside else self._next()
        self._entered += 1
        self._inside.append(self._next())
        return self._inside[-1]

    def _next(self) -> str:
        self._people += 1
        return f"{PERSON}{self._people}"


def add_tap(folder: Path, tap: Tap, *, clock: LiveClock) -> Count:
    """Append a tap to a recording's truth; it is on the disk when this returns.

    Several people may count at once: each line is written under a lock.

    Raises: RecordingError where the folder holds no recording; StoreError where the truth cannot
    be read or written.
    """
    if not (folder / MANIFEST).is_file():
        raise RecordingError(
            "cannot count for this recording",
            where=str(folder),
            why=f"it holds no {MANIFEST}",
            remedy="begin with: edge record FOLDER, and count in another terminal",
        )
    path = folder / TRUTH
    at = clock.now()
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, OWN_ONLY)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            content = file.read()
            inside = Inside(_lines(content))
            told = {"t": at // 1_000_000 * 1_000_000 / SECOND, "kind": tap.value}
            line = msgspec.json.encode({**told, "person": inside.take(tap)}) + b"\n"
            is_torn = bool(content) and not content.endswith(b"\n")
            file.write(b"\n" + line if is_torn else line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(
            "cannot write the truth",
            where=str(path),
            why=error.strerror or type(error).__name__,
            remedy="make room on the disk, or run it as the user who began the recording",
        ) from error
    return inside.count


def _lines(content: bytes) -> Iterable[Line]:
    """Give the lines that can be read; `edge score` says which cannot."""
    for line in content.splitlines():
        try:
            yield msgspec.json.decode(line, type=Line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
