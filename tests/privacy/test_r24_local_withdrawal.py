"""R24: a consent is taken back in the store, at once, offline, in one step."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.daemon.customer_desk import CustomerDesk
from edge.daemon.customer_orders import EVERYTHING
from edge.daemon.door import PrivacyDoor
from edge.daemon.hours import OpeningHours
from edge.daemon.keys import device_key
from edge.daemon.ledgers import open_reader
from edge.daemon.places import DATABASE
from edge.daemon.rules import Rules
from edge.errors import ConfigError, WireError
from edge.model.customer import Customer
from edge.model.event import ConsentWithdrawn
from edge.model.names import CustomerId, Instant, SourceName
from edge.model.observation import AnyObservation, CustomerHeard, WithdrawalMade
from edge.privacy.consent import read_standing
from edge.privacy.keyring import Keyring
from edge.privacy.pepper import Peppers, random_peppers
from edge.privacy.recogniser import Recogniser
from edge.privacy.withdrawal import left_standing, read_withdrawal, withheld
from edge.store.database import Store
from edge.store.reading import events
from tests.daemon.live.kit import driver_that, for_ever, until
from tests.daemon.live.running import daemon
from tests.privacy.erasures import (
    ANNA,
    Desk,
    erased,
    heard,
    names,
    open_store,
    stay,
    told_of,
)
from tests.privacy.erasures import (
    EVERYTHING as GRANTED,
)
from tests.privacy.kit import CARD, NOW, SECRET, consent, customer, later, policy
from tests.privacy.live_shop import SETTINGS, scan

KIOSK = SourceName("kiosk")
TILL = SourceName("till")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def desk_of(desk: Desk) -> CustomerDesk:
    return CustomerDesk(
        desk.store,
        clock=desk.clock,
        book=lambda: desk.book,
        erasing=desk.erasing,
        sending=desk.sending,
        trail=desk.trail,
        holder=desk.recogniser.holder,
    )


def given_at(text: str, *purposes: str) -> Customer:
    """Give a customer who gave their consents at a moment."""
    return customer(consents=tuple(consent(one, event_time=text) for one in purposes))


def test_r24_an_older_record_of_the_platforms_does_not_lift_a_withdrawal() -> None:
    record = given_at("2026-03-01T10:00:00Z", "visit_history", "presence_ble")

    left = left_standing(record, {"visit_history": NOW}, at=later(60))

    assert left == ("presence_ble",)


def test_r24_a_consent_that_was_given_later_lifts_it() -> None:
    record = given_at("2026-03-14T10:00:01Z", "visit_history")

    assert withheld(read_standing(record), {"visit_history": NOW}) == frozenset()
    assert left_standing(record, {"visit_history": NOW}, at=later(60)) == ("visit_history",)


@given(taken=st.dictionaries(st.sampled_from(EVERYTHING), st.integers(0, 2**61).map(Instant)))
def test_r24_a_withdrawal_never_grants_anything(taken: dict[str, Instant]) -> None:
    record = given_at("2026-03-01T10:00:00Z", *GRANTED)

    assert set(left_standing(record, taken, at=NOW)) <= set(GRANTED)
    assert not set(left_standing(record, taken, at=NOW)) & withheld(read_standing(record), taken)


async def test_r24_it_stops_at_once_holds_back_what_waits_and_tells_the_platform(
    store: Store,
) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA))
    store.ledger.append(stay(1, ANNA, desk.clock.now())).result()
    desk.folder.offer(heard(ANNA, desk.clock.now()))
    await desk.folder.turn()
    began = time.monotonic()

    told = await desk_of(desk).withdraw(ANNA, method="desk")
    known = desk.recogniser.by_card(CARD, desk.clock.now())
    await desk.erasing.carry()

    assert time.monotonic() - began < 1.0
    assert known is None
    assert (told.purposes, told.left) == (EVERYTHING, ())
    assert desk.folder.fusion.named() == set()
    reader = store.reader()
    kept = [row.data for row in events(reader) if isinstance(row.data, ConsentWithdrawn)]
    reader.close()
    assert [one.purposes for one in kept] == [EVERYTHING]
    assert names(store) == [ANNA]  # in the withdrawal itself, and nowhere else


async def test_r24_one_purpose_alone_can_be_taken_back(store: Store) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA))

    told = await desk_of(desk).withdraw(ANNA, ["visit_history"], method="desk")

    assert told.left == ("presence_ble", "wifi_recognition")
    assert desk.recogniser.by_card(CARD, desk.clock.now()) is None
    assert "presence_ble" in desk.recogniser.purposes(ANNA, desk.clock.now())


async def test_r24_it_outlives_a_restart_and_whatever_the_platform_repeats(
    store: Store,
) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA))
    await desk_of(desk).withdraw(ANNA, method="desk")

    await desk.deliver(told_of(ANNA), told_of(ANNA, version=2), cursor="002")
    again = Desk(store)
    reader = store.reader()
    again.book.load(reader)
    reader.close()

    for one in (desk, again):
        assert one.recogniser.by_card(CARD, one.clock.now()) is None
        assert one.recogniser.purposes(ANNA, one.clock.now()) == ()


async def test_r24_a_new_consent_of_the_platforms_ends_it(store: Store) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA))
    await desk_of(desk).withdraw(ANNA, method="desk")
    future = consent("visit_history", event_time="2026-12-24T10:00:00Z")
    anew = {
        "record": future.record,
        "purpose": future.purpose,
        "state": future.state,
        "event_time": future.event_time,
        "valid_until": future.valid_until,
        "notice": future.notice,
        "jurisdiction": future.jurisdiction,
        "method": future.method,
        "controller": future.controller,
    }

    await desk.deliver(told_of(ANNA, version=2, consents=[anew]), cursor="002")

    reader = store.reader()
    taken = reader.execute("SELECT purpose FROM withdrawal").fetchall()
    reader.close()
    assert ("visit_history",) not in taken
    assert ("presence_ble",) in taken


async def test_r24_nobody_and_nothing_can_be_taken_back(store: Store) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA))

    with pytest.raises(ConfigError, match="nobody of this name"):
        await desk_of(desk).withdraw(CustomerId("nobody"), method="desk")
    with pytest.raises(ConfigError, match="no such purpose"):
        await desk_of(desk).withdraw(ANNA, ["everything"], method="desk")

    assert names(store) == []


@pytest.mark.parametrize("order", [{"customer": ANNA}, {"card": CARD}])
async def test_r24_a_kiosk_takes_back_by_name_or_by_card_and_the_answer_names_nobody(
    store: Store, order: dict[str, Any]
) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA))

    told = await desk_of(desk).command(order)

    assert told.left == ()
    assert ANNA not in repr(told)
    assert CARD not in repr(told)


@pytest.mark.parametrize(
    "order",
    [
        {"card": 7},
        {"custoner": "x"},
        {"purposes": "all"},
        {},
        {"purposes": ["visit_history"]},
        {"customer": ANNA, "card": CARD},
    ],
)
async def test_r24_an_order_that_is_not_as_documented_is_refused_without_repeating_it(
    store: Store, order: dict[str, Any]
) -> None:
    with pytest.raises(WireError) as caught:
        await desk_of(Desk(store)).command(order)

    assert "custoner" not in str(caught.value)


async def test_r24_a_card_of_nobody_takes_nothing_back(store: Store) -> None:
    with pytest.raises(ConfigError, match="nobody's"):
        await desk_of(Desk(store)).command({"card": "0000000"})


def scanned(source: SourceName, code: str, *purposes: str) -> list[AnyObservation]:
    """Scan a code at a store with one kiosk for withdrawals."""
    out: list[AnyObservation] = []
    chosen = policy()
    door = PrivacyDoor(
        source,
        rules=Rules(
            policy=chosen,
            recogniser=Recogniser((customer(*purposes),), policy=chosen, secret=SECRET),
            peppers=Peppers(period_s=60, draw=random_peppers()),
            hours=OpeningHours(None, timezone="UTC"),
            withdraw_source=KIOSK,
        ),
        floor_dbm=-92,
        hand_over=out.append,
    )
    door.card(NOW, code)
    return out


@pytest.mark.parametrize(
    ("source", "code"), [(KIOSK, CARD), (TILL, f"withdraw:{CARD}"), (TILL, f" Withdraw:{CARD} ")]
)
def test_r24_one_scan_takes_back_whatever_was_consented_to(source: SourceName, code: str) -> None:
    for purposes in ((), ("visit_history",), ("presence_ble",)):
        (one,) = scanned(source, code, *purposes)
        assert isinstance(one, WithdrawalMade)
        assert one.customer == "c-1"


def test_r24_the_same_card_at_another_scanner_says_who_is_there() -> None:
    (one,) = scanned(TILL, CARD, "visit_history")

    assert isinstance(one, CustomerHeard)


def test_r24_a_card_that_is_scanned_while_customers_are_read_counts_once_they_are() -> None:
    out: list[AnyObservation] = []
    chosen, waiting = policy(), list[Callable[[], None]]()
    recogniser = Recogniser((), policy=chosen, secret=SECRET)
    door = PrivacyDoor(
        KIOSK,
        rules=Rules(
            policy=chosen,
            recogniser=recogniser,
            peppers=Peppers(period_s=60, draw=random_peppers()),
            hours=OpeningHours(None, timezone="UTC"),
            withdraw_source=KIOSK,
            once_read=waiting.append,
        ),
        floor_dbm=-92,
        hand_over=out.append,
    )

    door.card(NOW, CARD)
    door.card(NOW, "12345678")
    before = list(out)
    recogniser.put(customer())
    for act in waiting:
        act()

    assert before == []
    assert [type(one) for one in out] == [WithdrawalMade]
    assert sum(door.tally().refused.values()) == 1


async def test_r24_what_waits_for_the_customers_is_done_at_the_end_of_reading(
    store: Store,
) -> None:
    book, done = Desk(store).book, list[str]()

    book.once_read(lambda: done.append("at once"))
    book.expect_loading()
    book.once_read(lambda: done.append("later"))
    before = list(done)
    reader = store.reader()
    book.load(reader)
    reader.close()

    assert (before, done) == (["at once"], ["at once", "later"])


def test_r24_a_strangers_card_at_the_kiosk_leaves_nothing() -> None:
    assert scanned(KIOSK, "12345678", "visit_history") == []


@given(code=st.text(max_size=40), is_kiosk=st.booleans())
def test_r24_any_code_is_read(code: str, is_kiosk: bool) -> None:  # noqa: FBT001 - hypothesis names it
    found = read_withdrawal(code, is_kiosk=is_kiosk)

    assert found is None or found in code


async def test_r24_without_a_network_one_scan_at_the_kiosk_is_all_it_takes(folder: Path) -> None:
    scanner = driver_that(for_ever)
    state = folder / "state"
    state.mkdir(mode=0o700)
    with Store.open(state / DATABASE, cipher=Keyring(device_key(state))) as seeded:
        await Desk(seeded).deliver(told_of(ANNA))

    settings = SETTINGS + '\n[privacy]\nwithdraw_source = "scanner"\n'
    async with daemon(folder, settings=settings, scanner=scanner):
        await until(lambda: bool(scanner.runs))
        await asyncio.sleep(0.5)  # until the customers are read
        began = time.monotonic()
        scan(scanner)
        await until(lambda: withdrawn(state))
        took_s = time.monotonic() - began

    assert took_s < 5.0


def withdrawn(state: Path) -> bool:
    """Say whether a withdrawal of everything is on the disk, with the event that tells of it."""
    reader = open_reader(state / DATABASE)
    try:
        (rows,) = reader.execute("SELECT count(*) FROM withdrawal").fetchone()
        said = [row.data for row in events(reader) if isinstance(row.data, ConsentWithdrawn)]
    finally:
        reader.close()
    return rows == len(EVERYTHING) and [one.method for one in said] == ["card"]


async def test_r24_a_late_erasure_of_an_older_record_does_not_bring_a_consent_back(
    store: Store,
) -> None:
    desk = Desk(store)
    await desk.deliver(told_of(ANNA, version=6))
    await desk_of(desk).withdraw(ANNA, method="desk")

    await desk.deliver(erased(ANNA, version=5), cursor="002")
    await desk.erasing.carry()

    again = Desk(store)
    reader = store.reader()
    again.book.load(reader)
    reader.close()
    assert again.book.find(ANNA) is not None
    assert again.recogniser.purposes(ANNA, again.clock.now()) == ()
