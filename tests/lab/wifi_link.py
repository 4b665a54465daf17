"""This is where those who tell of a store's Wi-Fi are played: a hostapd, a RADIUS client."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import cast

from pyrad.packet import AcctPacket

PATIENCE_S = 10.0


class Hostapd:
    """Speaks on a control socket as hostapd 2.10 does; `stations` are those that have joined."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stations: list[str] = []
        self.commands: list[str] = []
        self.is_deaf = False
        self._listeners: dict[bytes | str, None] = {}
        self._attached = asyncio.Event()
        self._socket: socket.socket | None = None

    def start(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(self.path))
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def stop(self) -> None:
        """End without a word, as when it is killed."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self.path.unlink()
        self._socket = None
        self._listeners.clear()
        self._attached.clear()

    async def attached(self) -> None:
        """Wait for a listener."""
        async with asyncio.timeout(PATIENCE_S):
            await self._attached.wait()

    def say(self, event: str) -> None:
        assert self._socket is not None
        for listener in self._listeners:
            self._socket.sendto(event.encode(), listener)

    def join(self, address: str) -> None:
        self.stations.append(address)
        self.say(f"<3>AP-STA-CONNECTED {address}")

    def leave(self, address: str) -> None:
        self.stations.remove(address)
        self.say(f"<3>AP-STA-DISCONNECTED {address}")

    def _read(self) -> None:
        assert self._socket is not None
        data, sender = self._socket.recvfrom(4096)
        command = data.decode()
        self.commands.append(command)
        if command == "DETACH":
            self._listeners.pop(sender, None)
        elif not self.is_deaf:
            self._socket.sendto(self._answer(command, sender).encode(), sender)

    def _answer(self, command: str, sender: bytes | str) -> str:
        word, _, address = command.partition(" ")
        if word == "ATTACH":
            self._listeners[sender] = None
            self._attached.set()
            return "OK\n"
        if word == "PING":
            return "PONG\n"
        if word == "STA-FIRST":
            return self._station(0)
        if word == "STA-NEXT" and address in self.stations:
            return self._station(self.stations.index(address) + 1)
        return "FAIL\n"

    def _station(self, place: int) -> str:
        if place >= len(self.stations):
            return ""
        flags = "[AUTH][ASSOC][AUTHORIZED][SHORT_PREAMBLE][WMM]"
        return f"{self.stations[place]}\nflags={flags}\naid=1\ncapability=0x1421\n"


@contextmanager
def hostapd(folder: Path) -> Iterator[Hostapd]:
    """Run an access point's hostapd; needs a running loop."""
    one = Hostapd(folder / "wlan0")
    one.start()
    try:
        yield one
    finally:
        one.stop()


class AccessPoint(asyncio.DatagramProtocol):
    """A RADIUS client."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        self.answers.put_nowait(data)

    def send(self, packet: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(packet)

    async def answer(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.answers.get()

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


def accounting(
    status: int,
    address: str,
    *,
    secret: bytes,
    network: str | None = None,
    delay_s: int = 0,
    is_signed: bool = False,
) -> AcctPacket:
    """Make an accounting request of an access point."""
    packet = AcctPacket(secret=secret)
    packet[1] = [b"ada@example.org"]
    packet[31] = [address.encode()]
    packet[40] = [status.to_bytes(4, "big")]
    packet[44] = [b"session-1"]
    if network is not None:
        packet[30] = [f"00-11-22-33-44-55:{network}".encode()]
    if delay_s:
        packet[41] = [delay_s.to_bytes(4, "big")]
    if is_signed:
        packet.add_message_authenticator()
    return packet


@asynccontextmanager
async def access_point(port: int, secret: bytes) -> AsyncIterator[AccessPoint]:
    loop = asyncio.get_running_loop()
    _, one = await loop.create_datagram_endpoint(
        lambda: AccessPoint(secret), remote_addr=("127.0.0.1", port)
    )
    try:
        yield one
    finally:
        one.close()


def free_port(kind: socket.SocketKind) -> int:
    """Give a port of this machine that nobody listens at."""
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
