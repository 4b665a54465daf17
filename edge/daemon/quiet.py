"""This is where a zone falls quiet because somebody showed the code 'do not count' (R34).

Nobody says who they are for it: there is no list of addresses to leave out, and nothing is kept of
who asked. For a while no radio of that zone is processed, of anybody. Door counters go on, because
they know nobody.
"""

from collections.abc import Iterable
from typing import Final

from edge.config.schema import Settings
from edge.daemon.notices import SCANNER, senses
from edge.model.names import SECOND, Instant, SourceName
from edge.privacy.notice import RADIOS
from edge.privacy.tokens import read_code

QUIET: Final = "somebody does not want to be counted"
"""Why a radio's frame was not processed."""


class QuietZones:
    """Knows which zones are quiet until when; used from one thread at a time."""

    def __init__(
        self,
        code: str | None = None,
        *,
        quiet_s: int = 0,
        scanners: Iterable[tuple[SourceName, str]] = (),
        radios: Iterable[tuple[SourceName, str]] = (),
    ) -> None:
        """`scanners` and `radios` are sources with their zones; without a code nobody is heard."""
        self._code = None if code is None else read_code(code)
        self._quiet_ns = quiet_s * SECOND
        self._scanners = dict(scanners)
        self._radios = dict(radios)
        self._until: dict[str, Instant] = {}

    def take(self, source: SourceName, code: str, at: Instant) -> bool:
        """Take a code of a scanner; True where it was the code 'do not count'."""
        if self._code is None or read_code(code) != self._code:
            return False
        zone = self._scanners.get(source)
        if zone is not None:
            self._until[zone] = Instant(max(at + self._quiet_ns, self._until.get(zone, 0)))
        return True

    def is_quiet(self, source: SourceName, at: Instant) -> bool:
        """Say whether what a radio heard at a moment must not be processed."""
        zone = self._radios.get(source)
        return zone is not None and at < self._until.get(zone, 0)


def quiet_zones(settings: Settings) -> QuietZones:
    """Give the zones of a store as its settings say; all of them are loud at first."""
    zoned = [(one, one.zone) for one in settings.sources if one.zone is not None]
    return QuietZones(
        settings.privacy.optout_code,
        quiet_s=settings.privacy.optout_quiet_s,
        scanners=[(SourceName(one.name), zone) for one, zone in zoned if senses(one) == SCANNER],
        radios=[(SourceName(one.name), zone) for one, zone in zoned if senses(one) in RADIOS],
    )
