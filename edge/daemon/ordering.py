"""This is where an order reaches a ledger: through the daemon that holds it, or without one."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edge.daemon.control_client import stream
from edge.daemon.lock import FolderLock
from edge.daemon.places import DATABASE
from edge.errors import ConfigError

Order = TypeVar("Order", bound=msgspec.Struct)


def have_done(
    folder: Path,
    wanted: Mapping[str, Any],
    *,
    name: str,
    kind: type[Order],
    offline: Callable[[Path, Order], object],
) -> dict[str, Any]:
    """Have an order carried out by the daemon, or by `offline` where none runs; give the answer.

    `wanted` has the fields of `kind`; `name` is what the request is called on the daemon's socket.
    While `offline` works, it holds the state folder's lock.

    Raises: ConfigError where there is no ledger, or the order is refused; StoreError where the disk
    fails.
    """
    _check_ledger(folder)
    with ExitStack() as held:
        try:
            held.enter_context(FolderLock(folder))
        except ConfigError:  # the daemon holds it
            told: dict[str, Any] = next(stream(folder, {"request": name, name: wanted}))
        else:
            told = msgspec.to_builtins(offline(folder, _read(wanted, kind)))
    return told


def _check_ledger(folder: Path) -> None:
    database = folder / DATABASE
    if not database.exists():
        raise ConfigError(
            "cannot open the ledger",
            where=str(database),
            why="there is no such file",
            remedy="name the daemon's folder with --state, and run it with sudo",
        )


def _read(wanted: Mapping[str, Any], kind: type[Order]) -> Order:
    try:
        return msgspec.convert(wanted, kind)
    except msgspec.ValidationError as error:
        raise ConfigError("cannot understand the order", why=str(error)) from error
