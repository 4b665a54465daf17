"""This is where it is looked up whether a port could be listened to, without opening it.

Opening a port raises its control lines, which restarts many a device: a check must not.
"""

import asyncio
import os
import socket
import stat
from collections.abc import Callable, Iterator
from grp import getgrgid
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from drivers.serial_line.port import PLUG_IN, PortSettings
from edge.driver.contract import Finding, Level

NAME_S: Final = 1.5
"""Longest wait for the name of a converter; a whole check has 2 s."""

BY_ID: Final = Path("/dev/serial/by-id")
KERNEL_LOCKS: Final = Path("/proc/locks")
LOCK_HOLDER_AT, LOCKED_INODE_AT = 4, 5
"""Places of the process and of device and inode in a line of /proc/locks (proc_locks(5))."""

LOCK_FILES: Final = Path("/run/lock")
"""Where programs that know each other from the time of modems leave LCK..NAME (FHS 3.0, 3.15)."""


def may_open(port: Path) -> bool:
    """Whether this user may read from a port and set it."""
    return os.access(port, os.R_OK | os.W_OK)


def check_device(
    port: Path, *, may_open: Callable[[Path], bool] = may_open, by_id: Path = BY_ID
) -> Iterator[Finding]:
    """Say how a device of this machine stands; `by_id` is the folder of stable names."""
    try:
        found = port.stat()
    except FileNotFoundError:
        yield Finding(level=Level.FAIL, what=f"{port} is not there", remedy=PLUG_IN)
        return
    except OSError as error:
        why = error.strerror or type(error).__name__
        yield Finding(level=Level.FAIL, what=f"{port} cannot be looked at: {why}", remedy=PLUG_IN)
        return
    if not stat.S_ISCHR(found.st_mode):
        yield Finding(level=Level.FAIL, what=f"{port} is no serial port", remedy=PLUG_IN)
        return
    yield _rights(port, found, is_allowed=may_open(port))
    yield from _holders(port, found)
    yield from _name(port, by_id)


async def check_converter(settings: PortSettings) -> Finding:
    """Say whether a converter's name is known; it is not called, as many take one caller only."""
    host = urlsplit(settings.port).hostname or ""
    loop = asyncio.get_running_loop()
    looking = loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    try:
        await asyncio.wait_for(looking, NAME_S)
    except (OSError, TimeoutError):
        return Finding(
            level=Level.FAIL,
            what=f"the converter {host} has no address",
            remedy=f"`getent hosts {host}` must answer; write its IP address if it does not",
        )
    return Finding(level=Level.OK, what=f"the converter {host} has an address")


def _rights(port: Path, found: os.stat_result, *, is_allowed: bool) -> Finding:
    if is_allowed:
        return Finding(level=Level.OK, what=f"{port} is there, and this user may open it")
    try:
        group = getgrgid(found.st_gid).gr_name
    except KeyError:
        group = str(found.st_gid)
    return Finding(
        level=Level.FAIL,
        what=f"this user may not open {port}, which belongs to the group {group}",
        remedy=f"sudo usermod -aG {group} store-edge && sudo systemctl restart store-edge",
    )


def _holders(port: Path, found: os.stat_result) -> Iterator[Finding]:
    """Say which other programs have claimed a port, by the kernel's locks and by lock files."""
    inode = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    holders = {
        fields[LOCK_HOLDER_AT]
        for line in _lines(KERNEL_LOCKS)
        if len(fields := line.split()) > LOCKED_INODE_AT and fields[LOCKED_INODE_AT] == inode
    }
    holders |= {line.strip() for line in _lines(LOCK_FILES / f"LCK..{port.resolve().name}")[:1]}
    for holder in sorted(holders - {str(os.getpid())}):
        yield Finding(
            level=Level.WARN,
            what=f"{port} is in use by process {holder}",
            remedy=f"if that is not store-edge itself, stop it; `ps -p {holder}` names it",
        )


def _lines(path: Path) -> list[str]:
    """Give the lines of a file; none where it is not there or not for this user."""
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _name(port: Path, by_id: Path) -> Iterator[Finding]:
    """Warn of a name that another device may have after the next start."""
    if port.is_symlink() or not port.name.startswith(("ttyUSB", "ttyACM")):
        return
    stable = next((link for link in sorted(by_id.glob("*")) if link.resolve() == port), None)
    yield Finding(
        level=Level.WARN,
        what=f"{port} may be another device after the next start",
        remedy=f'set port = "{stable}"' if stable else "use the name in /dev/serial/by-id/",
    )
