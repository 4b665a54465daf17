import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.daemon.mailbox import Mailbox
from edge.model.names import SourceName
from edge.model.observation import AnyObservation
from tests.fusion.days import script
from tests.fusion.streams import observations

RADIO = (
    "10:00:00 probe 5 by radar",
    "10:00:00 ble anna -60 by ble-floor",
    "10:00:00 badge 1 -60 by ble-floor",
    "10:00:00 alive by ble-floor",
)
KEPT = (
    "10:00:00 in 1 by door-1",
    "10:00:00 card anna by scanner",
    "10:00:00 link anna leaves by ap",
    "10:00:00 receipt R-1 9.50 by till",
    "10:00:00 ble-floor is deaf",
)
WAIT_S = 10.0


def one(line: str) -> AnyObservation:
    (only,) = script(line)
    return only


def test_what_is_offered_is_taken_in_the_order_of_arrival() -> None:
    mailbox = Mailbox(10)
    offered = [one(line) for line in (*KEPT, *RADIO)]

    assert all(mailbox.offer(observation) for observation in offered)

    assert len(mailbox) == len(offered)
    assert mailbox.take(wait_s=0) == offered
    assert mailbox.take(wait_s=0) == []
    assert len(mailbox) == 0


@pytest.mark.parametrize("line", RADIO)
def test_a_full_mailbox_drops_radio_sightings_and_counts_them_for_their_source(line: str) -> None:
    mailbox = Mailbox(2, reserve=2)
    sighting = one(line)

    accepted = [mailbox.offer(sighting) for _ in range(5)]

    assert accepted == [True, True, False, False, False]
    assert mailbox.dropped == {sighting.source: 3}
    assert len(mailbox.take(wait_s=0)) == 2


@pytest.mark.parametrize("line", KEPT)
def test_what_happens_once_goes_into_the_reserve_of_a_full_mailbox(line: str) -> None:
    mailbox = Mailbox(1, reserve=2)
    mailbox.offer(one(RADIO[0]))

    assert mailbox.offer(one(line))
    assert mailbox.offer(one(line))

    assert mailbox.dropped == {}
    assert mailbox.take(wait_s=0) == [one(RADIO[0]), one(line), one(line)]


def test_drops_are_counted_for_each_source() -> None:
    mailbox = Mailbox(0)

    for line in ("10:00:00 probe 1 by radar", "10:00:00 alive by ap", "10:00:00 alive by ap"):
        mailbox.offer(one(line))

    assert mailbox.dropped == {SourceName("radar"): 1, SourceName("ap"): 2}


def test_a_thread_with_a_door_count_waits_while_the_reserve_is_full_and_loses_nothing() -> None:
    mailbox = Mailbox(1, reserve=1)
    mailbox.offer(one(KEPT[0]))
    mailbox.offer(one(KEPT[0]))
    begun = threading.Event()

    def offer() -> bool:
        begun.set()
        return mailbox.offer(one(KEPT[1]))

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(offer)
        assert begun.wait(WAIT_S)
        assert len(mailbox) == 2
        first = mailbox.take(wait_s=WAIT_S)
        assert waiting.result(WAIT_S)

    assert len(first) == 2
    assert mailbox.take(wait_s=0) == [one(KEPT[1])]
    assert mailbox.dropped == {}


def test_a_thread_that_waits_for_work_gets_it_when_it_comes() -> None:
    mailbox = Mailbox(10)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(mailbox.take, wait_s=WAIT_S)
        mailbox.offer(one(KEPT[0]))

        assert waiting.result(WAIT_S) == [one(KEPT[0])]


def test_many_threads_lose_nothing_and_keep_each_their_own_order() -> None:
    mailbox = Mailbox(50, reserve=50)
    names = [SourceName(f"door-{number}") for number in range(4)]
    each = 300

    def fill(name: str) -> None:
        for number in range(each):
            mailbox.offer(one(f"10:00:00 receipt R-{number} 1 by {name}"))

    taken: list[AnyObservation] = []
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(fill, name) for name in names]
        while len(taken) < each * len(names):
            taken += mailbox.take(wait_s=WAIT_S)
        assert all(job.result(WAIT_S) is None for job in done)

    for name in names:
        receipts = [getattr(seen, "receipt", "") for seen in taken if seen.source == name]
        assert receipts == [f"R-{number}" for number in range(each)]


@settings(max_examples=200, deadline=None)
@given(
    offered=st.lists(observations(), max_size=40),
    capacity=st.integers(0, 20),
)
def test_what_is_offered_is_taken_or_counted_and_the_mailbox_stays_within_its_bounds(
    offered: list[AnyObservation], capacity: int
) -> None:
    mailbox = Mailbox(capacity, reserve=40)

    accepted = [mailbox.offer(observation) for observation in offered]

    assert len(mailbox) <= capacity + 40
    taken = mailbox.take(wait_s=0)
    assert taken == [seen for seen, kept in zip(offered, accepted, strict=True) if kept]
    refused = Counter(seen.source for seen, kept in zip(offered, accepted, strict=True) if not kept)
    assert mailbox.dropped == dict(refused)
