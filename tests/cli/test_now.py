"""One sentence says how the store is, and says unknown where it is."""

import pytest

from edge.cli.reporting.moment import Now, describe_now
from tests.cli.tale import OPENING_S, Tale


def now(tale: Tale, at_s: float, *, outbox: int | None = 0) -> Now:
    return describe_now(tale.rows, now_ms=round((OPENING_S + at_s) * 1000), outbox=outbox)


def test_a_working_store_is_one_sentence() -> None:
    tale = Tale()
    tale.turned(0, source="ble-floor", was="starting", now="watching")
    tale.started(1, 100)
    tale.identified(1, 101, customer="c-1")
    tale.started(2, 120)
    tale.estimated(0, people=22.6)

    found = now(tale, 340, outbox=14)

    assert found.sentence == (
        "About 23 people (21 to 25) are inside, as of 40 s ago; 1 known customer is inside; "
        "all sources watch; 14 events wait for the platform."
    )
    assert (found.people, found.age_s, found.known_customers) == (22.6, 40.0, 1)


def test_nothing_heard_is_unknown_and_never_zero() -> None:
    found = now(Tale(), 0, outbox=None)

    assert found.sentence == (
        "How many people are inside is unknown: no estimate was made in this time; "
        "how many known customers are inside is unknown; whether the sources watch is unknown; "
        "how many events wait is unknown."
    )
    assert (found.people, found.known_customers, found.outbox) == (None, None, None)


def test_an_old_figure_is_said_to_be_old_and_is_not_the_answer() -> None:
    tale = Tale()
    tale.estimated(0, people=1)

    found = now(tale, 300 + 3 * 3600)

    assert "the newest figure, about 1 person (0 to 3), is 3 h old" in found.sentence
    assert found.people is None
    assert found.age_s == 3 * 3600


def test_an_estimate_without_living_sensors_is_unknown() -> None:
    tale = Tale()
    tale.estimated(0, people=5)
    tale.estimated(300, people=None)

    found = now(tale, 605)

    assert found.sentence.startswith(
        "How many people are inside is unknown: no sensor behind the figure was alive (5 s ago); "
    )
    assert found.people is None


def test_other_zones_do_not_speak_for_the_store() -> None:
    tale = Tale()
    tale.estimated(0, people=5)
    tale.estimated(0, people=2, zone="toys")

    assert now(tale, 301).people == 5


def test_sources_that_do_not_watch_are_named_with_their_state_until_they_watch_again() -> None:
    tale = Tale()
    tale.turned(0, source="ble-floor", was="watching", now="deaf")
    tale.turned(0, source="radar", was="watching", now="parked", remedy="plug it in")
    tale.turned(60, source="ble-floor", was="deaf", now="watching")

    found = now(tale, 780)

    assert "source radar has been parked for 13 min;" in found.sentence
    assert "ble-floor" not in found.sentence
    assert found.not_watching[0].remedy == "plug it in"


def test_a_blind_door_is_named() -> None:
    tale = Tale()
    tale.counted(0, come=3, gone=1, coverage=0.2)

    assert "the counter of door main was dead most of the time" in now(tale, 901).sentence


def test_a_customer_whose_visit_goes_on_in_another_is_inside_once() -> None:
    tale = Tale()
    for visit in (1, 2):
        tale.started(visit, visit)
        tale.identified(visit, visit, customer="c-1")
    tale.ended(1, 1, duration_s=0)
    tale.corrected(2, 2, what="merged", into=1)

    assert now(tale, 30).known_customers == 1


@pytest.mark.parametrize("what", ["retracted", "merged"])
def test_customers_of_visits_taken_back_or_ended_are_not_inside(what: str) -> None:
    tale = Tale()
    for visit in (1, 2):
        tale.started(visit, 0)
        tale.identified(visit, 1, customer=f"c-{visit}")
    tale.corrected(1, 10, what=what)
    tale.ended(2, 20, duration_s=20)

    assert now(tale, 30).known_customers == 0
