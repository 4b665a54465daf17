"""This is where a serial port is opened, read and given up: pyserial, from the reader's thread."""

import errno
import os
import select
import socket
import termios
from typing import Any, Final

from drivers.serial_line.port import PLUG_IN, PortSettings
from edge.errors import EdgeError, SourceFault, SourceUnusable

WAKE_S: Final = 0.2
"""Longest wait for a byte. A reader that is to stop sees it this late, which leaves four fifths of
the second that a driver has to end."""

LARGEST_PIECE: Final = 4096
"""Bytes; what Linux keeps of a terminal's input."""

KEEP_ALIVE_IDLE_S, KEEP_ALIVE_EVERY_S, KEEP_ALIVE_TRIES = 30, 10, 3
"""A converter that lost its power says nothing; TCP finds out within a minute."""

PARITIES: Final = {"none": "N", "even": "E", "odd": "O"}

PORT_ERRORS: Final = (OSError, termios.error, ValueError)
"""What pyserial raises about a port: its own exception is an OSError, and a device that goes away
in the middle of being set gives the bare error of termios."""

GONE: Final = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO}
FORBIDDEN: Final = {errno.EACCES, errno.EPERM}
TAKEN: Final = {errno.EAGAIN, errno.EBUSY}
NO_PORT: Final = {errno.ENOTTY, errno.EINVAL, errno.EISDIR}


def open_port(settings: PortSettings) -> Any:
    """Open a port for nobody else and set it; blocks, over a network for up to 10 s.

    Raises: SourceFault when the device is not there, taken or out of reach; SourceUnusable when
    this user may not open it or it cannot be set.
    """
    import serial  # noqa: PLC0415 - the sensor library is loaded when a port is needed

    try:
        port = serial.serial_for_url(
            settings.port,
            baudrate=settings.baud,
            bytesize=settings.data_bits,
            parity=PARITIES[settings.parity],
            stopbits=settings.stop_bits,
            timeout=0 if _has_descriptor(settings) else WAKE_S,
            exclusive=True if settings.is_device else None,
        )
    except PORT_ERRORS as error:
        raise opening_fault(error, settings) from error
    if not settings.is_device:
        _keep_alive(port._socket)  # noqa: SLF001 - the library offers no other way to its socket
    return port


def read_piece(port: Any, settings: PortSettings) -> bytes:
    """Give what came in; waits for up to `WAKE_S` and gives nothing when nothing came.

    Raises: one of PORT_ERRORS when the port is gone.
    """
    if _has_descriptor(settings):
        ready, _, _ = select.select([port.fileno()], [], [], WAKE_S)
        return bytes(port.read(LARGEST_PIECE)) if ready else b""
    first = bytes(port.read(1))
    return first + bytes(port.read(port.in_waiting)) if first else b""


def opening_fault(error: Exception, settings: PortSettings) -> EdgeError:
    """Say why a port could not be opened, and what to do."""
    what, number = "cannot open the serial port", _number(error)
    if not settings.is_device:
        return SourceFault(
            "cannot reach the serial converter",
            where=settings.where,
            why=_reason(error),
            remedy="see that it has power and network, and compare its address and port",
        )
    if number in FORBIDDEN:
        return SourceUnusable(
            what,
            where=settings.where,
            why="this user may not",
            remedy="sudo usermod -aG dialout store-edge && sudo systemctl restart store-edge",
        )
    if number in TAKEN:
        return SourceFault(
            what,
            where=settings.where,
            why="another program has it",
            remedy=f"`sudo fuser -v {settings.port}` names the program; stop it",
        )
    if number in GONE:
        why = "it is not there"
        return SourceFault(what, where=settings.where, why=why, remedy=PLUG_IN)
    if number in NO_PORT:
        why = "it is no serial port"
        return SourceUnusable(what, where=settings.where, why=why, remedy=PLUG_IN)
    return SourceUnusable(
        what,
        where=settings.where,
        why=_reason(error),
        remedy="compare baud, data_bits, parity and stop_bits with the manual of the adapter",
    )


def loss(error: Exception, settings: PortSettings) -> SourceFault:
    """Say that an open port went away."""
    remedy = PLUG_IN if settings.is_device else "see that the converter has power and network"
    return SourceFault(
        "the serial device went away",
        where=settings.where,
        why=_reason(error),
        remedy=f"if it does not come back, {remedy}",
    )


def _has_descriptor(settings: PortSettings) -> bool:
    """Whether one can wait for the port; the library reads RFC 2217 in a thread of its own."""
    return not settings.port.startswith("rfc2217:")


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEP_ALIVE_IDLE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEP_ALIVE_EVERY_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEP_ALIVE_TRIES)


def _number(error: BaseException | None) -> int | None:
    """Give the number of a system's error, which the library hides in what its own came from."""
    if error is None:
        return None
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) else _number(error.__context__)


def _reason(error: Exception) -> str:
    number = _number(error)
    return str(error) if number is None else os.strerror(number)
