"""This is where a driver hands over what it noticed: the privacy door, seen from the sensor's side.

Law 1 by type: a raw identifier is an argument here, and every function returns None.
"""

from typing import Final, Protocol

from edge.driver.faces import FaceTrack
from edge.model.names import Instant

CLOSED: Final = "outside opening hours"
"""Reason under which input is counted that came while the store was closed."""


class Outlet(Protocol):
    """What a driver may call; it belongs to one source and is called from one thread at a time."""

    def probe(self, at: Instant, address: bytes, *, signal_dbm: int | None) -> None:
        """Hand over a Wi-Fi probe request from `address` (6 bytes)."""

    def advert(
        self,
        at: Instant,
        *,
        address: bytes,
        is_random: bool,
        ephemeral_id: bytes | None,
        signal_dbm: int | None,
    ) -> None:
        """Hand over a BLE advertisement.

        `address` has 6 bytes, most significant first; `ephemeral_id` has 8 bytes and is the
        Eddystone-EID in the advertisement, if there is one. Strangers' are forgotten at once.
        """

    def link(self, at: Instant, address: bytes, *, joined: bool) -> None:
        """Hand over that `address` (6 bytes) joined or left the store's own Wi-Fi."""

    def card(self, at: Instant, code: str) -> None:
        """Hand over a card, QR code or other code that somebody let a scanner read."""

    def face(self, at: Instant, track: FaceTrack) -> None:
        """Offer a face that is in view: it is compared where the consent gate is open, else not.

        A track is offered when it is fit to be compared, and again every half second in view, for
        the gate may open meanwhile.
        """

    def door(self, at: Instant, *, entered: int = 0, left: int = 0) -> None:
        """Hand over a door count, in people."""

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
        """Hand over a till's receipt; `card` is the raw code on it, if any."""

    def heard(self, at: Instant, count: int = 1) -> None:
        """Say that the source took in `count` frames, adverts or lines: it is alive.

        The first call of a run says that the driver listens now, with a count of 0 where nothing
        came yet; later ones of 0 say that the other end answers, though nothing came.
        """

    def refuse(self, at: Instant, reason: str, count: int = 1) -> None:
        """Count input that was not used; `reason` is a short fixed word pair, never content."""
