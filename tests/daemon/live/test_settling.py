"""What stays for weeks is no burden to Python's collector."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from edge.daemon.settling import EVERY, Settling


class Thing:
    """Something the collector looks at."""

    def __init__(self) -> None:
        self.other: Thing | None = None


@pytest.fixture
def settling() -> Iterator[Settling]:
    made = Settling()
    yield made
    made.unsettle()


def test_what_stays_is_passed_by_once_it_is_many(settling: Settling) -> None:
    before = gc.get_freeze_count()
    kept = [Thing() for _ in range(EVERY)]

    settling.settle(EVERY - 1)
    few = gc.get_freeze_count()
    settling.settle(EVERY)

    assert few == before
    assert gc.get_freeze_count() >= before + len(kept)


def test_what_nobody_holds_any_more_goes_all_the_same(settling: Settling) -> None:
    thing = Thing()
    seen = weakref.ref(thing)
    settling.settle(EVERY)

    del thing

    assert seen() is None


def test_a_circle_that_was_passed_by_goes_after_everything_is_looked_at_again(
    settling: Settling,
) -> None:
    one, other = Thing(), Thing()
    one.other, other.other = other, one
    seen = weakref.ref(one)
    settling.settle(EVERY)
    del one, other

    gc.collect()
    stayed = seen() is not None
    settling.unsettle()
    gc.collect()

    assert stayed
    assert seen() is None
