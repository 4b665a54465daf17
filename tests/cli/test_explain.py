"""A visit's story is told in words, and a mistyped id is helped along."""

from zoneinfo import ZoneInfo

import pytest

from edge.cli.reporting.choice import choose_visit
from edge.cli.reporting.story import spell_weight, tell_story
from edge.cli.reporting.words import spell_length, spell_list
from edge.errors import ConfigError
from edge.model.event import ZoneLeft
from edge.model.names import VisitId
from tests.cli.tale import Tale, visit_id

BERLIN = ZoneInfo("Europe/Berlin")


def told(tale: Tale, number: int) -> list[str]:
    story = tell_story(visit_id(number), tale.rows, zone=BERLIN)
    return [f"{line.clock} {line.words}" for line in story.lines]


def test_a_whole_visit_reads_as_a_story() -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.entered(1, 0, zone="entrance")
    tale.identified(
        1,
        20,
        customer="c-1",
        confidence=0.97,
        evidence=(("link", -0.4), ("ble", 3.0), ("sonar", 9)),
    )
    tale.left(1, 90, zone="entrance", dwell_s=90)
    tale.entered(1, 90, zone="unknown", reason="ble-floor is deaf")
    tale.bought(1000, receipt="R-1", visit=1)
    tale.left(1, 1200, zone="unknown", dwell_s=1110)
    tale.ended(1, 1200, duration_s=1200)

    assert told(tale, 1) == [
        "10:00:00 1 person came in at door main.",
        "10:00:00 Came to zone entrance (90% sure).",
        (
            "10:00:20 Recognised as customer c-1, confirmed (97%). Evidence: sonar: very strong "
            "(+9.0); the app's token was heard: strong (+3.0); the customer's device was on the "
            "store's Wi-Fi: weak, against (-0.4). Consents in force: presence_ble."
        ),
        "10:01:30 Left zone entrance after 1 min 30 s.",
        "10:01:30 From here on the zone is unknown: ble-floor is deaf.",
        "10:16:40 Paid 23.90 EUR (receipt R-1).",
        "10:20:00 The zone was unknown for 18 min 30 s.",
        "10:20:00 Ended after 20 min: somebody was counted out at the door.",
    ]
    assert tell_story(visit_id(1), tale.rows, zone=BERLIN).summary == (
        "Visit v-0000000000000001 of 1 person began at 10:00:00 at door main; "
        "it lasted 20 min and stands for customer c-1 (confirmed, 97%)."
    )


def test_a_visit_that_began_with_a_card_is_not_told_to_have_begun_with_an_app() -> None:
    tale = Tale()
    tale.started(1, 0, basis="token")

    assert "app, card or code" in told(tale, 1)[0]


def test_the_summary_of_a_visit_that_goes_on_says_so() -> None:
    tale = Tale()
    tale.started(1, 0, people=3, basis="link")

    story = tell_story(visit_id(1), tale.rows, zone=BERLIN)

    assert story.summary == (
        "Visit v-0000000000000001 of 3 people began at 10:00:00; it still goes on and is anonymous."
    )
    assert story.lines[0].words.startswith("The visit began when a customer's device joined")


@pytest.mark.parametrize(
    ("what", "into", "words"),
    [
        ("merged", 2, "Turned out to be part of visit v-0000000000000002: seen twice."),
        ("split", 2, "Turned out to be two visits; visit v-0000000000000002 is the second: "),
        ("retracted", None, "Taken back: it was no visit: seen twice."),
    ],
)
def test_a_correction_is_told_with_its_reason(what: str, into: int | None, words: str) -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.corrected(1, 10, what=what, into=into, reason="seen twice")

    story = tell_story(visit_id(1), tale.rows, zone=BERLIN)

    fates = {"merged": "which tells the whole", "split": "still goes on", "retracted": "taken back"}
    assert words in story.lines[-1].words
    assert fates[what] in story.summary


def test_a_visit_that_was_merged_into_this_one_is_named_and_does_not_take_it_back() -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.ended(1, 9, duration_s=9)
    tale.corrected(7, 10, what="merged", into=1, reason="one person, two cards")

    story = tell_story(visit_id(1), tale.rows, zone=BERLIN)

    assert story.lines[-1].words == (
        "Visit v-0000000000000007 turned out to belong to this one (merged): one person, two cards."
    )
    assert "still goes on" in story.summary


def test_of_an_erased_customer_nothing_is_told() -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.identified(1, 5, customer="")

    story = tell_story(visit_id(1), tale.rows, zone=BERLIN)

    assert story.lines[-1].words == "A customer was recognised; who it was has been erased."
    assert story.summary.endswith("it still goes on and is anonymous.")


def test_every_ending_is_explained() -> None:
    for how, words in (("silence", "nothing was heard"), ("closing", "closed"), ("x", "x")):
        tale = Tale()
        tale.started(1, 0)
        tale.ended(1, 60, duration_s=60, how=how)

        assert words in told(tale, 1)[-1]


def test_a_weight_is_called_by_its_strength() -> None:
    assert [spell_weight(weight) for weight in (0.0, 1.09, 1.1, 2.9, 3.0, -3.0, 5.1)] == [
        "weak (+0.0)",
        "weak (+1.1)",
        "fair (+1.1)",
        "fair (+2.9)",
        "strong (+3.0)",
        "strong, against (-3.0)",
        "very strong (+5.1)",
    ]


def test_lengths_and_lists_are_spelled_as_people_say_them() -> None:
    assert [spell_length(s) for s in (0, 45, 60, 90.4, 3600, 11_100, 3605, 180_000)] == [
        "0 s",
        "45 s",
        "1 min",
        "1 min 30 s",
        "1 h",
        "3 h 5 min",
        "1 h",
        "2 d 2 h",
    ]
    assert [spell_list(list(names)) for names in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


VISITS = [
    VisitId("v-00ab000000000001"),
    VisitId("v-00ac000000000001"),
    VisitId("v-ff00000000000001"),
]


@pytest.mark.parametrize("wanted", ["v-ff", "ff", "FF00000000000001", " v-ff00000000000001 "])
def test_the_beginning_of_an_id_is_enough(wanted: str) -> None:
    assert choose_visit(wanted, VISITS) == VISITS[2]


def test_an_id_that_several_begin_with_is_refused_and_they_are_named() -> None:
    with pytest.raises(ConfigError) as caught:
        choose_visit("00a", VISITS)

    assert caught.value.why == "2 visits begin so"
    assert f"{VISITS[0]} and {VISITS[1]}" in caught.value.remedy


def test_a_mistyped_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        choose_visit("v-ff0000000000001", VISITS)

    assert caught.value.remedy.startswith(f"did you mean {VISITS[2]}")


def test_an_id_unlike_any_other_is_answered_with_the_newest_visits() -> None:
    with pytest.raises(ConfigError) as caught:
        choose_visit("zz", VISITS)

    assert caught.value.remedy.endswith(f" and {VISITS[-1]}")


def test_a_ledger_without_visits_says_so() -> None:
    with pytest.raises(ConfigError) as caught:
        choose_visit("v-1", [])

    assert caught.value.why == "this ledger holds no visit"


def test_what_is_no_part_of_a_story_is_passed_over() -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.tell(5, ZoneLeft(visit=visit_id(1), zone="toys", dwell_s=5, confidence=1.0), visit=1)
    tale.counted(0, come=1, gone=0)

    assert len(told(tale, 1)) == 2
