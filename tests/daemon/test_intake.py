from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.daemon.intake import Intake
from edge.errors import StoreError
from edge.fusion.fold import resume
from edge.model.event import VisitEnded, VisitStarted
from edge.model.names import Instant, SourceName
from edge.model.observation import SignOfLife
from edge.store.database import Store
from edge.store.reading import events
from tests.fusion.days import begun, clock, script

DAY = script(
    """
    10:00:00 in 2 by door-1
    10:02:00 alive by ble-floor
    10:30:00 out 2 by door-1
    """
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1") as opened:
        yield opened


def intake_of(store: Store, *, position: int = 0) -> Intake:
    return Intake(begun(), ledger=store.ledger, position=position)


def kept(store: Store) -> list[str]:
    reader = store.reader()
    try:
        return [row.data.type for row in events(reader)]
    finally:
        reader.close()


def test_every_observation_moves_the_position_by_one(store: Store) -> None:
    intake = intake_of(store, position=40)

    intake.take(DAY[:2])
    intake.take([])
    intake.take(DAY[2:])

    assert intake.position == 43


def test_what_follows_from_a_batch_is_given_and_kept(store: Store) -> None:
    intake = intake_of(store)

    given = [*intake.take(DAY), *intake.finish(clock("11:00:00"))]

    assert [one.data.type for one in given] == kept(store)
    assert kept(store).count(VisitStarted.type) == 2
    assert kept(store).count(VisitEnded.type) == 2
    assert intake.events == len(given)


def test_the_snapshot_on_disk_holds_the_position_and_the_fold_that_went_with_it(
    store: Store,
) -> None:
    intake = intake_of(store)

    intake.take(DAY[:2])
    intake.settle()

    snapshot = store.ledger.snapshot()
    assert snapshot is not None
    assert (snapshot.position, snapshot.at) == (2, clock("10:02:00"))
    assert len(resume(snapshot.state).visits) == 2


def test_what_sources_took_in_and_refused_is_added_up(store: Store) -> None:
    intake = intake_of(store)

    for _ in range(2):
        intake.take(
            [
                SignOfLife(
                    at=clock("10:00:00"),
                    source=SourceName("radar"),
                    heard=7,
                    refused={"weak": 2, "bad frame": 1},
                )
            ]
        )

    assert intake.heard == 14
    assert intake.refused == {"weak": 4, "bad frame": 2}


def test_what_came_too_late_is_counted(store: Store) -> None:
    intake = intake_of(store)

    intake.take(DAY)
    intake.take(script("10:01:00 in 1 by door-1"))

    assert intake.late == 1


def test_the_beginning_of_the_line_of_time_is_not_moved_later(store: Store) -> None:
    intake = intake_of(store)
    intake.take(DAY)

    intake.begin(Instant(clock("08:00:00")))
    intake.finish(clock("11:00:00"))

    assert kept(store).count(VisitEnded.type) == 2


def test_a_disk_that_fails_ends_the_intake_and_does_not_go_unnoticed(store: Store) -> None:
    intake = intake_of(store)
    store.close()

    with pytest.raises(StoreError):
        intake.take(DAY)
