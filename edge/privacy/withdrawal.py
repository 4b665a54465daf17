"""This is where a withdrawal that was made in the store is set against the platform's records.

A withdrawal counts at once and stays in force until the platform sends a consent that was given
later: the record that it overrules was true when it was signed, and is not any more.
"""

from collections.abc import Mapping
from typing import Final

from edge.model.customer import Customer, Role
from edge.model.names import Instant
from edge.privacy.consent import PURPOSES, Standing, may_come_into_force, read_standing

PREFIX: Final = "withdraw:"
"""A code that begins with this, with a card's code behind it, takes that card's consents back at
every scanner; the customer's app or letter shows it."""


def read_withdrawal(code: str, *, is_kiosk: bool) -> str | None:
    """Give the card's code whose consents are taken back; None where a code says something else.

    At a kiosk that is there for it every card does.
    """
    text = code.strip()
    if text[: len(PREFIX)].lower() == PREFIX:
        return text[len(PREFIX) :]
    return code if is_kiosk else None


def withheld(standing: Standing, withdrawn: Mapping[str, Instant]) -> frozenset[str]:
    """Give the purposes that were taken back here and not given anew since."""
    return frozenset(
        purpose
        for purpose, at in withdrawn.items()
        if not any(grade.grants and grade.since > at for grade in standing.records.get(purpose, ()))
    )


def left_standing(
    customer: Customer | None, withdrawn: Mapping[str, Instant], *, at: Instant
) -> tuple[str, ...]:
    """Give the purposes that a customer allows now or from a later moment on, sorted.

    Policy, lease and clock are left out: they say whether a purpose may be used at a moment, and
    this says whether what was gathered for it may stay. None is a stranger: they allow nothing.
    """
    if customer is None or customer.role is not Role.CUSTOMER:
        return ()
    standing = read_standing(customer)
    refused = withheld(standing, withdrawn)
    return tuple(
        purpose.value
        for purpose in PURPOSES
        if purpose not in refused and may_come_into_force(standing, purpose, at=at)
    )
