import gc
from collections.abc import Callable

import pytest

from edge.errors import ConfigError
from edge.model.names import SECOND, Instant
from edge.privacy.pepper import LATE_NS, PEPPER_BYTES, Peppers, derived_peppers, random_peppers
from tests.privacy.kit import NOW

PERIOD_S = 300
PERIOD_NS = PERIOD_S * SECOND
START = Instant(NOW // PERIOD_NS * PERIOD_NS)
ADDRESS = bytes.fromhex("02a0b1c2d3e4")
OTHERS = [bytes([2, 0, 0, 0, 0, number]) for number in range(64)]


class Drawer:
    """Draws as live use does, and notes for which windows."""

    def __init__(self) -> None:
        self.windows: list[int] = []
        self._draw: Callable[[int], bytes] = random_peppers()

    def __call__(self, window: int) -> bytes:
        self.windows.append(window)
        return self._draw(window)


def prints(book: Peppers, at: int) -> list[int]:
    return [book.bucket(one, Instant(at)) for one in OTHERS]


def test_r03_a_pepper_has_32_bytes_and_is_drawn_once_for_a_window() -> None:
    drawer = Drawer()
    book = Peppers(period_s=PERIOD_S, draw=drawer)

    for shift in range(PERIOD_S):
        book.bucket(ADDRESS, Instant(START + shift * SECOND))

    assert drawer.windows == [START // PERIOD_NS]
    assert len(book._windows[0].pepper) == PEPPER_BYTES == 32


def test_r03_301_seconds_later_the_same_addresses_have_other_buckets() -> None:
    book = Peppers(period_s=PERIOD_S, draw=random_peppers())

    before, after = prints(book, START), prints(book, START + 301 * SECOND)

    assert before != after


def test_r03_an_old_pepper_is_overwritten_and_found_nowhere() -> None:
    book = Peppers(period_s=PERIOD_S, draw=random_peppers())
    book.bucket(ADDRESS, START)
    window = book._windows[0]
    old = bytes(window.pepper)

    book.bucket(ADDRESS, Instant(START + PERIOD_NS))
    book.bucket(ADDRESS, Instant(START + PERIOD_NS + LATE_NS))

    assert window.pepper == bytes(PEPPER_BYTES)
    assert window.seen == {}
    held = [thing for thing in gc.get_objects() if isinstance(thing, Peppers)]
    assert all(old != bytes(one.pepper) for book in held for one in book._windows)


def test_r03_a_frame_that_comes_a_little_late_still_meets_its_pepper() -> None:
    book = Peppers(period_s=PERIOD_S, draw=random_peppers())
    before = prints(book, START + PERIOD_NS - 1)

    book.bucket(ADDRESS, Instant(START + PERIOD_NS))
    late = prints(book, START + PERIOD_NS - 1)
    current = prints(book, START + PERIOD_NS + 1)

    assert late == before
    assert current == prints(book, START + PERIOD_NS + LATE_NS + 1)


def test_r03_a_frame_that_comes_far_too_late_meets_a_new_pepper() -> None:
    book = Peppers(period_s=PERIOD_S, draw=random_peppers())
    before = prints(book, START)
    for shift in (PERIOD_NS, PERIOD_NS + LATE_NS):
        book.bucket(ADDRESS, Instant(START + shift))

    late = prints(book, START)

    assert late != before


def test_r03_never_more_than_two_peppers_are_held() -> None:
    book = Peppers(period_s=60, draw=random_peppers())
    held = set()

    for shift in (0, 60, 61, 30, 120, 5, 121, 4_000, 90, 0, 4_030):
        book.bucket(ADDRESS, Instant(START + shift * SECOND))
        held.add(len(book._windows))

    assert max(held) == 2


def test_r03_the_newest_pepper_survives_a_late_frame() -> None:
    drawer = Drawer()
    book = Peppers(period_s=PERIOD_S, draw=drawer)
    now = prints(book, START + 10 * PERIOD_NS)

    book.bucket(ADDRESS, START)
    again = prints(book, START + 10 * PERIOD_NS)

    assert again == now
    assert len(drawer.windows) == 2


def test_r03_a_restart_is_a_new_pepper() -> None:
    before = Peppers(period_s=PERIOD_S, draw=random_peppers())
    after = Peppers(period_s=PERIOD_S, draw=random_peppers())

    assert prints(before, START) != prints(after, START)


def test_r03_everything_can_be_forgotten_at_once() -> None:
    book = Peppers(period_s=PERIOD_S, draw=random_peppers())
    before = prints(book, START)
    window = book._windows[0]

    book.forget()

    assert window.pepper == bytes(PEPPER_BYTES)
    assert prints(book, START) != before


def test_r03_a_derived_pepper_depends_on_seed_and_window() -> None:
    drawn = {derived_peppers(seed)(window) for seed in (b"a", b"b") for window in (-1, 0, 1)}

    assert len(drawn) == 6
    assert all(len(one) == PEPPER_BYTES for one in drawn)


@pytest.mark.parametrize("period_s", [-300, 0, 59, 301, 86_400])
def test_r03_a_pepper_that_would_live_too_long_or_too_short_is_refused(period_s: int) -> None:
    with pytest.raises(ConfigError, match=r"60\.\.300"):
        Peppers(period_s=period_s, draw=random_peppers())


@pytest.mark.parametrize("period_s", [60, 300])
def test_r03_the_shortest_and_the_longest_pepper_are_accepted(period_s: int) -> None:
    assert 0 <= Peppers(period_s=period_s, draw=random_peppers()).bucket(ADDRESS, START) < 2048


def test_r03_a_pepper_is_overwritten_after_its_window_also_where_no_frame_comes() -> None:
    book = Peppers(period_s=PERIOD_S, draw=random_peppers())
    book.bucket(ADDRESS, START)
    (window,) = book._windows

    book.expire(Instant(START + PERIOD_NS + LATE_NS - 1))
    assert any(window.pepper)
    assert (book.age_s(Instant(START + PERIOD_NS)) or 0) == PERIOD_S
    book.expire(Instant(START + PERIOD_NS + LATE_NS))

    assert not any(window.pepper)
    assert not window.seen
    assert book.age_s(Instant(START + PERIOD_NS + LATE_NS)) is None


def test_r03_a_pepper_that_is_still_needed_does_not_expire() -> None:
    book = Peppers(period_s=PERIOD_S, draw=random_peppers())
    before = book.bucket(ADDRESS, START)

    book.expire(START)

    assert book.bucket(ADDRESS, START) == before
