"""R21: evidence in flight is dropped with its customer, and the fold stays a fold."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.fusion.fold import Fusion, resume
from edge.fusion.tuning import Tuning
from edge.model.names import SECOND, CustomerId, Instant, SourceName
from edge.model.observation import (
    PURPOSE_OF_EVIDENCE,
    AnyObservation,
    ConsentChanged,
    CustomerHeard,
    EvidenceKind,
    PurchaseMade,
)
from tests.fusion.days import begun, encoded, fold, toy_floor
from tests.fusion.streams import LENGTH_MS, START, streams

ANNA = CustomerId("anna")
END = Instant(START + LENGTH_MS * (SECOND // 1000))
subsets = st.sets(st.sampled_from(sorted(PURPOSE_OF_EVIDENCE.values()))).map(
    lambda chosen: tuple(sorted(purpose.value for purpose in chosen))
)


def taken_back(at: Instant, purposes: tuple[str, ...] = ()) -> ConsentChanged:
    return ConsentChanged(at=at, source=SourceName("platform"), customer=ANNA, purposes=purposes)


def in_order(stream: list[AnyObservation]) -> list[AnyObservation]:
    return sorted(stream, key=lambda one: one.at)


def of_anna(one: AnyObservation) -> bool:
    return isinstance(one, CustomerHeard | PurchaseMade) and one.customer == ANNA


@settings(max_examples=150, deadline=None)
@given(stream=streams())
def test_r21_what_is_remembered_no_longer_holds_the_customers_name(
    stream: list[AnyObservation],
) -> None:
    fusion = begun()
    fold(fusion, in_order(stream))

    fold(fusion, [taken_back(END)])

    assert b"anna" not in fusion.snapshot()
    assert ANNA not in fusion.named()


@settings(max_examples=150, deadline=None)
@given(stream=streams(), data=st.data())
def test_r21_no_event_names_a_customer_after_they_took_everything_back(
    stream: list[AnyObservation], data: st.DataObject
) -> None:
    ordered = in_order(stream)
    cut = data.draw(st.integers(0, len(ordered)))
    fusion = begun()
    fold(fusion, ordered[:cut])

    at = ordered[cut].at if cut < len(ordered) else END
    told = fold(fusion, [taken_back(at)])
    told += fold(fusion, [one for one in ordered[cut:] if not of_anna(one)])
    told += fusion.finish(END)

    assert b"anna" not in encoded(told)


@settings(max_examples=150, deadline=None)
@given(stream=streams(), purposes=subsets)
def test_r21_nothing_is_remembered_that_rests_on_a_purpose_that_is_gone(
    stream: list[AnyObservation], purposes: tuple[str, ...]
) -> None:
    fusion = begun()
    fold(fusion, in_order(stream))

    fold(fusion, [taken_back(END, purposes)])

    state = resume(fusion.snapshot())
    kept = set(state.presences[ANNA].heard) if ANNA in state.presences else set()
    kept |= {
        one.evidence
        for _, _, one in state.waiting
        if isinstance(one, CustomerHeard) and one.customer == ANNA
    }
    assert {PURPOSE_OF_EVIDENCE[EvidenceKind(kind)].value for kind in kept} <= set(purposes)


@settings(max_examples=100, deadline=None)
@given(stream=streams(), data=st.data())
def test_r21_the_same_stream_gives_the_same_events_wherever_it_was_killed(
    stream: list[AnyObservation], data: st.DataObject
) -> None:
    ordered = in_order(stream)
    cut = data.draw(st.integers(0, len(ordered)))
    at = ordered[cut].at if cut < len(ordered) else END
    whole = [*ordered[:cut], taken_back(at, ("presence_ble",)), *ordered[cut:]]
    killed_at = data.draw(st.integers(0, len(whole)))
    straight, first = begun(), begun()

    before = fold(first, whole[:killed_at])
    second = Fusion(toy_floor(), state=resume(first.snapshot()), tuning=Tuning())
    after = [*fold(second, whole[killed_at:]), *second.finish(END)]

    assert encoded([*before, *after]) == encoded([*fold(straight, whole), *straight.finish(END)])


@settings(max_examples=100, deadline=None)
@given(stream=streams(), data=st.data())
def test_r21_a_visit_is_still_started_once_and_ended_at_most_once(
    stream: list[AnyObservation], data: st.DataObject
) -> None:
    ordered = in_order(stream)
    cut = data.draw(st.integers(0, len(ordered)))
    at = ordered[cut].at if cut < len(ordered) else END
    fusion = begun()

    told = fold(fusion, [*ordered[:cut], taken_back(at), *ordered[cut:]])
    told += fusion.finish(END)

    kinds: dict[str, list[str]] = {}
    for one in told:
        if one.visit is not None:
            kinds.setdefault(one.visit, []).append(one.data.type)
    assert all(said[0] == "visit.started.v1" for said in kinds.values())
    assert all(said.count("visit.started.v1") == 1 for said in kinds.values())
    assert all("visit.ended.v1" not in said[:-1] for said in kinds.values())


def test_r21_a_changed_consent_is_read_back_as_it_was_written() -> None:
    one = taken_back(START, ("presence_ble",))

    packed = msgspec.msgpack.encode(one)

    assert msgspec.msgpack.decode(packed, type=AnyObservation) == one  # type: ignore[arg-type]
