"""This is where Bluetooth LE advertisements go from a radio or a recording to the outlet."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar, Final

from drivers.ble_scan.ephemeral import ephemeral_id
from drivers.ble_scan.records import dated_reports
from drivers.ble_scan.report import Decoded, Report
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.options import check_no_profile, check_options
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

    def __init__(self, spec: SourceSpec) -> None:
        check_options(spec)
        check_no_profile(spec)
        self.spec = spec

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
