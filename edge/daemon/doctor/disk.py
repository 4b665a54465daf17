"""This is where the state folder and the room on its disk are looked at."""

import os
import stat
from pathlib import Path
from typing import Final

from edge.daemon.doctor.findings import fail, ok, shown, warn
from edge.daemon.doctor.machine import Account, Machine
from edge.driver.contract import Finding

MEGABYTE: Final = 1_000_000
LEAST_BYTES: Final = 64 * MEGABYTE
"""The WAL (8 MB), the copy of it in the main file, and the journal's last words, several times."""
COMFORTABLE_BYTES: Final = 512 * MEGABYTE
"""Weeks without a network: 10,000 events a day of about 340 bytes fill 100 MB in a month."""


def examine_state(machine: Machine) -> tuple[Finding, ...]:
    """Say whether the state folder is there, the service's own, and nobody else's to read."""
    folder, account = machine.state, machine.account
    owner = f"{account.name}:"
    try:
        facts = folder.stat()
    except FileNotFoundError:
        command = f"install -d -m 700 -o {account.name} {shown(folder)}"
        return (fail(f"there is no state folder {folder}", command),)
    except OSError as error:
        what = f"the state folder {folder} cannot be looked at: {error.strerror}"
        return (fail(what, "run it as root: `edge doctor`"),)
    found: list[Finding] = []
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        remedy = f"mount -o remount,rw {shown(_mount_of(folder))}"
        found.append(fail(f"{folder} is mounted read-only; a failing disk does that", remedy))
    if not _is_owned(facts, account):
        what = f"{folder} does not belong to {account.name}, so the service cannot write there"
        found.append(fail(what, f"chown -R {owner} {shown(folder)}"))
    elif facts.st_mode & stat.S_IRWXU != stat.S_IRWXU:
        what = f"{folder} may not be written by its owner"
        found.append(fail(what, f"chmod 700 {shown(folder)}"))
    if facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        what = f"{folder} is open to other users of this machine"
        found.append(warn(what, f"chmod 700 {shown(folder)}"))
    return tuple(found) or (ok(f"{folder} is the service's own"),)


def examine_room(
    machine: Machine, *, least: int = LEAST_BYTES, comfortable: int = COMFORTABLE_BYTES
) -> tuple[Finding, ...]:
    """Say how much room the disk of the state folder has."""
    folder = _nearest(machine.state)
    facts = os.statvfs(folder)
    free = facts.f_bavail * facts.f_frsize
    told = f"{free / MEGABYTE:,.0f} MB are free on the disk of {machine.state}"
    remedy = f"see what fills it, and remove it: `{_biggest_of(folder)}`"
    if free < least:
        return (fail(f"{told}: the ledger cannot grow", remedy),)
    if free < comfortable:
        return (warn(f"{told}: too little for weeks without a network", remedy),)
    return (ok(told),)


def _biggest_of(folder: Path) -> str:
    where = shown(_mount_of(folder))
    return f"find {where} -xdev -type f -size +1M -printf '%s %p\\n' | sort -rn | head"


def _is_owned(facts: os.stat_result, account: Account) -> bool:
    return account.uid in (0, facts.st_uid)


def _nearest(path: Path) -> Path:
    """Give the path, or the folder above it that is there."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _mount_of(path: Path) -> Path:
    """Give the mount point that a path is below."""
    path = _nearest(path.absolute())
    while not path.is_mount() and path != path.parent:
        path = path.parent
    return path
