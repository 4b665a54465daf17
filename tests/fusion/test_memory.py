"""What fusion remembers: its types, and how they grow (R2)."""

import random
import types
import typing
from typing import Any, Final

import msgspec

from edge.fusion.state import State
from edge.model.names import SECOND
from tests.fusion.days import begun, clock, fold, script

NAMES: Final = {
    "SourceName": "configured",
    "ZoneName": "configured",
    "DoorName": "configured",
    "VisitId": "worked out from the epoch and a number",
    "CustomerId": "the platform's pseudonym",
    "Instant": "time",
}
"""The kinds of names, and where each comes from: none of them from a sensor."""
TEXTS: Final = {
    "State.epoch": "the ledger's",
    "Visit.basis": "a fixed word",
    "Visit.grade": "a fixed word",
    "Presence.grade": "a fixed word",
    "Presence.purposes": "purposes in force",
    "CustomerHeard.purposes": "purposes in force",
    "ConsentChanged.purposes": "purposes in force",
    "ZoneTrack.zone": "configured",
    "ZoneTrack.rival": "configured",
    "ZoneTrack.trail": "configured",
    "PurchaseMade.receipt": "the till's own reference",
    "PurchaseMade.currency": "ISO 4217",
    "PurchaseMade.items": "article references",
    "PurchaseMade.lane": "configured",
    "SignOfLife.refused": "fixed words",
    "SignOfLife.faces": "fixed words",
    "State.told": "a fixed word",
    "State.receipts": "the till's own reference",
    "SourceChanged.was": "a fixed word",
    "SourceChanged.now": "a fixed word",
    "SourceChanged.reason": "fixed words",
    "SourceChanged.remedy": "fixed words",
}
"""Every field of plain text, and why it holds no identifier. A new field is a decision."""
BYTES: Final = {"State.bitmaps": "bits that were set in an interval"}


def leaves(kind: Any, place: str, seen: set[type]) -> typing.Iterator[tuple[str, Any]]:
    """Walk a type down to what holds no further type."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind not in seen:
            seen.add(kind)
            for name, hint in typing.get_type_hints(kind).items():
                yield from leaves(hint, f"{kind.__name__}.{name}", seen)
        return
    arguments = typing.get_args(kind)
    if arguments:
        for one in arguments:
            yield from leaves(one, place, seen)
    elif kind not in {types.NoneType, Ellipsis}:
        yield place, kind


FOUND: Final = list(leaves(State, "State", set()))


def test_r02_the_walk_reaches_every_part_of_the_state() -> None:
    places = {place for place, _ in FOUND}

    assert {
        "State.now",
        "Visit.at",
        "Level.dbm",
        "ProbeHeard.bucket",
        "Calibration.slope",
    } <= places


def test_r02_nothing_that_fusion_remembers_can_hold_an_address() -> None:
    for place, kind in FOUND:
        if kind is str:
            assert place in TEXTS, f"{place} is a text: say why it holds no identifier"
        elif kind in {bytes, bytearray}:
            assert place in BYTES, f"{place} holds bytes: say why they are no identifier"
        elif isinstance(kind, typing.NewType):
            assert kind.__name__ in NAMES
        else:
            assert kind in {int, float, bool} or issubclass(kind, str), f"{place}: {kind}"


def test_r02_no_decision_about_a_field_outlives_the_field() -> None:
    texts = {place for place, kind in FOUND if kind is str}

    assert texts == set(TEXTS)
    assert {place for place, kind in FOUND if kind in {bytes, bytearray}} == set(BYTES)


def test_r02_a_thousand_times_the_probes_take_no_more_room() -> None:
    def size(probes: int) -> int:
        rng = random.Random(1)
        fusion = begun()
        for number in range(probes):
            at_ms = number * 299_000 // probes
            text = f"09:{at_ms // 60_000:02}:{at_ms % 60_000 / 1000:06.3f}"
            fold(fusion, script(f"{text} probe {rng.randrange(2048)} by radar"))
        return len(fusion.snapshot())

    assert size(20_000) == size(20)


def test_r02_the_bits_of_an_interval_are_gone_once_it_was_told() -> None:
    fusion = begun()
    fold(fusion, script("09:01:00 probe 5 by radar\n09:06:00 probe 9 by radar"))

    fusion.advance(clock("09:05:10"))

    assert list(fusion._scene.state.bitmaps) == [clock("09:05:00") // (300 * SECOND)]


def test_a_customer_who_left_is_forgotten_when_nothing_can_be_joined_to_the_visit() -> None:
    fusion = begun()
    fold(fusion, script("10:00:00-10:05:00/2 ble anna -60 by ble-floor"))

    fusion.advance(clock("11:00:00"))

    assert b"anna" not in fusion.snapshot()


def test_the_state_of_a_busy_week_is_no_larger_than_that_of_its_first_day() -> None:
    day = "".join(
        f"{hour:02}:{minute:02}:{second:02} {way} 2 by door-1\n"
        for hour in range(9, 19)
        for minute in range(0, 60, 2)
        for second, way in ((0, "in"), (45, "out"))
    )
    fusion = begun()
    sizes = []
    for number in range(7):
        shift = number * 24 * 3600 * SECOND
        fold(fusion, (msgspec.structs.replace(one, at=one.at + shift) for one in script(day)))
        sizes.append(len(fusion.snapshot()))

    assert max(sizes[1:]) <= sizes[0] + 200
