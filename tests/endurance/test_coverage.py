"""The soak's own arithmetic: what it holds the daemon's figures against."""

from edge.model.event import SourceStateChanged
from edge.model.names import SECOND, SourceName
from edge.store.rows import LedgerRow
from tests.endurance import coverage
from tests.endurance.staged import Outage


def change(second: float, state: str, *, source: str = "door-1") -> LedgerRow:
    data = SourceStateChanged(
        source=SourceName(source), from_="watching", to=state, reason="", remedy=""
    )
    return LedgerRow(sequence=1, at_ms=round(second * 1000), recorded_ms=0, data=data)


def outage(broken: float, mended: float, heard: float) -> Outage:
    return Outage(
        kind="unplugged",
        broken_at=round(broken * SECOND),
        mended_at=round(mended * SECOND),
        heard_at=round(heard * SECOND),
    )


def test_a_fault_is_recorded_where_its_beginning_and_its_end_are_told() -> None:
    staged = outage(10, 12, 15)
    whole = [change(10.2, "retrying"), change(15.0, "watching")]

    assert coverage.is_recorded(staged, coverage.changes(whole, "door-1"))
    assert not coverage.is_recorded(staged, coverage.changes(whole[:1], "door-1"))
    assert not coverage.is_recorded(staged, coverage.changes(whole[1:], "door-1"))
    assert not coverage.is_recorded(staged, coverage.changes(whole, "till"))


def test_a_change_long_after_a_fault_does_not_tell_of_it() -> None:
    late = [change(20.0, "retrying"), change(21.0, "watching")]

    assert not coverage.is_recorded(outage(10, 12, 15), coverage.changes(late, "door-1"))


def test_an_outage_lasts_until_the_source_listens_again() -> None:
    outages = [outage(20, 22, 30)]
    span = {"first_at": 10 * SECOND, "start": 0, "end": 100 * SECOND}

    assert coverage.seen(outages, **span) == 0.8
    assert coverage.staged(outages, **span) == 0.88


def test_an_outage_counts_in_an_interval_as_far_as_it_lies_in_it() -> None:
    outages = [outage(5, 6, 20), outage(95, 96, 110)]

    assert coverage.seen(outages, first_at=0, start=10 * SECOND, end=100 * SECOND) == 1 - 15 / 90


def test_the_ledger_tells_when_a_source_was_down() -> None:
    rows = [
        change(1, "watching"),
        change(20, "retrying"),
        change(21, "parked"),
        change(28, "starting"),
        change(30, "watching"),
        change(95, "retrying"),
    ]
    told = coverage.changes(rows, "door-1")

    assert coverage.told(told, first_at=10 * SECOND, start=0, end=100 * SECOND) == 0.75
