"""This is where tills close receipts and the kiosk's scanner reads codes."""

import json
from collections.abc import Iterable
from random import Random
from typing import Any, Final

from drivers.simulated.deeds import Deeds
from drivers.simulated.serial import SpokenLine, alive

LANES: Final = ("1", "2")
SCANNER: Final = "scanner-kiosk"
CURRENCY: Final = "EUR"
GARBLED: Final = '{"receipt":"R-'
TILL_HEARTBEAT: Final = "# till open"
SCANNER_HEARTBEAT: Final = "#"


def till_name(lane: str) -> str:
    """Give the source's name of a lane's till."""
    return f"till-{lane}"


def close_receipts(
    rng: Random, deeds: Iterable[Deeds], *, length_s: float
) -> dict[str, list[SpokenLine]]:
    """Give the lines of each till, by the till's name; one line of the first till is cut."""
    lines = {till_name(lane): alive(TILL_HEARTBEAT, length_s=length_s) for lane in LANES}
    paid = sorted((one.pays_at, number, one) for number, one in enumerate(deeds) if one.pays_at)
    for number, (at, _, one) in enumerate(paid, start=1):
        lane = rng.choice(LANES)
        lines[till_name(lane)].append(SpokenLine(at, _receipt(number, one, lane)))
    lines[till_name(LANES[0])].append(SpokenLine(length_s * rng.uniform(0.3, 0.5), GARBLED))
    return lines


def read_codes(deeds: Iterable[Deeds], *, length_s: float) -> list[SpokenLine]:
    """Give the lines of the kiosk's scanner: cards and articles alike."""
    scans = [SpokenLine(one.scans_at, one.code) for one in deeds if one.scans_at is not None]
    return scans + alive(SCANNER_HEARTBEAT, length_s=length_s)


def _receipt(number: int, deeds: Deeds, lane: str) -> str:
    receipt: dict[str, Any] = {"receipt": f"R-{number:05d}", "total": deeds.total}
    receipt["currency"] = CURRENCY
    if deeds.card is not None:
        receipt["card"] = deeds.card
    return json.dumps({**receipt, "lane": lane}, separators=(",", ":"))
