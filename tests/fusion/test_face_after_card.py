"""What a face check at a kiosk came to is said, although a card named the customer before."""

from edge.model.event import VisitIdentified
from tests.fusion.days import play


def test_a_face_that_agrees_with_the_card_is_told_once() -> None:
    told = play(
        """
        10:15:00 card anna by scanner
        10:15:04 face anna by scanner
        10:15:09 face anna by scanner
        """,
        end="10:16:00",
    )

    (by_card, by_both) = told.of(VisitIdentified)
    assert [one.kind for one in by_card[1].evidence] == ["card"]
    assert [one.kind for one in by_both[1].evidence] == ["card", "face"]
    assert by_both[0] == "10:15:04"
    assert by_both[1].visit == by_card[1].visit
    assert by_both[1].confidence >= by_card[1].confidence


def test_a_card_after_the_face_tells_nothing_new() -> None:
    told = play("10:15:00 face anna by scanner\n10:15:04 card anna by scanner", end="10:16:00")

    (known,) = told.data(VisitIdentified)
    assert [one.kind for one in known.evidence] == ["face"]
