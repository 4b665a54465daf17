"""This is where frames come from that are no probe requests, or none that can be read."""

import struct
from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from drivers.simulated.elements import (
    CAPABILITIES,
    DS_CHANNEL,
    FOUR_MORE,
    MIXED_RATES,
    SSID,
    element,
    rates,
)
from drivers.simulated.floor import RADAR
from drivers.simulated.handsets import fresh_address
from drivers.simulated.outages import Outages
from drivers.simulated.radiotap import radiotap
from drivers.simulated.wifi_air import ACCESS_POINT, BROADCAST, PROBE_REQUEST, Frame

OTHER_EVERY_S: Final = 20.0
"""Mean time between frames that slip through the filter."""
DAMAGED_EVERY_S: Final = 1800.0
NEAR_DBM: Final = -50
GUEST_NETWORK: Final = b"toy-042-guests"


class Noise(NamedTuple):
    """What the radar hears besides probe requests, each in the order of time."""

    others: list[Frame]
    """Beacons and acknowledgements, all whole."""
    damaged: list[Frame]


def make_noise(rng: Random, *, length_s: float, epoch_us: int, outages: Outages) -> Noise:
    """Make up beacons, acknowledgements and damaged probe requests."""
    makers = ((OTHER_EVERY_S, _other), (DAMAGED_EVERY_S, _damaged))
    kinds = []
    for every_s, make in makers:
        moments = enumerate(_times(rng, every_s, length_s))
        heard = [(number, at) for number, at in moments if not outages.dark(RADAR, at)]
        kinds.append([make(rng, number, _micros(at), epoch_us) for number, at in heard])
    return Noise(*kinds)


def _times(rng: Random, every_s: float, length_s: float) -> Iterator[float]:
    at = rng.uniform(0.0, every_s)
    while at < length_s - 1.0:
        yield at
        at += rng.expovariate(1 / every_s)


def _micros(at: float) -> int:
    return round(at * 1_000_000)


def _header(at_us: int, epoch_us: int) -> bytes:
    return radiotap(0, at_us=epoch_us + at_us, signal_dbm=NEAR_DBM, flags=0)


def _other(rng: Random, number: int, at_us: int, epoch_us: int) -> Frame:
    header = _header(at_us, epoch_us)
    if number % 3 == 0:
        acknowledgement = struct.pack("<HH6s", 0x00D4, 0, fresh_address(rng))
        return Frame(at_us, header + acknowledgement)
    fixed = struct.pack("<QHH", at_us, 100, 0x0431)
    named = element(SSID, GUEST_NETWORK) + rates(MIXED_RATES, FOUR_MORE)
    body = fixed + named + element(DS_CHANNEL, b"\x01") + element(CAPABILITIES, bytes(8))
    addresses = BROADCAST + ACCESS_POINT + ACCESS_POINT
    sequence = struct.pack("<H", rng.getrandbits(12) << 4)
    return Frame(at_us, header + b"\x80\x00\x00\x00" + addresses + sequence + body)


def _damaged(rng: Random, number: int, at_us: int, epoch_us: int) -> Frame:
    header = _header(at_us, epoch_us)
    probe = PROBE_REQUEST + BROADCAST + fresh_address(rng) + BROADCAST + b"\x10\x00"
    whole = header + probe + element(SSID, b"") + rates(MIXED_RATES, FOUR_MORE)
    kept = (
        whole[:-3],  # the last element is longer than what is left
        whole[: len(header) + 13],  # the addresses are cut
        whole[: len(header) - 6],  # the radiotap header is longer than the frame
        whole[:5],  # there is no whole radiotap header
    )[number % 4]
    return Frame(at_us, kept)
