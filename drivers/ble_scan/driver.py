"""This is where Bluetooth LE advertisements go from a radio or a recording to the outlet."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from drivers.ble_scan.ephemeral import ephemeral_id
from drivers.ble_scan.options import read_options
from drivers.ble_scan.records import dated_reports
from drivers.ble_scan.report import Decoded, Report
from drivers.ble_scan.tape import open_snoop_tape
from edge.driver.contract import Clock, Finding, Found, RecordedFile, SourceSpec, Tape
from edge.driver.options import check_no_profile
from edge.driver.outlet import Outlet
from edge.driver.pacing import paced
from edge.model.names import Instant

NOBODY: Final = bytes(6)
"""Address given for an anonymous advertisement with an id: no address resolves to a person."""


class BleScan:
    """Hears members' rotating ids and addresses among all advertisements, and forgets the rest."""

    kind: ClassVar[str] = "ble_scan"
    quiet_after_s: ClassVar[float] = 120.0
    """A shop is never without Bluetooth for two minutes; a radio that went deaf is (bleak #887)."""
    tape_suffix: ClassVar[str] = ".btsnoop"

    def __init__(self, spec: SourceSpec) -> None:
        check_no_profile(spec)
        self.spec = spec
        self.options = read_options(spec)

    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        """List the Bluetooth adapters; changes nothing, ends within 2 s."""
        from drivers.ble_scan.checks import found_radios  # noqa: PLC0415 - loads dbus-fast

        return await found_radios()

    async def check(self) -> tuple[Finding, ...]:
        """Say whether the adapter could be used as it is set; changes nothing, ends within 2 s."""
        from drivers.ble_scan.checks import check_radio  # noqa: PLC0415 - loads dbus-fast

        return await check_radio(self.options)

    async def run(self, outlet: Outlet, *, clock: Clock, tape: Tape | None = None) -> None:
        """Listen until cancelled, and send the store's beacon where there is one.

        Raises: SourceFault, SourceUnusable, each with the remedy.
        """
        from drivers.ble_scan.live import listen  # noqa: PLC0415 - loads bleak and dbus-fast

        await listen(self.options, outlet, clock=clock, tape=tape)

    def open_tape(self, path: Path, *, key: bytes) -> Tape:
        """Begin a btsnoop file without anybody's address, id or name in it.

        Raises: RecordingError where it cannot be written.
        """
        return open_snoop_tape(path, key)

    def replay(self, file: RecordedFile, outlet: Outlet) -> Iterator[Instant]:
        """Decode a btsnoop, pcap or pcapng file, plain or gzip."""
        take = partial(hand_over, outlet)
        yield from paced(dated_reports(file.path), file, outlet=outlet, take=take)


def hand_over(outlet: Outlet, at: Instant, heard: Decoded) -> None:
    """Give the outlet what one packet held.

    `heard` counts the advertisements that could be read; an anonymous one without an id ends there.
    """
    count = 0
    for report in heard:
        reason = report if isinstance(report, str) else _hand_over_one(outlet, at, report)
        if reason:
            outlet.refuse(at, reason)
        else:
            count += 1
    if count:
        outlet.heard(at, count)


def _hand_over_one(outlet: Outlet, at: Instant, report: Report) -> str | None:
    """Give the outlet one advertisement, or give the reason why not."""
    found = ephemeral_id(report.payload)
    if isinstance(found, str):
        if report.is_whole:
            return found
        found = None
    if report.address is not None or found is not None:
        outlet.advert(
            at,
            address=report.address or NOBODY,
            is_random=report.is_random,
            ephemeral_id=found,
            signal_dbm=report.signal_dbm,
        )
    return None
