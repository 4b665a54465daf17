import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.names import SECOND, Instant
from edge.privacy.eddystone import EphemeralIds
from tests.privacy.kit import EID_KEY, NOW, eid_at

STEP = 1024 * SECOND
VECTOR_AT = Instant(1_518_080_946 * SECOND)
VECTOR_K = 12
VECTOR = bytes.fromhex("7dd8169dae94258c")
"""Published with a scanner of another maker, for the identity key 00 11 … ff."""


class Table(EphemeralIds):
    """A table that does all its work while the identifier waits."""

    def ask(self, identifier: bytes, at: Instant) -> bytes | None:
        self.turn_to(at)
        self.finish()
        return self.find(identifier)


def table(k: int = 10, *keys: bytes) -> Table:
    made = Table(k)
    for key in keys or (EID_KEY, EID_KEY[::-1]):
        made.add(key)
    return made


def test_a_published_identifier_is_found() -> None:
    assert table(VECTOR_K).ask(VECTOR, VECTOR_AT) == EID_KEY
    assert eid_at(EID_KEY, VECTOR_AT, k=VECTOR_K) == VECTOR


@given(
    key=st.binary(min_size=16, max_size=16), k=st.integers(0, 15), at_s=st.integers(0, 2**32 - 1)
)
def test_every_device_is_found_at_every_moment(key: bytes, k: int, at_s: int) -> None:
    at = Instant(at_s * SECOND)

    found = table(k, key).ask(eid_at(key, at, k=k), at)

    assert found == key


@pytest.mark.parametrize(
    ("steps", "found"), [(-2, None), (-1, EID_KEY), (0, EID_KEY), (1, EID_KEY), (2, None)]
)
def test_a_device_may_be_one_step_off(steps: int, found: bytes | None) -> None:
    identifier = eid_at(EID_KEY, Instant(NOW + steps * STEP))

    assert table().ask(identifier, NOW) == found


def test_a_device_is_found_across_the_change_of_the_temporary_key() -> None:
    turn = Instant((NOW // SECOND // 65_536 + 1) * 65_536 * SECOND)
    book = table()

    found = [
        book.ask(eid_at(EID_KEY, Instant(turn + sent)), Instant(turn + heard))
        for sent, heard in ((-1, -1), (-1, 0), (0, -1), (0, 0), (STEP, STEP))
    ]

    assert found == [EID_KEY] * 5


def test_two_sources_at_the_turn_of_a_step_do_not_make_it_work_over_and_over() -> None:
    turn = Instant((NOW // STEP + 1) * STEP)
    book = table()
    book.ask(bytes(8), turn)
    before = dict(book._tables)

    found = [
        book.ask(eid_at(EID_KEY, Instant(turn + shift)), Instant(turn + shift))
        for shift in (-1, 1, -2, 2)
    ]

    assert found == [EID_KEY] * 4
    assert all(book._tables[step] is before[step] for step in before)


def test_a_clock_set_back_by_a_day_is_followed() -> None:
    book = table()
    book.ask(bytes(8), NOW)
    yesterday = Instant(NOW - 86_400 * SECOND)

    assert book.ask(eid_at(EID_KEY, yesterday), yesterday) == EID_KEY


def test_only_the_keys_in_use_are_held() -> None:
    book = table()

    for day in range(5):
        book.ask(bytes(8), Instant(NOW + day * 86_400 * SECOND))

    assert len(book._tables) == 4
    assert {len(one) for one in book._tables.values()} == {2}


@given(identifier=st.binary(max_size=20))
def test_a_strangers_identifier_is_nobodys(identifier: bytes) -> None:
    assert table().ask(identifier, NOW) is None


def keys(count: int) -> list[bytes]:
    return [number.to_bytes(16, "big") for number in range(1, count + 1)]


def turn_of_the_temporary_key() -> Instant:
    return Instant((NOW // SECOND // 65_536 + 1) * 65_536 * SECOND)


@pytest.mark.parametrize("turn", [Instant((NOW // STEP + 1) * STEP), turn_of_the_temporary_key()])
def test_when_the_step_turns_everybody_is_found_before_anything_is_worked_out(
    turn: Instant,
) -> None:
    mine = keys(200)
    book = table(10, *mine)
    book.turn_to(Instant(turn - STEP))
    book.finish()

    book.turn_to(turn)
    found = [book.find(eid_at(key, turn)) for key in mine]

    assert found == mine
    assert book.backlog == len(mine)


def test_the_table_ahead_is_made_in_slices() -> None:
    mine = keys(200)
    book = table(10, *mine)
    book.turn_to(NOW)

    backlogs = []
    while book.backlog:
        book.work(30)
        backlogs.append(book.backlog)

    assert max(backlogs) == 170
    assert all(before - after <= 30 for before, after in itertools.pairwise([200, *backlogs]))
    assert [book.find(eid_at(key, NOW)) for key in mine] == mine


def test_who_comes_in_between_is_found_in_every_step() -> None:
    book = table()
    book.ask(bytes(8), NOW)

    book.add(b"n" * 16)
    book.finish()

    for steps in (-1, 0, 1):
        assert book.find(eid_at(b"n" * 16, Instant(NOW + steps * STEP))) == b"n" * 16


def test_who_goes_is_found_no_more() -> None:
    book = table()
    book.ask(bytes(8), NOW)

    book.remove(EID_KEY)

    assert book.ask(eid_at(EID_KEY, NOW), NOW) is None
    assert book.ask(eid_at(EID_KEY[::-1], NOW), NOW) == EID_KEY[::-1]
