"""This is where appliances that ask for customers are answered, each at a pace that it can follow.

The broker takes a message off our hands as soon as it has queued it, and drops silently what an
appliance does not fetch in time (1,000 messages with mosquitto); so the pace is ours to keep.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from edge.sync.platform.customers_file import CustomersFile
from edge.sync.topics import NodeAddress

BYTES_A_SECOND: Final = 5_000_000
"""Some 2,000 customers a second with four tokens and six consents, as fast as one core of an
appliance checks their signatures (measured: scripts/bench/customers.py)."""
SLOWEST: Final = 500_000
"""An appliance that asks anew in the middle of an answer has lost a part of it: it gets the next
one at half the pace, and never at less than this."""

Send = Callable[[NodeAddress, bytes, bytes], Awaitable[None]]
"""Sends a message about customers, with the correlation of the question."""


class Answers:
    """One answer at a time for each appliance; belongs to the event loop."""

    def __init__(self, customers: CustomersFile, *, send: Send) -> None:
        self._customers = customers
        self._send = send
        self._running: dict[NodeAddress, asyncio.Task[None]] = {}
        self._paces: dict[NodeAddress, int] = {}

    def begin(
        self, tasks: asyncio.TaskGroup, address: NodeAddress, *, cursor: str, correlation: bytes
    ) -> None:
        """Answer in a task; what was being sent to that appliance ends: it has asked anew."""
        before = self._running.pop(address, None)
        if before is not None and not before.done():
            before.cancel()
            self._paces[address] = max(self._pace(address) // 2, SLOWEST)
        work = self._answer(address, cursor=cursor, correlation=correlation)
        self._running[address] = tasks.create_task(work, name=f"customers for {address.node}")

    def forget(self, address: NodeAddress) -> None:
        """Hear that an appliance has connected anew: what was being sent to it is lost."""
        before = self._running.pop(address, None)
        if before is not None:
            before.cancel()
        self._paces.pop(address, None)

    def end(self) -> None:
        """End every answer."""
        for task in self._running.values():
            task.cancel()

    async def _answer(self, address: NodeAddress, *, cursor: str, correlation: bytes) -> None:
        for message in self._customers.after(cursor):
            await self._send(address, message, correlation)
            await asyncio.sleep(len(message) / self._pace(address))

    def _pace(self, address: NodeAddress) -> int:
        return self._paces.get(address, BYTES_A_SECOND)
