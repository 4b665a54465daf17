"""This is where a command asks the running daemon."""

import socket
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.daemon.control import SOCKET, check_path
from edge.errors import (
    ConfigError,
    EdgeError,
    SourceFault,
    SourceUnusable,
    StoreError,
    WireError,
)

PATIENCE_S: Final = 30.0
"""A reload waits for sources to end; everything else is answered within a second."""


def ask(folder: Path, request: str) -> Any:
    """Give the answer to one request.

    Raises: ConfigError where no daemon listens, or it refuses.
    """
    return next(stream(folder, {"request": request}))


def stream(folder: Path, request: Mapping[str, Any]) -> Generator[Any, None, None]:
    """Give the answers to a request, one by one, until the daemon ends.

    Raises: ConfigError where no daemon listens, or it refuses; WireError for what is no answer.
    """
    with _connected(folder) as wire, wire.makefile("rb") as answers:
        wire.sendall(msgspec.json.encode(request) + b"\n")
        try:
            for line in answers:
                yield _data(line)
        except (TimeoutError, ConnectionError) as error:
            raise _silent(folder, "it does not answer") from error
    raise _silent(folder, "it ended")


def _connected(folder: Path) -> socket.socket:
    path = folder / SOCKET
    check_path(path)
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wire.settimeout(PATIENCE_S)
    try:
        wire.connect(str(path))
    except PermissionError as error:
        wire.close()
        raise ConfigError(
            "may not ask the daemon",
            where=str(path),
            why="the socket is the service's own",
            remedy="run it with sudo",
        ) from error
    except OSError as error:
        wire.close()
        raise _silent(folder, error.strerror or "") from error
    return wire


def _data(line: bytes) -> Any:
    try:
        answer = msgspec.json.decode(line)
        if answer["ok"]:
            return answer["data"]
        parts = dict(answer["error"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise WireError(
            "cannot read the daemon's answer",
            where=SOCKET,
            why=type(error).__name__,
            remedy="use the command of the daemon's own version",
        ) from error
    raise _refused(parts)


def _refused(parts: dict[str, Any]) -> EdgeError:
    """Give the daemon's own error, with the exit code that it would have here."""
    kinds = {kind.exit_code: kind for kind in (SourceFault, SourceUnusable, StoreError, WireError)}
    return kinds.get(parts.get("code", 0), ConfigError)(
        str(parts.get("what", "the daemon refused")),
        where=str(parts.get("where", "")),
        why=str(parts.get("why", "")),
        remedy=str(parts.get("remedy", "")),
    )


def _silent(folder: Path, why: str) -> ConfigError:
    return ConfigError(
        "no daemon answers",
        where=str(folder / SOCKET),
        why=why,
        remedy="run: systemctl start store-edge, or name the daemon's folder with --state",
    )
