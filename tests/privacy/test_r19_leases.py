import pytest

from edge.config.policies import load_policy
from edge.model.customer import Purpose
from edge.model.names import Instant
from edge.privacy.consent import decide, may_come_into_force, read_standing
from edge.privacy.recogniser import Recogniser
from tests.privacy.kit import CARD, DAY_S, HOUR_S, NOW, SECRET, customer, later, policy

ALL = tuple(Purpose)
LEASES = [
    ("eu_strict", Purpose.FACE_RECOGNITION, 24 * HOUR_S),
    ("eu_strict", Purpose.PRESENCE_BLE, 72 * HOUR_S),
    ("eu_cnil24h", Purpose.FACE_RECOGNITION, 24 * HOUR_S),
    ("eu_cnil24h", Purpose.VISIT_HISTORY, 72 * HOUR_S),
    ("uk", Purpose.WIFI_RECOGNITION, 72 * HOUR_S),
    ("us_bipa", Purpose.FACE_RECOGNITION, 7 * DAY_S),
    ("us_generic", Purpose.PERSONAL_OFFERS, 7 * DAY_S),
]


@pytest.mark.parametrize(("name", "purpose", "lease_s"), LEASES)
def test_r19_a_lease_ends_to_the_second(name: str, purpose: Purpose, lease_s: int) -> None:
    rule, warning = load_policy(name)
    someone = customer(purpose)

    answers = [
        decide(someone, purpose, policy=rule, at=later(shift), clock_synced=True).granted
        for shift in (0, lease_s - 1, lease_s, lease_s + 1)
    ]

    assert warning is None
    assert answers == [True, True, True, False]


def test_r19_a_new_confirmation_starts_a_new_lease() -> None:
    someone = customer(*ALL, confirmed_at=later(71 * HOUR_S))

    answer = decide(
        someone, "visit_history", policy=policy(), at=later(100 * HOUR_S), clock_synced=True
    )

    assert answer.granted


@pytest.mark.parametrize(
    ("shift_s", "reason"),
    [(-300, "granted"), (-301, "the clock went back"), (-DAY_S, "the clock went back")],
)
def test_r19_a_clock_that_went_back_counts_as_stale(shift_s: int, reason: str) -> None:
    someone = customer("presence_ble")

    at = later(shift_s)
    answer = decide(someone, "presence_ble", policy=policy(), at=at, clock_synced=True)

    assert answer.reason == reason


def test_r19_a_boot_in_1970_knows_nobody() -> None:
    book = Recogniser([customer(*ALL)], policy=policy(), secret=SECRET)

    assert book.by_card(CARD, Instant(0)) is None
    assert book.by_card(CARD, NOW) is not None


def test_r19_a_clock_that_is_not_synchronised_knows_nobody() -> None:
    book = Recogniser([customer(*ALL)], policy=policy(), secret=SECRET)

    book.clock_synced = False
    unsure = book.by_card(CARD, NOW)
    book.clock_synced = True
    sure = book.by_card(CARD, NOW)

    assert unsure is None
    assert sure is not None


def test_r19_a_stale_lease_keeps_the_token_for_the_next_confirmation() -> None:
    standing = read_standing(customer("visit_history"))

    assert may_come_into_force(standing, "visit_history", at=later(30 * DAY_S))
    assert not may_come_into_force(standing, "visit_history", at=later(400 * DAY_S))
    assert not may_come_into_force(standing, "presence_ble", at=NOW)
