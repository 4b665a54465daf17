import json
import struct
from base64 import b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.customer import Face, Profile, Role, TokenKind
from edge.privacy.customers import (
    NOT_A_DELTA,
    NOT_A_FACE,
    NOT_A_MESSAGE,
    NOT_JSON,
    NOT_READABLE,
    NOT_SIGNED,
    NOT_USABLE,
    CustomerMessage,
    Put,
    decode_message,
    permitted,
)
from edge.privacy.policy import FaceMode, TemplateKey
from tests.privacy.kit import KEY, NOW, consent, decode, decoded, later, policy, put, signed, tokens

PURPOSES = ("presence_ble", "wifi_recognition", "visit_history")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_signed_customer_arrives_whole() -> None:
    message = decode(signed(put(*PURPOSES)))

    assert message.cursor == "417"
    assert message.faults == ()
    (delta,) = message.deltas
    assert isinstance(delta, Put)
    someone = delta.customer
    assert (someone.customer, someone.version, someone.role) == ("c-1", 7, Role.CUSTOMER)
    assert someone.trusted
    assert someone.adult_attested
    assert someone.confirmed_at == NOW
    assert someone.tokens == tokens()
    assert someone.profile == Profile(display_name="Ada", language="de", segments=("lego",))
    assert [record.purpose for record in someone.consents] == list(PURPOSES)


def test_an_unsigned_customer_is_kept_without_anything_about_them() -> None:
    message = decode(put(*PURPOSES))

    (delta,) = message.deltas
    assert isinstance(delta, Put)
    assert (delta.customer.customer, delta.customer.version) == ("c-1", 7)
    assert not delta.customer.trusted
    assert (delta.customer.tokens, delta.customer.profile) == ((), Profile())
    assert message.faults == (NOT_SIGNED,)


def test_without_the_platforms_key_nobody_is_trusted() -> None:
    message = decode(signed(put(*PURPOSES)), key=None)

    assert message.faults == (NOT_SIGNED,)


def test_one_bad_delta_does_not_hold_up_the_others() -> None:
    good = signed(put(*PURPOSES))
    bad = [None, 4, {}, {"op": "put"}, {"op": "sing", "customer": "c-3", "version": 1}, []]

    message = decode(bad[0], good, *bad[1:], {"op": "erase", "customer": "c-9", "version": 3})

    assert [type(delta).__name__ for delta in message.deltas] == ["Put", "Erase"]
    assert message.faults == (NOT_A_DELTA,) * len(bad)


def test_a_damaged_token_is_left_out_and_counted() -> None:
    raw = put(*PURPOSES)
    raw["tokens"] += [
        {"kind": "retina", "value": "x"},
        {"kind": "eid", "key": "AAAA"},
        {"kind": "link", "value": "a4:83:e7:00:11"},
        "card",
    ]

    message = decode(signed(raw))

    (delta,) = message.deltas
    assert isinstance(delta, Put)
    assert delta.customer.tokens == tokens()
    assert message.faults == (NOT_USABLE,) * 4


@pytest.mark.parametrize(
    "change",
    [
        {"consents": [4]},
        {"consents": [{"state": "ConsentWithdrawn"}]},
        {"consents": {}},
        {"role": "robot"},
        {"tokens": 4},
    ],
)
def test_a_delta_that_cannot_be_read_in_full_takes_everything_away(change: dict[str, Any]) -> None:
    message = decode(signed(put(*PURPOSES, **change)))

    (delta,) = message.deltas
    assert isinstance(delta, Put)
    assert not delta.customer.trusted
    assert (delta.customer.tokens, delta.customer.consents) == ((), ())
    assert message.faults == (NOT_READABLE,)


def test_a_token_whose_consent_expired_or_was_withdrawn_is_not_held() -> None:
    records = [
        {"purpose": "presence_ble", "state": "ConsentWithdrawn"},
        {"purpose": "wifi_recognition", "valid_until": "2026-03-02T10:00:00Z"},
        {"purpose": "visit_history"},
    ]
    whole = [msgspec.to_builtins(consent(one["purpose"])) | one for one in records]

    someone = decoded(put(consents=whole))

    assert {token.kind for token in someone.tokens} == {TokenKind.CARD}


def test_a_token_whose_consent_begins_later_is_held() -> None:
    someone = decoded(put("visit_history"), at=later(-30 * 86_400))

    assert {token.kind for token in someone.tokens} == {TokenKind.CARD}


def test_a_customer_who_consented_to_nothing_leaves_no_profile() -> None:
    someone = decoded(put())

    assert someone.trusted
    assert (someone.tokens, someone.profile) == ((), Profile())


def test_staff_keep_their_tokens_without_consents_and_leave_no_profile() -> None:
    someone = decoded(put(role="staff", adult_attested=False))

    assert someone.role is Role.STAFF
    assert someone.tokens == tokens()
    assert someone.profile == Profile()


def test_unsigned_staff_leave_nothing() -> None:
    (delta,) = decode(put(role="staff")).deltas

    assert isinstance(delta, Put)
    assert delta.customer.tokens == ()


VECTOR = struct.pack("<4f", 0.5, -0.5, 0.5, 0.5)


def face(content: bytes = VECTOR, **changes: Any) -> dict[str, Any]:
    vector = b64encode(content).decode()
    return {"model": "engine-1", "vector": vector, "quality": 0.93} | changes


def test_templates_arrive_where_the_face_may_be_recognised() -> None:
    sealed = face(b"ciphertext", sealed=True)

    someone = decoded(put("face_recognition", faces=[face(), sealed]))

    assert someone.faces == (
        Face(model="engine-1", vector=VECTOR, quality=0.93),
        Face(model="engine-1", sealed=b"ciphertext", quality=0.93),
    )


@pytest.mark.parametrize(
    "change",
    [
        {"adult_attested": False},
        {"role": "staff"},
        {"consents": [msgspec.to_builtins(consent("face_recognition", "ConsentWithdrawn"))]},
        {"consents": [msgspec.to_builtins(consent("presence_ble"))]},
        {"consents": [msgspec.to_builtins(consent("face_recognition", notice=""))]},
    ],
)
def test_r08_templates_without_a_consent_in_force_are_not_held(change: dict[str, Any]) -> None:
    someone = decoded(put("face_recognition", **({"faces": [face()]} | change)))

    assert someone.faces == ()


@pytest.mark.parametrize(
    "bad",
    [
        4,
        {},
        face(model=""),
        face(vector="!"),
        face(vector=""),
        face(quality=1.5),
        face(quality=None),
        face(sealed="yes"),
        face(b"abc"),
        face(bytes(512)),
        face(struct.pack("<2f", 1.0, float("nan"))),
        face(struct.pack("<1f", float("inf"))),
        face(bytes(range(1, 256)) * 64),
    ],
)
def test_a_template_that_cannot_be_compared_is_left_out_and_counted(bad: Any) -> None:
    message = decode(signed(put("face_recognition", faces=[bad, face()])))

    (delta,) = message.deltas
    assert isinstance(delta, Put)
    assert [one.vector for one in delta.customer.faces] == [VECTOR]
    assert message.faults == (NOT_A_FACE,)


def test_a_policy_without_faces_holds_no_template() -> None:
    someone = decoded(put("face_recognition", faces=[face()]))

    assert permitted(someone, policy(face=FaceMode.OFF)).faces == ()
    assert permitted(someone, policy(template_key=TemplateKey.DEVICE)).faces == someone.faces


def test_where_customers_hold_the_keys_a_template_that_needs_none_is_not_held() -> None:
    lying_open = decoded(put("face_recognition", faces=[face()]))
    sealed = decoded(put("face_recognition", faces=[face(sealed=True)]))

    under = policy(template_key=TemplateKey.CUSTOMER)

    assert permitted(lying_open, under).faces == ()
    assert permitted(sealed, under).faces == sealed.faces != ()


def test_it_is_kept_which_key_vouched_for_a_customer() -> None:
    assert {decoded(put("visit_history")).signer} == KEY.names


def test_a_cursor_that_is_no_text_does_not_hold_up_the_deltas() -> None:
    raw = json.dumps({"cursor": 417, "deltas": [{"op": "erase", "customer": "c-9", "version": 3}]})

    message = decode_message(raw.encode(), key=KEY, at=NOW)

    assert message.cursor == ""
    assert len(message.deltas) == 1


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", NOT_JSON),
        (b"\xff\xfe", NOT_JSON),
        (b'{"deltas":', NOT_JSON),
        (b"[" * 100_000, NOT_JSON),
        (b'{"deltas":[{"customer":"\\ud800"}]}', NOT_JSON),
        (b"[]", NOT_A_MESSAGE),
        (b"{}", NOT_A_MESSAGE),
        (b'{"cursor":"1","deltas":{}}', NOT_A_MESSAGE),
    ],
)
def test_what_is_no_message_is_counted_as_that(raw: bytes, fault: str) -> None:
    assert decode_message(raw, key=KEY, at=NOW) == CustomerMessage(
        cursor="", deltas=(), faults=(fault,)
    )


@given(raw=st.binary())
def test_any_bytes_are_survived(raw: bytes) -> None:
    assert decode_message(raw, key=KEY, at=NOW).deltas == ()


@given(delta=JSON)
def test_any_delta_is_survived(delta: Any) -> None:
    assert all(isinstance(one, Put) for one in decode(delta).deltas) or delta["op"] == "erase"


@given(change=st.dictionaries(st.sampled_from(sorted(put())), JSON), cut=st.integers(0, 400))
def test_a_message_with_any_part_changed_or_cut_off_is_survived(
    change: dict[str, Any], cut: int
) -> None:
    raw = json.dumps({"cursor": "1", "deltas": [signed(put(*PURPOSES)) | change]}).encode()

    for form in (raw, raw[: len(raw) - cut]):
        for delta in decode_message(form, key=KEY, at=NOW).deltas:
            assert len(delta.customer.tokens if isinstance(delta, Put) else ()) <= 4


def test_faults_repeat_no_content() -> None:
    canary = "a4:83:e7:00:11:22"

    message = decode(
        signed(put(consents=[{"purpose": canary, "state": 4}], tokens=[canary])), canary
    )

    assert message.faults
    assert canary not in repr(message.faults)


def test_a_consent_keeps_the_parts_of_its_record_and_no_other() -> None:
    parts = {"record": "r-1", "notice": "n", "jurisdiction": "DE", "method": "app"}
    whole = consent("visit_history", **parts, controller="x")
    raw = {**msgspec.to_builtins(whole), "extra": "dropped"}

    (kept,) = decoded(put(consents=[raw])).consents

    assert kept == whole
