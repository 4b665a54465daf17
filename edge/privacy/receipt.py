"""This is where a consent receipt is written: what a customer agreed to, for them to keep.

In the terms of the Data Privacy Vocabulary 2 and ISO/IEC TS 27560, as JSON-LD, from the records on
the disk alone: no network is needed for it.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from edge.model.customer import Consent, Customer
from edge.model.moment import rfc3339
from edge.model.names import Instant
from edge.privacy.consent import MANDATORY

SCHEMA: Final = "https://w3id.org/dpv/schema/dpv-27560/consent-receipt"
CONTEXT: Final[Mapping[str, str]] = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
}
TOKEN_WORDS: Final[Mapping[str, str]] = {
    "card": "customer card or code",
    "eid": "rotating Bluetooth token of the app",
    "irk": "resolving key of a Bluetooth device",
    "link": "address of a device on the store's Wi-Fi",
}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt, and what is missing for it to be whole."""

    document: dict[str, Any]
    """JSON-LD."""
    lacking: tuple[str, ...]
    """`purpose: field` for every mandatory field that a record does not have."""


def consent_receipt(customer: Customer, *, at: Instant, purpose: str | None = None) -> Receipt:
    """Write a receipt of one purpose, or of all, as the records stand; `at` is now.

    Identifiers are told by their kind and never repeated, so that a receipt that is lost gives
    nothing away.
    """
    records = [one for one in customer.consents if purpose in {None, one.purpose}]
    document = {
        "@context": dict(CONTEXT),
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": SCHEMA,
        "dct:identifier": f"{customer.customer}/{customer.version}",
        "dct:issued": rfc3339(at),
        "dpv:hasDataSubject": customer.customer,
        "dpv:hasVerificationStatus": "dpv:Verified" if customer.trusted else "dpv:Unverified",
        "dpv:hasPersonalData": _personal_data(customer),
        "dpv:hasRecord": [_record(one) for one in records],
    }
    lacking = tuple(
        f"{one.purpose}: {field}"
        for one in records
        for field in MANDATORY
        if not getattr(one, field)
    )
    return Receipt(document=document, lacking=lacking)


def _record(consent: Consent) -> dict[str, Any]:
    """Write one record; every mandatory field has its place, filled or empty."""
    return {
        "@type": "dpv:ConsentRecord",
        "dct:identifier": consent.record,
        "dpv:hasPurpose": consent.purpose,
        "dpv:hasConsentStatus": f"dpv:{consent.state}" if consent.state else "",
        "dpv:isIndicatedAtTime": consent.event_time,
        "dpv:isIndicatedByMethod": consent.method,
        "dct:valid": consent.valid_until,
        "dpv:hasNotice": {"@type": "dpv:ConsentNotice", "sha256": consent.notice},
        "dpv:hasJurisdiction": consent.jurisdiction,
        "dpv:hasDataController": consent.controller,
        "dpv:hasRight": "dpv:RightToWithdrawConsent",
    }


def _personal_data(customer: Customer) -> list[str]:
    kinds = sorted({token.kind.value for token in customer.tokens})
    faces = ["face template"] if customer.faces else []
    profile = customer.profile
    told = {
        "name": profile.display_name,
        "language": profile.language,
        "segments": profile.segments,
        "attributes": profile.attributes,
    }
    return (
        [TOKEN_WORDS[kind] for kind in kinds] + faces + [name for name, one in told.items() if one]
    )
