"""This is where the soak's consenting customers are made up, as the platform sends them."""

import json
import time
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.model.customer import Purpose
from edge.model.moment import rfc3339
from edge.model.names import SECOND, Instant
from tests.privacy.kit import consent, put, signed

A_MESSAGE: Final = 50
"""Customers in one message."""
MARGIN_S: Final = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class People:
    """So many members with a token, a card, or an address on the store's Wi-Fi each."""

    tokens: int
    cards: int
    stations: int

    @property
    def count(self) -> int:
        return self.tokens + self.cards + self.stations

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The identity keys behind the rotating tokens."""
        return tuple(number.to_bytes(16, "big") for number in range(1, 1 + self.tokens))

    @staticmethod
    def now() -> Instant:
        return Instant(time.time_ns())

    @staticmethod
    def token_of(number: int) -> str:
        """Give the customer behind a token."""
        return f"token-{number}"

    @staticmethod
    def card_of(number: int) -> str:
        return f"card-{number}"

    @staticmethod
    def station_of(number: int) -> str:
        return f"station-{number}"

    @staticmethod
    def code(number: int) -> str:
        """Give what stands on a card."""
        return f"4006381{number:06}"

    @staticmethod
    def address(number: int) -> str:
        return f"a4:83:e7:00:{number >> 8:02x}:{number & 255:02x}"

    def write(self, path: Path) -> None:
        """Write the messages, one a line, with rising cursors."""
        deltas = [signed(delta) for delta in self._deltas()]
        lines = [
            json.dumps({"cursor": f"{start:06}", "deltas": deltas[start : start + A_MESSAGE]})
            for start in range(0, len(deltas), A_MESSAGE)
        ]
        # A cursor is compared as text, and the empty one is before all others.
        path.write_text("\n".join(lines) + "\n")

    def _deltas(self) -> list[dict[str, Any]]:
        of_tokens = [
            self._member(
                self.token_of(number),
                Purpose.PRESENCE_BLE,
                {"kind": "eid", "key": b64encode(key).decode(), "k": 10},
            )
            for number, key in enumerate(self.keys)
        ]
        of_cards = [
            self._member(
                self.card_of(number),
                Purpose.VISIT_HISTORY,
                {"kind": "card", "value": self.code(number)},
            )
            for number in range(self.cards)
        ]
        of_stations = [
            self._member(
                self.station_of(number),
                Purpose.WIFI_RECOGNITION,
                {"kind": "link", "value": self.address(number)},
            )
            for number in range(self.stations)
        ]
        return of_tokens + of_cards + of_stations

    def _member(self, name: str, purpose: Purpose, token: dict[str, Any]) -> dict[str, Any]:
        now = self.now()
        given = consent(
            purpose,
            event_time=rfc3339(Instant(now - MARGIN_S * SECOND)),
            valid_until=rfc3339(Instant(now + 30 * MARGIN_S * SECOND)),
        )
        return put(customer=name, version=1, tokens=[token], consents=[msgspec.to_builtins(given)])
