"""Customers are read while the service works."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.daemon.tending import GIVE_WAY_S, SLICE, load, tend
from edge.model.names import CustomerId
from edge.privacy.keyring import Keyring
from edge.store.database import Store
from tests.daemon.test_customer_book import DEVICE_KEY, Office, word
from tests.privacy.kit import later
from tests.sync.worlds import until

COUNT = 350
"""More than three slices."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1", cipher=Keyring(DEVICE_KEY)) as opened:
        yield opened


class Rules(Office):
    """What holds for a store, as `tend` looks after it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.news = asyncio.Event()

    def known(self) -> set[str]:
        names = {f"c-{number}" for number in range(COUNT)}
        return {name for name in names if self.book.purposes(CustomerId(name), later(1))}


def fill(store: Store) -> set[str]:
    Office(store).hear(
        *(word(1, "visit_history", customer=f"c-{number}") for number in range(COUNT))
    )
    return {f"c-{number}" for number in range(COUNT)}


async def test_everybody_on_the_disk_is_known_after_some_slices(store: Store) -> None:
    everybody, rules = fill(store), Rules(store)

    await load(rules.book, store)

    assert rules.known() == everybody


async def test_the_loop_turns_between_slices_and_messages_count_meanwhile(store: Store) -> None:
    everybody, rules = fill(store), Rules(store)
    sizes: list[int] = []

    async def look() -> None:
        while len(rules.recogniser._roster) < COUNT - 1:
            sizes.append(len(rules.recogniser._roster))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load(rules.book, store), name="load")
        tasks.create_task(look(), name="look")
        await until(lambda: len(rules.recogniser._roster) > 0)
        gone = {"op": "erase", "customer": f"c-{COUNT - 1}", "version": 2, "reason": "withdrawn"}
        rules.book.tell(rules.hear(gone))

    assert len(set(sizes)) >= 3
    assert rules.known() == everybody - {f"c-{COUNT - 1}"}


async def test_reading_the_disk_gives_way_to_messages(store: Store) -> None:
    everybody, rules = fill(store), Rules(store)

    async def keep_telling() -> None:
        end_s = asyncio.get_running_loop().time() + 1.5 * GIVE_WAY_S
        while asyncio.get_running_loop().time() < end_s:
            rules.book.keep(b"{}", at=later(1))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(load(rules.book, store), name="load")
        await keep_telling()
        meanwhile = len(rules.known())

    assert meanwhile <= 2 * SLICE
    assert rules.known() == everybody


async def test_rules_that_are_read_anew_get_their_customers_too(store: Store) -> None:
    everybody, old, new = fill(store), Rules(store), Rules(store)
    in_force = [old]

    async with asyncio.TaskGroup() as tasks:
        tending = tasks.create_task(tend(lambda: in_force[0], store), name="tend")
        await until(lambda: old.known() == everybody)
        in_force[0] = new
        old.news.set()
        await until(lambda: new.known() == everybody)
        tending.cancel()


async def test_who_cannot_be_opened_is_counted_and_harms_nobody(store: Store) -> None:
    everybody, rules = fill(store), Rules(store)
    store.writer.submit(
        lambda conn: conn.execute("UPDATE customer SET sealed = x'00' WHERE person = 5").rowcount
    ).result()

    await load(rules.book, store)

    assert rules.book.unreadable == 1
    assert len(rules.known()) == len(everybody) - 1
