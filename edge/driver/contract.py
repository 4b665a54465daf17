"""This is where it is said what a driver is.

A driver is a class that an entry point of the group `store_edge.drivers` names. Its constructor
takes a SourceSpec and stores it: nothing is opened, no sensor library is imported.
"""

from collections.abc import Iterator
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


class RecordedFile(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded bytes of one source."""

    path: Path
    started: Instant
    """Start of the recording; for files whose records carry no time of day."""
    ended: Instant
    offset_s: float = 0.0


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
