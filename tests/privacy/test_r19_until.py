"""R19: a decision says until when it holds, and nothing holds for longer than its lease."""

import pytest

from edge.model.customer import Purpose
from edge.privacy.consent import decide
from tests.privacy.kit import HOUR_S, NOW, consent, customer, later, moment, policy

BLE = Purpose.PRESENCE_BLE


@pytest.mark.parametrize(
    ("valid_until", "ends"),
    [
        ("9999-12-31T23:59:59Z", later(72 * HOUR_S)),
        ("2026-03-14T12:00:00Z", moment("2026-03-14T12:00:00")),
    ],
)
def test_r19_a_grant_ends_with_its_validity_or_its_lease(valid_until: str, ends: int) -> None:
    person = customer(consents=(consent(BLE, valid_until=valid_until),))

    decision = decide(person, BLE, policy=policy(), at=NOW, clock_synced=True)

    assert decision.granted
    assert decision.until == ends


def test_r19_a_withdrawal_that_is_announced_ends_the_grant() -> None:
    withdrawal = consent(BLE, "ConsentWithdrawn", event_time="2026-03-14T15:00:00Z")
    person = customer(consents=(consent(BLE), withdrawal))

    decision = decide(person, BLE, policy=policy(), at=NOW, clock_synced=True)

    assert decision.granted
    assert decision.until == moment("2026-03-14T15:00:00")


def test_r19_a_refusal_holds_for_no_time() -> None:
    person = customer(consents=(consent(BLE, "ConsentRefused"),))

    decision = decide(person, BLE, policy=policy(), at=NOW, clock_synced=True)

    assert not decision.granted
    assert decision.until == 0
