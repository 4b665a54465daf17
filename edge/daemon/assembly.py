"""This is where the parts of the daemon are made, each with what it needs of the others."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from edge.config.schema import Settings
from edge.daemon.auditing import AuditTrail
from edge.daemon.brooms import brooms
from edge.daemon.clock import LiveClock
from edge.daemon.customer_desk import CustomerDesk
from edge.daemon.desired import DesiredSettings
from edge.daemon.erasing import Erasing
from edge.daemon.erasing_book import Changed
from edge.daemon.keys import find_key
from edge.daemon.mailbox import Mailbox
from edge.daemon.policy_force import force_of, with_wanted
from edge.daemon.run_exchange import Exchange
from edge.daemon.run_intake import LiveIntake
from edge.daemon.run_premises import open_premises
from edge.daemon.run_settings import InForce, Options, Parts
from edge.daemon.supervisor_sources import Sources
from edge.daemon.sweeping import Slice, Sweeper
from edge.daemon.wanted import read_standing
from edge.errors import ConfigError
from edge.model.event import Event
from edge.model.names import CustomerId
from edge.store.database import Store
from edge.sync.payloads import Reported

log = logging.getLogger(__name__)

RESERVE: Final = 200_000
"""Room in the mailbox for what is never dropped: two minutes of a door counter that went mad at
its serial line's full speed, while the disk stands still."""


class Assembled(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a daemon that has not begun yet."""

    parts: Parts
    in_force: InForce
    desk: CustomerDesk
    listeners: list[Callable[[Sequence[Event]], None]]
    """Who hears of events once they are on the disk; whoever joins is added here."""


def put_together(
    options: Options,
    settings: Settings,
    *,
    store: Store,
    clock: LiveClock,
    tasks: asyncio.TaskGroup,
) -> Assembled:
    """Make every part; nothing of it works yet. `settings` are those of the file alone."""
    listeners: list[Callable[[Sequence[Event]], None]] = []

    def tell(events: Sequence[Event]) -> None:
        for listener in listeners:
            listener(events)

    def hear_changes(changes: Sequence[Changed]) -> None:
        parts.erasing.hear(changes)

    def hear_card(customer: CustomerId) -> None:
        desk.hear_card(customer)

    async def withdraw(data: Mapping[str, Any]) -> Any:
        return await desk.command(data)

    async def hear_swept(done: Slice) -> None:
        await in_force.hear_swept(done)

    mailbox = Mailbox(reserve=RESERVE)
    trail = AuditTrail(store, device_key=find_key(options.state), now=clock.now)
    intake = LiveIntake(mailbox, ledger=store.ledger, clock=clock, told=tell, take_back=hear_card)
    desired = _desired(store, trail=trail, exchange=lambda: exchange, tasks=tasks)
    exchange = Exchange(
        store,
        clock=clock,
        tasks=tasks,
        changed=hear_changes,
        settings=desired,
        commands={"withdraw": withdraw},
    )
    parts = Parts(
        store=store,
        clock=clock,
        mailbox=mailbox,
        intake=intake,
        sources=Sources(tasks),
        exchange=exchange,
        trail=trail,
        desired=desired,
        erasing=Erasing(
            store,
            clock=clock,
            offer=mailbox.offer,
            folding=intake,
            trail=trail,
            sending=exchange,
        ),
        sweeper=Sweeper(
            store,
            clock=clock,
            brooms=lambda: brooms(store, trail, has_platform=in_force.settings.mqtt is not None),
            policy=lambda: in_force.premises.policy,
            trail=trail,
            hear=hear_swept,
        ),
    )
    begun = _with_wanted(options, settings, desired=desired)
    premises = open_premises(begun, store, force=force_of(begun, platform=desired.standing.policy))
    in_force = InForce(options, begun, premises=premises, parts=parts)
    desired.house = in_force
    desk = _desk(parts, in_force)
    return Assembled(parts=parts, in_force=in_force, desk=desk, listeners=listeners)


def _desk(parts: Parts, in_force: InForce) -> CustomerDesk:
    return CustomerDesk(
        parts.store,
        clock=parts.clock,
        book=lambda: in_force.premises.book,
        erasing=parts.erasing,
        sending=parts.exchange,
        trail=parts.trail,
        holder=lambda code: in_force.premises.recogniser.holder(code),  # noqa: PLW0108 - another one after a reload
    )


def _desired(
    store: Store,
    *,
    trail: AuditTrail,
    exchange: Callable[[], Exchange],
    tasks: asyncio.TaskGroup,
) -> DesiredSettings:
    async def is_up() -> bool:
        state = await exchange().state()
        return state is not None and state.is_up

    def report(reported: Reported) -> None:
        exchange().publish_reported(reported)

    standing = store.writer.submit(read_standing).result()
    return DesiredSettings(store, standing, trail=trail, is_up=is_up, report=report, tasks=tasks)


def _with_wanted(options: Options, settings: Settings, *, desired: DesiredSettings) -> Settings:
    """Give the settings to begin with: what the platform wants never keeps us from starting."""
    standing = msgspec.structs.replace(desired.standing, trying=None)
    try:
        return with_wanted(options.settings, standing)
    except ConfigError as error:
        log.error("what the platform wanted does not fit the settings any more: %s", error)  # noqa: TRY400 - the words say all
        return settings
