"""R25: a consent that is not on record in full does not count, and a receipt shows that it is."""

import pytest

from edge.model.customer import Purpose
from edge.privacy.consent import MANDATORY, decide, purposes_in_force
from tests.privacy.kit import NOW, consent, customer, decoded, policy, put

PURPOSE = Purpose.PRESENCE_BLE
OF_A_GRANT = tuple(field for field in MANDATORY if field not in {"purpose", "state"})


def reason(**changes: str) -> str:
    someone = customer(consents=(consent(PURPOSE, **changes),))
    return decide(someone, PURPOSE, policy=policy(), at=NOW, clock_synced=True).reason


def test_r25_a_record_with_every_mandatory_field_counts() -> None:
    assert reason() == "granted"


@pytest.mark.parametrize("field", OF_A_GRANT)
def test_r25_a_grant_without_a_mandatory_field_does_not_count_and_says_which(field: str) -> None:
    assert reason(**{field: ""}) == f"the consent record has no {field}"


@pytest.mark.parametrize("field", MANDATORY)
@pytest.mark.parametrize("absent", [True, False])
def test_r25_a_message_that_leaves_a_field_out_grants_nothing(field: str, *, absent: bool) -> None:
    delta = put(PURPOSE)
    if absent:
        del delta["consents"][0][field]
    else:
        delta["consents"][0][field] = ""

    someone = decoded(delta)

    assert purposes_in_force(someone, policy=policy(), at=NOW, clock_synced=True) == ()
    assert someone.tokens == ()


@pytest.mark.parametrize("field", sorted(set(OF_A_GRANT) - {"event_time", "valid_until"}))
def test_r25_a_withdrawal_counts_whatever_its_record_lacks(field: str) -> None:
    withdrawal = consent(
        PURPOSE, "ConsentWithdrawn", event_time="2026-03-02T10:00:00Z", **{field: ""}
    )
    someone = customer(consents=(consent(PURPOSE), withdrawal))

    assert purposes_in_force(someone, policy=policy(), at=NOW, clock_synced=True) == ()


def test_r25_a_renewal_that_is_not_complete_does_not_leave_the_consent_before_it_standing() -> None:
    renewal = consent(PURPOSE, "RenewedConsentGiven", event_time="2026-03-02T10:00:00Z", notice="")
    someone = customer(consents=(consent(PURPOSE), renewal))

    assert purposes_in_force(someone, policy=policy(), at=NOW, clock_synced=True) == ()


def test_r25_another_purpose_is_not_touched_by_a_record_that_is_not_complete() -> None:
    someone = customer(
        consents=(consent(PURPOSE, notice=""), consent(Purpose.VISIT_HISTORY)),
    )

    found = purposes_in_force(someone, policy=policy(), at=NOW, clock_synced=True)

    assert found == ("visit_history",)
