from base64 import b64decode, b64encode
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ConfigError
from edge.privacy.signature import SIGNED_KEYS, PlatformKey, signed_bytes
from edge.privacy.signing import platform_key_text, sign
from tests.privacy.kit import KEY, PRIVATE, put, signed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_what_is_signed_is_canonical_json_of_four_keys() -> None:
    delta = {"version": 7, "customer": "ä", "consents": [{"b": 1.0, "a": "x"}], "profile": {}}

    raw = signed_bytes(delta)

    assert raw == '{"consents":[{"a":"x","b":1}],"customer":"ä","version":7}'.encode()


def test_a_signature_of_the_platform_is_trusted() -> None:
    assert KEY.signed(signed(put("visit_history")))


def test_a_signature_made_elsewhere_over_the_same_bytes_is_trusted() -> None:
    text = '{"adult_attested":true,"consents":[],"customer":"c-1","version":7}'
    made = Ed25519PrivateKey.from_private_bytes(PRIVATE).sign(text.encode())

    assert KEY.signed({**put(), "signature": b64encode(made).decode()})


@pytest.mark.parametrize(
    "change",
    [
        {"customer": "c-2"},
        {"version": 8},
        {"adult_attested": False},
        {"consents": []},
        {"signature": ""},
        {"signature": None},
        {"signature": "AAAA"},
        {"signature": "ä"},
        {"consents": [float("inf")]},
        {"version": 2**60},
    ],
)
def test_a_changed_delta_is_not_trusted(change: dict[str, Any]) -> None:
    assert not KEY.signed(signed(put("visit_history")) | change)


@pytest.mark.parametrize("key", [*SIGNED_KEYS, "signature"])
def test_a_delta_that_lost_a_part_is_not_trusted(key: str) -> None:
    delta = signed(put("visit_history"))
    del delta[key]

    assert not KEY.signed(delta)


def test_one_changed_bit_of_the_signature_is_noticed() -> None:
    delta = signed(put())
    raw = bytearray(b64decode(delta["signature"]))
    raw[10] ^= 1

    assert not KEY.signed({**delta, "signature": b64encode(raw).decode()})


def test_another_platforms_signature_is_not_trusted() -> None:
    other = PlatformKey.parse(platform_key_text(bytes(32)))

    assert not other.signed(signed(put()))


@given(delta=st.dictionaries(st.sampled_from([*SIGNED_KEYS, "signature"]), JSON))
def test_anything_at_all_is_merely_not_signed(delta: dict[str, Any]) -> None:
    assert not KEY.signed(delta)


def test_while_the_platform_changes_its_key_the_old_and_the_new_one_count() -> None:
    new = bytes(32)
    both = PlatformKey.parse([platform_key_text(PRIVATE), platform_key_text(new)])
    delta = put("visit_history")

    old_name = both.signer(signed(delta))
    new_name = both.signer({**delta, "signature": sign(delta, new)})

    assert {old_name, new_name} == both.names
    assert len(both.names) == 2


def test_a_key_that_was_dropped_counts_no_more() -> None:
    only_new = PlatformKey.parse([platform_key_text(bytes(32))])

    assert only_new.signer(signed(put())) == ""
    assert KEY.names.isdisjoint(only_new.names)


@given(
    delta=st.fixed_dictionaries(
        {
            "customer": st.text(),
            "version": st.integers(-(2**53), 2**53),
            "adult_attested": st.booleans() | st.integers(0, 1),
            "consents": st.lists(st.dictionaries(st.text(), st.text() | JSON, max_size=4)),
        }
    )
)
def test_what_is_signed_is_what_the_standard_says_by_either_way(delta: dict[str, Any]) -> None:
    try:
        expected: bytes | None = rfc8785.dumps(delta)
    except (rfc8785.CanonicalizationError, ValueError):
        expected = None

    try:
        found: bytes | None = signed_bytes(delta)
    except (rfc8785.CanonicalizationError, ValueError):
        found = None

    assert found == expected


@given(text=st.text(st.characters(max_codepoint=127)))
def test_every_character_of_ascii_is_signed_as_the_standard_says(text: str) -> None:
    delta = {
        "customer": text,
        "version": 1,
        "adult_attested": True,
        "consents": [{text: text, "z": ""}],
    }

    assert signed_bytes(delta) == rfc8785.dumps(delta)


@pytest.mark.parametrize(
    "text", ["", "ed25519:", "ed25519:AAAA", "ed25519:ä", "rsa:" + "A" * 43 + "=", "A" * 43 + "="]
)
def test_a_key_that_is_none_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ConfigError, match="write it as"):
        PlatformKey.parse(text)
