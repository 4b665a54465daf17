"""Fields become readings within what doors, tills and radios can say; the rest is refused."""

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial_line.fields import at_path, finder_for
from drivers.serial_line.meaning import (
    CardRead,
    DoorCount,
    FieldReader,
    NotUsableError,
    ProbeRead,
    Reading,
    ReceiptRead,
    reader_for,
)
from drivers.serial_line.profile import (
    ByJson,
    BySearch,
    CardMeaning,
    DoorMeaning,
    ProbeMeaning,
    ReceiptMeaning,
)

DOOR = reader_for(DoorMeaning(directions={"in": "entered", "Out": "left"}), {"direction", "people"})
BOTH_WAYS = reader_for(DoorMeaning(), {"entered", "left"})
HEX_DOOR = reader_for(DoorMeaning(base=16), {"entered"})
CARD = reader_for(CardMeaning(), {"code"})
HEX_CARD = reader_for(CardMeaning(upper=True), {"code"})
TILL = reader_for(ReceiptMeaning(item="article.sku"), {"receipt", "total", "currency", "items"})
GERMAN_TILL = reader_for(ReceiptMeaning(currency="EUR", decimal=","), {"receipt", "total"})
PROBE = reader_for(ProbeMeaning(), {"address", "signal"})


def receipt(total: object, **more: object) -> dict[str, Any]:
    return {"receipt": "R-1", "total": total, "currency": "EUR"} | more


def sold(total: float, **more: Any) -> ReceiptRead:
    return ReceiptRead(receipt="R-1", total=total, currency="EUR", **more)


@pytest.mark.parametrize(
    ("read", "fields", "expected"),
    [
        (DOOR, {"direction": "IN", "people": "3"}, DoorCount(entered=3)),
        (DOOR, {"direction": "out", "people": 200}, DoorCount(left=200)),
        (DOOR, {"direction": "out", "people": "0"}, DoorCount()),
        (DOOR, {"direction": "out", "people": None}, DoorCount(left=1)),
        (DOOR, {"direction": "out"}, DoorCount(left=1)),
        (BOTH_WAYS, {"entered": "1", "left": "2"}, DoorCount(entered=1, left=2)),
        (BOTH_WAYS, {"entered": "1", "left": None}, DoorCount(entered=1)),
        (HEX_DOOR, {"entered": "1f"}, DoorCount(entered=31)),
        (CARD, {"code": " 4006381333931 "}, CardRead(code="4006381333931")),
        (CARD, {"code": 4006381333931}, CardRead(code="4006381333931")),
        (HEX_CARD, {"code": "04a1"}, CardRead(code="04A1")),
        (TILL, receipt(23.9), sold(23.9)),
        (TILL, receipt(-5), sold(-5.0)),
        (TILL, receipt("23.90"), sold(23.9)),
        (TILL, receipt("1,023.90"), sold(1023.9)),
        (GERMAN_TILL, {"receipt": "R-1", "total": "1.023,90"}, sold(1023.9)),
        (TILL, receipt(1, receipt=17), ReceiptRead(receipt="17", total=1, currency="EUR")),
        (TILL, receipt(1, currency="chf"), ReceiptRead(receipt="R-1", total=1, currency="CHF")),
        (TILL, receipt(1, lane=2, card="123"), sold(1, lane="2", card="123")),
        (TILL, receipt(1, lane="", card=None), sold(1)),
        (TILL, receipt(1, items=["A", 7]), sold(1, items=("A", "7"))),
        (TILL, receipt(1, items=[{"article": {"sku": "A"}}]), sold(1, items=("A",))),
        (TILL, receipt(1, items=["A", {}, "", True]), sold(1, items=("A",), items_left_out=3)),
        (
            PROBE,
            {"address": "da:a1:19:00:11:22", "signal": "-67"},
            ProbeRead(address=bytes.fromhex("daa119001122"), signal_dbm=-67),
        ),
        (
            PROBE,
            {"address": "da:a1:19:00:11:22", "signal": None},
            ProbeRead(address=bytes.fromhex("daa119001122"), signal_dbm=None),
        ),
    ],
)
def test_fields_have_their_meaning(
    read: FieldReader, fields: dict[str, Any], expected: Reading
) -> None:
    assert read(fields) == expected


@pytest.mark.parametrize(
    ("read", "fields", "reason"),
    [
        (DOOR, {"direction": "UP", "people": "1"}, "bad direction"),
        (DOOR, {"direction": "IN", "people": "201"}, "bad people"),
        (DOOR, {"direction": "IN", "people": "-1"}, "bad people"),
        (DOOR, {"direction": "IN", "people": "1_0"}, "bad people"),
        (DOOR, {"direction": "IN", "people": "\u0663"}, "bad people"),
        (DOOR, {"direction": "IN", "people": "9" * 5_000}, "bad people"),
        (DOOR, {"direction": "IN", "people": True}, "bad people"),
        (DOOR, {"direction": "IN", "people": 1.5}, "bad people"),
        (BOTH_WAYS, {"entered": "1", "left": "300"}, "bad people"),
        (HEX_DOOR, {"entered": "zz"}, "bad people"),
        (CARD, {"code": "  "}, "no code"),
        (CARD, {"code": None}, "no code"),
        (CARD, {"code": "12\x0034"}, "bad code"),
        (CARD, {"code": "1" * 513}, "bad code"),
        (CARD, {"code": 10**30}, "bad code"),
        (CARD, {"code": ["1"]}, "bad code"),
        (TILL, receipt(math.inf), "bad total"),
        (TILL, receipt(math.nan), "bad total"),
        (TILL, receipt("nan"), "bad total"),
        (TILL, receipt("1e5"), "bad total"),
        (TILL, receipt("٣"), "bad total"),
        (TILL, receipt(2e9), "bad total"),
        (TILL, receipt(10**400), "bad total"),
        (TILL, receipt(None), "bad total"),
        (TILL, receipt(total=True), "bad total"),
        (TILL, receipt(1, receipt=None), "no receipt"),
        (TILL, receipt(1, receipt={}), "bad receipt"),
        (TILL, receipt(1, receipt="x" * 65), "bad receipt"),
        (TILL, receipt(1, currency="EURO"), "bad currency"),
        (TILL, receipt(1, currency="€"), "bad currency"),
        (TILL, receipt(1, currency=978.5), "bad currency"),
        (TILL, receipt(1, currency=None), "bad currency"),
        (TILL, receipt(1, lane=[]), "bad lane"),
        (TILL, receipt(1, card={}), "bad code"),
        (TILL, receipt(1, items="A"), "bad items"),
        (TILL, receipt(1, items=["A"] * 1_001), "bad items"),
        (PROBE, {"address": "da:a1"}, "bad address"),
        (PROBE, {"address": "da:a1:19:00:11:22", "signal": "-200"}, "bad signal"),
        (PROBE, {"address": "da:a1:19:00:11:22", "signal": ""}, "bad signal"),
    ],
)
def test_fields_that_cannot_be_are_refused(
    read: FieldReader, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotUsableError, match=f"^{re.escape(reason)}$"):
        read(fields)


@given(st.integers() | st.floats() | st.text(), st.floats() | st.integers() | st.text())
def test_a_total_is_finite_and_people_are_few_whatever_was_sent(
    total: object, people: object
) -> None:
    for read, fields in ((TILL, receipt(total)), (DOOR, {"direction": "IN", "people": people})):
        try:
            reading = read(fields)
        except NotUsableError:
            continue
        if isinstance(reading, ReceiptRead):
            assert math.isfinite(reading.total)
        elif isinstance(reading, DoorCount):
            assert 0 <= reading.entered <= 200


def test_a_path_leads_into_objects_only() -> None:
    whole = {"sale": {"total": 3}}

    assert at_path(whole, "sale.total") == 3
    assert at_path(whole, "sale.total.gross") is None
    assert at_path(whole, "sale.tax") is None


def test_json_that_is_no_object_has_no_fields() -> None:
    find = finder_for(ByJson(fields={"total": "sale.total"}))

    assert find('{"sale":{"total":3}}') == {"total": 3}
    assert find("[3]") == "no match"
    assert find("[" * 5_000) == "not JSON"


def test_a_search_takes_the_first_hit_and_all_items() -> None:
    find = finder_for(
        BySearch(fields={"total": "^TOTAL (.*)$", "items": "^ITEM (.*)$"}, remove="\x1b.")
    )

    assert find("ITEM a\n\x1bxITEM b\nTOTAL 3\nTOTAL 4") == {"total": "3", "items": ["a", "b"]}
    assert find("hello") == "no match"
