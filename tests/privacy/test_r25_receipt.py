"""R25: a receipt can be produced offline, from what is on the disk."""

import json

import pytest

from edge.model.customer import Purpose
from edge.privacy.consent import MANDATORY
from edge.privacy.receipt import consent_receipt
from tests.privacy.kit import CARD, EID_KEY, LINK, NOW, consent, customer, decoded, put

PURPOSE = Purpose.PRESENCE_BLE
PLACES = {
    "record": "dct:identifier",
    "purpose": "dpv:hasPurpose",
    "state": "dpv:hasConsentStatus",
    "event_time": "dpv:isIndicatedAtTime",
    "valid_until": "dct:valid",
    "jurisdiction": "dpv:hasJurisdiction",
    "method": "dpv:isIndicatedByMethod",
    "controller": "dpv:hasDataController",
}


def test_r25_a_receipt_holds_every_mandatory_field_and_the_hash_of_the_notice() -> None:
    receipt = consent_receipt(decoded(put(PURPOSE)), at=NOW)

    (record,) = receipt.document["dpv:hasRecord"]
    told = consent(PURPOSE)
    assert record["dpv:hasNotice"]["sha256"] == told.notice
    assert record["dpv:hasConsentStatus"] == "dpv:ConsentGiven"
    assert set(PLACES) | {"notice"} == set(MANDATORY)
    for field in set(PLACES) - {"state"}:
        assert record[PLACES[field]] == getattr(told, field)
    assert receipt.lacking == ()
    assert receipt.document["dct:issued"] == "2026-03-14T10:00:00.000Z"


@pytest.mark.parametrize("field", MANDATORY)
def test_r25_a_receipt_says_what_a_record_lacks(field: str) -> None:
    someone = customer(consents=(consent(**{"purpose": PURPOSE} | {field: ""}),))

    receipt = consent_receipt(someone, at=NOW)

    purpose = "" if field == "purpose" else PURPOSE
    assert receipt.lacking == (f"{purpose}: {field}",)


def test_r25_a_receipt_of_one_purpose_is_silent_about_the_others() -> None:
    someone = customer(PURPOSE, "visit_history", "cross_store")

    receipt = consent_receipt(someone, at=NOW, purpose="visit_history")

    assert [one["dpv:hasPurpose"] for one in receipt.document["dpv:hasRecord"]] == ["visit_history"]


def test_r25_a_receipt_tells_kinds_of_identifiers_and_repeats_none() -> None:
    text = json.dumps(consent_receipt(decoded(put(*Purpose)), at=NOW).document)

    assert "customer card" in text
    for raw in (CARD, LINK.hex(":"), LINK.hex(), EID_KEY.hex()):
        assert raw not in text


def test_r25_a_receipt_of_a_record_that_nobody_signed_says_so() -> None:
    receipt = consent_receipt(customer(PURPOSE, trusted=False), at=NOW)

    assert receipt.document["dpv:hasVerificationStatus"] == "dpv:Unverified"
