"""The states, expiry, attestation and policies that decide over a purpose, as one table (R8)."""

import itertools

import pytest

from edge.model.customer import Customer, Purpose
from edge.privacy.consent import Decision, decide
from edge.privacy.policy import Policy
from tests.privacy.kit import NOW, consent, customer, policy
from tests.privacy.states import GRANTING, STATES

EXPIRIES = {
    "2026-03-14T10:00:00Z": False,  # this very moment: validity ends before it
    "2026-03-14T10:00:00.000001Z": True,
    "2026-03-14T11:00:00+01:00": False,
    "2027-03-01T00:00:00Z": True,
    "2026-03-13T00:00:00Z": False,
    "": False,
    "for ever": False,
}
POLICIES = {"permits": True, "forbids": False}


@pytest.mark.parametrize("purpose", list(Purpose))
def test_r08_a_purpose_counts_only_where_everything_says_so(purpose: Purpose) -> None:
    rules = {"permits": policy(), "forbids": policy(max_stale_s={})}
    table = itertools.product(STATES, EXPIRIES, (True, False), (True, False), POLICIES)

    for state, until, adult, trusted, rule in table:
        someone = customer(
            adult_attested=adult,
            trusted=trusted,
            consents=(consent(purpose, state, valid_until=until),),
        )
        decision = decide(someone, purpose, policy=rules[rule], at=NOW, clock_synced=True)

        wanted = state in GRANTING and EXPIRIES[until] and adult and trusted and POLICIES[rule]
        assert decision.granted == wanted, (state, until, adult, trusted, rule)


def test_r08_every_refusal_has_a_reason_of_its_own() -> None:
    purpose = Purpose.PRESENCE_BLE
    rule = policy()

    def ask(someone: Customer, *, rule: Policy = rule, clock_synced: bool = True) -> Decision:
        return decide(someone, purpose, policy=rule, at=NOW, clock_synced=clock_synced)

    cases = [
        ask(customer(purpose), rule=policy(max_stale_s={})),
        ask(customer(purpose, trusted=False)),
        ask(customer(purpose, adult_attested=False)),
        ask(customer(purpose), clock_synced=False),
        ask(customer()),
        ask(customer(purpose)),
    ]

    assert [case.granted for case in cases] == [False] * 5 + [True]
    assert len({case.reason for case in cases}) == 6
