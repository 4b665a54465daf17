"""This is where all checks are made, at the same time, and told in one order."""

import asyncio
from collections.abc import Awaitable

from edge.config.schema import Settings
from edge.daemon.doctor.broker import examine_broker
from edge.daemon.doctor.clock import examine_clock
from edge.daemon.doctor.database import (
    LedgerFound,
    examine_database,
    examine_outbox,
    examine_sqlite,
)
from edge.daemon.doctor.disk import examine_room, examine_state
from edge.daemon.doctor.findings import Line, lines, warn
from edge.daemon.doctor.hardware import examine_bluetooth, examine_radios, examine_serial
from edge.daemon.doctor.keys import examine_key
from edge.daemon.doctor.lock import examine_lock
from edge.daemon.doctor.machine import Machine
from edge.daemon.doctor.notice import examine_notice
from edge.daemon.doctor.service import examine_service
from edge.daemon.doctor.settings import examine_policy, examine_settings, policy_in_force
from edge.daemon.doctor.sources import examine_sources
from edge.driver.contract import Finding


async def examine(machine: Machine) -> tuple[Line, ...]:
    """Look at everything and change nothing; takes about as long as the slowest check.

    Not looked at is what the settings name, where they cannot be used; that is said.
    """
    loaded = examine_settings(machine)
    settings = loaded.settings
    async with asyncio.TaskGroup() as tasks:
        named = tasks.create_task(_named(settings, machine), name="sources and broker")
        ledger = tasks.create_task(examine_database(machine), name="database")
        asked = [
            (check, tasks.create_task(_findings(findings), name=check))
            for check, findings in (
                ("Bluetooth", examine_bluetooth(machine)),
                ("clock", examine_clock(machine)),
                ("service", examine_service(machine)),
                ("lock", examine_lock(machine)),
            )
        ]
    told = {check: lines(check, task.result()) for check, task in asked}
    sources, broker = named.result()
    return (
        *lines("settings", loaded.findings),
        *sources,
        *lines("radios", examine_radios(machine)),
        *told["Bluetooth"],
        *lines("serial ports", examine_serial(machine)),
        *told["clock"],
        *lines("disk", examine_room(machine)),
        *lines("state folder", examine_state(machine)),
        *lines("SQLite", examine_sqlite()),
        *lines("database", ledger.result().findings),
        *lines("device key", examine_key(machine, settings)),
        *_outbox(ledger.result(), settings, machine=machine),
        *broker,
        *told["service"],
        *told["lock"],
    )


async def _findings(findings: Awaitable[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    return await findings


async def _named(
    settings: Settings | None, machine: Machine
) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Look at what the settings name: policy and sources, and the broker."""
    if settings is None:
        what = "policy, sources and broker were not looked at: the settings cannot be used"
        return lines("sources", (warn(what, "mend the settings, then: `edge doctor`"),)), ()
    async with asyncio.TaskGroup() as tasks:
        sources = tasks.create_task(examine_sources(settings, machine), name="sources")
        broker = tasks.create_task(examine_broker(settings, machine), name="broker")
    force = policy_in_force(settings, machine)
    told = (
        *lines("policy", examine_policy(settings, force)),
        *lines("notice", examine_notice(settings, force)),
    )
    return (*told, *sources.result()), broker.result()


def _outbox(found: LedgerFound, settings: Settings | None, *, machine: Machine) -> tuple[Line, ...]:
    if found.ledger is None:
        return ()
    has_platform = settings is not None and settings.mqtt is not None
    told = examine_outbox(found.ledger, now_ns=machine.now_ns(), has_platform=has_platform)
    return lines("outbox", told)
