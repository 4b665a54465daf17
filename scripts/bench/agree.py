#!/usr/bin/env python3
"""This is where our reading of probe requests is compared with tshark's, field by field.

Every probe request that tshark finds well-formed counts; the others are counted by reason.
    scripts/bench/agree.py PCAP... [--json] [--fcs auto|flag|always|never]
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from _peers import Said, has_tshark, tshark

from drivers.wifi_monitor.decode import Decoder, ProbeRequest
from drivers.wifi_monitor.fcs import BadFcs, FcsMode
from edge.driver.capture import Capture


class Tally:
    """What was compared so far."""

    def __init__(self) -> None:
        self.frames = 0
        self.agree = 0
        self.disagree: Counter[str] = Counter()
        self.malformed: Counter[str] = Counter()

    def compare(self, path: Path, fcs: FcsMode) -> None:
        """Read one capture in both ways; tshark's packets are ours, in the same order."""
        decoder = Decoder(fcs=fcs, bad_fcs=BadFcs.KEEP)
        capture = Capture(path)
        read = {
            number: decoder.decode(link_type, frame, original_length=original_length)
            for number, (_, link_type, frame, original_length) in enumerate(capture)
        }
        ours = {number: probe for number, probe in read.items() if probe != "not a probe request"}
        for told in tshark(path):
            probe = ours.pop(told.number, "not a probe request")
            if told.is_malformed:
                is_alike = not isinstance(probe, str) and said(probe) == told.said
                how = "read alike" if is_alike else "read differently"
                self.malformed[f"malformed to tshark, {how}"] += 1
            elif isinstance(probe, str):
                self._differ(probe)
            else:
                self._match(told.said, said(probe))
        for left in ours.values():
            if isinstance(left, ProbeRequest):
                self._differ("unknown to tshark")
            else:
                self.malformed[left] += 1

    def _match(self, theirs: Said, ours: Said) -> None:
        self.frames += 1
        differing = [
            field for field in Said._fields if getattr(theirs, field) != getattr(ours, field)
        ]
        self.disagree.update(differing)
        self.agree += not differing

    def _differ(self, reason: str) -> None:
        self.frames += 1
        self.disagree[reason] += 1


def said(probe: ProbeRequest) -> Said:
    """Put our reading into the common terms."""
    return Said(
        address=probe.address,
        receiver=probe.receiver,
        sequence=probe.sequence,
        signal_dbm=probe.signal_dbm,
        frequency_mhz=probe.frequency_mhz,
        elements=probe.elements.ids,
    )


def main() -> int:
    """Compare and print; 0 when all frames agree."""
    parser = argparse.ArgumentParser(description="agreement with tshark, field by field")
    parser.add_argument("captures", metavar="PCAP", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--fcs", type=FcsMode, choices=list(FcsMode), default=FcsMode.AUTO)
    asked = parser.parse_args()
    if not has_tshark():
        print("tshark is not on the PATH; install it: apt-get install tshark", file=sys.stderr)
        return 69
    tally = Tally()
    for path in asked.captures:
        tally.compare(path, asked.fcs)
    figures = {
        "frames": tally.frames,
        "agree": tally.agree,
        "disagree": dict(tally.disagree),
        "malformed": dict(tally.malformed),
    }
    if asked.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:10} {figure}")
    return 0 if tally.agree == tally.frames else 1


if __name__ == "__main__":
    sys.exit(main())
