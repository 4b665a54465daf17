"""This is where a device's lines go from a serial port or a recording to the outlet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

from drivers.serial_line.line import Outcome, SerialDecoder, open_decoder
from drivers.serial_line.meaning import CardRead, DoorCount, ProbeRead, ReceiptRead
from drivers.serial_line.profile import find_profile, shipped_profiles
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.jsonl import json_lines
from edge.driver.options import check_options
from edge.driver.outlet import Outlet
from edge.driver.pacing import paced
from edge.errors import ConfigError
from edge.model.names import Instant

NO_LINE: Final = "no line"
ITEM_LEFT_OUT: Final = "item left out"


class SerialLine:
    """Reads door counters, scanners, tills and card readers, each by the profile of its device."""

    kind: ClassVar[str] = "serial_line"
    quiet_after_s: ClassVar[float] = 900.0
    """A quiet quarter of an hour is possible at a door or a till, and rare in opening hours."""

    def __init__(self, spec: SourceSpec) -> None:
        check_options(spec, ("devices",))
        self.spec = spec
        self._profile = find_profile(
            spec.profile, profile_folders(spec), where=f"source {spec.name}"
        )

    def replay(self, file: RecordedFile, outlet: Outlet) -> Iterator[Instant]:
        """Decode recorded lines: `{"t": …, "line": "…"}`, or `"hex"` for a piece of the stream.

        Raises: ConfigError when the profile's file is not as the format says.
        """
        decoder = open_decoder(self._profile)

        def take(at: Instant, record: dict[str, Any]) -> None:
            for outcome in decode_record(decoder, record):
                self.hand_over(at, outcome, outlet=outlet)

        yield from paced(json_lines(file.path), file, outlet=outlet, take=take)

    def hand_over(self, at: Instant, outcome: Outcome, *, outlet: Outlet) -> None:
        """Give the outlet what came of one frame.

        `heard` counts what was understood: a line at the wrong speed gives bytes, and no life.
        """
        if isinstance(outcome, str):
            outlet.refuse(at, outcome)
            return
        outlet.heard(at)
        if isinstance(outcome, ReceiptRead):
            self._hand_over_receipt(at, outcome, outlet=outlet)
        elif isinstance(outcome, DoorCount) and (outcome.entered or outcome.left):
            outlet.door(at, entered=outcome.entered, left=outcome.left)
        elif isinstance(outcome, CardRead):
            outlet.card(at, outcome.code)
        elif isinstance(outcome, ProbeRead):
            outlet.probe(at, outcome.address, signal_dbm=outcome.signal_dbm)

    def _hand_over_receipt(self, at: Instant, receipt: ReceiptRead, *, outlet: Outlet) -> None:
        """Give the outlet a receipt; where it names no lane, the source's own lane counts."""
        outlet.receipt(
            at,
            receipt=receipt.receipt,
            total=receipt.total,
            currency=receipt.currency,
            lane=receipt.lane or self.spec.lane,
            card=receipt.card,
            items=receipt.items,
        )
        if receipt.items_left_out:
            outlet.refuse(at, ITEM_LEFT_OUT, receipt.items_left_out)


def profile_folders(spec: SourceSpec) -> tuple[Path, ...]:
    """Give the folders of profiles: the source's own one first, then the shipped one.

    Raises: ConfigError when the option is not the name of a folder.
    """
    own = spec.options.get("devices")
    if own is None:
        return (shipped_profiles(),)
    if not isinstance(own, str) or not Path(own).is_dir():
        raise ConfigError(
            "the option devices is not a folder of profiles",
            where=f"source {spec.name}",
            remedy="name a folder that is there, or take the option out",
        )
    return (Path(own), shipped_profiles())


def decode_record(decoder: SerialDecoder, record: dict[str, Any]) -> list[Outcome]:
    """Decode one recorded object."""
    line, digits = record.get("line"), record.get("hex")
    if isinstance(line, str):
        return [decoder.line(line)]
    if isinstance(digits, str):
        return decoder.hexadecimal(digits)
    return [NO_LINE]
