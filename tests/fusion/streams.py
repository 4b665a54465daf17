"""This is where hypothesis makes up what sources may notice: any kind, source and time."""

from typing import Final

from hypothesis import strategies as st

from edge.model.names import SECOND, CustomerId, Instant, SourceName
from edge.model.observation import (
    AnyObservation,
    CustomerHeard,
    DoorCounted,
    EvidenceKind,
    ProbeHeard,
    PurchaseMade,
    SignOfLife,
    SourceChanged,
    StaffHeard,
)
from tests.fusion.days import SOURCES, clock

START: Final = clock("09:00:00")
LENGTH_MS: Final = 2 * 3600 * 1000
sources = st.sampled_from([SourceName(name) for name in SOURCES] + [SourceName("elsewhere")])
members = st.sampled_from([CustomerId(name) for name in ("anna", "bert", "carl")])
levels = st.none() | st.integers(-100, -30)
names = st.text("abc", min_size=1, max_size=3)


def moments(length_ms: int = LENGTH_MS) -> st.SearchStrategy[Instant]:
    return st.integers(0, length_ms).map(lambda ms: Instant(START + ms * (SECOND // 1000)))


def observations(
    at: st.SearchStrategy[Instant] | None = None,
) -> st.SearchStrategy[AnyObservation]:
    """Give any one observation."""
    common = {"at": moments() if at is None else at, "source": sources}
    return st.one_of(
        st.builds(
            CustomerHeard,
            **common,
            customer=members,
            evidence=st.sampled_from(EvidenceKind),
            purposes=st.just(("presence_ble",)),
            until=moments(10 * 3_600_000),
            signal_dbm=levels,
            leaving=st.booleans(),
        ),
        st.builds(DoorCounted, **common, entered=st.integers(0, 3), left=st.integers(0, 3)),
        st.builds(StaffHeard, **common, badge=st.integers(1, 2), signal_dbm=levels),
        st.builds(ProbeHeard, **common, bucket=st.integers(0, 2047), signal_dbm=levels),
        st.builds(
            PurchaseMade,
            **common,
            receipt=names,
            total=st.floats(0, 1e6),
            currency=st.just("EUR"),
            customer=st.none() | members,
        ),
        st.builds(SignOfLife, **common, heard=st.integers(0, 100)),
        st.builds(
            SourceChanged,
            **common,
            was=names,
            now=st.sampled_from(["watching", "deaf", "parked", "quiet"]),
            reason=names,
        ),
    )


def streams(most: int = 60) -> st.SearchStrategy[list[AnyObservation]]:
    """Give what a shop may notice in minutes or in hours, in any order of time."""
    return st.sampled_from([LENGTH_MS, LENGTH_MS // 24]).flatmap(
        lambda length_ms: st.lists(observations(moments(length_ms)), max_size=most)
    )
