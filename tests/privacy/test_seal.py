"""What lies on the disk opens with the right key, in its own place, whole, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import StoreError
from edge.model.names import CustomerId
from edge.privacy.keyring import Keyring
from edge.privacy.seal import KEY_BYTES, NONCE_BYTES, Seal

DEVICE_KEY = bytes(range(KEY_BYTES))
ADA = CustomerId("c-ada")
SECRET = b"Ada Lovelace, card 4006381333931"


def test_what_was_sealed_comes_back_whole() -> None:
    seal = Seal(DEVICE_KEY)

    assert seal.open(seal.seal(SECRET, bound=b"row 1"), bound=b"row 1") == SECRET


def test_the_same_bytes_are_sealed_differently_each_time() -> None:
    seal = Seal(DEVICE_KEY)

    nonces = {seal.seal(SECRET, bound=b"row 1")[:NONCE_BYTES] for _ in range(50)}

    assert len(nonces) == 50


def test_the_nonce_is_drawn_where_it_is_asked_to_be() -> None:
    sealed = Seal(DEVICE_KEY, draw=lambda count: b"n" * count).seal(SECRET, bound=b"row 1")

    assert sealed.startswith(b"n" * NONCE_BYTES)


@pytest.mark.parametrize(("key", "bound"), [(DEVICE_KEY, b"row 2"), (bytes(KEY_BYTES), b"row 1")])
def test_another_place_or_key_does_not_open_it(key: bytes, bound: bytes) -> None:
    sealed = Seal(DEVICE_KEY).seal(SECRET, bound=b"row 1")

    with pytest.raises(StoreError, match="cannot open") as caught:
        Seal(key).open(sealed, bound=bound)

    assert "Ada" not in str(caught.value)


@given(place=st.integers(0), bit=st.integers(0, 7))
def test_one_changed_bit_is_noticed(place: int, bit: int) -> None:
    sealed = bytearray(Seal(DEVICE_KEY).seal(SECRET, bound=b"row 1"))
    sealed[place % len(sealed)] ^= 1 << bit

    with pytest.raises(StoreError):
        Seal(DEVICE_KEY).open(bytes(sealed), bound=b"row 1")


@given(raw=st.binary(max_size=200))
def test_any_bytes_from_a_damaged_disk_are_refused(raw: bytes) -> None:
    ring = Keyring(DEVICE_KEY)

    for attempt in (
        lambda sealed: ring.open_own(sealed, bound=b"snapshot"),
        lambda sealed: ring.unwrap(b"mark", sealed),
    ):
        with pytest.raises(StoreError):
            attempt(raw)


def test_a_persons_key_comes_back_with_their_name_and_only_for_their_mark() -> None:
    ring = Keyring(DEVICE_KEY)
    wrapped = ring.wrap_new(ADA)

    person = ring.unwrap(ring.mark(ADA), wrapped)

    assert person.customer == ADA
    assert ADA.encode() not in wrapped
    with pytest.raises(StoreError):
        ring.unwrap(ring.mark("c-bob"), wrapped)


def test_two_persons_do_not_open_each_others_records() -> None:
    ring = Keyring(DEVICE_KEY)
    ada, bob = (
        ring.unwrap(ring.mark(name), ring.wrap_new(CustomerId(name))) for name in (ADA, "c-bob")
    )

    with pytest.raises(StoreError):
        bob.open(ada.seal(SECRET, bound=b"row 1"), bound=b"row 1")


def test_a_person_who_comes_again_after_an_erasure_gets_another_key() -> None:
    ring = Keyring(DEVICE_KEY)
    first, second = (ring.unwrap(ring.mark(ADA), ring.wrap_new(ADA)) for _ in range(2))

    with pytest.raises(StoreError):
        second.open(first.seal(SECRET, bound=b"row 1"), bound=b"row 1")


def test_another_device_has_other_marks_another_fingerprint_and_opens_nothing() -> None:
    ours, theirs = Keyring(DEVICE_KEY), Keyring(bytes(KEY_BYTES))

    assert ours.mark(ADA) != theirs.mark(ADA)
    assert ours.fingerprint != theirs.fingerprint
    assert ours.fingerprint == Keyring(DEVICE_KEY).fingerprint
    with pytest.raises(StoreError):
        theirs.unwrap(theirs.mark(ADA), ours.wrap_new(ADA))
    with pytest.raises(StoreError):
        theirs.open_own(ours.seal_own(b"who is inside", bound=b"snapshot"), bound=b"snapshot")


@pytest.mark.parametrize("key", [b"", b"short", bytes(KEY_BYTES + 1)])
def test_what_is_no_key_is_refused(key: bytes) -> None:
    with pytest.raises(StoreError, match="32 bytes"):
        Keyring(key)
