import asyncio
import json
import socket
import stat
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.daemon.control import CLIENTS, LONGEST_LINE, SOCKET, ControlSocket
from edge.daemon.control_client import ask, stream
from edge.errors import (
    ConfigError,
    EdgeError,
    SourceFault,
    SourceUnusable,
    StoreError,
    WireError,
)
from tests.daemon.live.kit import until


class FakeDesk:
    """Knows an answer to everything."""

    def __init__(self) -> None:
        self.watchers = 0

    async def status(self) -> Any:
        return {"store": "toy-1"}

    async def source_list(self) -> Any:
        return [{"name": "radar"}]

    async def reload(self) -> Any:
        raise ConfigError("cannot use the settings", where="edge.toml", why="a\nb", remedy="mend")

    async def lend(self, source: str) -> AsyncGenerator[Any, None]:
        yield {"lent": source}

    async def watch(self, source: str) -> AsyncGenerator[Any, None]:
        if source != "radar":
            raise ConfigError("there is no such source", why=source)
        self.watchers += 1
        try:
            for number in range(1_000_000):
                yield {"number": number}
                await asyncio.sleep(0.001)
        finally:
            self.watchers -= 1


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[FakeDesk]:
    desk = FakeDesk()
    async with asyncio.TaskGroup() as tasks:
        control = ControlSocket(folder, desk=desk)
        control.open()
        serving = tasks.create_task(control.run())
        await asyncio.sleep(0)
        yield desk
        serving.cancel()


async def in_thread(call: Any, *args: Any) -> Any:
    return await asyncio.to_thread(call, *args)


async def test_a_request_gets_its_answer(folder: Path) -> None:
    async with listening(folder):
        assert await in_thread(ask, folder, "status") == {"store": "toy-1"}
        assert await in_thread(ask, folder, "sources") == [{"name": "radar"}]


async def test_a_refusal_says_all_that_the_error_said(folder: Path) -> None:
    async with listening(folder):
        with pytest.raises(ConfigError) as caught:
            await in_thread(ask, folder, "reload")

    error = caught.value
    assert (error.what, error.where, error.why, error.remedy) == (
        "cannot use the settings",
        "edge.toml",
        "a\nb",
        "mend",
    )


async def test_watching_goes_on_until_the_client_hangs_up(folder: Path) -> None:
    async with listening(folder) as desk:

        def three() -> list[int]:
            pieces = stream(folder, {"request": "watch", "source": "radar"})
            return [next(pieces)["number"] for _ in range(3)]

        assert await in_thread(three) == [0, 1, 2]

        await until(lambda: desk.watchers == 0)


async def test_an_unknown_source_is_refused_and_the_connection_goes_on(folder: Path) -> None:
    async with listening(folder):
        reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET))
        writer.write(b'{"request":"watch","source":"nix"}\n{"request":"status"}\n')

        answers = [json.loads(await reader.readline()) for _ in range(2)]
        writer.close()

    assert answers[0]["error"]["what"] == "there is no such source"
    assert answers[1] == {"ok": True, "data": {"store": "toy-1"}}


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"nonsense\n",
        b"{}\n",
        b'{"request":"stop"}\n',
        b'{"request":"status","more":1}\n',
        b"\xff\xfe\n",
        b"x" * (LONGEST_LINE + 10) + b"\n",
    ],
)
async def test_what_is_not_understood_is_said_and_ends_the_connection(
    line: bytes, folder: Path
) -> None:
    async with listening(folder):
        reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET))
        writer.write(line)

        answer = json.loads(await reader.readline())
        rest = await reader.read()
        writer.close()

    assert answer["ok"] is False
    assert answer["error"]["what"] == "the request is not understood"
    assert rest == b""


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(st.binary(max_size=50), max_size=3))
def test_any_bytes_leave_the_socket_listening(pieces: list[bytes], folder: Path) -> None:
    async def send() -> Any:
        async with listening(folder):
            _, writer = await asyncio.open_unix_connection(str(folder / SOCKET))
            for piece in pieces:
                writer.write(piece)
            writer.close()
            return await in_thread(ask, folder, "status")

    assert asyncio.run(send()) == {"store": "toy-1"}


async def test_the_socket_is_for_the_service_and_its_group(folder: Path) -> None:
    async with listening(folder):
        assert stat.S_IMODE((folder / SOCKET).stat().st_mode) == 0o660

    assert not (folder / SOCKET).exists()


async def test_a_socket_that_a_killed_daemon_left_is_replaced(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / SOCKET))

    async with listening(folder):
        assert await in_thread(ask, folder, "status") == {"store": "toy-1"}


async def test_more_clients_than_there_is_room_for_wait_for_their_turn(folder: Path) -> None:
    async with listening(folder):
        idle = [await asyncio.open_unix_connection(str(folder / SOCKET)) for _ in range(CLIENTS)]
        await asyncio.sleep(0.05)
        asked = asyncio.get_running_loop().run_in_executor(None, ask, folder, "status")
        await asyncio.sleep(0.05)
        assert not asked.done()

        idle[0][1].close()

        assert await asked == {"store": "toy-1"}
        for _, writer in idle:
            writer.close()


async def test_a_folder_that_is_not_there_has_no_socket(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="control socket"):
        ControlSocket(tmp_path / "no", desk=FakeDesk()).open()


def test_a_path_that_no_socket_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too long"):
        ask(tmp_path / ("x" * 100), "status")


def test_without_a_daemon_the_client_says_how_to_start_it(folder: Path) -> None:
    with pytest.raises(ConfigError, match="systemctl start store-edge"):
        ask(folder, "status")


async def answered_with(folder: Path, raw: bytes) -> Any:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(raw)
        writer.close()

    server = await asyncio.start_unix_server(answer, str(folder / SOCKET))
    try:
        return await in_thread(ask, folder, "status")
    finally:
        server.close()


@pytest.mark.parametrize("raw", [b"nonsense\n", b"[]\n", b"{}\n", b'{"ok":true}\n', b"\xff\n"])
async def test_what_is_no_answer_is_the_daemons_fault(raw: bytes, folder: Path) -> None:
    with pytest.raises(WireError, match="cannot read the daemon's answer"):
        await answered_with(folder, raw)


@pytest.mark.parametrize("kind", [ConfigError, StoreError, SourceFault, SourceUnusable, WireError])
async def test_a_command_ends_with_the_exit_code_that_the_daemon_gave(
    kind: type[EdgeError], folder: Path
) -> None:
    error = {"code": kind.exit_code, "what": "cannot erase", "why": "the disk is full"}
    raw = json.dumps({"ok": False, "error": error}).encode() + b"\n"

    with pytest.raises(kind, match="the disk is full") as caught:
        await answered_with(folder, raw)

    assert caught.value.exit_code == kind.exit_code


async def test_a_daemon_that_ends_instead_of_answering_is_said(folder: Path) -> None:
    with pytest.raises(ConfigError, match="it ended"):
        await answered_with(folder, b"")
