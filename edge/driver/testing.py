"""This is where working stand-ins for drivers' tests stand."""

from typing import Any

from edge.driver.faces import FaceTrack
from edge.model.names import Instant


class OutletSpy:
    """An outlet that keeps the calls it gets, raw arguments and all: for tests only."""

    def __init__(self) -> None:
        """Start with no calls."""
        self.calls: list[tuple[str, Instant, dict[str, Any]]] = []
        self.frames = 0
        self.signs = 0
        """How often `heard` was said, whatever the count."""
        self.refused: dict[str, int] = {}

    def probe(self, at: Instant, address: bytes, *, signal_dbm: int | None) -> None:
        """Keep the call."""
        self.calls.append(("probe", at, {"address": address, "signal_dbm": signal_dbm}))

    def advert(
        self,
        at: Instant,
        *,
        address: bytes,
        is_random: bool,
        ephemeral_id: bytes | None,
        signal_dbm: int | None,
    ) -> None:
        """Keep the call."""
        detail = {
            "address": address,
            "is_random": is_random,
            "ephemeral_id": ephemeral_id,
            "signal_dbm": signal_dbm,
        }
        self.calls.append(("advert", at, detail))

    def link(self, at: Instant, address: bytes, *, joined: bool) -> None:
        """Keep the call."""
        self.calls.append(("link", at, {"address": address, "joined": joined}))

    def card(self, at: Instant, code: str) -> None:
        """Keep the call."""
        self.calls.append(("card", at, {"code": code}))

    def face(self, at: Instant, track: FaceTrack) -> None:
        """Keep the call."""
        self.calls.append(("face", at, {"track": track}))

    def door(self, at: Instant, *, entered: int = 0, left: int = 0) -> None:
        """Keep the call."""
        self.calls.append(("door", at, {"entered": entered, "left": left}))

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
        """Keep the call."""
        detail = {
            "receipt": receipt,
            "total": total,
            "currency": currency,
            "lane": lane,
            "card": card,
            "items": items,
        }
        self.calls.append(("receipt", at, detail))

    def heard(self, at: Instant, count: int = 1) -> None:
        """Count what was taken in."""
        self.signs += 1
        self.frames += count

    def refuse(self, at: Instant, reason: str, count: int = 1) -> None:
        """Count what was not used."""
        self.refused[reason] = self.refused.get(reason, 0) + count
