"""This is where every source's driver is asked whether the source could work."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from edge.config.schema import Settings, SourceSettings
from edge.daemon.doctor.findings import Line, fail, lines, shown, warn
from edge.daemon.doctor.machine import Machine
from edge.daemon.doctor.settings import remedy_of
from edge.daemon.registry import driver_names
from edge.driver.contract import Driver, Finding
from edge.driver.options import meant
from edge.errors import EdgeError

CHECK_S: Final = 2.0
"""What the contract gives a driver's check."""
NAMES: Final = "known: "
"""Where a remedy is a choice of names (edge.driver.options.meant)."""


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
    try:
        kind = machine.load(source.driver)
        if kind is None:
            known = meant(source.driver, driver_names())
            what = f"no driver is called {source.driver!r}; {known}"
            return (fail(what, remedy_of(what, machine.settings)),)
        check = live_check(kind(source.spec()))
    except EdgeError as error:
        return (_told(error, machine),)
    if check is None:
        what = f"the driver {source.driver} reads recordings only; live, this source is silent"
        return (warn(what, f"editor {shown(machine.settings)}"),)
    return await _ask(check, machine)


def live_check(driver: Driver) -> Callable[[], Awaitable[tuple[Finding, ...]]] | None:
    """Give a driver's own check; None where the driver reads recordings only."""
    return getattr(driver, "check", None)


async def _ask(
    check: Callable[[], Awaitable[tuple[Finding, ...]]], machine: Machine
) -> tuple[Finding, ...]:
    try:
        async with asyncio.timeout(CHECK_S):
            return await check()
    except TimeoutError:
        what = f"its driver gave no answer in {CHECK_S:.0f} s"
        return (fail(what, "unplug the device, plug it in again, then run `edge doctor`"),)
    except EdgeError as error:
        return (_told(error, machine),)
    except OSError as error:
        what = f"its driver could not look: {error.strerror or error}"
        return (fail(what, "run it as root: `edge doctor`"),)


def _told(error: EdgeError, machine: Machine) -> Finding:
    """Tell an error as a finding; names to choose from belong to what is told."""
    what = f"{error.what}: {error.why}" if error.why else error.what
    if error.remedy and NAMES not in error.remedy:
        return fail(what, error.remedy)
    what = f"{what}; {error.remedy}" if error.remedy else what
    return fail(what, remedy_of(what, machine.settings))
