"""This is where a hostapd on this machine tells which stations join and leave it."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Final, cast

from drivers.wifi_link import control_words as words
from drivers.wifi_link.handing import Handing
from edge.errors import EdgeError, SourceFault, SourceUnusable

ROUND_S: Final = 0.5
"""How often it is asked whether hostapd is there. One that was restarted forgot who listens, and
one that was killed says nothing: until the question nobody knows that nothing is heard."""

ROUNDS_A_LIST: Final = 120
"""How often stations are listed, in rounds: one that stays is evidence for 300 s only."""

ANSWER_S: Final = 3.0
"""hostapd answers within milliseconds, unless it is busy with a change of channel."""

MOST_STATIONS: Final = 2007
"""Of one access point: the greatest association id (IEEE 802.11-2020, 9.4.1.8)."""


class ControlLine(asyncio.DatagramProtocol):
    """A connection to one control socket: events come by themselves, answers when asked."""

    def __init__(self, on_event: Callable[[bytes], None], *, where: str, answer_s: float) -> None:
        self._on_event = on_event
        self._where = where
        self._answer_s = answer_s
        self._came: asyncio.Queue[bytes | SourceFault] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _: object) -> None:
        """Tell an event from an answer."""
        if not words.is_event(data):
            self._came.put_nowait(data)
        elif words.is_ending(data):
            self._came.put_nowait(self._loss("it ends"))
        else:
            self._on_event(data)

    def error_received(self, exc: Exception) -> None:
        """Notice that nobody is at the other end."""
        why = exc.strerror if isinstance(exc, OSError) else None
        self._came.put_nowait(self._loss(why or type(exc).__name__))

    async def ask(self, command: bytes) -> bytes:
        """Send a command, give the answer without its line end.

        Raises: SourceFault when hostapd is gone or does not answer.
        """
        self.tell(command)
        try:
            # asyncio.wait_for of Python 3.11 loses a cancellation that comes with the answer.
            async with asyncio.timeout(self._answer_s):
                return (await self._next()).rstrip(b"\n")
        except TimeoutError as error:
            raise self._loss("it does not answer") from error

    async def rest(self, wait_s: float) -> None:
        """Wait, while events are handed over.

        Raises: SourceFault when hostapd is gone.
        """
        try:
            async with asyncio.timeout(wait_s):
                while True:
                    await self._next()  # an answer that came too late
        except TimeoutError:
            return

    def tell(self, command: bytes) -> None:
        """Send a command without waiting."""
        if self._transport is not None:
            self._transport.sendto(command)

    async def _next(self) -> bytes:
        came = await self._came.get()
        if isinstance(came, SourceFault):
            raise came
        return came

    def _loss(self, why: str) -> SourceFault:
        return SourceFault(
            "hostapd went away",
            where=self._where,
            why=why,
            remedy="if it does not come back: sudo systemctl restart hostapd",
        )


@asynccontextmanager
async def control_line(
    control: Path,
    *,
    where: str,
    on_event: Callable[[bytes], None],
    answer_s: float = ANSWER_S,
) -> AsyncIterator[ControlLine]:
    """Open a control socket until the end of the block.

    Our own end has no name in the file system, so hostapd finds it whatever folders each of the
    two is allowed to see.

    Raises: SourceFault when nobody listens there; SourceUnusable when this user may not speak.
    """
    end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        end.bind("")
        end.connect(str(control))
    except OSError as error:
        end.close()
        raise opening_fault(error, where=where) from error
    loop = asyncio.get_running_loop()
    transport, line = await loop.create_datagram_endpoint(
        lambda: ControlLine(on_event, where=where, answer_s=answer_s), sock=end
    )
    try:
        yield line
    finally:
        line.tell(words.DETACH)
        transport.abort()


async def listen_to_hostapd(
    control: Path,
    handing: Handing,
    *,
    where: str,
    round_s: float = ROUND_S,
    answer_s: float = ANSWER_S,
) -> None:
    """Hand over joins and leaves until cancelled, and who is there at first and once a minute.

    Raises: SourceFault when hostapd is not there or goes away; SourceUnusable when this user may
    not speak with it.
    """

    def hear(event: bytes) -> None:
        change = words.read_event(event)
        if change is not None:
            handing.take(change)

    async with control_line(control, where=where, on_event=hear, answer_s=answer_s) as line:
        if await line.ask(words.ATTACH) != words.OK:
            raise SourceFault("hostapd takes no listener", where=where, why="it refused ATTACH")
        for number in count():
            if await line.ask(words.PING) == words.PONG:
                handing.live()
            if number % ROUNDS_A_LIST == 0:
                await _hand_over_stations(line, handing)
            await line.rest(round_s)


async def _hand_over_stations(line: ControlLine, handing: Handing) -> None:
    command = words.FIRST_STATION
    for _ in range(MOST_STATIONS):
        station = words.read_station(await line.ask(command))
        if station is None:
            return
        if station.change is not None:
            handing.take(station.change)
        command = words.NEXT_STATION + station.address.encode("ascii", "replace")


def opening_fault(error: OSError, *, where: str) -> EdgeError:
    """Say why a control socket could not be spoken to, and what to do."""
    what = "cannot speak with hostapd"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return SourceUnusable(
            what,
            where=where,
            why="this user may not",
            remedy="set ctrl_interface_group=store-edge in hostapd.conf, then: "
            "sudo systemctl restart hostapd",
        )
    return SourceFault(
        what,
        where=where,
        why=error.strerror or type(error).__name__,
        remedy="sudo systemctl start hostapd; ctrl_interface in hostapd.conf names the folder",
    )
