"""This is where planned sweeps become frames; a million of them take less than a minute."""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Final, NamedTuple

from drivers.simulated.elements import DS_CHANNEL, SSID, element, vendor
from drivers.simulated.handsets import CHANNELS, Handset, Sending, fresh_address
from drivers.simulated.phones import MODELS, STATIC, Rotation
from drivers.simulated.radiotap import BAD_FCS, HAS_FCS, radiotap
from drivers.simulated.sweeps import Sweep

BROADCAST: Final = b"\xff" * 6
ACCESS_POINT: Final = bytes.fromhex("02005e100001")
PROBE_REQUEST: Final = b"\x40\x00\x00\x00"
PROBE_AGAIN: Final = b"\x40\x08\x00\x00"
WILDCARD: Final = element(SSID, b"")
WEAKEST_DBM: Final = -94
LOUDEST_DBM: Final = -25
FADING_DB: Final = 2.0
FADINGS: Final = 256
FCS_SHARE: Final = (0.92, 0.0)
"""Share of frames with a frame check sequence, by radio: one driver mixes, one gives none."""
BAD_SHARE: Final = 0.004
"""Share of the frames with a check sequence that have a wrong one."""
USUAL_BODY_SHARE: Final = 0.85
NAMED_EVERY: Final = 4
"""Every so many frames of a phone that asks for a network ask for it by name."""
SEQUENCES: Final = 0x0FFF
_SEQUENCE: Final = struct.Struct("<H")
_FCS: Final = struct.Struct("<I")


class Frame(NamedTuple):
    """One packet of a capture."""

    at_us: int
    """Microseconds since the day began."""
    packet: bytes


class Transmitter:
    """What turns sweeps into frames; the radios' clocks are those of the day."""

    def __init__(self, rng: Random, *, epoch_us: int) -> None:
        self._rng = rng
        self._epoch_us = epoch_us
        self._fadings = [rng.gauss(0.0, FADING_DB) for _ in range(FADINGS)]
        self._bodies = {
            (model.name, number, channel): element(DS_CHANNEL, bytes((channel,))) + body
            for model in (*MODELS, STATIC)
            for number, body in enumerate(model.bodies)
            for channel in CHANNELS
        }

    def send(self, sweep: Sweep) -> Iterator[Frame]:
        """Give the frames of one sweep, in the order of time."""
        handset, rng = sweep.handset, self._rng
        model = handset.model
        usual = len(model.bodies) == 1 or rng.random() < USUAL_BODY_SHARE
        variant = 0 if usual else 1
        changing = vendor("0050f208", rng.randbytes(8).hex()) if model.volatile else b""
        if model.rotation in (Rotation.SWEEP, Rotation.RUNNING):
            handset.address = fresh_address(rng)
        if model.rotation is Rotation.SWEEP:
            handset.sequence = rng.getrandbits(12)
        for sending in sweep.pattern:
            if sending.new_channel and model.rotation is Rotation.CHANNEL:
                handset.address = fresh_address(rng)
                handset.sequence = rng.getrandbits(12)
            handset.sequence = (handset.sequence + sending.step) & SEQUENCES
            body = self._bodies[model.name, variant, sending.channel]
            frame = _header(handset, sending) + _network(handset) + body + changing
            at_us = sweep.at_us + sending.delay_us
            yield Frame(at_us, self._receive(frame, sending.radio, at_us, sweep.level_dbm))

    def _receive(self, frame: bytes, radio: int, at_us: int, level_dbm: float) -> bytes:
        draw = self._rng.random()
        signal = round(level_dbm + self._fadings[int(draw * FADINGS)])
        signal = max(WEAKEST_DBM, min(LOUDEST_DBM, signal))
        flags = 0
        if self._rng.random() < FCS_SHARE[radio]:
            flags = HAS_FCS
            check = zlib.crc32(frame)
            if self._rng.random() < BAD_SHARE:
                flags |= BAD_FCS
                check ^= 0x5A
            frame += _FCS.pack(check)
        return radiotap(radio, at_us=self._epoch_us + at_us, signal_dbm=signal, flags=flags) + frame


def transmit(
    sweeps: Iterable[Sweep], transmitter: Transmitter, others: Iterable[Frame]
) -> Iterator[Frame]:
    """Give all frames of a day in the order of time.

    `sweeps` and `others` are in the order of time. Only the frames of sweeps that overlap are in
    memory at once.
    """
    waiting: list[Frame] = []
    for moment, frames in _in_order(sweeps, transmitter.send, others):
        if waiting and waiting[0].at_us < moment:
            waiting.sort()
            due = sum(frame.at_us < moment for frame in waiting)
            yield from waiting[:due]
            del waiting[:due]
        waiting += frames
    yield from sorted(waiting)


def _in_order(
    sweeps: Iterable[Sweep], send: Callable[[Sweep], Iterable[Frame]], others: Iterable[Frame]
) -> Iterator[tuple[int, Iterable[Frame]]]:
    rest = iter(others)
    other = next(rest, None)
    for sweep in sweeps:
        while other is not None and other.at_us <= sweep.at_us:
            yield other.at_us, (other,)
            other = next(rest, None)
        yield sweep.at_us, send(sweep)
    if other is not None:
        yield other.at_us, (other,)
    for last in rest:
        yield last.at_us, (last,)


def _header(handset: Handset, sending: Sending) -> bytes:
    kind = PROBE_AGAIN if sending.retry else PROBE_REQUEST
    receiver = ACCESS_POINT if sending.unicast else BROADCAST
    return b"".join(
        (kind, receiver, handset.address, receiver, _SEQUENCE.pack(handset.sequence << 4))
    )


def _network(handset: Handset) -> bytes:
    if handset.network and handset.sequence % NAMED_EVERY == 0:
        return element(SSID, handset.network)
    return WILDCARD
