"""This is where appliances that ask for customers are answered, each as fast as it takes them in.

The broker takes a message off our hands as soon as it has queued it, drops silently what is more
than 1,000 messages, and sends all that waits at once after a reconnection (mosquitto 2.0.11). So
only so much is under way as the appliance has not said that it reached.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from edge.sync.payloads import PROGRESS
from edge.sync.platform.customers_file import CustomersFile
from edge.sync.topics import NodeAddress

WINDOW: Final = 32
"""Messages under way, 4 MB: two seconds of an appliance's work, so that none waits for us."""
PROGRESS_EVERY: Final = 8
"""Each of so many messages asks the appliance how far it came."""
PATIENCE_S: Final = 5.0
"""An appliance that says nothing for so long gets one more message: it may not know the question,
or what was to be said was lost."""

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
ASKS: Final[Mapping[str, str]] = MappingProxyType({PROGRESS: "wanted"})

Send = Callable[[NodeAddress, bytes, bytes, Mapping[str, str]], Awaitable[None]]
"""Sends a message about customers, with the question's correlation and user properties."""


class _Place(msgspec.Struct, frozen=True):
    """Where a message leads."""

    cursor: str


_place = msgspec.json.Decoder(_Place)


class _Sending(msgspec.Struct, kw_only=True):
    """An answer that is being sent."""

    under_way: deque[str]
    """Cursors of what was sent and not reached, in their order."""
    moved: asyncio.Event
    task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Send no more of it."""
        if self.task is not None:
            self.task.cancel()


class Answers:
    """One answer at a time for each appliance; belongs to the event loop."""

    def __init__(
        self, customers: CustomersFile, *, send: Send, patience_s: float = PATIENCE_S
    ) -> None:
        self._customers = customers
        self._send = send
        self._patience_s = patience_s
        self._running: dict[NodeAddress, _Sending] = {}

    def begin(
        self, tasks: asyncio.TaskGroup, address: NodeAddress, *, cursor: str, correlation: bytes
    ) -> None:
        """Answer in a task; what was being sent to that appliance ends: it has asked anew."""
        self.forget(address)
        sending = _Sending(under_way=deque(), moved=asyncio.Event())
        work = self._answer(address, sending, cursor=cursor, correlation=correlation)
        sending.task = tasks.create_task(work, name=f"customers for {address.node}")
        self._running[address] = sending

    def reached(self, address: NodeAddress, cursor: str) -> None:
        """Hear how far an appliance came."""
        sending = self._running.get(address)
        if sending is None:
            return
        while sending.under_way and sending.under_way[0] <= cursor:
            sending.under_way.popleft()
            sending.moved.set()

    def forget(self, address: NodeAddress) -> None:
        """Hear that an appliance has connected anew: what was being sent to it is lost."""
        before = self._running.pop(address, None)
        if before is not None:
            before.stop()

    def end(self) -> None:
        """End every answer."""
        for sending in self._running.values():
            sending.stop()

    async def _answer(
        self, address: NodeAddress, sending: _Sending, *, cursor: str, correlation: bytes
    ) -> None:
        for number, message in enumerate(self._customers.after(cursor), 1):
            if len(sending.under_way) >= WINDOW:
                await self._wait_for_room(sending)
            asks = NOTHING if number % PROGRESS_EVERY else ASKS
            await self._send(address, message, correlation, asks)
            sending.under_way.append(_place.decode(message).cursor)

    async def _wait_for_room(self, sending: _Sending) -> None:
        sending.moved.clear()
        try:
            async with asyncio.timeout(self._patience_s):
                await sending.moved.wait()
        except TimeoutError:
            sending.under_way.popleft()
