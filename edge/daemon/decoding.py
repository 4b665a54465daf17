"""This is where a single recorded file is decoded without a store around it."""

from pathlib import Path
from typing import Final

import msgspec

from edge.daemon.registry import load_driver
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.tally import TallyOutlet
from edge.model.moment import rfc3339
from edge.model.names import SECOND, Instant, SourceName

END_OF_TIME: Final = Instant(253_402_300_799 * SECOND)
"""The last second of the year 9999: no record lies outside such a recording."""


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """What a recorded file holds, in counts."""

    driver: str
    heard: int
    """Frames, adverts or lines taken in."""
    handed_over: dict[str, int]
    """By kind."""
    refused: dict[str, int]
    """By reason."""
    first: str | None
    """RFC 3339; None where nothing was taken in."""
    last: str | None


def decode_file(driver: str, path: Path, *, profile: str | None = None) -> Decoded | None:
    """Decode a file with the driver's own replay; None where there is no such driver.

    Raises: RecordingError when the file is of another format, ConfigError for a wrong profile.
    """
    kind = load_driver(driver)
    if kind is None:
        return None
    outlet = TallyOutlet()
    spec = SourceSpec(name=SourceName(path.name), driver=driver, profile=profile)
    file = RecordedFile(path=path, started=Instant(0), ended=END_OF_TIME)
    for _ in kind(spec).replay(file, outlet):
        pass  # each step hands a batch to the outlet
    return Decoded(
        driver=driver,
        heard=outlet.heard_count,
        handed_over=dict(sorted(outlet.handed_over.items())),
        refused=dict(sorted(outlet.refused.items())),
        first=None if outlet.first is None else rfc3339(outlet.first),
        last=None if outlet.last is None else rfc3339(outlet.last),
    )
