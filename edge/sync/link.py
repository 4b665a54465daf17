"""This is where the connection to the broker is kept up: connect, serve, wait, connect again."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

import msgspec

from edge.sync.backoff import Chance, wait_after_drop, wait_after_failure
from edge.sync.connection import Connection, Ending, Fault, Notice, Published, Subscribed
from edge.sync.messages import Incoming, Outgoing
from edge.sync.settings import LinkSettings

log = logging.getLogger(__name__)

ENDING_S: Final = 5.0
"""A polite good-bye may take so long; then the connection is cut."""


SUSPICIOUS: Final = 10
"""Connections in a row that failed or did not last, after which a person is asked to look."""

OUTBOUND_WINDOW: Final = 20
"""Messages of all kinds that the broker has not answered yet, unless it allows fewer."""


class Listener(Protocol):
    """Who hears what happens on the link; everything is called in the event loop."""

    def link_up(self, window: int) -> None:
        """Hear that the subscriptions stand; so many messages may be unanswered at a time."""

    def link_down(self) -> None:
        """Hear that the connection is gone."""

    def published(self, mid: int, failure: str) -> None:
        """Hear that the broker answered the message `mid`; `failure` is empty where it took it."""

    def arrived(self, message: Incoming) -> None:
        """Hear that a message came; it comes again until it was settled."""


class LinkCounts(msgspec.Struct, kw_only=True):
    """What the link went through."""

    connections: int = 0
    failures: int = 0
    """Attempts that did not lead to a standing connection."""
    faults: int = 0
    """Messages that could not be read, and callbacks that failed."""
    unsent: int = 0
    """Messages given to `publish` that were not taken: offline, or the window was full."""


class Link:
    """Keeps one connection up; belongs to the event loop that `run` runs in."""

    def __init__(self, settings: LinkSettings, *, listener: Listener, chance: Chance) -> None:
        self.counts = LinkCounts()
        self.is_up = False
        """The broker took us in and our subscriptions stand."""
        self._settings = settings
        self._listener = listener
        self._chance = chance
        self._connection: Connection | None = None
        self._is_closing = asyncio.Event()
        self._failures_in_a_row = 0
        self._number = 0
        self._heard = 0
        self._up_since_s = 0.0
        self._window = OUTBOUND_WINDOW
        self._unsettled: set[int] = set()
        self._room = asyncio.Event()

    async def run(self) -> None:
        """Serve until `close`, or until cancelled."""
        threads = ThreadPoolExecutor(1, thread_name_prefix="mqtt")
        try:
            while not self._is_closing.is_set():
                stood_s, ending = await self._serve_once(threads)
                await self._wait(ending, stood_s=stood_s)
        finally:
            self.drop()
            threads.shutdown(wait=False)  # the thread ends once it sees that it was cut

    def publish(self, message: Outgoing) -> int | None:
        """Publish; gives the message's number in this connection, or None where it was not taken.

        Nothing is kept for later: whoever needs that keeps it.
        """
        mid = None
        if self._connection is not None and self._has_room(message):
            mid = self._connection.publish(message)
        if mid is None:
            self.counts.unsent += 1
        elif message.qos:
            self._unsettled.add(mid)
        return mid

    async def deliver(self, message: Outgoing, *, within_s: float) -> bool:
        """Publish as soon as the link stands and has room; False where that took too long."""
        try:
            async with asyncio.timeout(within_s):
                while not self._has_room(message) or self.publish(message) is None:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            return False
        return True

    def settle(self, message: Incoming) -> None:
        """Tell the broker that a message was taken in for good; does nothing once its connection
        is gone: it comes again.
        """  # noqa: D205 - one sentence
        if self._connection is not None:
            self._connection.settle(message)

    def drop(self) -> None:
        """Cut a connection that claims to stand but does not move."""
        if self._connection is not None:
            self._connection.cut()

    def close(self) -> None:
        """Send what was handed over, say good-bye and let `run` end."""
        self._is_closing.set()
        if self._connection is not None:
            self._connection.close()
            asyncio.get_running_loop().call_later(ENDING_S, self._connection.cut)

    def _has_room(self, message: Outgoing) -> bool:
        return self.is_up and (message.qos == 0 or len(self._unsettled) < self._window)

    async def _serve_once(self, threads: ThreadPoolExecutor) -> tuple[float | None, Ending]:
        """Serve one connection; give how long it stood, None if it never did, and how it ended."""
        loop = asyncio.get_running_loop()
        self._number += 1
        connection = Connection(self._settings, number=self._number, loop=loop, hear=self._hear)
        self._connection = connection
        serving = loop.run_in_executor(threads, connection.serve)
        if not await self._comes_up(serving):
            connection.cut()
        ending = await serving
        if not self.is_up:
            return None, ending
        self.is_up = False
        self._listener.link_down()
        return loop.time() - self._up_since_s, ending

    async def _comes_up(self, serving: asyncio.Future[Ending]) -> bool:
        """Wait for the network's answer, then the broker's welcome and its answer to subscriptions.

        What the broker kept for us comes before that answer, so it counts as a sign of life.
        """
        while not (self.is_up or serving.done()):
            heard = self._heard
            await asyncio.wait({serving}, timeout=2 * self._settings.connect_timeout_s)
            if heard == self._heard:
                break
        return self.is_up

    async def _wait(self, ending: Ending, *, stood_s: float | None) -> None:
        if self._is_closing.is_set():
            return
        was_steady = stood_s is not None and stood_s >= self._settings.back_off.steady_s
        self._failures_in_a_row = 0 if was_steady else self._failures_in_a_row + 1
        self.counts.failures += stood_s is None
        wait_s = self._wait_s(ending, was_steady=was_steady)
        self._tell_of(ending, wait_s)
        try:
            async with asyncio.timeout(wait_s):
                await self._is_closing.wait()
        except TimeoutError:
            return

    def _wait_s(self, ending: Ending, *, was_steady: bool) -> float:
        back_off = self._settings.back_off
        if ending.is_rival:
            return back_off.rival_s
        if was_steady:
            return wait_after_drop(back_off, chance=self._chance)
        return wait_after_failure(back_off, self._failures_in_a_row - 1, chance=self._chance)

    def _tell_of(self, ending: Ending, wait_s: float) -> None:
        if ending.is_rival or self._failures_in_a_row == SUSPICIOUS:
            log.error(
                "no connection lasts: %s; see that the broker runs and knows our certificate, and "
                "that no other appliance uses our name; next attempt in %.0f s",
                ending.why,
                wait_s,
            )
        elif self._failures_in_a_row <= 1:
            log.warning("no link to the broker: %s; next attempt in %.1f s", ending.why, wait_s)
        else:
            log.debug("still no link to the broker: %s", ending.why)

    def _hear(self, connection: Connection, notice: Notice) -> None:
        if connection is not self._connection:
            return  # said by a connection that has ended since
        self._heard += 1
        match notice:
            case Subscribed():
                self._come_up(notice)
            case Published():
                self._unsettled.discard(notice.mid)
                self._room.set()
                self._listener.published(notice.mid, notice.failure)
            case Incoming():
                self._listener.arrived(notice)
            case Fault():
                self.counts.faults += 1

    def _come_up(self, notice: Subscribed) -> None:
        for topic in notice.refused:
            log.error("the broker does not let us subscribe to %s; mend its access list", topic)
        self.counts.connections += 1
        self.is_up = True
        self._up_since_s = asyncio.get_running_loop().time()
        self._unsettled.clear()
        self._room.set()
        self._window = min(OUTBOUND_WINDOW, notice.receive_maximum)
        log.info("the link to the broker stands")
        self._listener.link_up(self._window)
