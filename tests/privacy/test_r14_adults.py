from typing import Any

import pytest

from edge.model.customer import Purpose
from edge.privacy.consent import purposes_in_force
from edge.privacy.customers import Put
from edge.privacy.recogniser import Recogniser
from tests.privacy.kit import (
    CARD,
    EID_KEY,
    LINK,
    NOW,
    RESOLVABLE,
    SECRET,
    customer,
    decode,
    decoded,
    eid_at,
    policy,
    put,
    signed,
)

ALL = tuple(Purpose)


def nobody_is_known(book: Recogniser) -> bool:
    found = [
        book.by_card(CARD, NOW),
        book.by_link(LINK, NOW),
        book.by_ephemeral_id(eid_at(EID_KEY, NOW), NOW),
        book.by_resolvable(RESOLVABLE, NOW),
    ]
    return found == [None] * 4


def test_r14_without_an_attestation_no_purpose_is_in_force() -> None:
    minor = customer(*ALL, adult_attested=False)

    assert purposes_in_force(minor, policy=policy(), at=NOW, clock_synced=True) == ()


def test_r14_without_an_attestation_nobody_is_identified_by_anything_a_card_included() -> None:
    book = Recogniser([customer(*ALL, adult_attested=False)], policy=policy(), secret=SECRET)

    assert nobody_is_known(book)


@pytest.mark.parametrize("claim", [False, None, "true", 1, [], {}])
def test_r14_whatever_is_not_true_is_no_attestation(claim: Any) -> None:
    someone = decoded(put(*ALL, adult_attested=claim))

    assert not someone.adult_attested
    assert someone.tokens == ()
    assert someone.profile.display_name == ""


def test_r14_a_missing_attestation_is_none() -> None:
    delta = put(*ALL)
    del delta["adult_attested"]

    someone = decoded(delta)

    assert someone.trusted
    assert not someone.adult_attested
    assert someone.tokens == ()


def test_r14_a_forged_attestation_is_none() -> None:
    forged = {**signed(put(*ALL, adult_attested=False)), "adult_attested": True}

    (delta,) = decode(forged).deltas

    assert isinstance(delta, Put)
    assert not delta.customer.trusted
    assert nobody_is_known(Recogniser([delta.customer], policy=policy(), secret=SECRET))
