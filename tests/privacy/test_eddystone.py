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


def table(k: int = 10) -> EphemeralIds[str]:
    return EphemeralIds(k, {EID_KEY: "ada", EID_KEY[::-1]: "bob"})


def test_a_published_identifier_is_found() -> None:
    assert table(VECTOR_K).find(VECTOR, VECTOR_AT) == "ada"
    assert eid_at(EID_KEY, VECTOR_AT, k=VECTOR_K) == VECTOR


@given(
    key=st.binary(min_size=16, max_size=16), k=st.integers(0, 15), at_s=st.integers(0, 2**32 - 1)
)
def test_every_device_is_found_at_every_moment(key: bytes, k: int, at_s: int) -> None:
    at = Instant(at_s * SECOND)

    found = EphemeralIds(k, {key: "ada"}).find(eid_at(key, at, k=k), at)

    assert found == "ada"


@pytest.mark.parametrize(
    ("steps", "found"), [(-2, None), (-1, "ada"), (0, "ada"), (1, "ada"), (2, None)]
)
def test_a_device_may_be_one_step_off(steps: int, found: str | None) -> None:
    identifier = eid_at(EID_KEY, Instant(NOW + steps * STEP))

    assert table().find(identifier, NOW) == found


def test_a_device_is_found_across_the_change_of_the_temporary_key() -> None:
    turn = Instant((NOW // SECOND // 65_536 + 1) * 65_536 * SECOND)
    book = table()

    found = [
        book.find(eid_at(EID_KEY, Instant(turn + sent)), Instant(turn + heard))
        for sent, heard in ((-1, -1), (-1, 0), (0, -1), (0, 0), (STEP, STEP))
    ]

    assert found == ["ada"] * 5


def test_two_sources_at_the_turn_of_a_step_do_not_make_it_work_over_and_over() -> None:
    turn = Instant((NOW // STEP + 1) * STEP)
    book = table()
    book.find(bytes(8), turn)
    before = book._table

    found = [
        book.find(eid_at(EID_KEY, Instant(turn + shift)), Instant(turn + shift))
        for shift in (-1, 1, -2, 2)
    ]

    assert found == ["ada"] * 4
    assert book._table is before


def test_a_clock_set_back_by_a_day_is_followed() -> None:
    book = table()
    book.find(bytes(8), NOW)
    yesterday = Instant(NOW - 86_400 * SECOND)

    assert book.find(eid_at(EID_KEY, yesterday), yesterday) == "ada"


def test_only_the_keys_in_use_are_held() -> None:
    book = table()

    for day in range(5):
        book.find(bytes(8), Instant(NOW + day * 86_400 * SECOND))

    assert len(book._temporary) <= 4
    assert len(book._table) == 6


@given(identifier=st.binary(max_size=20))
def test_a_strangers_identifier_is_nobodys(identifier: bytes) -> None:
    assert table().find(identifier, NOW) is None
