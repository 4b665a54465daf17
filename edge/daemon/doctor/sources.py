"""This is where every source's driver is asked whether the source could work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from edge.config.schema import Settings, SourceSettings
from edge.daemon.doctor.findings import Line, fail, lines, warn
from edge.daemon.doctor.machine import Machine
from edge.daemon.registry import driver_names
from edge.driver.contract import Driver, Finding
from edge.driver.options import meant
from edge.errors import EdgeError

CHECK_S: Final = 2.0
"""What the contract gives a driver's check."""


async def examine_sources(settings: Settings, machine: Machine) -> tuple[Line, ...]:
    """Ask all drivers at the same time; gives the sources' lines in the settings' order."""
    async with asyncio.TaskGroup() as tasks:
        asked = [
            (source.name, tasks.create_task(_examine(source, machine), name=f"check {source.name}"))
            for source in settings.sources
        ]
    return tuple(
        line for name, findings in asked for line in lines(f"source {name}", findings.result())
    )


async def _examine(source: SourceSettings, machine: Machine) -> tuple[Finding, ...]:
    edit = f"mend the source in `editor {machine.settings}`"
    try:
        kind = machine.load(source.driver)
        if kind is None:
            known = meant(source.driver, driver_names())
            return (fail(f"no driver {source.driver!r} is installed; {known}", edit),)
        check = live_check(kind(source.spec()))
    except EdgeError as error:
        return (_told(error, otherwise=edit),)
    if check is None:
        what = f"the driver {source.driver} reads recordings only; live, this source is silent"
        return (warn(what, edit),)
    return await _ask(check)


def live_check(driver: Driver) -> Callable[[], Awaitable[tuple[Finding, ...]]] | None:
    """Give a driver's own check; None where the driver reads recordings only."""
    return getattr(driver, "check", None)


async def _ask(check: Callable[[], Awaitable[tuple[Finding, ...]]]) -> tuple[Finding, ...]:
    try:
        async with asyncio.timeout(CHECK_S):
            return await check()
    except TimeoutError:
        what = f"its driver gave no answer in {CHECK_S:.0f} s"
        return (fail(what, "unplug the device, plug it in again, and run `edge doctor`"),)
    except EdgeError as error:
        return (_told(error, otherwise="edge doctor"),)
    except OSError as error:
        what = f"its driver could not look: {error.strerror or error}"
        return (fail(what, "run it as root: `edge doctor`"),)


def _told(error: EdgeError, *, otherwise: str) -> Finding:
    """Tell an error as a finding: what was attempted, and why it failed."""
    cause = f": {error.why}" if error.why else ""
    return fail(f"{error.what}{cause}", error.remedy or otherwise)
