"""This is where it is counted what kinds of advertisements are on the air, for a technician.

It answers "does the app's rotating id reach this radio at all?" in counts; nothing that could tell
one device from another is given.
"""

from collections import Counter
from pathlib import Path
from types import MappingProxyType
from typing import Final

from drivers.ble_scan.advertisement import read_advertisement
from drivers.ble_scan.beacon import (
    Beacon,
    EddystoneEid,
    EddystoneTlm,
    EddystoneUid,
    EddystoneUrl,
    IBeacon,
    read_beacon,
)
from drivers.ble_scan.records import dated_reports
from drivers.ble_scan.report import Report

BEACON_NAMES: Final = MappingProxyType[type[Beacon], str](
    {
        EddystoneEid: "eddystone eid",
        EddystoneUid: "eddystone uid",
        EddystoneTlm: "eddystone telemetry",
        EddystoneUrl: "eddystone url",
        IBeacon: "ibeacon",
    }
)
RESOLVABLE: Final = 0b01
"""Top two bits of a resolvable private address (Core 5.4, Vol 6, Part B, 1.3.2.2)."""


def survey(path: Path) -> Counter[str]:
    """Count the advertisements of a recording by their kind, and what could not be read.

    Raises: RecordingError when the file cannot be read.
    """
    counts: Counter[str] = Counter()
    for entry in dated_reports(path):
        for report in [entry] if isinstance(entry, str) else entry[1]:
            counts.update([report] if isinstance(report, str) else traits(report))
    return counts


def traits(report: Report) -> list[str]:
    """Say what kind of advertisement a report is."""
    advertisement = read_advertisement(report.payload)
    beacon = read_beacon(advertisement)
    found = ["advertisements", BEACON_NAMES[type(beacon)] if beacon else "no beacon"]
    if report.address is None:
        found.append("without an address")
    elif report.is_random and report.address[0] >> 6 == RESOLVABLE:
        found.append("resolvable private address")
    if advertisement.name is not None:
        found.append("with a name")
    return found
