"""This is where it is said what a driver is.

A driver is a class that an entry point of the group `store_edge.drivers` names. Its constructor
takes a SourceSpec and stores it: nothing is opened, no sensor library is imported.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol

import msgspec

from edge.driver.outlet import Outlet
from edge.model.names import Instant, SourceName


class SourceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One source as its settings or its recording describe it."""

    name: SourceName
    driver: str
    zone: str | None = None
    lane: str | None = None
    profile: str | None = None
    """Name of a device profile in config/devices/, for drivers that have them."""
    options: dict[str, Any] = {}
    """Settings of the driver's own, as written in TOML; the driver checks them."""


def always_open(at: Instant) -> bool:
    """Say that the store was open at any moment: nobody told of its hours."""
    del at
    return True


class RecordedFile(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded bytes of one source."""

    path: Path
    started: Instant
    """Start of the recording; for files whose records carry no time of day."""
    ended: Instant
    offset_s: float = 0.0
    is_open: Callable[[Instant], bool] = always_open
    """Says whether the store was open at a moment; pictures of other moments are not looked at."""


class Driver(Protocol):
    """What the daemon asks of a driver."""

    kind: ClassVar[str]
    """The driver's name, the same as its entry point's."""
    quiet_after_s: ClassVar[float]
    """Shortest silence, in seconds, that may be taken for a dead sensor."""

    def __init__(self, spec: SourceSpec) -> None:
        """Store the spec; touch nothing.

        Raises: ConfigError when the spec's options or profile are wrong.
        """

    def replay(self, file: RecordedFile, outlet: Outlet) -> Iterator[Instant]:
        """Decode a recorded file with the decoder that the live source uses.

        Yields the moment of the newest record after each small batch (at most 512 records), when
        everything decoded so far was handed to the outlet. Records are handed over in the order
        of the file. Damaged records are counted with `outlet.refuse` and never raise; a file that
        cannot be opened or is of another format raises RecordingError.
        """


class Clock(Protocol):
    """Tells the moment on the line of time of this run."""

    def now(self) -> Instant:
        """Give the present moment; it never goes back."""


class Level(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found, for a technician."""

    level: Level
    what: str
    """What was looked at and how it stands, in one line; no identifier of a person."""
    remedy: str = ""
    """The command or the act that mends it; empty where nothing has to be."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of hardware that a driver could use."""

    driver: str
    what: str
    """What it is, in one line."""
    settings: str
    """A `[[source]]` table in TOML, ready to be pasted."""


class Tape(Protocol):
    """Where a live source's bytes are recorded, made unlinkable to anybody on the way."""

    def write(self, at: Instant, raw: bytes) -> None:
        """Record one frame, report or line as the sensor gave it; called on the event loop."""

    def close(self) -> None:
        """Finish the file."""


class LiveDriver(Driver, Protocol):
    """A driver that can listen to hardware as well as to recordings.

    One that sees people has two more claims, each a class variable that is True: with
    `tape_shows_people` its tape is made on order only, with `rests_when_closed` it does not run
    while the store is closed.
    """

    tape_suffix: ClassVar[str]
    """Ending of the name of a file that `open_tape` begins, such as `.jsonl`."""

    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        """List hardware that this driver could use; changes nothing, ends within 2 s."""

    async def check(self) -> tuple[Finding, ...]:
        """Say whether the source could work as it is set; changes nothing, ends within 2 s."""

    async def run(self, outlet: Outlet, *, clock: Clock, tape: Tape | None = None) -> None:
        """Listen until cancelled; ends within 1 s of that and hands over nothing afterwards.

        Once it listens it says `outlet.heard(now, 0)`: until then the source counts as starting.
        Runs on the event loop; a library that blocks gets a thread of its own, whose findings come
        back through `loop.call_soon_threadsafe`: the outlet and the tape belong to the loop.
        Raises: SourceFault when time heals it (the supervisor tries again), SourceUnusable when a
        technician has to act, with the remedy.
        """

    def open_tape(self, path: Path, *, key: bytes) -> Tape:
        """Begin a recorded file in the format that `replay` reads.

        Addresses and codes are replaced consistently under the throw-away `key` (32 bytes), names
        of networks are blanked.
        """
