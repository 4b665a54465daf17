"""This is where it is said what the data-protection desk can be asked, and what it answers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from edge.errors import ConfigError, WireError
from edge.model.customer import Purpose

AT_THE_DESK: Final = "desk"
BY_CARD: Final = "card"
BY_COMMAND: Final = "kiosk"
EVERYTHING: Final = tuple(sorted(purpose.value for purpose in Purpose))
"""Every purpose, sorted."""


class CustomerOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody at the desk wants to have done."""

    do: Literal["show", "export", "forget", "withdraw", "receipt"]
    customer: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    purposes: tuple[str, ...] = ()
    """For `withdraw` and `receipt`; none names all."""


class KioskOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data of a `withdraw`."""

    customer: str = ""
    card: str = ""
    purposes: tuple[str, ...] = ()


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer took back; processing has stopped."""

    purposes: tuple[str, ...]
    """What was taken back."""
    left: tuple[str, ...]
    """What they still allow."""


class ErasedHere(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order to erase somebody."""

    request: str
    """What the receipt knows it by."""
    was_known: bool
    """False where there was nothing to erase."""
    is_complete: bool
    """False where it goes on; the receipt is in the ledger once it is through."""


def kiosk_order(data: Mapping[str, Any]) -> KioskOrder:
    """Read what a `withdraw` asks for: of a customer, or of whoever a card belongs to.

    Raises: WireError.
    """
    try:
        order = msgspec.convert(dict(data), KioskOrder)
    except msgspec.ValidationError as error:
        raise _not_as_documented() from error
    if bool(order.customer) is bool(order.card):
        raise _not_as_documented()
    return order


def _not_as_documented() -> WireError:
    return WireError(
        "cannot take a consent back",
        why="the order is not as documented",
        remedy='send either {"customer": …} or {"card": …}, and "purposes" where not all',
    )


def known_purposes(purposes: Sequence[str]) -> tuple[str, ...]:
    """Give purposes in order, each once.

    Raises: ConfigError where one is none.
    """
    if any(one not in EVERYTHING for one in purposes):
        raise refused("there is no such purpose", f"purposes are {', '.join(EVERYTHING)}")
    return tuple(sorted(set(purposes)))


def refused(why: str, remedy: str) -> ConfigError:
    """Give the error that says why an order is not carried out; it names nobody."""
    return ConfigError("cannot do that with a consent", why=why, remedy=remedy)
