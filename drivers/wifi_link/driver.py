"""This is where the store's own Wi-Fi tells the outlet which stations join and leave it."""

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar

from drivers.wifi_link.decode import read_change
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.jsonl import json_lines
from edge.driver.options import check_no_profile, check_options
from edge.driver.outlet import Outlet
from edge.driver.pacing import paced
from edge.model.names import Instant


class WifiLink:
    """Reads the associations of the store's own access points."""

    kind: ClassVar[str] = "wifi_link"
    quiet_after_s: ClassVar[float] = 1800.0
    """Half an hour in which no station joins or leaves happens; more is rare in opening hours."""

    def __init__(self, spec: SourceSpec) -> None:
        check_options(spec)
        check_no_profile(spec)
        self.spec = spec

    def replay(self, file: RecordedFile, outlet: Outlet) -> Iterator[Instant]:
        """Decode recorded lines: `{"t": …, "event": "associated", "address": "aa:bb:…"}`."""
        take = partial(hand_over, outlet)
        yield from paced(json_lines(file.path), file, outlet=outlet, take=take)


def hand_over(outlet: Outlet, at: Instant, record: dict[str, Any]) -> None:
    """Give the outlet one recorded object; only what could be read counts as heard."""
    change = read_change(record)
    if isinstance(change, str):
        outlet.refuse(at, change)
        return
    outlet.heard(at)
    outlet.link(at, change.address, joined=change.joined)
