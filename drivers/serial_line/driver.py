"""This is where a device's lines go from a serial port or a recording to the outlet."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from drivers.serial_line.checking import check_converter, check_device
from drivers.serial_line.discovery import found_ports, list_ports, stable_names
from drivers.serial_line.line import Outcome, SerialDecoder, open_decoder
from drivers.serial_line.listening import Listening
from drivers.serial_line.meaning import CardRead, DoorCount, ProbeRead, ReceiptRead
from drivers.serial_line.port import port_settings, read_options
from drivers.serial_line.profile import find_profile, load_profile, shipped_profiles
from drivers.serial_line.tape import begin_tape
from edge.driver.contract import Clock, Finding, Found, Level, RecordedFile, SourceSpec, Tape
from edge.driver.jsonl import json_lines
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
    tape_suffix: ClassVar[str] = ".jsonl"

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec
        self._told = read_options(spec)
        self._profile = find_profile(
            spec.profile, profile_folders(spec, self._told.devices), where=f"source {spec.name}"
        )

    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        """List the serial ports of this machine, under their stable names."""
        ports = await asyncio.to_thread(list_ports)
        return found_ports(ports, links=stable_names())

    async def check(self) -> tuple[Finding, ...]:
        """Say whether profile and port are as they must be; the port is not opened."""
        try:
            device = load_profile(self._profile).device
            open_decoder(self._profile)
            settings = port_settings(self.spec, self._told, device)
        except ConfigError as fault:
            return (Finding(level=Level.FAIL, what=_what(fault), remedy=fault.remedy),)
        fits = f"the profile {self.spec.profile} can be used, at {settings.baud} baud"
        findings = [Finding(level=Level.OK, what=fits)]
        if settings.is_device:
            findings += check_device(Path(settings.port))
        else:
            findings.append(await check_converter(settings))
        return tuple(findings)

    async def run(self, outlet: Outlet, *, clock: Clock, tape: Tape | None = None) -> None:
        """Listen to the port until cancelled.

        Raises: ConfigError when the source names no port or its profile cannot be used;
        SourceFault when the port is not there, taken, or goes away; SourceUnusable when this user
        may not open it, or no rate gives anything that the profile understands.
        """
        profile = load_profile(self._profile)
        listening = Listening(
            port_settings(self.spec, self._told, profile.device),
            profile=profile,
            open_decoder=partial(open_decoder, self._profile),
            hand_over=partial(self.hand_over, outlet=outlet),
            say_open=lambda: outlet.heard(clock.now(), 0),
            clock=clock,
            tape=tape,
        )
        await listening.run()

    def open_tape(self, path: Path, *, key: bytes) -> Tape:
        """Begin a recorded file; codes, receipts' references and addresses become stand-ins.

        Raises: ConfigError when the profile cannot be used; RecordingError when the file cannot
        be made.
        """
        return begin_tape(path, self._profile, key=key)

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


def profile_folders(spec: SourceSpec, own: str | None) -> tuple[Path, ...]:
    """Give the folders of profiles: the source's own one first, then the shipped one.

    Raises: ConfigError when the option is not the name of a folder.
    """
    if own is None:
        return (shipped_profiles(),)
    if not Path(own).is_dir():
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


def _what(fault: ConfigError) -> str:
    place = f" ({fault.where})" if fault.where else ""
    return f"{fault.what}{place}{f': {fault.why}' if fault.why else ''}"
