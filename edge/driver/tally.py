"""This is where a driver's output is counted and nothing else is kept: for inspections."""

from edge.driver.faces import FaceTrack
from edge.model.names import Instant


class TallyOutlet:
    """Counts what a driver hands over, by kind, and what it refuses, by reason."""

    def __init__(self) -> None:
        self.heard_count = 0
        self.handed_over: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self.first: Instant | None = None
        self.last: Instant | None = None

    def probe(self, at: Instant, address: bytes, *, signal_dbm: int | None) -> None:
        """Count a probe request."""
        del address, signal_dbm
        self._count("probe requests", at)

    def advert(
        self,
        at: Instant,
        *,
        address: bytes,
        is_random: bool,
        ephemeral_id: bytes | None,
        signal_dbm: int | None,
    ) -> None:
        """Count an advertisement, and whether it carries an ephemeral identifier."""
        del address, is_random, signal_dbm
        self._count("adverts" if ephemeral_id is None else "adverts with an ephemeral id", at)

    def link(self, at: Instant, address: bytes, *, joined: bool) -> None:
        """Count a change of an association."""
        del address
        self._count("associations" if joined else "disassociations", at)

    def card(self, at: Instant, code: str) -> None:
        """Count a scan."""
        del code
        self._count("scans", at)

    def face(self, at: Instant, track: FaceTrack) -> None:
        """Count a face once; it is not encoded."""
        self._count("faces", at, 0 if track.is_counted else 1)
        track.is_counted = True

    def door(self, at: Instant, *, entered: int = 0, left: int = 0) -> None:
        """Count people, not lines."""
        self._count("people in", at, entered)
        self._count("people out", at, left)

    def receipt(
        self,
        at: Instant,
        *,
        receipt: str,
        total: float,
        currency: str,
        lane: str | None = None,
        card: str | None = None,
        items: tuple[str, ...] = (),
    ) -> None:
        """Count a receipt, and whether a card stands on it."""
        del receipt, total, currency, lane, items
        self._count("receipts" if card is None else "receipts with a card", at)

    def heard(self, at: Instant, count: int = 1) -> None:
        """Count what was taken in."""
        self._span(at)
        self.heard_count += count

    def refuse(self, at: Instant, reason: str, count: int = 1) -> None:
        """Count what was not used."""
        del at
        self.refused[reason] = self.refused.get(reason, 0) + count

    def _count(self, kind: str, at: Instant, count: int = 1) -> None:
        self._span(at)
        if count:
            self.handed_over[kind] = self.handed_over.get(kind, 0) + count

    def _span(self, at: Instant) -> None:
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)
