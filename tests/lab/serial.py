"""This is where devices on serial lines are played: on a pseudo terminal, behind a converter."""

import asyncio
import os
import random
import termios
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fcntl import ioctl
from pathlib import Path

from serial.rfc2217 import PortManager

PATIENCE_S = 10.0
FLUSHED = termios.TIOCPKT_FLUSHREAD
RATES = {
    getattr(termios, f"B{rate}"): rate
    for rate in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400)
}


class PtyDevice:
    """A device on a pseudo terminal; `link` is its stable name, as udev would make it.

    In packet mode the terminal tells its other end when somebody has opened, set and emptied it.
    """

    def __init__(self, link: Path) -> None:
        self.link = link
        self.plug()

    def plug(self) -> None:
        self._end, self._held = os.openpty()
        tty.setraw(self._held)
        ioctl(self._end, termios.TIOCPKT, b"\1\0\0\0")
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._held))
        self.is_plugged = True

    def unplug(self) -> None:
        """Pull the plug: the device's file goes, and udev takes the link away."""
        os.close(self._end)
        os.close(self._held)
        self.link.unlink()
        self.is_plugged = False

    async def listened_to(self) -> None:
        """Wait until somebody opened the port, or set it to another rate."""
        loop = asyncio.get_running_loop()
        flushed = asyncio.Event()

        def look() -> None:
            if os.read(self._end, 1)[0] & FLUSHED:
                flushed.set()

        loop.add_reader(self._end, look)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await flushed.wait()
        finally:
            loop.remove_reader(self._end)

    def send(self, data: bytes) -> None:
        """Send bytes; waits while the terminal is full."""
        while data:
            data = data[os.write(self._end, data) :]

    @property
    def baud(self) -> int:
        """The rate that the port's other side set."""
        return RATES[termios.tcgetattr(self._end)[4]]


@asynccontextmanager
async def plugged(link: Path) -> AsyncIterator[PtyDevice]:
    device = PtyDevice(link)
    try:
        yield device
    finally:
        if device.is_plugged:
            device.unplug()


def garble(size: int, *, seed: int = 7) -> bytes:
    """Give what a receiver makes of a faster sender: framing errors, and bits of other bytes."""
    dice = random.Random(seed)
    return bytes(
        dice.choice((0x00, 0xFF, 0x80, 0xF8, 0xFE, dice.randrange(0x80, 0x100)))
        for _ in range(size)
    )


class ConverterPort:
    """The port of a converter, as its RFC 2217 side sets it."""

    def __init__(self) -> None:
        self.baudrate, self.bytesize, self.parity, self.stopbits = 300, 8, "N", 1
        self.xonxoff = self.rtscts = self.break_condition = self.dtr = self.rts = False
        self.cts = self.dsr = self.ri = self.cd = False

    def reset_input_buffer(self) -> None:
        """There is nothing in it."""

    def reset_output_buffer(self) -> None:
        """There is nothing in it."""


class Converter:
    """A serial converter in the network, plain or with RFC 2217; one caller at a time."""

    def __init__(self, *, speaks_rfc2217: bool) -> None:
        self.port = ConverterPort()
        self.callers = 0
        self._speaks_rfc2217 = speaks_rfc2217
        self._manager: PortManager | None = None
        self._caller: asyncio.StreamWriter | None = None
        self._is_called = asyncio.Event()

    async def called(self) -> None:
        """Wait for a caller; with RFC 2217, until it has set the port."""
        async with asyncio.timeout(PATIENCE_S):
            await self._is_called.wait()

    def send(self, data: bytes) -> None:
        assert self._caller is not None
        if self._manager is not None:
            data = b"".join(self._manager.escape(data))
        self._caller.write(data)

    async def send_until(self, data: bytes, is_so: Callable[[], bool]) -> None:
        """Send again and again: a plain caller drops what comes before it has opened the port."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                self.send(data)
                await asyncio.sleep(0.01)

    def hang_up(self) -> None:
        assert self._caller is not None
        self._caller.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers += 1
        self._caller = writer
        if self._speaks_rfc2217:
            self._manager = PortManager(self.port, writer)
        else:
            self._is_called.set()
        while data := await reader.read(1024):
            if self._manager is not None:
                for _ in self._manager.filter(data):
                    pass
                # The caller empties the buffers last.
                if b"\xff\xfa\x2c\x0c\x02" in data:
                    self._is_called.set()
        writer.close()


@asynccontextmanager
async def converter(*, speaks_rfc2217: bool = False) -> AsyncIterator[tuple[Converter, str]]:
    """Give a converter and its URL."""
    one = Converter(speaks_rfc2217=speaks_rfc2217)
    server = await asyncio.start_server(one.answer, "127.0.0.1", 0)
    scheme = "rfc2217" if speaks_rfc2217 else "socket"
    async with server:
        yield one, f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
