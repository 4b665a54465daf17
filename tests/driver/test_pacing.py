"""Recorded records are handed over in order, in batches small in number and in time."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edge.driver.contract import RecordedFile
from edge.driver.pacing import BATCH_RECORDS, BATCH_SPAN_NS, paced
from edge.driver.testing import OutletSpy
from edge.model.names import Instant

SECOND = 10**9
STARTED = Instant(1_773_478_800 * SECOND)
FILE = RecordedFile(path=Path("any"), started=STARTED, ended=Instant(STARTED + 10 * SECOND))


def replayed(entries: list[tuple[int, int] | str]) -> tuple[list[tuple[Instant, list[int]]], int]:
    """Give the moment and the records of each batch, and how many entries were refused."""
    taken: list[int] = []
    batches: list[tuple[Instant, list[int]]] = []
    spy = OutletSpy()
    for moment in paced(entries, FILE, outlet=spy, take=lambda _, record: taken.append(record)):
        batches.append((moment, taken.copy()))
        taken.clear()
    assert not taken
    return batches, sum(spy.refused.values())


def test_records_close_together_share_a_batch() -> None:
    batches, _ = replayed([(STARTED, 1), (STARTED + 1, 2), (STARTED + SECOND, 3)])

    assert batches == [(STARTED + 1, [1, 2]), (STARTED + SECOND, [3])]


def test_a_batch_ends_where_time_jumps_back() -> None:
    batches, _ = replayed([(STARTED + 5 * SECOND, 1), (STARTED, 2)])

    assert batches == [(STARTED + 5 * SECOND, [1]), (STARTED, [2])]


def test_reasons_are_counted_at_the_moment_of_the_record_before() -> None:
    moments: list[Instant] = []

    class Clerk(OutletSpy):
        def refuse(self, at: Instant, reason: str, count: int = 1) -> None:
            moments.append(at)
            super().refuse(at, reason, count)

    clerk = Clerk()
    entries: list[tuple[int, int] | str] = ["not JSON", (STARTED + 7, 1), "no time", (0, 2)]

    list(paced(entries, FILE, outlet=clerk, take=lambda _, __: None))

    assert clerk.refused == {"not JSON": 1, "no time": 1, "outside the recording": 1}
    assert moments == [STARTED, STARTED + 7, STARTED + 7]


def test_a_long_run_of_refused_records_is_still_paced() -> None:
    batches, refused = replayed(["not JSON"] * 1_100)

    assert batches == [(STARTED, [])] * 3
    assert refused == 1_100


def test_nothing_is_yielded_for_nothing() -> None:
    assert replayed([]) == ([], 0)


@given(
    st.lists(
        st.just("not JSON")
        | st.tuples(st.integers(STARTED - 7_200 * SECOND, STARTED + 7_200 * SECOND), st.integers()),
        max_size=60,
    )
)
def test_every_record_is_handed_over_once_in_order_or_counted(
    entries: list[tuple[int, int] | str],
) -> None:
    batches, refused = replayed(entries)

    inside = [
        entry[1]
        for entry in entries
        if not isinstance(entry, str)
        and STARTED - 3_600 * SECOND <= entry[0] <= STARTED + 3_610 * SECOND
    ]
    assert [record for _, batch in batches for record in batch] == inside
    assert refused == len(entries) - len(inside)


@given(st.lists(st.integers(0, BATCH_SPAN_NS // 100), max_size=1_200))
def test_no_batch_is_larger_than_the_contract_says(gaps: list[int]) -> None:
    moments = [STARTED + sum(gaps[: place + 1]) for place in range(len(gaps))]

    batches, _ = replayed([(moment, moment) for moment in moments])

    assert all(len(batch) <= BATCH_RECORDS for _, batch in batches)
    assert all(batch[-1] - batch[0] < BATCH_SPAN_NS for _, batch in batches)
    assert all(moment == batch[-1] for moment, batch in batches)
