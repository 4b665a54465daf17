"""This is where it is looked up who holds the state folder, without taking it."""

import re
from typing import Final

from edge.daemon.doctor.findings import ok, warn
from edge.daemon.doctor.machine import SERVICE, Machine
from edge.daemon.doctor.service import unit_state
from edge.daemon.lock import LOCK_FILE
from edge.driver.contract import Finding

HELD: Final = re.compile(
    r"FLOCK +ADVISORY +WRITE +(?P<pid>\d+) +[0-9a-f]+:[0-9a-f]+:(?P<inode>\d+)"
)
"""A line of /proc/locks. The device is passed over: an overlay shows another one there."""


async def examine_lock(machine: Machine) -> tuple[Finding, ...]:
    """Say which process works on the state folder, and whether it is the service's.

    The lock is looked up and not tried: a daemon that starts in that moment would be refused.
    """
    holder = _holder(machine)
    if holder is None:
        return (ok("no daemon works on the state folder"),)
    told = f"process {holder} works on the state folder"
    if not machine.has_systemd:
        return (ok(told),)
    state = await unit_state(machine, SERVICE)
    if state.get("MainPID") == str(holder):
        return (ok(f"{told}, and is the service"),)
    what = f"{told}, and is not the service, which cannot start beside it"
    command = f"kill {holder} && tail --pid={holder} -f /dev/null; systemctl restart store-edge"
    return (warn(what, command),)


def _holder(machine: Machine) -> int | None:
    try:
        inode = str((machine.state / LOCK_FILE).stat().st_ino)
        locks = machine.at("proc/locks").read_text(encoding="ascii", errors="replace")
    except OSError:  # never started here, or not ours to look at
        return None
    held = (match for match in HELD.finditer(locks) if match["inode"] == inode)
    return next((int(match["pid"]) for match in held), None)
