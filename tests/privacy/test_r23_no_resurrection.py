"""What the messages themselves promise; tests/store holds the tombstones to it (R23)."""

import itertools
from typing import Any

import pytest

from edge.privacy.customers import TOP_VERSION, Erase, Put
from edge.privacy.keyed import customer_mark
from tests.privacy.kit import SECRET, decode, put, signed


def erase(**changes: Any) -> dict[str, Any]:
    return {"op": "erase", "customer": "c-1", "version": 3, "reason": "withdrawn"} | changes


def outcome(*deltas: dict[str, Any]) -> int | None:
    """Give the version that is held after some deltas: the highest counts, an erasure at a tie."""
    held, erased = -1, -1
    for delta in decode(*deltas).deltas:
        if isinstance(delta, Erase):
            erased = max(erased, delta.version)
        else:
            held = max(held, delta.customer.version)
    return held if held > erased else None


def test_r23_an_erasure_counts_though_nobody_signed_it() -> None:
    message = decode(erase(), key=None)

    assert message.deltas == (Erase(customer=erase()["customer"], version=3, reason="withdrawn"),)
    assert message.faults == ()


@pytest.mark.parametrize("version", [None, -1, "3", 3.0, True, 2**53, [3]])
def test_r23_an_erasure_without_a_version_ends_every_version(version: Any) -> None:
    (delta,) = decode(erase(version=version)).deltas

    assert isinstance(delta, Erase)
    assert delta.version == TOP_VERSION


@pytest.mark.parametrize("version", [None, -1, "3", 3.0, True, 2**53, [3]])
def test_r23_a_customer_without_a_version_is_refused(version: Any) -> None:
    message = decode(put(version=version))

    assert message.deltas == ()
    assert len(message.faults) == 1


def test_r23_in_any_order_and_repeated_the_erasure_stands() -> None:
    enrolled, changed, revoked = signed(put(version=1)), signed(put(version=2)), erase(version=3)

    results = {
        outcome(*order, order[0]) for order in itertools.permutations([enrolled, changed, revoked])
    }

    assert results == {None}


def test_r23_who_enrols_anew_after_an_erasure_is_a_customer_again() -> None:
    assert outcome(erase(version=3), signed(put(version=4))) == 4


def test_r23_an_untrusted_version_still_replaces_what_was_held() -> None:
    (delta,) = decode(put("visit_history", version=9)).deltas

    assert isinstance(delta, Put)
    assert delta.customer.version == 9
    assert delta.customer.tokens == ()


def test_r23_a_tombstone_is_the_same_each_time_and_another_under_another_key() -> None:
    mark = customer_mark(SECRET, "c-1")

    assert mark == customer_mark(SECRET, "c-1")
    assert mark != customer_mark(SECRET[::-1], "c-1")
    assert len(mark) == 16
