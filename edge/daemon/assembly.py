"""This is where the parts of the daemon are made, each with what it needs of the others."""

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.config.schema import Settings
from edge.daemon.auditing import AuditTrail
from edge.daemon.brooms import brooms
from edge.daemon.clock import LiveClock
from edge.daemon.customer_desk import CustomerDesk
from edge.daemon.desired import DesiredSettings
from edge.daemon.enrol import Enrolling
from edge.daemon.enrol_kiosk import KioskEnrolment
from edge.daemon.erasing import Erasing
from edge.daemon.erasing_book import Changed
from edge.daemon.face_sending import FaceSending
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
from edge.privacy.audit import CONSENT_REDUCED
from edge.store.database import Store
from edge.sync.payloads import Reported
from edge.sync.ports import CommandHandler

log = logging.getLogger(__name__)

RESERVE: Final = 200_000
"""Room in the mailbox for what is never dropped: two minutes of a door counter that went mad at
its serial line's full speed, while the disk stands still."""


class Assembled(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a daemon that has not begun yet."""

    parts: Parts
    in_force: InForce
    desk: CustomerDesk
    enrolling: Enrolling
    listeners: list[Callable[[Sequence[Event]], None]]
    """Who hears of events once they are on the disk; whoever joins is added here."""


class _Wires:
    """What parts call of those that are made after them; tied once all are there."""

    exchange: Exchange
    erasing: Erasing
    in_force: InForce
    desk: CustomerDesk
    faces: FaceSending
    kiosk: KioskEnrolment

    def __init__(self, store: Store, trail: AuditTrail) -> None:
        self.store = store
        self.trail = trail
        self.listeners: list[Callable[[Sequence[Event]], None]] = []

    def tell(self, events: Sequence[Event]) -> None:
        """Hand on that events are on the disk."""
        for listener in self.listeners:
            listener(events)

    def hear_changes(self, changes: Sequence[Changed]) -> None:
        """Hand on who allows less than before, or was erased."""
        self.erasing.hear(changes)
        for one in changes:
            if one.erased is None:  # an erasure has its own entry, once it is complete
                told = {"left": list(one.purposes)}
                self.store.writer.submit(
                    self.trail.entry(CONSENT_REDUCED, subject=one.mark, detail=told)
                )

    def hear_card(self, customer: CustomerId) -> None:
        """Hand on who took everything back with a card."""
        self.desk.hear_card(customer)

    def commands(self) -> Mapping[str, CommandHandler]:
        """Give the commands of the platform that are carried out here."""
        return {
            "withdraw": self.withdraw,
            "face-enrol": self.enrol_face,
            "face-templates": self.send_faces,
            "face-forget": self.forget_face,
        }

    async def withdraw(self, data: Mapping[str, Any]) -> Any:
        """Hand on a kiosk's or the platform's order."""
        return await self.desk.command(data)

    async def send_faces(self, data: Mapping[str, Any]) -> Any:
        """Hand on the platform's question for templates."""
        return await self.faces.send(data)

    async def enrol_face(self, data: Mapping[str, Any]) -> Any:
        """Hand on an order to enrol somebody in front of a camera."""
        return await self.kiosk.enrol(data)

    async def forget_face(self, data: Mapping[str, Any]) -> Any:
        """Hand on the platform's order to forget a face."""
        return await self.faces.forget(data)

    async def hear_swept(self, done: Slice) -> None:
        """Hand on what was swept."""
        await self.in_force.hear_swept(done)


def put_together(
    options: Options,
    settings: Settings,
    *,
    store: Store,
    clock: LiveClock,
    tasks: asyncio.TaskGroup,
) -> Assembled:
    """Make every part; nothing of it works yet. `settings` are those of the file alone."""
    trail = AuditTrail(store, device_key=find_key(options.state), now=clock.now)
    wires = _Wires(store, trail)
    desired = _desired(store, trail=trail, exchange=lambda: wires.exchange, tasks=tasks)
    wires.exchange = Exchange(
        store,
        clock=clock,
        tasks=tasks,
        changed=wires.hear_changes,
        settings=desired,
        commands=wires.commands(),
    )
    parts = _parts(wires, store=store, clock=clock, trail=trail, desired=desired, tasks=tasks)
    begun = _with_wanted(options, settings, desired=desired)
    premises = open_premises(begun, store, force=force_of(begun, platform=desired.standing.policy))
    in_force = InForce(options, begun, premises=premises, parts=parts)
    wires.erasing, wires.in_force, desired.house = parts.erasing, in_force, in_force
    wires.desk = _desk(parts, in_force)
    enrolling = _enrolling(parts, in_force)
    wires.faces = FaceSending(
        enrolling,
        settings=lambda: in_force.settings,
        templates=lambda: in_force.premises.rules.faces.templates,
        trail=trail,
        now=clock.now,
    )
    wires.kiosk = KioskEnrolment(enrolling, program=_own_command(options))
    return Assembled(
        parts=parts,
        in_force=in_force,
        desk=wires.desk,
        enrolling=enrolling,
        listeners=wires.listeners,
    )


def _parts(
    wires: _Wires,
    *,
    store: Store,
    clock: LiveClock,
    trail: AuditTrail,
    desired: DesiredSettings,
    tasks: asyncio.TaskGroup,
) -> Parts:
    mailbox = Mailbox(reserve=RESERVE)
    intake = LiveIntake(
        mailbox, ledger=store.ledger, clock=clock, told=wires.tell, withdraw=wires.hear_card
    )
    return Parts(
        store=store,
        clock=clock,
        mailbox=mailbox,
        intake=intake,
        sources=Sources(tasks),
        exchange=wires.exchange,
        trail=trail,
        desired=desired,
        erasing=Erasing(
            store,
            clock=clock,
            offer=mailbox.offer,
            folding=intake,
            trail=trail,
            sending=wires.exchange,
        ),
        sweeper=_sweeper(wires, store=store, clock=clock, trail=trail),
    )


def _sweeper(wires: _Wires, *, store: Store, clock: LiveClock, trail: AuditTrail) -> Sweeper:
    def has_platform() -> bool:
        return wires.in_force.settings.mqtt is not None

    return Sweeper(
        store,
        clock=clock,
        brooms=lambda: brooms(store, trail, has_platform=has_platform()),
        policy=lambda: wires.in_force.premises.policy,
        trail=trail,
        hear=wires.hear_swept,
    )


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


def _own_command(options: Options) -> tuple[str, ...]:
    """Give how another process of this release asks this daemon."""
    edge = str(Path(sys.executable).with_name("edge"))
    return edge, f"--settings={options.settings}", f"--state={options.state}"


def _enrolling(parts: Parts, in_force: InForce) -> Enrolling:
    return Enrolling(
        parts.store,
        house=lambda: in_force.premises,
        templates=lambda: in_force.premises.rules.faces.templates,
        trail=parts.trail,
        now=parts.clock.now,
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
