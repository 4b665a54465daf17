"""This is where probe requests go from a captured file to the outlet."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Final

import msgspec

from drivers.wifi_monitor.decode import Decoder
from drivers.wifi_monitor.fcs import BadFcs, FcsMode
from drivers.wifi_monitor.refusals import OUTSIDE, REPEATED
from drivers.wifi_monitor.repeats import Repeats
from edge.driver.capture import Capture
from edge.driver.capture_stream import Packet
from edge.driver.contract import RecordedFile, SourceSpec
from edge.driver.outlet import Outlet
from edge.errors import ConfigError
from edge.model.names import SECOND, Instant

BATCH_FRAMES = 512
"""Most that the contract allows between two yields."""
BATCH_SPAN_NS = SECOND
"""In a quiet store 512 frames last a quarter of an hour; other sources' records lie in between."""
LEEWAY_NS: Final = 3600 * SECOND
"""How far a frame's moment may lie outside the recording: a wrong time zone is further off."""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The driver's own settings."""

    fcs: FcsMode = FcsMode.AUTO
    """Whether frames end with their check sequence."""
    bad_fcs: BadFcs = BadFcs.FLAGGED
    """What is done with frames whose check sequence is wrong."""


class WifiMonitor:
    """Hears the probe requests of phones that look for networks: a rate, never an identity."""

    kind: ClassVar[str] = "wifi_monitor"
    quiet_after_s: ClassVar[float] = 300.0

    def __init__(self, spec: SourceSpec) -> None:
        self._options = _options(spec)

    def replay(self, file: RecordedFile, outlet: Outlet) -> Iterator[Instant]:
        """Decode a capture; every frame is handed over as a probe or counted as refused.

        Raises: RecordingError when the file cannot be opened or is no capture.
        """
        capture = Capture(file.path)
        intake = Intake(
            Decoder(fcs=self._options.fcs, bad_fcs=self._options.bad_fcs),
            outlet,
            earliest=file.started - LEEWAY_NS,
            latest=file.ended + LEEWAY_NS,
        )
        newest = file.started
        for batch in _batches(capture):
            newest = intake.take(batch, newest)
            yield newest
        if capture.damage is not None:
            outlet.refuse(newest, capture.damage)
            yield newest


class Intake:
    """Takes frames in, batch by batch, and hands the probe requests among them to the outlet."""

    def __init__(self, decoder: Decoder, outlet: Outlet, *, earliest: int, latest: int) -> None:
        self._decoder = decoder
        self._outlet = outlet
        self._earliest = earliest
        self._latest = latest
        self._repeats = Repeats()

    def take(self, batch: Sequence[Packet], newest: Instant) -> Instant:
        """Hand over one batch; give its newest moment, or `newest` where it has none.

        A frame whose moment is outside the recording is counted at the newest moment inside.
        """
        inside = [packet for packet in batch if self._earliest <= packet[0] <= self._latest]
        refused: Counter[str] = Counter()
        if inside:
            newest = max(packet[0] for packet in inside)
            self._hand_over(inside, refused)
        if len(inside) < len(batch):
            refused[OUTSIDE] += len(batch) - len(inside)
        self._outlet.heard(newest, len(batch))
        for reason, count in refused.items():
            self._outlet.refuse(newest, reason, count)
        return newest

    def _hand_over(self, packets: Sequence[Packet], refused: Counter[str]) -> None:
        sight, is_repeat, probe = self._decoder.sight, self._repeats.has, self._outlet.probe
        self._repeats.forget(packets[0][0])
        for at, link_type, frame, _ in packets:
            sighting = sight(link_type, frame)
            if isinstance(sighting, str):
                refused[sighting] += 1
                continue
            address, sequence, signal_dbm = sighting
            if is_repeat(at, address, sequence):
                refused[REPEATED] += 1
            else:
                probe(at, address, signal_dbm=signal_dbm)


def _batches(packets: Iterable[Packet]) -> Iterator[list[Packet]]:
    """Put packets that come close after each other together, in the order of the file."""
    batch: list[Packet] = []
    first_ns = 0
    for packet in packets:
        if batch and (len(batch) >= BATCH_FRAMES or abs(packet[0] - first_ns) > BATCH_SPAN_NS):
            yield batch
            batch = []
        if not batch:
            first_ns = packet[0]
        batch.append(packet)
    if batch:
        yield batch


def _options(spec: SourceSpec) -> Options:
    try:
        return msgspec.convert(spec.options, Options)
    except msgspec.ValidationError as error:
        raise ConfigError(
            "cannot use the options of the source",
            where=spec.name,
            why=str(error),
            remedy=(
                f"wifi_monitor knows fcs ({', '.join(FcsMode)}) and bad_fcs ({', '.join(BadFcs)})"
            ),
        ) from error
