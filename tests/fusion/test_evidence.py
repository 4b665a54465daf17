from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.fusion.evidence import (
    Circumstances,
    Counts,
    coincidence,
    confidence,
    solidity,
    usual_offset,
    weigh,
)
from edge.fusion.state import Heard, Presence
from edge.model.names import CustomerId, Instant, SourceName
from edge.model.observation import EvidenceKind

SECONDS = st.floats(0, 1e6)
CONSENT_ENDS = Instant(1_000)


def heard(*, solid_s: float = 0.0, inside_s: float = 0.0, heard_s: float = 0.0) -> Heard:
    return Heard(
        first=Instant(0),
        last=Instant(0),
        last_source=SourceName("ble-floor"),
        until=CONSENT_ENDS,
        heard_s=heard_s,
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


def counts(offsets_s: Sequence[float] = (), *, per_s: float = 0.01) -> Counts:
    centre_s, scale_s = usual_offset(())
    return Counts(offsets_s=tuple(offsets_s), centre_s=centre_s, scale_s=scale_s, per_s=per_s)


def weights(
    person: Presence,
    *,
    arrivals: Counts | None = None,
    departures: Counts | None = None,
    gone: bool = False,
    now: int = 0,
) -> dict[str, float]:
    around = Circumstances(
        now=Instant(now),
        arrivals=arrivals,
        departures=departures,
        is_gone=gone,
        has_receiver_inside=True,
    )
    return weigh(person, around)


@pytest.mark.parametrize(
    ("dbm", "share"), [(-100, 0.0), (-86, 0.0), (-84, 1 / 7), (-79, 0.5), (-72, 1.0), (-30, 1.0)]
)
def test_a_level_speaks_for_inside_from_the_pavement_to_five_metres(
    dbm: float, share: float
) -> None:
    assert solidity(dbm) == pytest.approx(share)


def test_somebody_gone_who_was_never_heard_inside_was_probably_outside() -> None:
    person = presence(ble=heard(solid_s=20))

    assert weights(person, gone=True)["ble"] < weights(person)["ble"]


def test_somebody_heard_inside_is_not_taken_for_a_passer_by_when_gone() -> None:
    person = presence(ble=heard(solid_s=20, inside_s=60))

    assert weights(person, gone=True) == weights(person)


def test_a_door_count_at_the_right_time_speaks_for_a_visit_and_its_absence_against() -> None:
    person = presence(ble=heard(solid_s=30))

    assert weights(person, arrivals=counts())["door"] < 0
    assert weights(person, arrivals=counts([-4.0]))["door"] > 0


def test_the_further_off_a_door_count_is_the_less_it_says() -> None:
    fits = [coincidence(counts([offset_s])) for offset_s in (-5.0, 10.0, 30.0, 100.0)]

    assert fits == sorted(fits, reverse=True)
    assert fits[-1] < 0 < fits[0]


def test_a_door_count_says_less_the_more_people_come() -> None:
    quiet, busy = (coincidence(counts([-4.0], per_s=rate)) for rate in (0.001, 0.1))

    assert busy < quiet


def test_a_count_out_at_the_right_time_speaks_for_a_visit_too() -> None:
    person = presence(ble=heard(solid_s=30))
    came = counts([-4.0])

    left = weights(person, arrivals=came, departures=counts([-4.0]), gone=True)
    stayed_out = weights(person, arrivals=came, departures=counts(), gone=True)

    assert left["door"] > weights(person, arrivals=came)["door"] > stayed_out["door"]


def test_where_people_are_first_heard_is_learned_from_those_who_came_in() -> None:
    seen = [30.0 + (number % 5) for number in range(60)]

    centre_s, scale_s = usual_offset(seen)

    assert 30 <= centre_s <= 34
    assert 4.0 <= scale_s < usual_offset(())[1]


def test_an_act_needs_no_door() -> None:
    assert set(weights(presence(card=heard()), arrivals=counts())) == {"card"}


@pytest.mark.parametrize("kind", list(EvidenceKind))
def test_no_evidence_outlives_the_consent_that_it_rests_on(kind: EvidenceKind) -> None:
    person = presence(**{kind: heard(solid_s=600, inside_s=600, heard_s=600)})

    before = weights(person, now=CONSENT_ENDS - 1)
    after = weights(person, now=CONSENT_ENDS)

    assert before
    assert after == {}
    assert confidence(after, prior=0.9) == 0.0


@given(solid_s=SECONDS, inside_s=SECONDS, heard_s=SECONDS, prior=st.floats(0.1, 0.3))
def test_no_radio_alone_makes_anybody_certain(
    solid_s: float, inside_s: float, heard_s: float, prior: float
) -> None:
    ble = heard(solid_s=solid_s, inside_s=inside_s, heard_s=heard_s)
    person = presence(ble=ble, link=heard())

    belief = confidence(weights(person, arrivals=counts([-5.0])), prior=prior)

    assert 0 < belief < 0.99999


@given(solid_s=SECONDS, more_s=SECONDS)
def test_being_heard_inside_for_longer_never_makes_a_visit_less_likely(
    solid_s: float, more_s: float
) -> None:
    longer_s = solid_s + more_s
    short, long = (
        weights(presence(ble=heard(solid_s=time_s, heard_s=time_s, inside_s=time_s)))["ble"]
        for time_s in (solid_s, longer_s)
    )

    assert long >= short
