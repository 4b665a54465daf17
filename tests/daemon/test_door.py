import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.daemon.door import LIFE_BIN, NOT_PERMITTED, WEAK
from edge.driver.outlet import CLOSED
from edge.model.customer import Purpose
from edge.model.names import SECOND, Instant
from edge.model.observation import (
    CustomerHeard,
    DoorCounted,
    EvidenceKind,
    ProbeHeard,
    PurchaseMade,
    SignOfLife,
    StaffHeard,
)
from edge.privacy.policy import OFF, Probes
from tests.daemon.kit import STRANGER, Way, badge, member
from tests.privacy.kit import CARD, EID_KEY, LINK, NOW, RESOLVABLE, eid_at, later, moment, policy

EVERYTHING = tuple(Purpose)


def advert(way: Way, at: Instant = NOW, **changes: object) -> None:
    whole = {
        "address": RESOLVABLE,
        "is_random": True,
        "ephemeral_id": None,
        "signal_dbm": -60,
    }
    way.door.advert(at, **(whole | changes))  # type: ignore[arg-type]


def test_a_probe_leaves_as_a_bucket_and_a_level() -> None:
    way = Way()

    way.door.probe(NOW, STRANGER, signal_dbm=-70)

    (probe,) = way.out
    assert isinstance(probe, ProbeHeard)
    assert (probe.source, probe.signal_dbm) == ("source-1", -70)
    assert 0 <= probe.bucket < 2048


def test_a_members_token_leaves_as_the_customer_with_the_purposes_in_force() -> None:
    way = Way(member(*EVERYTHING))

    advert(way, ephemeral_id=eid_at(EID_KEY, NOW))

    (heard,) = way.out
    assert isinstance(heard, CustomerHeard)
    assert (heard.customer, heard.evidence, heard.signal_dbm) == ("c-1", EvidenceKind.BLE, -60)
    assert heard.purposes == tuple(sorted(EVERYTHING))


def test_a_members_resolvable_address_is_recognised_and_a_fixed_one_is_not_tried() -> None:
    way = Way(member(*EVERYTHING))

    advert(way)
    advert(way, is_random=False)

    assert [type(one) for one in way.out] == [CustomerHeard]


def test_a_members_device_that_joins_and_leaves_the_network_says_so() -> None:
    way = Way(member(*EVERYTHING))

    way.door.link(NOW, LINK, joined=True)
    way.door.link(later(60), LINK, joined=False)

    assert [one.leaving for one in way.out if isinstance(one, CustomerHeard)] == [False, True]


def test_a_scanned_card_leaves_as_the_customer() -> None:
    way = Way(member(*EVERYTHING))

    way.door.card(NOW, CARD)

    (heard,) = way.out
    assert isinstance(heard, CustomerHeard)
    assert (heard.evidence, heard.signal_dbm) == (EvidenceKind.CARD, None)


@settings(max_examples=100, deadline=None)
@given(
    address=st.binary(min_size=6, max_size=6),
    identifier=st.none() | st.binary(min_size=8, max_size=8),
    is_random=st.booleans(),
    code=st.text(max_size=20),
)
def test_strangers_leave_nothing_behind(
    *,
    address: bytes,
    identifier: bytes | None,
    is_random: bool,
    code: str,
) -> None:
    way = Way(member(*EVERYTHING))

    way.door.advert(
        NOW, address=address, is_random=is_random, ephemeral_id=identifier, signal_dbm=-60
    )
    way.door.link(NOW, address, joined=True)
    way.door.card(NOW, f"x{code}")
    way.door.close(NOW)

    assert way.out == []


def test_a_receipt_with_an_unknown_card_has_no_customer_and_not_the_code() -> None:
    way = Way(member(*EVERYTHING))

    way.door.receipt(NOW, receipt="R-1", total=9.5, currency="EUR", card="9990001112223")

    (bought,) = way.out
    assert isinstance(bought, PurchaseMade)
    assert bought.customer is None
    assert b"9990001112223" not in way.spoken()


def test_a_receipt_with_a_members_card_says_first_that_the_member_is_there() -> None:
    way = Way(member(*EVERYTHING))

    way.door.receipt(
        NOW, receipt="R-1", total=9.5, currency="EUR", lane="2", card=CARD, items=("a", "b")
    )

    heard, bought = way.out
    assert isinstance(heard, CustomerHeard)
    assert isinstance(bought, PurchaseMade)
    assert (bought.customer, bought.lane, bought.items) == ("c-1", "2", ("a", "b"))
    assert CARD.encode() not in way.spoken()


def test_r16_staff_become_badges_whatever_is_noticed_of_them() -> None:
    way = Way(badge())

    advert(way, ephemeral_id=eid_at(EID_KEY, NOW))
    advert(way)
    way.door.link(NOW, LINK, joined=True)
    way.door.link(NOW, LINK, joined=False)
    way.door.card(NOW, CARD)

    assert {type(one) for one in way.out} == {StaffHeard}
    assert {one.badge for one in way.out if isinstance(one, StaffHeard)} == {1}
    assert [one.leaving for one in way.out if isinstance(one, StaffHeard)][3]
    assert b"staff-1" not in way.spoken()


def test_r16_a_purchase_with_a_staff_card_names_nobody() -> None:
    way = Way(badge())

    way.door.receipt(NOW, receipt="R-1", total=9.5, currency="EUR", card=CARD)

    (bought,) = [one for one in way.out if isinstance(one, PurchaseMade)]
    assert bought.customer is None
    assert b"staff-1" not in way.spoken()


def test_under_the_policy_off_probes_are_refused_and_nobody_is_known() -> None:
    way = Way(member(*EVERYTHING), badge(tokens=()), under=OFF)

    way.door.probe(NOW, STRANGER, signal_dbm=-60)
    advert(way, ephemeral_id=eid_at(EID_KEY, NOW))
    advert(way)
    way.door.link(NOW, LINK, joined=True)
    way.door.card(NOW, CARD)
    way.door.receipt(NOW, receipt="R-1", total=9.5, currency="EUR", card=CARD)
    way.door.door(NOW, entered=2)
    way.door.close(NOW)

    assert [type(one) for one in way.out] == [PurchaseMade, DoorCounted, SignOfLife]
    assert way.refused == {NOT_PERMITTED: 1}
    assert b"c-1" not in way.spoken()


@pytest.mark.parametrize(
    ("purpose", "heard"),
    [
        (Purpose.PRESENCE_BLE, [EvidenceKind.BLE]),
        (Purpose.WIFI_RECOGNITION, [EvidenceKind.LINK]),
        (Purpose.VISIT_HISTORY, [EvidenceKind.CARD]),
        (Purpose.PERSONAL_OFFERS, []),
        (Purpose.CROSS_STORE, []),
    ],
)
def test_each_channel_needs_its_own_consent(purpose: Purpose, heard: list[EvidenceKind]) -> None:
    way = Way(member(purpose))

    advert(way)
    way.door.link(NOW, LINK, joined=True)
    way.door.card(NOW, CARD)

    assert [one.evidence for one in way.out if isinstance(one, CustomerHeard)] == heard
    assert len(way.out) == len(heard)


@pytest.mark.parametrize("permitted", [Probes.BITMAP, Probes.PSEUDONYM])
def test_a_policy_that_permits_probes_lets_buckets_through_and_nothing_more(
    permitted: Probes,
) -> None:
    way = Way(under=policy(probes=permitted))

    way.door.probe(NOW, STRANGER, signal_dbm=None)

    assert [type(one) for one in way.out] == [ProbeHeard]


def test_a_source_says_that_it_is_alive_once_in_ten_seconds() -> None:
    way = Way()
    start = moment("2026-03-14T10:00:00")

    for second in range(40):
        way.door.heard(Instant(start + second * SECOND), 3)
    way.door.close(Instant(start + 40 * SECOND))

    signs = [one for one in way.out if isinstance(one, SignOfLife)]
    assert len(signs) == 40 * SECOND // LIFE_BIN + 1
    assert sum(one.heard for one in signs) == 120


def test_a_source_that_heard_nothing_since_closes_in_silence() -> None:
    way = Way()
    way.door.heard(NOW)

    way.door.close(later(5))

    assert len(way.out) == 1


def test_what_was_refused_is_told_with_the_next_sign_of_life_and_only_once() -> None:
    way = Way()
    way.door.refuse(NOW, "bad frame", 3)
    way.door.refuse(NOW, "bad frame")
    way.door.refuse(NOW, "other")

    way.door.heard(later(1))
    way.door.heard(later(20))
    way.door.close(later(21))

    assert way.refused == {"bad frame": 4, "other": 1}


def test_r05_a_signal_below_the_floor_is_counted_and_not_processed() -> None:
    way = Way(member(*EVERYTHING))

    for dbm in (-93, -120):
        way.door.probe(NOW, STRANGER, signal_dbm=dbm)
        advert(way, signal_dbm=dbm)
    way.door.close(NOW)

    assert [type(one) for one in way.out] == [SignOfLife]
    assert way.refused == {WEAK: 4}


def test_r05_a_signal_at_the_floor_or_of_no_level_is_processed() -> None:
    way = Way(member(*EVERYTHING))

    way.door.probe(NOW, STRANGER, signal_dbm=-92)
    way.door.probe(NOW, STRANGER, signal_dbm=None)
    advert(way, signal_dbm=-92)
    advert(way, signal_dbm=None)

    assert [type(one) for one in way.out] == [ProbeHeard, ProbeHeard, CustomerHeard, CustomerHeard]


def test_r05_outside_opening_hours_no_radio_is_processed_and_people_are_counted() -> None:
    way = Way(member(*EVERYTHING), opening="09:00-20:00")
    night = moment("2026-03-14T22:00:00")

    way.door.probe(night, STRANGER, signal_dbm=-50)
    advert(way, night)
    advert(way, night, ephemeral_id=eid_at(EID_KEY, night))
    way.door.link(night, LINK, joined=True)
    way.door.door(night, entered=1)
    way.door.close(night)

    assert [type(one) for one in way.out] == [DoorCounted, SignOfLife]
    assert way.refused == {CLOSED: 4}
