"""Many members: what takes long is done ahead, in slices, and changes come one at a time."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.customer import Customer, Purpose, Role, Token, TokenKind
from edge.model.names import SECOND, CustomerId, Instant
from edge.privacy.recogniser import AT_ONCE, Recogniser
from tests.privacy.kit import (
    HOUR_S,
    NOW,
    SECRET,
    customer,
    eid_at,
    later,
    policy,
    private_address,
)

ALL = tuple(Purpose)
MANY = AT_ONCE + 200
STEP = 1024 * SECOND


def key(number: int) -> bytes:
    return (number + 1).to_bytes(16, "big")


def member(number: int) -> Customer:
    text = b64encode(key(number)).decode()
    return customer(
        *ALL,
        customer=CustomerId(f"c-{number}"),
        tokens=(Token(kind=TokenKind.EID, key=text), Token(kind=TokenKind.IRK, key=text)),
    )


@pytest.fixture(scope="module")
def members() -> tuple[Customer, ...]:
    return tuple(member(number) for number in range(MANY))


class Busy:
    """A recogniser whose work is done when somebody has the time."""

    def __init__(self, members: tuple[Customer, ...]) -> None:
        self.woken = 0
        self.recogniser = Recogniser(members, policy=policy(), secret=SECRET, wake=self.wake)

    def wake(self) -> None:
        self.woken += 1

    def catch_up(self) -> int:
        slices = 1
        while self.recogniser.prepare():
            slices += 1
        return slices


def test_an_advert_that_came_too_early_wakes_the_work_and_is_answered_later(
    members: tuple[Customer, ...],
) -> None:
    busy = Busy(members)
    identifier, address = eid_at(key(7), NOW), private_address(key(8), b"\x41\x00\x01")

    early = (
        busy.recogniser.by_ephemeral_id(identifier, NOW),
        busy.recogniser.by_resolvable(address, NOW),
    )
    woken, slices = busy.woken, busy.catch_up()
    late = (
        busy.recogniser.by_ephemeral_id(identifier, NOW),
        busy.recogniser.by_resolvable(address, NOW),
    )

    assert early == (None, None)
    assert woken == 2
    assert slices >= 4
    assert [one and one.customer for one in late] == ["c-7", "c-8"]


def test_when_the_step_turns_nobody_waits_for_the_table_after_the_next(
    members: tuple[Customer, ...],
) -> None:
    busy = Busy(members)
    busy.recogniser.by_ephemeral_id(bytes(8), NOW)
    busy.catch_up()
    turn = Instant((NOW // STEP + 1) * STEP)

    found = [
        busy.recogniser.by_ephemeral_id(eid_at(key(number), turn), turn) for number in range(50)
    ]

    assert [one and one.customer for one in found] == [f"c-{number}" for number in range(50)]
    assert busy.woken > 0
    assert busy.recogniser.prepare()


def test_without_a_wake_up_all_is_worked_out_while_the_advert_waits(
    members: tuple[Customer, ...],
) -> None:
    book = Recogniser(members, policy=policy(), secret=SECRET)

    found = book.by_resolvable(private_address(key(MANY - 1), b"\x41\x00\x01"), NOW)

    assert found is not None
    assert found.customer == f"c-{MANY - 1}"
    assert not book.prepare()


def test_a_confirmation_of_everything_renews_the_lease_of_everybody() -> None:
    book = Recogniser([member(0)], policy=policy(), secret=SECRET)
    late = later(73 * HOUR_S)
    stale = book.by_ephemeral_id(eid_at(key(0), late), late)

    book.confirm_all(later(72 * HOUR_S))

    assert stale is None
    assert book.by_ephemeral_id(eid_at(key(0), late), late) is not None


def test_what_a_customer_took_back_is_refused_until_it_is_given_anew() -> None:
    book = Recogniser([member(0)], policy=policy(), secret=SECRET)
    identifier, name = eid_at(key(0), NOW), CustomerId("c-0")

    book.withhold(name, {"presence_ble"})
    withheld = book.by_ephemeral_id(identifier, NOW), book.purposes(name, NOW)
    book.withhold(name, ())
    lifted = book.by_ephemeral_id(identifier, NOW), book.purposes(name, NOW)

    assert withheld == (None, tuple(sorted(set(ALL) - {"presence_ble"})))
    assert lifted[0] is not None
    assert lifted[1] == tuple(sorted(ALL))


CODES = ("4000000000001", "4000000000002", "4000000000003")
PEOPLE = ("a", "b", "c")


def holder(name: str, codes: tuple[str, ...], *, is_staff: bool) -> Customer:
    return customer(
        *ALL,
        customer=CustomerId(name),
        role=Role.STAFF if is_staff else Role.CUSTOMER,
        tokens=tuple(Token(kind=TokenKind.CARD, value=code) for code in codes),
    )


@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(PEOPLE),
            st.lists(st.sampled_from(CODES), max_size=4).map(tuple),
            st.sampled_from(["put", "put", "staff", "remove"]),
        ),
        max_size=12,
    )
)
def test_changes_one_at_a_time_lead_where_a_fresh_start_leads(
    acts: list[tuple[str, tuple[str, ...], str]],
) -> None:
    book = Recogniser((), policy=policy(), secret=SECRET)
    held: dict[str, Customer] = {}

    for name, codes, act in acts:
        if act == "remove":
            book.remove(CustomerId(name))
            held.pop(name, None)
        else:
            held[name] = holder(name, codes, is_staff=act == "staff")
            book.put(held[name])
    fresh = Recogniser(held.values(), policy=policy(), secret=SECRET)

    for code in CODES:
        staff = [one for one in held.values() if one.role is Role.STAFF and _holds(one, code)]
        found, expected = book.by_card(code, NOW), fresh.by_card(code, NOW)
        if len(staff) > 1:  # either of them will do: staff are taken out of counts
            assert found is not None
            assert found.customer in {one.customer for one in staff}
        else:
            assert (found and found.customer) == (expected and expected.customer)


def _holds(one: Customer, code: str) -> bool:
    return any(token.value == code for token in one.tokens)
