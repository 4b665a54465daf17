"""This is where a frame's fields get their meaning: what the outlet is told."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from drivers.serial_line.fields import Fields, at_path
from drivers.serial_line.profile import CardMeaning, DoorMeaning, ProbeMeaning, ReceiptMeaning
from edge.driver.address import station_address

MOST_PEOPLE: Final = 200
"""In one count. A wide door passes 2 people a second; a counter that reports once a minute cannot
have seen more, and a greater figure is a running total or a broken line."""
LONGEST_CODE: Final = 512
"""Characters; loyalty QR codes hold links of up to about 300."""
LONGEST_LABEL: Final = 64
MOST_ITEMS: Final = 1_000
GREATEST_NUMBER: Final = 10**20
"""Of a code or a reference that a till writes as a number; card numbers have at most 19 digits."""
GREATEST_TOTAL: Final = 1e9
SIGNALS_DBM: Final = range(-128, 21)
"""What a radio can receive and a signed byte can say."""

WHOLE_NUMBER: Final = {
    10: re.compile(r"[+-]?[0-9]{1,9}", re.ASCII),
    16: re.compile(r"[0-9A-Fa-f]{1,8}", re.ASCII),
}
AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,9})?", re.ASCII)
CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
"""ISO 4217."""


class NotUsableError(ValueError):
    """A field does not hold what its profile says; the text is the reason, never the content."""


class DoorCount(msgspec.Struct, frozen=True, kw_only=True):
    """People passed a door."""

    entered: int = 0
    left: int = 0


class CardRead(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody let a scanner read a code."""

    code: str


class ReceiptRead(msgspec.Struct, frozen=True, kw_only=True):
    """A till closed a receipt."""

    receipt: str
    total: float
    currency: str
    lane: str | None = None
    card: str | None = None
    items: tuple[str, ...] = ()
    items_left_out: int = 0
    """Items that were no article references."""


class ProbeRead(msgspec.Struct, frozen=True, kw_only=True):
    """A probe request was heard."""

    address: bytes
    signal_dbm: int | None


Reading = DoorCount | CardRead | ReceiptRead | ProbeRead
Meaning = DoorMeaning | CardMeaning | ReceiptMeaning | ProbeMeaning
FieldReader = Callable[[Fields], Reading]
"""Gives what a frame's fields mean. Raises: NotUsableError."""

FIELDS: Final[dict[type[Meaning], tuple[set[str], set[str]]]] = {
    DoorMeaning: (set(), {"direction", "people", "entered", "left"}),
    CardMeaning: ({"code"}, set()),
    ReceiptMeaning: ({"receipt", "total"}, {"currency", "lane", "card", "items"}),
    ProbeMeaning: ({"address"}, {"signal"}),
}
"""For each meaning the fields it needs, and those it can do with besides."""


def reader_for(meaning: Meaning, names: set[str]) -> FieldReader:
    """Give the function that reads the fields of the given names.

    Raises: ValueError when the meaning needs other fields than the profile finds.
    """
    needed, possible = FIELDS[type(meaning)]
    if missing := needed - names:
        raise ValueError(f"the frame gives no field {min(missing)!r}")
    if unknown := names - needed - possible:
        raise ValueError(f"no field is named {min(unknown)!r}")
    if isinstance(meaning, CardMeaning):
        return partial(_card, meaning)
    if isinstance(meaning, ReceiptMeaning):
        return partial(_receipt, meaning)
    if isinstance(meaning, ProbeMeaning):
        return _probe
    if "direction" in names:
        return partial(_directed_count, _directions(meaning), meaning.base)
    if not names & {"entered", "left"}:
        raise ValueError("a door needs the field direction, entered or left")
    return partial(_door_count, meaning.base)


def _directions(meaning: DoorMeaning) -> dict[str, str]:
    if not meaning.directions:
        raise ValueError("a door with the field direction needs directions")
    return {word.upper(): way for word, way in meaning.directions.items()}


def _directed_count(directions: dict[str, str], base: int, fields: Fields) -> DoorCount:
    way = directions.get(str(fields["direction"]).upper())
    if way is None:
        raise NotUsableError("bad direction")
    people = _people(fields.get("people"), base, unsaid=1)
    return DoorCount(entered=people) if way == "entered" else DoorCount(left=people)


def _door_count(base: int, fields: Fields) -> DoorCount:
    return DoorCount(
        entered=_people(fields.get("entered"), base, unsaid=0),
        left=_people(fields.get("left"), base, unsaid=0),
    )


def _card(meaning: CardMeaning, fields: Fields) -> CardRead:
    code = _label(fields.get("code"), "bad code", longest=LONGEST_CODE)
    if code is None:
        raise NotUsableError("no code")
    return CardRead(code=code.upper() if meaning.upper else code)


def _receipt(meaning: ReceiptMeaning, fields: Fields) -> ReceiptRead:
    receipt = _label(fields.get("receipt"), "bad receipt")
    if receipt is None:
        raise NotUsableError("no receipt")
    currency = _label(fields.get("currency"), "bad currency") or meaning.currency or ""
    if not CURRENCY.fullmatch(currency.upper()):
        raise NotUsableError("bad currency")
    listed = fields.get("items") or []
    if not isinstance(listed, list) or len(listed) > MOST_ITEMS:
        raise NotUsableError("bad items")
    items = [_item(meaning.item, item) for item in listed]
    return ReceiptRead(
        receipt=receipt,
        total=_total(fields.get("total"), meaning.decimal),
        currency=currency.upper(),
        lane=_label(fields.get("lane"), "bad lane"),
        card=_label(fields.get("card"), "bad code", longest=LONGEST_CODE),
        items=tuple(item for item in items if item is not None),
        items_left_out=items.count(None),
    )


def _probe(fields: Fields) -> ProbeRead:
    address = station_address(fields.get("address"))
    if address is None:
        raise NotUsableError("bad address")
    signal = fields.get("signal")
    if signal is None:
        return ProbeRead(address=address, signal_dbm=None)
    signal_dbm = _whole_number(signal, 10, "bad signal")
    if signal_dbm not in SIGNALS_DBM:
        raise NotUsableError("bad signal")
    return ProbeRead(address=address, signal_dbm=signal_dbm)


def _people(value: object, base: int, *, unsaid: int) -> int:
    people = unsaid if value is None else _whole_number(value, base, "bad people")
    if not 0 <= people <= MOST_PEOPLE:
        raise NotUsableError("bad people")
    return people


def _whole_number(value: object, base: int, reason: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not WHOLE_NUMBER[base].fullmatch(value):
        raise NotUsableError(reason)
    return int(value, base)


def _total(value: object, decimal: str) -> float:
    """Give an amount, a negative one for a refund."""
    if isinstance(value, str):
        grouping = "," if decimal == "." else "."
        text = value.strip().replace(grouping, "").replace(decimal, ".")
        value = float(text) if AMOUNT.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotUsableError("bad total")
    if not abs(value) <= GREATEST_TOTAL:  # so written, this holds for NaN too
        raise NotUsableError("bad total")
    return float(value)


def _item(path: str | None, item: object) -> str | None:
    """Give the article reference in an item of a receipt, None where there is none."""
    reference = at_path(item, path) if path is not None and isinstance(item, dict) else item
    try:
        return _label(reference, "bad item")
    except NotUsableError:
        return None


def _label(value: object, reason: str, *, longest: int = LONGEST_LABEL) -> str | None:
    """Give a short printable text, None for nothing; whole numbers are texts of digits."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= GREATEST_NUMBER:
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise NotUsableError(reason)
    text = value.strip()
    if len(text) > longest or not text.isprintable():
        raise NotUsableError(reason)
    return text or None
