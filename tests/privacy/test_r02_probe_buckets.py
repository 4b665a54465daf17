import os
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.names import SECOND, Instant
from edge.privacy.pepper import BUCKETS, MEMO_LIMIT, Peppers, derived_peppers, random_peppers
from tests.privacy.kit import NOW, later

PERIOD_S = 300
WINDOW_START = Instant(NOW // (PERIOD_S * SECOND) * PERIOD_S * SECOND)


def peppers(seed: bytes = b"a recording") -> Peppers:
    return Peppers(period_s=PERIOD_S, draw=derived_peppers(seed))


def addresses(count: int) -> list[bytes]:
    return [
        blake2b(number.to_bytes(4, "big"), key=b"test", digest_size=6).digest()
        for number in range(count)
    ]


@given(address=st.binary(min_size=6, max_size=6), at=st.integers(0, 2**62))
def test_r02_every_address_at_every_moment_has_a_bucket(address: bytes, at: int) -> None:
    bucket = peppers().bucket(address, Instant(at))

    assert 0 <= bucket < BUCKETS


def test_r02_an_address_keeps_its_bucket_within_a_window() -> None:
    book = peppers()

    buckets = {
        book.bucket(b"\x02abcde", Instant(WINDOW_START + shift * SECOND))
        for shift in range(PERIOD_S)
    }

    assert len(buckets) == 1


def test_r02_the_same_addresses_in_two_windows_cannot_be_linked() -> None:
    book = peppers()
    heard = addresses(4_000)

    first = [book.bucket(one, WINDOW_START) for one in heard]
    second = [book.bucket(one, Instant(WINDOW_START + PERIOD_S * SECOND)) for one in heard]

    # By chance 1 in 2048 keeps its bucket: 1.95 expected, more than 12 once in 10**7 runs.
    assert sum(one == other for one, other in zip(first, second, strict=True)) <= 12


@pytest.mark.parametrize("load", [250, 300])
def test_r02_at_the_design_load_one_address_in_ten_shares_its_bucket(load: int) -> None:
    book = peppers()
    shares = []
    for window in range(40):
        at = Instant(WINDOW_START + window * PERIOD_S * SECOND)
        buckets = [book.bucket(one, at) for one in addresses(load)]
        shares.append(sum(buckets.count(one) > 1 for one in buckets) / load)

    mean = sum(shares) / len(shares)

    assert mean >= 0.10
    assert mean == pytest.approx(1 - (1 - 1 / BUCKETS) ** (load - 1), abs=0.02)


def test_r02_buckets_are_used_evenly() -> None:
    book = peppers()
    counts = [0] * BUCKETS
    for one in addresses(40 * BUCKETS):
        counts[book.bucket(one, NOW)] += 1

    spread = sum((count - 40) ** 2 / 40 for count in counts)

    # Chi-square with 2047 degrees of freedom: mean 2047, standard deviation 64.
    assert 1_700 < spread < 2_400


def test_r02_a_replay_repeats_itself_and_another_recording_does_not() -> None:
    heard = addresses(100)

    once, again, other = (
        [book.bucket(one, NOW) for one in heard]
        for book in (peppers(b"one"), peppers(b"one"), peppers(b"two"))
    )

    assert once == again
    assert once != other


def test_r02_more_addresses_than_are_remembered_still_get_the_same_buckets() -> None:
    book = peppers()
    heard = [number.to_bytes(6, "big") for number in range(MEMO_LIMIT + 100)]

    first = [book.bucket(one, NOW) for one in heard]
    second = [book.bucket(one, NOW) for one in heard]

    assert first == second
    assert len(book._seen) <= MEMO_LIMIT


def test_r02_no_address_is_held_anywhere_in_the_memo() -> None:
    book = Peppers(period_s=PERIOD_S, draw=random_peppers())
    address = os.urandom(6)

    book.bucket(address, NOW)
    book.bucket(address, later(PERIOD_S))

    held = [key for window in book._windows for key in window.seen]
    assert held
    assert all(type(key) is int and key != int.from_bytes(address, "big") for key in held)
