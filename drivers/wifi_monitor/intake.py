"""This is where captured frames are decoded, and the probe requests among them handed over."""

from collections import Counter
from collections.abc import Sequence

from drivers.wifi_monitor.decode import Decoder
from drivers.wifi_monitor.refusals import OUTSIDE, REPEATED
from drivers.wifi_monitor.repeats import Repeats
from edge.driver.capture_stream import Packet
from edge.driver.outlet import Outlet
from edge.model.names import Instant

BATCH_FRAMES = 512
"""Most that the contract allows between two yields; live, the loop breathes between two batches."""


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
