import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.names import Instant
from edge.privacy.irk import MEMO_LIMIT, MEMO_NS, AddressResolver, is_resolvable
from tests.privacy.kit import IRK, NOW, RESOLVABLE, private_address

OTHER = bytes(range(16))


def resolver() -> AddressResolver[str]:
    return AddressResolver({OTHER: "bob", IRK: "ada"})


def test_the_sample_address_of_the_specification_is_found() -> None:
    assert resolver().find(RESOLVABLE, NOW) == "ada"


@given(
    key=st.binary(min_size=16, max_size=16),
    number=st.integers(0, 2**22 - 1),
)
def test_every_address_made_with_a_key_is_found(key: bytes, number: int) -> None:
    prand = (0x400000 | number).to_bytes(3, "big")

    assert AddressResolver({key: "ada"}).find(private_address(key, prand), NOW) == "ada"


@given(address=st.binary(min_size=6, max_size=6))
def test_an_address_is_asked_about_twice_with_the_same_answer(address: bytes) -> None:
    book = resolver()

    assert book.find(address, NOW) == book.find(address, NOW)


@pytest.mark.parametrize("top", [0x00, 0x80, 0xC0])
def test_a_random_address_of_another_kind_is_not_tried(top: int) -> None:
    prand = bytes([top, 1, 2])
    book = resolver()

    assert not is_resolvable(private_address(IRK, prand))
    assert book.find(private_address(IRK, prand), NOW) is None
    assert book._strangers == set()


def test_a_strangers_address_is_worked_out_once_and_not_kept() -> None:
    book = resolver()
    stranger = bytes.fromhex("7081940dfbab")
    book.find(stranger, NOW)
    book._encryptors = []

    again = book.find(stranger, NOW)

    assert again is None
    assert book._encryptors == []
    assert stranger not in book._strangers
    assert all(type(one) is int for one in book._strangers)


def test_nothing_is_remembered_for_longer_than_an_address_lives() -> None:
    book = resolver()
    book.find(RESOLVABLE, NOW)
    book.find(bytes.fromhex("7081940dfbab"), NOW)

    book.find(bytes.fromhex("40000000ffff"), Instant(NOW + MEMO_NS))

    assert book._known == {}
    assert len(book._strangers) == 1


def test_a_crowd_of_strangers_does_not_fill_the_memory() -> None:
    book = resolver()

    for number in range(MEMO_LIMIT + 50):
        book.find(b"\x40" + number.to_bytes(5, "big"), NOW)

    assert len(book._strangers) <= MEMO_LIMIT
    assert book.find(RESOLVABLE, NOW) == "ada"


def test_without_keys_nothing_is_tried() -> None:
    book: AddressResolver[str] = AddressResolver({})

    assert book.find(RESOLVABLE, NOW) is None
    assert book._strangers == set()
