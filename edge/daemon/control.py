"""This is where the daemon answers the technician's commands, over a unix socket.

One JSON object a line each way. A request is `{"request": "status"}`; the answer is
`{"ok": true, "data": …}` or `{"ok": false, "error": {…}}`. `watch` is answered by a line a second
until the client hangs up; everything else by one line.
"""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import msgspec

from edge.daemon.counts import CountsOrder
from edge.daemon.customer_orders import CustomerOrder
from edge.daemon.enrol import FaceOrder
from edge.errors import ConfigError, EdgeError, StoreError

log = logging.getLogger(__name__)

SOCKET: Final = "control.sock"
MODE: Final = 0o660
LONGEST_LINE: Final = 65_536
LONGEST_PATH: Final = 107
"""Bytes of a unix socket's path (unix(7)), without the end."""
CLIENTS: Final = 16
"""Clients at a time; the next one waits in the kernel's queue."""
IDLE_S: Final = 600.0
"""A client that asks nothing for so long is let go."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client asks."""

    request: Literal[
        "status", "sources", "watch", "lend", "reload", "proof", "face", "customer", "counts"
    ]
    source: str = ""
    """For `watch` and `lend`."""
    face: FaceOrder | None = None
    """For `face`."""
    customer: CustomerOrder | None = None
    """For `customer`."""
    counts: CountsOrder | None = None
    """For `counts`."""


class Desk(Protocol):
    """Who knows the answers; everything is called in the event loop."""

    async def status(self) -> Any:
        """Give the whole report."""

    async def source_list(self) -> Any:
        """Give how every source is."""

    async def face(self, order: FaceOrder) -> Any:
        """Enrol or forget a face, or say whether that may be.

        Raises: ConfigError with the reason where it may not.
        """

    def lend(self, source: str) -> AsyncGenerator[Any, None]:
        """Keep a source from its device until the client hangs up; a piece each second.

        Raises: ConfigError where there is no such source.
        """

    async def customer(self, order: CustomerOrder) -> Any:
        """Show, hand out, erase what is held about somebody, or take a consent back.

        Raises: ConfigError with the reason where it may not be.
        """

    async def counts(self, order: CountsOrder) -> Any:
        """Publish a day's counts.

        Raises: ConfigError with the reason where that may not be.
        """

    async def proof(self) -> Any:
        """Give by which rules about people the daemon works."""

    async def reload(self) -> Any:
        """Read the settings anew and say what that changed.

        Raises: ConfigError that lists every fault; the old settings stay in force.
        """

    def watch(self, source: str) -> AsyncGenerator[Any, None]:
        """Give what a source notices, a piece each second, without identifiers.

        Raises: ConfigError where there is no such source.
        """


class ControlSocket:
    """Listens on the socket and answers; it belongs to the event loop."""

    def __init__(self, folder: Path, *, desk: Desk) -> None:
        self._path = folder / SOCKET
        self._desk = desk
        self._room = asyncio.Semaphore(CLIENTS)
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Make the socket: from now on clients can connect, and `run` answers them.

        Raises: StoreError where the socket cannot be made, ConfigError where its path is too long.
        """
        self._listener = _listen(self._path)

    async def run(self) -> None:
        """Answer until cancelled; the socket, which `open` made, is gone afterwards."""
        loop = asyncio.get_running_loop()
        if self._listener is None:
            raise RuntimeError("the control socket was not opened")
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await self._room.acquire()
                    client, _ = await loop.sock_accept(self._listener)
                    tasks.create_task(self._serve(client), name="control client")
        finally:
            self.close()

    def close(self) -> None:
        """Take the socket away; may be called again."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            self._path.unlink(missing_ok=True)

    async def _serve(self, client: socket.socket) -> None:
        try:
            reader, writer = await asyncio.open_unix_connection(sock=client, limit=LONGEST_LINE)
            try:
                while await self._answer_one(reader, writer):
                    pass
            except (ConnectionError, TimeoutError) as error:
                log.debug("a client of the control socket is gone: %s", type(error).__name__)
            finally:
                writer.close()
        finally:
            self._room.release()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False where the client has gone, or said what nobody understands."""
        async with asyncio.timeout(IDLE_S):
            try:
                line = await reader.readline()
            except ValueError:  # the line is too long
                line = b"{}"
        if not line:
            return False
        try:
            request = msgspec.json.decode(line, type=Request)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            await _send(writer, _refusal(_not_understood(error)))
            return False
        try:
            async with aclosing(self._answers(request)) as pieces:
                async for piece in pieces:
                    await _send(writer, {"ok": True, "data": piece})
        except EdgeError as error:
            await _send(writer, _refusal(error))
        return True

    async def _answers(self, request: Request) -> AsyncGenerator[Any, None]:
        if request.request in {"watch", "lend"}:
            told = self._desk.watch if request.request == "watch" else self._desk.lend
            async with aclosing(told(request.source)) as pieces:
                async for piece in pieces:
                    yield piece
        elif request.request == "reload":
            yield await self._desk.reload()
        elif request.request == "sources":
            yield await self._desk.source_list()
        elif request.request == "proof":
            yield await self._desk.proof()
        else:
            yield await self._ordered(request)

    async def _ordered(self, request: Request) -> Any:
        """Have an order carried out; without one, give the whole report."""
        if request.face is not None:
            return await self._desk.face(request.face)
        if request.customer is not None:
            return await self._desk.customer(request.customer)
        if request.counts is not None:
            return await self._desk.counts(request.counts)
        return await self._desk.status()


async def _send(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    writer.write(msgspec.json.encode(answer) + b"\n")
    async with asyncio.timeout(IDLE_S):
        await writer.drain()


def _refusal(error: EdgeError) -> dict[str, Any]:
    parts = {"what": error.what, "where": error.where, "why": error.why, "remedy": error.remedy}
    return {"ok": False, "error": {"code": error.exit_code, **parts}}


def _not_understood(error: Exception) -> ConfigError:
    return ConfigError(
        "the request is not understood",
        where=SOCKET,
        why=f"{type(error).__name__}",
        remedy="docs/reference/control-socket.md lists the requests",
    )


def _listen(path: Path) -> socket.socket:
    """Make the socket; one that a killed daemon left is replaced, the lock being ours."""
    check_path(path)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        listener.bind(str(path))
        path.chmod(MODE)
        listener.listen(CLIENTS)
    except OSError as error:
        listener.close()
        raise StoreError(
            "cannot make the control socket",
            where=str(path),
            why=error.strerror or "",
            remedy="give the state folder to the service's user",
        ) from error
    return listener


def check_path(path: Path) -> None:
    """Let only a path pass that fits into a socket's address.

    Raises: ConfigError.
    """
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise ConfigError(
            "the path of the control socket is too long",
            where=str(path),
            why=f"the system takes {LONGEST_PATH} bytes",
            remedy="name a shorter folder with --state",
        )
