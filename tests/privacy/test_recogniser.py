from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.customer import Customer, Purpose, Role, Token, TokenKind
from edge.model.names import CustomerId, Instant
from edge.model.observation import EvidenceKind
from edge.privacy.policy import OFF
from edge.privacy.recogniser import Recognised, Recogniser
from tests.privacy.kit import (
    CARD,
    DAY_S,
    EID_KEY,
    LINK,
    NOW,
    RESOLVABLE,
    SECRET,
    customer,
    eid_at,
    later,
    policy,
)

ALL = tuple(Purpose)


def recogniser(*customers: Customer, **changes: Any) -> Recogniser:
    return Recogniser(customers, policy=policy(**changes), secret=SECRET)


def staff(name: str = "s-1", **changes: Any) -> Customer:
    return customer(customer=CustomerId(name), role=Role.STAFF, adult_attested=False, **changes)


def ask(book: Recogniser, at: Instant = NOW) -> dict[TokenKind, Recognised | None]:
    return {
        TokenKind.CARD: book.by_card(CARD, at),
        TokenKind.LINK: book.by_link(LINK, at),
        TokenKind.EID: book.by_ephemeral_id(eid_at(EID_KEY, at), at),
        TokenKind.IRK: book.by_resolvable(RESOLVABLE, at),
    }


def test_a_customer_is_recognised_by_everything_they_handed_over() -> None:
    found = ask(recogniser(customer(*ALL)))

    assert {kind: one and one.evidence for kind, one in found.items()} == {
        TokenKind.CARD: EvidenceKind.CARD,
        TokenKind.LINK: EvidenceKind.LINK,
        TokenKind.EID: EvidenceKind.BLE,
        TokenKind.IRK: EvidenceKind.BLE,
    }
    assert {one.customer for one in found.values() if one} == {"c-1"}
    assert {one.badge for one in found.values() if one} == {0}
    assert {one.purposes for one in found.values() if one} == {tuple(sorted(ALL))}


def test_a_stranger_is_nobody() -> None:
    book = recogniser(customer(*ALL))

    assert book.by_card("4006381333932", NOW) is None
    assert book.by_link(LINK[::-1], NOW) is None
    assert book.by_ephemeral_id(bytes(8), NOW) is None
    assert book.by_resolvable(bytes.fromhex("7081940dfbab"), NOW) is None


@given(raw=st.binary(max_size=12), text=st.text(max_size=12))
def test_whatever_a_sensor_hands_over_is_survived(raw: bytes, text: str) -> None:
    book = recogniser(customer(*ALL))

    assert book.by_ephemeral_id(raw, NOW) is None
    assert book.by_link(raw, NOW) is None
    assert book.by_card(text, NOW) is None


def test_consent_is_judged_at_the_moment_of_hearing() -> None:
    book = recogniser(customer(*ALL))

    assert book.by_card(CARD, later(2 * DAY_S)) is not None
    assert book.by_card(CARD, later(4 * DAY_S)) is None


def test_under_off_neither_customers_nor_staff_are_known() -> None:
    book = Recogniser([customer(*ALL), staff()], policy=OFF, secret=SECRET)

    assert set(ask(book).values()) == {None}


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({"cards": False}, {TokenKind.CARD}),
        ({"link": False}, {TokenKind.LINK}),
        ({"ble": False}, {TokenKind.EID, TokenKind.IRK}),
    ],
)
def test_a_channel_that_the_policy_forbids_is_deaf(
    change: dict[str, bool], kinds: set[TokenKind]
) -> None:
    found = ask(recogniser(customer(*ALL), **change))

    assert {kind for kind, one in found.items() if one is None} == kinds


def test_staff_are_recognised_by_any_token_without_consents() -> None:
    found = ask(recogniser(staff()))

    assert {one.role for one in found.values() if one} == {Role.STAFF}
    assert {one.badge for one in found.values() if one} == {1}
    assert all(one is not None and one.purposes == () for one in found.values())


def test_staff_whose_record_nobody_signed_are_not_known() -> None:
    found = ask(recogniser(staff(trusted=False)))

    assert set(found.values()) == {None}


def test_badges_tell_staff_apart_and_stay_when_customers_change() -> None:
    cards = {name: (Token(kind=TokenKind.CARD, value=name),) for name in ("s-1", "s-2", "s-3")}
    book = recogniser(staff("s-1", tokens=cards["s-1"]), staff("s-2", tokens=cards["s-2"]))
    before = [book.by_card(name, NOW) for name in ("s-1", "s-2")]

    book.remove(CustomerId("s-1"))
    book.put(staff("s-3", tokens=cards["s-3"]))
    book.put(staff("s-2", tokens=cards["s-2"], version=2))
    after = [book.by_card(name, NOW) for name in ("s-2", "s-3")]

    assert [one and one.badge for one in before] == [1, 2]
    assert [one and one.badge for one in after] == [2, 3]
    assert book.by_card("s-1", NOW) is None


def test_a_token_of_two_customers_says_neither() -> None:
    twin = customer(*ALL, customer=CustomerId("c-2"))
    third = customer(*ALL, customer=CustomerId("c-3"))

    for together in ((customer(*ALL), twin), (customer(*ALL), twin, third)):
        assert set(ask(recogniser(*together)).values()) == {None}


@pytest.mark.parametrize("turn", [1, -1])
def test_a_token_of_a_customer_and_a_member_of_staff_is_the_staffs(turn: int) -> None:
    both = [customer(*ALL), staff()][::turn]

    found = ask(recogniser(*both))

    assert {one.role for one in found.values() if one} == {Role.STAFF}
    assert None not in found.values()


def test_a_token_handed_over_twice_by_the_same_customer_is_theirs() -> None:
    someone = customer(*ALL)
    doubled = customer(*ALL, tokens=someone.tokens + someone.tokens)

    assert None not in ask(recogniser(doubled)).values()


def test_a_customer_who_is_removed_is_known_by_nothing() -> None:
    book = recogniser(customer(*ALL))
    ask(book)

    book.remove(CustomerId("c-1"))

    assert set(ask(book).values()) == {None}


def test_devices_with_different_rotation_periods_are_all_found() -> None:
    keys = {k: bytes([k]) * 16 for k in (0, 9, 10, 15)}
    book = recogniser(
        *(
            customer(
                *ALL,
                customer=CustomerId(f"c-{k}"),
                tokens=(Token(kind=TokenKind.EID, key=b64encode(key).decode(), k=k),),
            )
            for k, key in keys.items()
        )
    )

    found = {k: book.by_ephemeral_id(eid_at(key, NOW, k=k), NOW) for k, key in keys.items()}

    assert {k: one and one.customer for k, one in found.items()} == {k: f"c-{k}" for k in keys}


@pytest.mark.parametrize("code", [f" {CARD}\r\n", f"]E0{CARD}", f"]C1{CARD} "])
def test_a_scanners_prefix_and_blanks_do_not_hide_a_card(code: str) -> None:
    assert recogniser(customer(*ALL)).by_card(code, NOW) is not None


def test_a_token_that_cannot_be_used_does_no_harm() -> None:
    broken = (
        Token(kind=TokenKind.CARD, value="  "),
        Token(kind=TokenKind.LINK, value="a4:83:e7"),
        Token(kind=TokenKind.EID, key="AAAA"),
        Token(kind=TokenKind.EID, key=b64encode(EID_KEY).decode(), k=16),
        Token(kind=TokenKind.IRK, key="not base64"),
    )

    book = recogniser(customer(*ALL, tokens=broken))

    assert set(ask(book).values()) == {None}
    assert book.by_card("", NOW) is None
