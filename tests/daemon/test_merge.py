from collections.abc import Iterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.daemon.merge import Feed, merged
from edge.model.names import Instant
from edge.model.observation import AnyObservation
from tests.fusion.days import script
from tests.fusion.streams import observations


def feed(*batches: Sequence[AnyObservation]) -> Feed:
    """Give a feed whose driver hands over these batches."""
    made = Feed()

    def replay() -> Iterator[Instant]:
        for batch in batches:
            for observation in batch:
                made.hand_over(observation)
            yield Instant(0)

    made.attach(replay())
    return made


def in_batches(stream: list[AnyObservation], size: int) -> Feed:
    return feed(*(stream[start : start + size] for start in range(0, len(stream), size)))


def test_the_feeds_of_a_store_come_out_in_the_order_of_time() -> None:
    doors = script("10:00:00 in 1 by door-1\n10:00:10 out 1 by door-1")
    radios = script("09:59:59 alive by radar\n10:00:05 alive by radar")

    found = list(merged([feed(doors), feed(radios)]))

    assert found == sorted([*doors, *radios], key=lambda one: one.at)


def test_what_happens_at_the_same_moment_comes_in_the_order_of_the_feeds() -> None:
    first = script("10:00:00 in 1 by door-1\n10:00:00 in 2 by door-1")
    second = script("10:00:00 alive by radar")

    assert list(merged([feed(first), feed(second)])) == [*first, *second]
    assert list(merged([feed(second), feed(first)])) == [*second, *first]


def test_a_feed_that_is_out_of_order_in_itself_stays_so() -> None:
    disordered = script("10:00:05 alive by radar\n10:00:01 alive by radar")[::-1]

    assert list(merged([feed(disordered)])) == disordered


def test_batches_without_observations_do_not_end_a_feed() -> None:
    late = script("10:00:00 in 1 by door-1")

    assert list(merged([feed([], [], late, []), feed()])) == late


def test_a_feed_is_decoded_only_as_far_as_it_is_needed() -> None:
    pulled = []
    made = Feed()

    def replay() -> Iterator[Instant]:
        for number, observation in enumerate(script("10:00:00-11:00:00/1 alive by radar")):
            pulled.append(number)
            made.hand_over(observation)
            yield Instant(0)

    made.attach(replay())
    line = merged([made])

    assert [next(line).at for _ in range(3)]
    assert len(pulled) <= 4


def test_no_feeds_are_an_empty_line() -> None:
    assert list(merged([])) == []
    assert list(merged([feed(), feed([])])) == []


@settings(max_examples=200, deadline=None)
@given(
    streams=st.lists(st.lists(observations(), max_size=15), max_size=4),
    size=st.integers(1, 6),
)
def test_sorted_feeds_make_a_sorted_line_that_holds_everything_once(
    streams: list[list[AnyObservation]], size: int
) -> None:
    ordered = [sorted(stream, key=lambda one: one.at) for stream in streams]

    line = list(merged([in_batches(stream, size) for stream in ordered]))

    moments = [one.at for one in line]
    assert moments == sorted(moments)
    assert sorted(map(id, line)) == sorted(id(one) for stream in ordered for one in stream)


@settings(max_examples=200, deadline=None)
@given(
    streams=st.lists(st.lists(observations(), max_size=15), max_size=4),
    size=st.integers(1, 6),
    other=st.integers(1, 6),
)
def test_any_feeds_keep_their_own_order_and_the_cut_of_the_batches_is_not_seen(
    streams: list[list[AnyObservation]], size: int, other: int
) -> None:
    line = list(merged([in_batches(stream, size) for stream in streams]))
    again = list(merged([in_batches(stream, other) for stream in streams]))

    assert [id(one) for one in line] == [id(one) for one in again]
    for stream in streams:
        mine = {id(one) for one in stream}
        assert [id(one) for one in line if id(one) in mine] == [id(one) for one in stream]
