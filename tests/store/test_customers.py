"""Whoever was erased stays erased, in whatever order the messages come."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model.names import CustomerId
from edge.privacy.keyring import Keyring
from edge.store import customers
from edge.store.database import Store
from edge.store.engine import Connection

ANNA = CustomerId("c-anna")
KEYRING = Keyring(bytes(range(32)))

Message = Callable[[Connection], bool]


def put(version: int) -> Message:
    record = f"record {version}".encode()
    return lambda conn: customers.put(conn, ANNA, version=version, record=record)


def erase(version: int) -> Message:
    return lambda conn: customers.erase(conn, ANNA, version=version)


def version_kept(store: Store, messages: list[Message]) -> int | None:
    """Apply messages to a store without customers; give the version that is left."""

    def job(conn: Connection) -> int | None:
        conn.execute("DELETE FROM customer")
        conn.execute("DELETE FROM tombstone")
        for message in messages:
            message(conn)
        kept = customers.get(conn, ANNA)
        return None if kept is None else kept.version

    return store.writer.submit(job).result()


def test_a_put_customer_comes_back(store: Store, reader: Connection) -> None:
    store.writer.submit(put(7)).result()

    assert list(customers.rows(reader)) == [
        customers.KeptCustomer(customer=ANNA, version=7, record=b"record 7")
    ]


@pytest.mark.parametrize("order", list(permutations([put(1), put(2), erase(3)])))
def test_an_erased_customer_never_comes_back(store: Store, order: tuple[Message, ...]) -> None:
    assert version_kept(store, list(order)) is None


@pytest.mark.parametrize("order", list(permutations([put(1), erase(2), put(3), put(3)])))
def test_who_enrols_again_after_an_erasure_is_known_again(
    store: Store, order: tuple[Message, ...]
) -> None:
    assert version_kept(store, list(order)) == 3


@pytest.mark.parametrize("order", list(permutations([put(4), erase(4)])))
def test_of_the_same_version_the_erasure_counts(store: Store, order: tuple[Message, ...]) -> None:
    assert version_kept(store, list(order)) is None


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(tmp_path_factory.mktemp("customers") / "store.db", cipher=KEYRING)


@given(
    sent=st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_the_outcome_does_not_depend_on_the_order(
    shared: Store, sent: list[tuple[bool, int]], order: Random
) -> None:
    erased = max((version for erasing, version in sent if erasing), default=-1)
    newest = max((version for erasing, version in sent if not erasing), default=-1)
    messages = [erase(version) if erasing else put(version) for erasing, version in sent]
    order.shuffle(messages)

    kept = version_kept(shared, messages)

    assert kept == (newest if newest > erased else None)


def test_each_message_says_whether_it_changed_anything(store: Store) -> None:
    messages = [put(2), put(2), put(1), put(3), erase(3), erase(3), put(3)]

    changed = [store.writer.submit(message).result() for message in messages]

    assert changed == [True, False, False, True, True, False, False]


def test_a_tombstone_names_nobody(store: Store, path: Path) -> None:
    store.writer.submit(put(1)).result()
    store.writer.submit(erase(2)).result()
    assert store.scrub().result()

    files = [file.read_bytes() for file in path.parent.iterdir()]

    assert not any(ANNA.encode() in content or b"record 1" in content for content in files)


def test_the_cursor_moves_with_the_deltas_it_covers(store: Store, reader: Connection) -> None:
    def job(conn: Connection) -> None:
        put(1)(conn)
        customers.keep_cursor(conn, "000000000417")

    before = customers.cursor(reader)
    store.inbox.apply("customers", "000000000417", job).result()

    assert before is None
    assert customers.cursor(reader) == "000000000417"
