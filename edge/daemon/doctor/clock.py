"""This is where the clock is looked at: whether a time server sets it, and if it can be right."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.daemon.doctor.findings import fail, ok, warn
from edge.daemon.doctor.machine import Machine
from edge.driver.contract import Finding
from edge.model.names import SECOND

MARGIN_NS: Final = 60 * SECOND
"""A clock that was set back by so little is no fault: time servers do that."""
SET_IT: Final = "timedatectl set-ntp true"
ASKED: Final = ("timedatectl", "show", "--property=CanNTP", "--property=NTP")


async def examine_clock(machine: Machine) -> tuple[Finding, ...]:
    """Say whether the clock can be right, and whether a time server keeps it so."""
    floor = floor_ns((machine.settings, *machine.state.glob("*")))
    now = machine.now_ns()
    if now < floor - MARGIN_NS:
        what = f"it says {_day(now)}, and there are files here of {_day(floor)}"
        return (fail(f"{what}: no certificate and no consent can be checked", SET_IT),)
    if await machine.is_synced():
        return (ok("it is synchronised with a time server"),)
    ran = await machine.run(ASKED)
    return (_unsynchronised("" if ran is None else ran.output),)


def floor_ns(files: Iterable[Path]) -> int:
    """Give the newest moment at which this machine wrote one of these files: it is later now."""
    newest = 0
    for file in files:
        try:
            newest = max(newest, file.stat().st_mtime_ns)
        except OSError:  # gone, or not ours to look at: it says nothing
            continue
    return newest


def _unsynchronised(told: str) -> Finding:
    """Say what is missing, by what timedatectl knows."""
    what = "it is not synchronised with a time server, so events say that their times may be wrong"
    if "CanNTP=yes" not in told:
        return warn(f"{what}; nothing here asks one", "apt-get install systemd-timesyncd")
    if "NTP=no" in told.splitlines():
        return warn(f"{what}; that is switched off", SET_IT)
    return warn(f"{what}; none has answered yet", "systemctl restart systemd-timesyncd")


def _day(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns / SECOND, UTC).strftime("%Y-%m-%d %H:%M")
