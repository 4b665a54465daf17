"""This is where the store is read for the exchange, in a thread of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from edge.store.database import Store
from edge.store.engine import Connection

T = TypeVar("T")


class Reading:
    """One reading connection in one thread, so that the event loop never waits for the disk.

    The connection is opened by the first question.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sync-reader")
        self._reader: Connection | None = None

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """Have a question answered in the reading thread.

        Raises: StoreError where the store cannot be read, and what the question raises.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._answer, question)

    def close(self) -> None:
        """Close the connection and end the thread, after the questions that wait."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _answer(self, question: Callable[[Connection], T]) -> T:
        if self._reader is None:
            self._reader = self.store.reader()
        return question(self._reader)

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
