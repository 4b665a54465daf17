"""Doors with people whom they know, and what comes out of them."""

from typing import Any

import msgspec

from edge.config.opening import parse_opening
from edge.daemon.door import PrivacyDoor
from edge.daemon.hours import OpeningHours
from edge.daemon.rules import Rules
from edge.model.customer import Customer, Role
from edge.model.names import CustomerId, SourceName
from edge.model.observation import AnyObservation, SignOfLife
from edge.privacy.pepper import Peppers, derived_peppers
from edge.privacy.policy import Policy
from edge.privacy.recogniser import Recogniser
from tests.privacy.kit import SECRET, customer, policy

FLOOR_DBM = -92
STRANGER = bytes.fromhex("5ee0f1a2b3c4")


class Way:
    """A door and what was handed on through it."""

    def __init__(
        self,
        *people: Customer,
        under: Policy | None = None,
        opening: str | None = None,
        timezone: str = "UTC",
    ) -> None:
        self.out: list[AnyObservation] = []
        chosen = under or policy()
        rules = Rules(
            policy=chosen,
            recogniser=Recogniser(people, policy=chosen, secret=SECRET),
            peppers=Peppers(period_s=chosen.pepper_period_s, draw=derived_peppers(b"test")),
            hours=OpeningHours(
                None if opening is None else parse_opening(opening), timezone=timezone
            ),
        )
        self.door = PrivacyDoor(
            SourceName("source-1"), rules=rules, floor_dbm=FLOOR_DBM, hand_over=self.out.append
        )

    @property
    def refused(self) -> dict[str, int]:
        """Give what the door says it did not use, after it was closed."""
        total: dict[str, int] = {}
        for one in self.out:
            if isinstance(one, SignOfLife):
                for reason, count in one.refused.items():
                    total[reason] = total.get(reason, 0) + count
        return total

    def spoken(self) -> bytes:
        """Give everything that came out, as bytes."""
        return msgspec.json.encode(self.out)


def member(*purposes: str, **changes: Any) -> Customer:
    return customer(*purposes, **changes)


def badge(**changes: Any) -> Customer:
    """Give a member of staff who holds every kind of token."""
    return customer(role=Role.STAFF, customer=CustomerId("staff-1"), consents=(), **changes)
