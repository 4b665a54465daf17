"""This is where probe requests go from a radio or a captured file to the outlet."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar, Final

from drivers.wifi_monitor import checks, live, radios
from drivers.wifi_monitor.decode import Decoder
from drivers.wifi_monitor.headers import RADIOTAP
from drivers.wifi_monitor.intake import BATCH_FRAMES, Intake
from drivers.wifi_monitor.interface import look
from drivers.wifi_monitor.options import read_options
from drivers.wifi_monitor.tape import ProbeTape
from edge.driver.capture import Capture
from edge.driver.capture_stream import Packet
from edge.driver.contract import Clock, Finding, Found, RecordedFile, SourceSpec, Tape
from edge.driver.outlet import Outlet
from edge.model.names import SECOND, Instant

BATCH_SPAN_NS = SECOND
"""In a quiet store 512 frames last a quarter of an hour; other sources' records lie in between."""
LEEWAY_NS: Final = 3600 * SECOND
"""How far a frame's moment may lie outside the recording: a wrong time zone is further off."""


class WifiMonitor:
    """Hears the probe requests of phones that look for networks: a rate, never an identity."""

    kind: ClassVar[str] = "wifi_monitor"
    quiet_after_s: ClassVar[float] = 300.0
    tape_suffix: ClassVar[str] = ".pcap.gz"

    def __init__(self, spec: SourceSpec) -> None:
        self._options = read_options(spec)

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

    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        """List monitor interfaces and adapters that can become one; changes nothing."""
        return await radios.discover()

    async def check(self) -> tuple[Finding, ...]:
        """Say whether the interface, its mode, the rights and the filter are as they have to be."""
        return tuple(checks.findings(self._options))

    async def run(self, outlet: Outlet, *, clock: Clock, tape: Tape | None = None) -> None:
        """Listen to the monitor interface until cancelled; runs on the event loop.

        Raises: SourceFault when the interface is not there, down, no monitor or silent;
        SourceUnusable when the settings or this process's rights do not allow to listen.
        """
        await live.listen(self._options, outlet, clock=clock, tape=tape)

    def open_tape(self, path: Path, *, key: bytes) -> ProbeTape:
        """Begin a gzipped pcap file of probe requests with made-up addresses and no names.

        Raises: OSError when the file cannot be created.
        """
        interface = look(self._options.interface) if self._options.interface else None
        link_type = interface.link_type if interface else None
        return ProbeTape(path, key=key, fcs=self._options.fcs, link_type=link_type or RADIOTAP)


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
