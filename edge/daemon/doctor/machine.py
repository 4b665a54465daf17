"""This is where the machine that is looked at is described: its files, its programs, its clock."""

import asyncio
import grp
import os
import pwd
import socket
import stat
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from edge.daemon.clock_sign import SyncSign, SystemSign
from edge.daemon.registry import load_driver
from edge.driver.contract import Driver

SERVICE: Final = "store-edge.service"
USER: Final = "store-edge"
GROUPS: Final = ("dialout", "bluetooth")
"""What the unit adds to the user's own group (SupplementaryGroups in the unit)."""

PROGRAM_S: Final = 5.0
"""A program that is asked something has so long to answer; none of them needs a tenth of it."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What a program answered."""

    status: int
    output: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the daemon runs as."""

    name: str
    uid: int
    gids: frozenset[int]

    def may_use(self, path: Path) -> bool:
        """Say whether this account may read and write a file, by owner, group and mode.

        Raises: OSError when the file cannot be looked at.
        """
        facts = path.stat()
        if self.uid == 0:
            return True
        if facts.st_uid == self.uid:
            wanted = stat.S_IRUSR | stat.S_IWUSR
        elif facts.st_gid in self.gids:
            wanted = stat.S_IRGRP | stat.S_IWGRP
        else:
            wanted = stat.S_IROTH | stat.S_IWOTH
        return facts.st_mode & wanted == wanted


Run = Callable[[Sequence[str]], Awaitable[Ran | None]]
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def run_program(words: Sequence[str]) -> Ran | None:
    """Run a program and give its answer; None where it is not installed or does not end."""
    try:
        running = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(PROGRAM_S):
            said, _ = await running.communicate()
    except TimeoutError:
        running.kill()
        await running.wait()
        return None
    return Ran(status=running.returncode or 0, output=said.decode(errors="replace"))


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """Give the addresses behind a name.

    Raises: OSError when there is none, or nobody to ask.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A machine, and the ways to ask it something; nothing here changes it."""

    settings: Path
    state: Path
    account: Account
    now_ns: Callable[[], int]
    """The wall clock, in ns since 1970."""
    root: Path = Path("/")
    """The folder below which /sys, /dev, /proc and /run are looked for."""
    run: Run = run_program
    resolve: Resolve = resolve_name
    is_synced: SyncSign = SystemSign()
    load: Callable[[str], type[Driver] | None] = load_driver

    def at(self, *parts: str) -> Path:
        """Give a path below the root."""
        return self.root.joinpath(*parts)

    @property
    def has_systemd(self) -> bool:
        """Tell whether systemd runs this machine (sd_booted(3))."""
        return self.at("run/systemd/system").is_dir()


def service_account(name: str = USER) -> Account:
    """Give the service's account; where it was never made, the account of whoever asks."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        own = pwd.getpwuid(os.getuid())
        return Account(name=own.pw_name, uid=own.pw_uid, gids=frozenset(os.getgroups()))
    added = {group.gr_gid for group in grp.getgrall() if group.gr_name in GROUPS}
    own_gids = os.getgrouplist(name, entry.pw_gid)
    return Account(name=name, uid=entry.pw_uid, gids=frozenset(own_gids) | added)
