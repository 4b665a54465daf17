import os

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import StoreError
from edge.model.customer import Customer, Profile
from edge.privacy.seal import KEY_BYTES, NONCE_BYTES, seal, unseal
from tests.privacy.kit import CARD, EID_KEY, LINK, customer

DEVICE_KEY = bytes(range(KEY_BYTES))
ADA = customer("visit_history", profile=Profile(display_name="Ada Lovelace"), version=3)


def opened(
    sealed: bytes, *, key: bytes = DEVICE_KEY, name: str = "c-1", version: int = 3
) -> Customer:
    return unseal(sealed, key, customer=name, version=version)


def test_a_sealed_customer_comes_back_whole() -> None:
    assert opened(seal(ADA, DEVICE_KEY)) == ADA


def test_nothing_of_a_customer_can_be_read_without_the_key() -> None:
    sealed = seal(ADA, DEVICE_KEY)

    for plain in (b"Ada", CARD.encode(), LINK, LINK.hex(":").encode(), EID_KEY, b"visit_history"):
        assert plain not in sealed


def test_the_same_customer_is_sealed_differently_each_time() -> None:
    nonces = {seal(ADA, DEVICE_KEY)[:NONCE_BYTES] for _ in range(50)}

    assert len(nonces) == 50


def test_the_nonce_is_drawn_where_it_is_asked_to_be() -> None:
    sealed = seal(ADA, DEVICE_KEY, draw=lambda count: b"n" * count)

    assert sealed.startswith(b"n" * NONCE_BYTES)
    assert opened(sealed) == ADA


@pytest.mark.parametrize(
    "change",
    [{"name": "c-2"}, {"version": 4}, {"key": bytes(KEY_BYTES)}, {"key": b"short"}],
)
def test_another_row_version_or_key_does_not_open_it(change: dict[str, object]) -> None:
    sealed = seal(ADA, DEVICE_KEY)

    with pytest.raises(StoreError, match="cannot open a customer's record") as caught:
        opened(sealed, **change)  # type: ignore[arg-type]

    assert "Ada" not in str(caught.value)


@given(place=st.integers(0), bit=st.integers(0, 7))
def test_one_changed_bit_is_noticed(place: int, bit: int) -> None:
    sealed = bytearray(seal(ADA, DEVICE_KEY))
    sealed[place % len(sealed)] ^= 1 << bit

    with pytest.raises(StoreError):
        opened(bytes(sealed))


@given(raw=st.binary(max_size=200))
def test_any_bytes_from_a_damaged_disk_are_refused(raw: bytes) -> None:
    with pytest.raises(StoreError):
        opened(raw)


def test_a_record_of_another_form_is_refused() -> None:
    made = msgspec.msgpack.encode({"customer": 4})
    whole = os.urandom(NONCE_BYTES)

    with pytest.raises(StoreError):
        opened(whole + made)
