import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.fusion.evidence import confidence, solidity, weigh
from edge.fusion.state import Heard, Presence
from edge.model.names import CustomerId, Instant, SourceName
from edge.model.observation import EvidenceKind

SECONDS = st.floats(0, 1e6)


def heard(*, solid_s: float = 0.0, inside_s: float = 0.0) -> Heard:
    return Heard(
        first=Instant(0),
        last=Instant(0),
        last_source=SourceName("ble-floor"),
        solid_s=solid_s,
        inside_s=inside_s,
    )


def presence(**kinds: Heard) -> Presence:
    return Presence(
        customer=CustomerId("anna"),
        first=Instant(0),
        last=Instant(0),
        heard={EvidenceKind(kind): one for kind, one in kinds.items()},
    )


def weights(person: Presence, *, has_door: bool = False, early: bool = False) -> dict[str, float]:
    return weigh(person, arrivals_per_s=0.01, has_door=has_door, is_gone_early=early)


@pytest.mark.parametrize(
    ("dbm", "share"), [(-100, 0.0), (-86, 0.0), (-84, 1 / 7), (-79, 0.5), (-72, 1.0), (-30, 1.0)]
)
def test_a_level_speaks_for_inside_from_the_pavement_to_five_metres(
    dbm: float, share: float
) -> None:
    assert solidity(dbm) == pytest.approx(share)


def test_somebody_gone_who_was_never_heard_inside_was_probably_outside() -> None:
    person = presence(ble=heard(solid_s=20))

    assert weights(person, early=True)["ble"] < weights(person)["ble"]


def test_somebody_heard_inside_is_not_taken_for_a_passer_by_when_gone() -> None:
    person = presence(ble=heard(solid_s=20, inside_s=60))

    assert weights(person, early=True) == weights(person)


def test_a_door_count_at_the_right_time_speaks_for_a_visit_and_its_absence_against() -> None:
    person = presence(ble=heard(solid_s=30))
    without = weights(person, has_door=True)["door"]
    person.door_match_s = 4.0

    assert without < 0 < weights(person, has_door=True)["door"]


def test_a_door_count_says_less_the_more_people_come() -> None:
    person = presence(ble=heard(solid_s=30))
    person.door_match_s = 4.0

    quiet, busy = (
        weigh(person, arrivals_per_s=rate, has_door=True, is_gone_early=False)["door"]
        for rate in (0.001, 0.1)
    )

    assert busy < quiet


def test_an_act_needs_no_door() -> None:
    assert set(weights(presence(card=heard()), has_door=True)) == {"card"}


@given(solid_s=SECONDS, inside_s=SECONDS, prior=st.floats(0.05, 0.9))
def test_no_radio_alone_makes_anybody_certain(
    solid_s: float, inside_s: float, prior: float
) -> None:
    person = presence(ble=heard(solid_s=solid_s, inside_s=inside_s), link=heard())

    belief = confidence(weights(person, has_door=True), prior=prior)

    assert 0 < belief < 0.99999


@given(solid_s=SECONDS, more_s=SECONDS)
def test_being_heard_for_longer_never_makes_a_visit_less_likely(
    solid_s: float, more_s: float
) -> None:
    short = weights(presence(ble=heard(solid_s=solid_s)))["ble"]
    long = weights(presence(ble=heard(solid_s=solid_s + more_s)))["ble"]

    assert long >= short
