"""This is where the thread runs that reads a port, and hands its bytes to the event loop."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import msgspec

from drivers.serial_line.opening import PORT_ERRORS, WAKE_S, loss, open_port, read_piece
from drivers.serial_line.port import PortSettings
from edge.errors import EdgeError, SourceFault

ROOM: Final = 64
"""Pieces that may wait for the loop: 256 kB, ten seconds of the fastest line. While they wait,
nothing more is read, and the kernel drops what does not fit into its own buffer."""

END_S: Final = 0.8
"""Longest wait for the thread's end; four of its own waits, and within a driver's one second."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes as they came."""

    data: bytes
    baud: int
    """The rate that the port was set to."""
    after_s: float
    """Seconds since the port was opened or set to this rate."""


class PortReader:
    """Reads one port in a thread, until it is stopped or the port is gone.

    The thread owns the port: it opens, sets, reads and closes it. Everything else is called on
    the event loop.
    """

    def __init__(
        self,
        settings: PortSettings,
        *,
        loop: asyncio.AbstractEventLoop,
        say_open: Callable[[], None],
    ) -> None:
        """`say_open` is called on the loop, once the port is open."""
        self._settings = settings
        self._say_open = say_open
        self._loop = loop
        self._came: asyncio.Queue[Piece | EdgeError] = asyncio.Queue()
        self._ended = asyncio.Event()
        self._stop = threading.Event()
        self._room = threading.Semaphore(ROOM)
        self._wanted_baud = settings.baud

    def start(self) -> None:
        """Start the thread; it ends with the program, should a connection still hang then."""
        name = f"serial {self._settings.source}"
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def set_baud(self, baud: int) -> None:
        """Have the port set to another rate; pieces read before that still come."""
        self._wanted_baud = baud

    async def next(self) -> Piece:
        """Give the next piece.

        Raises: SourceFault when the port could not be opened or is gone; SourceUnusable when a
        technician has to act.
        """
        came = await self._came.get()
        if isinstance(came, EdgeError):
            raise came
        self._room.release()
        return came

    async def stop(self) -> None:
        """End the thread and close the port.

        Waits for 0.8 s; a thread that still hangs in a connection then closes it when it returns.
        """
        self._stop.set()
        try:
            await asyncio.wait_for(self._ended.wait(), END_S)
        except TimeoutError:
            return

    def _run(self) -> None:
        try:
            with closing(open_port(self._settings)) as port:
                self._listen(port)
        except EdgeError as fault:
            self._post(fault)
        except PORT_ERRORS as error:
            self._post(loss(error, self._settings))
        finally:
            self._post(SourceFault("the reader's thread ended", where=self._settings.where))
            self._tell(self._ended.set)

    def _listen(self, port: Any) -> None:
        self._tell(self._say_open)
        since = time.monotonic()
        while not self._stop.is_set():
            if port.baudrate != self._wanted_baud:
                port.baudrate = self._wanted_baud
                port.reset_input_buffer()
                since = time.monotonic()
            if not self._room.acquire(timeout=WAKE_S):
                continue
            data = read_piece(port, self._settings)
            if data:
                after_s = time.monotonic() - since
                self._post(Piece(data=data, baud=port.baudrate, after_s=after_s))
            else:
                self._room.release()

    def _post(self, message: Piece | EdgeError) -> None:
        if not self._stop.is_set():
            self._tell(self._came.put_nowait, message)

    def _tell(self, call: Any, *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            return  # the loop is closed: nobody waits for this thread any more
