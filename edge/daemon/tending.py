"""This is where customers are read from the disk and tables made ready while the daemon works.

Neither the start nor an advert waits for it: 100,000 customers take seconds, a slice milliseconds.
The link to the broker comes first, and so do messages about customers: who is in them is known at
once, and a process that is killed early has brought something to the disk.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, Protocol

from edge.daemon.applying import confirmed
from edge.daemon.customers import CustomerBook
from edge.daemon.settling import Settling
from edge.daemon.waiting import set_within
from edge.model.customer import Customer
from edge.model.names import Instant
from edge.privacy.recogniser import Recogniser
from edge.store.database import Store
from edge.store.engine import Connection

log = logging.getLogger(__name__)

SLICE: Final = 100
"""Customers taken at a time: 5 ms of the loop."""
PAUSE_S: Final = 0.002
"""Between two slices, for whatever else waits."""
GIVE_WAY_S: Final = 0.1
"""Between two slices while messages come: nine tenths of the time are theirs. Two threads that
work at a time cost more than their sum, because each statement of SQLite waits for the other one
for up to 5 ms (`sys.getswitchinterval`)."""
GATHER_S: Final = 0.25
"""For addresses to come together before they are tried: four at a time cost a third each of what
one alone costs. Who is answered later is answered with their next advert."""
HEAD_START_S: Final = 0.3
"""For the link to the broker, after the start."""
IDLE_S: Final = 1.0
"""Rules that were read anew are noticed after this time at the latest."""


class Tended(Protocol):
    """What is looked after: the store's rules in force."""

    @property
    def book(self) -> CustomerBook:
        """The customers."""

    @property
    def recogniser(self) -> Recogniser:
        """Who recognises them."""

    @property
    def news(self) -> asyncio.Event:
        """Set when there is something to prepare."""


async def tend(in_force: Callable[[], Tended], store: Store) -> None:
    """Read the customers of the rules in force, and prepare what waits; until cancelled.

    Raises: StoreError where the disk cannot be read.
    """
    loaded: Tended | None = None
    settling = Settling()
    await asyncio.sleep(HEAD_START_S)
    while True:
        tended = in_force()
        if tended is not loaded:
            settling.unsettle()
            await load(tended.book, store)
            loaded = tended
        elif tended.recogniser.prepare():
            await asyncio.sleep(PAUSE_S)
        else:
            tended.news.clear()
            if await set_within(tended.news, IDLE_S):
                await asyncio.sleep(GATHER_S)
        settling.settle(tended.recogniser.held)


async def load(book: CustomerBook, store: Store) -> None:
    """Know every customer on the disk, a slice at a time; messages take effect meanwhile.

    Raises: StoreError where the disk cannot be read.
    """
    # What an exchange that has ended left in the writer's queue is on the disk after this.
    await asyncio.wrap_future(store.writer.submit(lambda _conn: None))
    loop = asyncio.get_running_loop()
    shelf = _Shelf(book, store)
    with ThreadPoolExecutor(1, thread_name_prefix="customers-reader") as thread:
        try:
            book.begin_loading(await loop.run_in_executor(thread, shelf.open))
            count, heard = 0, book.heard
            while found := await loop.run_in_executor(thread, shelf.next_slice):
                for customer in found:
                    book.take(customer)
                count += len(found)
                await asyncio.sleep(PAUSE_S if book.heard == heard else GIVE_WAY_S)
                heard = book.heard
            book.end_loading()
        finally:
            thread.submit(shelf.close)
    if count:
        log.info("%d customers were read, %d cannot be opened", count, book.unreadable)


class _Shelf:
    """Reads in its own thread; nothing of it is called from another one."""

    def __init__(self, book: CustomerBook, store: Store) -> None:
        self._book = book
        self._store = store
        self._reader: Connection | None = None
        self._rest: Iterator[Customer | None] = iter(())

    def open(self) -> Instant | None:
        """Begin; give when the platform last confirmed what is on the disk."""
        self._reader = self._store.reader()
        self._rest = self._book.read(self._reader)
        return confirmed(self._reader)

    def next_slice(self) -> list[Customer | None]:
        """Give the next customers; none at the end."""
        return list(islice(self._rest, SLICE))

    def close(self) -> None:
        """Close the connection."""
        if self._reader is not None:
            self._reader.close()
