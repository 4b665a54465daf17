"""This is where it is seen that a radio lost frames, fell silent, went down or went away."""

from typing import Final

from drivers.wifi_monitor.ear import Ear, radio_remedy
from drivers.wifi_monitor.interface import look, received
from drivers.wifi_monitor.refusals import DROPPED, NOT_A_PROBE
from edge.driver.outlet import Outlet
from edge.errors import SourceFault
from edge.model.names import SECOND, Instant

EVERY_NS: Final = SECOND
SILENT_NS: Final = 300 * SECOND
"""A radio that heard frames and then for five minutes none at all has hung more often than the
air was empty: an access point alone sends ten beacons a second."""


class Watch:
    """Looks after one ear: reports what the kernel counted, and faults that nobody announces.

    What the filter held back is reported as heard and refused, as in a recording of everything.
    So a radio that hears only beacons is known to be alive.
    """

    def __init__(self, ear: Ear, outlet: Outlet, *, now: Instant, count: int) -> None:
        """`count` is what the interface had received when the ear was opened."""
        self._ear = ear
        self._outlet = outlet
        self._due = Instant(now + EVERY_NS)
        self._explained = count
        self._last_count = count
        self._last_growth: Instant | None = None

    def note(self, frames: int) -> None:
        """Say how many frames were taken from the ear."""
        self._explained += frames

    def look(self, now: Instant) -> None:
        """Look, where a second has passed since the last time.

        Raises: SourceFault when the interface is down, away or silent.
        """
        if now < self._due:
            return
        self._due = Instant(now + EVERY_NS)
        self._look_at_interface()
        self._report_losses(now)
        count = received(self._ear.interface.name)
        if count is not None:
            self._report_filtered(now)
            self._listen_for_silence(count, now)

    def _look_at_interface(self) -> None:
        known = self._ear.interface
        present = look(known.name)
        if present is None or present.index != known.index:
            raise self._fault("the interface went away", "look whether the adapter is plugged in")
        if not present.is_up:
            raise self._fault("the interface is down", radio_remedy(known.name))

    def _report_losses(self, now: Instant) -> None:
        lost = self._ear.lost()
        if lost:
            self.note(lost)
            self._outlet.refuse(now, DROPPED, lost)

    def _report_filtered(self, now: Instant) -> None:
        """Report what was received until the look before and never came out of the ear.

        A second later than it could be: what came just now may still wait behind the filter.
        """
        filtered = self._last_count - self._explained
        if filtered > 0:
            self._explained += filtered
            self._outlet.heard(now, filtered)
            self._outlet.refuse(now, NOT_A_PROBE, filtered)

    def _listen_for_silence(self, count: int, now: Instant) -> None:
        if count != self._last_count:
            self._last_growth = now
        self._last_count = count
        if self._last_growth is not None and now - self._last_growth >= SILENT_NS:
            raise self._fault(
                f"no frame of any kind for {SILENT_NS // SECOND} s",
                radio_remedy(self._ear.interface.name),
            )

    def _fault(self, why: str, remedy: str) -> SourceFault:
        return SourceFault(
            "cannot listen any longer", where=self._ear.interface.name, why=why, remedy=remedy
        )
