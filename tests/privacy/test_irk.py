import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.names import Instant
from edge.privacy.irk import MEMO_LIMIT, MEMO_NS, AddressResolver, is_resolvable
from tests.privacy.kit import IRK, NOW, RESOLVABLE, private_address

OTHER = bytes(range(16))


class Resolver(AddressResolver):
    """A resolver that does all its work while the address waits."""

    def ask(self, address: bytes, at: Instant = NOW) -> bytes | None:
        self.find(address, at)
        self.finish()
        return self.find(address, at)


def resolver(*keys: bytes) -> Resolver:
    made = Resolver()
    for key in keys or (OTHER, IRK):
        made.add(key)
    return made


def test_the_sample_address_of_the_specification_is_found() -> None:
    assert resolver().ask(RESOLVABLE) == IRK


@given(
    key=st.binary(min_size=16, max_size=16),
    number=st.integers(0, 2**22 - 1),
)
def test_every_address_made_with_a_key_is_found(key: bytes, number: int) -> None:
    prand = (0x400000 | number).to_bytes(3, "big")

    assert resolver(key).ask(private_address(key, prand)) == key


@given(address=st.binary(min_size=6, max_size=6))
def test_an_address_is_asked_about_twice_with_the_same_answer(address: bytes) -> None:
    book = resolver()

    assert book.ask(address) == book.ask(address)


@pytest.mark.parametrize("top", [0x00, 0x80, 0xC0])
def test_a_random_address_of_another_kind_is_not_tried(top: int) -> None:
    prand = bytes([top, 1, 2])
    book = resolver()

    assert not is_resolvable(private_address(IRK, prand))
    assert book.ask(private_address(IRK, prand)) is None
    assert book._strangers == set()


def test_a_strangers_address_is_worked_out_once_and_not_kept() -> None:
    book = resolver()
    stranger = bytes.fromhex("7081940dfbab")
    book.ask(stranger)

    again = book.find(stranger, NOW)

    assert again is None
    assert book.backlog == 0
    assert all(type(one) is int for one in book._strangers)


def test_nothing_is_remembered_for_longer_than_an_address_lives() -> None:
    book = resolver()
    book.ask(RESOLVABLE)
    book.ask(bytes.fromhex("7081940dfbab"))

    book.ask(bytes.fromhex("40000000ffff"), Instant(NOW + MEMO_NS))

    assert book._known == {}
    assert len(book._strangers) == 1


def test_a_crowd_of_strangers_does_not_fill_the_memory() -> None:
    book = resolver()

    for number in range(MEMO_LIMIT + 50):
        book.ask(b"\x40" + number.to_bytes(5, "big"))

    assert len(book._strangers) <= MEMO_LIMIT
    assert book.ask(RESOLVABLE) == IRK


def test_without_keys_nothing_is_tried() -> None:
    book = Resolver()

    assert book.ask(RESOLVABLE) is None
    assert book._strangers == set()


def keys(count: int) -> list[bytes]:
    return [number.to_bytes(16, "big") for number in range(1, count + 1)]


def test_an_address_that_was_not_tried_yet_is_nobodys_until_it_was() -> None:
    book = resolver(*keys(500), IRK)

    early = book.find(RESOLVABLE, NOW)
    slices = 0
    while book.backlog:
        book.work(100)
        slices += 1
    late = book.find(RESOLVABLE, NOW)

    assert early is None
    assert late == IRK
    assert slices > 50


def test_addresses_that_wait_are_tried_together_and_each_finds_its_own() -> None:
    mine = keys(300)
    book = resolver(*mine)
    addresses = {private_address(key, b"\x40" + key[-2:]): key for key in mine}

    for address in addresses:
        book.find(address, NOW)
    book.finish()

    found = {address: book.find(address, NOW) for address in addresses}
    assert {address: key for address, key in found.items() if key} == dict(
        list(addresses.items())[:256]
    )
    assert {address: book.ask(address) for address in addresses} == addresses


@given(
    acts=st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=30),
    slices=st.integers(1, 40),
)
def test_keys_come_and_go_and_the_right_ones_are_found(
    acts: list[tuple[bool, int]], slices: int
) -> None:
    mine = keys(7)
    book, held = resolver(OTHER), {OTHER}

    for adds, number in acts:
        key = mine[number]
        (book.add if adds else book.remove)(key)
        (held.add if adds else held.discard)(key)
        book.find(private_address(key, b"\x41\x00" + bytes([number])), NOW)
        book.work(slices)

    for key in mine:
        fresh = private_address(key, b"\x42" + key[-2:])
        assert book.ask(fresh) == (key if key in held else None)


def test_a_device_that_is_not_looked_for_any_more_is_forgotten_with_its_address() -> None:
    book = resolver()
    book.ask(RESOLVABLE)

    book.remove(IRK)

    assert book.ask(RESOLVABLE) is None
    assert RESOLVABLE not in book._known


def test_a_stranger_who_becomes_a_member_is_found_by_the_address_they_had() -> None:
    book = resolver(OTHER)
    assert book.ask(RESOLVABLE) is None

    book.add(IRK)

    assert book.ask(RESOLVABLE) == IRK
