import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.customer import Consent, Customer, Purpose
from edge.privacy.consent import decide
from tests.privacy.kit import consent, customer, decoded, later, policy, put
from tests.privacy.states import GRANTING, STATES

PURPOSE = Purpose.PRESENCE_BLE
BEFORE = "2026-03-05T10:00:00Z"
AFTER = "2026-03-06T10:00:00Z"


def is_granted(someone: Customer, *, after_s: float = 0, purpose: str = PURPOSE) -> bool:
    return decide(someone, purpose, policy=policy(), at=later(after_s), clock_synced=True).granted


def records(*consents: Consent) -> Customer:
    return customer(consents=consents)


@pytest.mark.parametrize("state", STATES)
def test_r18_of_the_twelve_states_two_allow_processing(state: str) -> None:
    assert len(STATES) == 12
    assert is_granted(records(consent(PURPOSE, state))) == (state in GRANTING)


@given(
    state=st.text()
    | st.sampled_from([one.lower() for one in STATES])
    | st.sampled_from(STATES).map(lambda one: one + " ")
)
def test_r18_any_other_state_denies(state: str) -> None:
    assert is_granted(records(consent(PURPOSE, state))) == (state in GRANTING)


@given(purpose=st.text() | st.sampled_from(sorted(Purpose)).map(str.upper))
def test_r18_any_other_purpose_denies(purpose: str) -> None:
    someone = records(consent(purpose))

    assert is_granted(someone, purpose=purpose) == (purpose in set(Purpose))


@pytest.mark.parametrize("state", [state for state in STATES if state not in GRANTING])
def test_r18_the_latest_record_wins_whatever_the_order(state: str) -> None:
    given_first = consent(PURPOSE, event_time=BEFORE)
    refused_then = consent(PURPOSE, state, event_time=AFTER)
    refused_first = consent(PURPOSE, state, event_time=BEFORE)
    given_then = consent(PURPOSE, event_time=AFTER)

    assert not is_granted(records(given_first, refused_then))
    assert not is_granted(records(refused_then, given_first))
    assert is_granted(records(refused_first, given_then))
    assert is_granted(records(given_then, refused_first))


def test_r18_at_the_same_moment_the_refusal_wins() -> None:
    pair = consent(PURPOSE), consent(PURPOSE, "ConsentWithdrawn")

    assert not is_granted(records(*pair))
    assert not is_granted(records(*reversed(pair)))


def test_r18_a_consent_of_the_future_does_not_count_yet() -> None:
    someone = records(consent(PURPOSE, event_time="2026-03-14T11:00:00Z"))

    assert not is_granted(someone, after_s=3_599)
    assert is_granted(someone, after_s=3_600)


def test_r18_a_withdrawal_later_in_the_day_counts_from_its_moment() -> None:
    someone = records(
        consent(PURPOSE), consent(PURPOSE, "ConsentWithdrawn", event_time="2026-03-14T12:00:00Z")
    )

    assert is_granted(someone)
    assert not is_granted(someone, after_s=7_200)


def test_r18_a_withdrawal_counts_at_once_though_the_platforms_clock_is_ahead() -> None:
    someone = records(
        consent(PURPOSE), consent(PURPOSE, "ConsentWithdrawn", event_time="2026-03-14T10:05:00Z")
    )

    assert not is_granted(someone)
    assert is_granted(someone, after_s=-1)


def test_r18_an_expired_renewal_does_not_bring_back_the_consent_before_it() -> None:
    someone = records(
        consent(PURPOSE),
        consent(PURPOSE, "RenewedConsentGiven", event_time=BEFORE, valid_until=AFTER),
    )

    assert not is_granted(someone)


@pytest.mark.parametrize(
    "damage", ["", "yesterday", "2026-03-01", "2026-03-01T10:00:00", "2026-13-01T10:00:00Z"]
)
def test_r18_one_time_that_cannot_be_read_refuses_the_purpose(damage: str) -> None:
    whole = consent(PURPOSE)

    assert is_granted(records(whole))
    assert not is_granted(records(whole, consent(PURPOSE, event_time=damage)))
    assert not is_granted(records(whole, consent(PURPOSE, "ConsentWithdrawn", event_time=damage)))
    assert not is_granted(records(whole, consent(PURPOSE, valid_until=damage)))
    assert is_granted(records(whole, consent(Purpose.CROSS_STORE, event_time=damage)))


@pytest.mark.parametrize("key", ["state", "event_time", "valid_until"])
def test_r18_a_record_that_came_without_a_part_refuses(key: str) -> None:
    delta = put(PURPOSE)
    del delta["consents"][0][key]

    assert not is_granted(decoded(delta))


@given(text=st.text())
def test_r18_any_text_for_a_time_is_survived(text: str) -> None:
    is_granted(records(consent(PURPOSE, event_time=text, valid_until=text)))
