"""This is where settings take effect: at the start, and again when they are read anew."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from edge.config.schema import Settings
from edge.daemon.auditing import AuditTrail
from edge.daemon.clock import LiveClock
from edge.daemon.clock_sign import SyncSign
from edge.daemon.desired import DesiredSettings
from edge.daemon.erasing import DESK, Erasing
from edge.daemon.mailbox import Mailbox
from edge.daemon.policy_force import force_of, with_wanted
from edge.daemon.premises import floor_of, tuning_of
from edge.daemon.run_exchange import Exchange
from edge.daemon.run_intake import LiveIntake
from edge.daemon.run_premises import Premises, are_other_rules, open_premises
from edge.daemon.supervisor import House, Pace
from edge.daemon.supervisor_sources import Change, Sources
from edge.daemon.sweeping import Slice, Sweeper
from edge.daemon.wanted import Standing
from edge.driver.contract import Driver
from edge.errors import ConfigError
from edge.fusion.tuning import Tuning
from edge.model.customer import Purpose
from edge.model.names import CustomerId, SourceName
from edge.model.observation import AnyObservation, ConsentChanged
from edge.model.place import Floor
from edge.privacy.audit import POLICY_CHANGED, SETTINGS_CHANGED
from edge.privacy.policy import Policy
from edge.store.database import Store
from edge.sync.backoff import Chance

log = logging.getLogger(__name__)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon is started with."""

    settings: Path
    state: Path
    sign: SyncSign
    """Says whether the system's clock is synchronised."""
    find: Callable[[str], type[Driver] | None]
    """Finds a driver by its name."""
    chance: Chance
    pace: Pace = Pace()


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the daemon that settings reach."""

    store: Store
    clock: LiveClock
    mailbox: Mailbox
    intake: LiveIntake
    sources: Sources
    exchange: Exchange
    trail: AuditTrail
    sweeper: Sweeper
    erasing: Erasing
    desired: DesiredSettings


class InForce:
    """The settings in force, and the rules that follow from them."""

    def __init__(
        self, options: Options, settings: Settings, *, premises: Premises, parts: Parts
    ) -> None:
        self.settings = settings
        self.premises = premises
        self._options = options
        self._parts = parts
        self._changing = asyncio.Lock()

    async def begin(self) -> None:
        """Start the exchange and the sources; nothing of it is waited for.

        Raises: ConfigError where the platform's address cannot be used.
        """
        self.say_synced()
        await self._parts.desired.begin()
        self._forget_forbidden()
        await self._parts.exchange.begin(self.settings, self.premises)
        await self._parts.sources.apply(self.settings.sources, house=self._house())

    async def reload(self) -> Change:
        """Read the settings anew; what they do not change is not touched.

        Raises: ConfigError that lists every fault; then nothing has changed.
        """
        async with self._changing:
            return await self._apply(self.try_on(self._parts.desired.standing))

    async def take_on(self, standing: Standing) -> None:
        """Let what the platform wants take effect.

        Raises: ConfigError that lists every fault; then nothing has changed.
        """
        async with self._changing:
            await self._apply(self.try_on(standing))

    def try_on(self, standing: Standing) -> Settings:
        """Read the settings as they are under what the platform wants.

        Raises: ConfigError that lists every fault.
        """
        new = with_wanted(self._options.settings, standing)
        if new.store.id != self.settings.store.id:
            raise ConfigError(
                "cannot change the store's name while it runs",
                where=str(self._options.settings),
                why=f"it is {self.settings.store.id!r}, not {new.store.id!r}",
                remedy="stop the service and give the other store a state folder of its own",
            )
        return new

    async def start_anew(self) -> None:
        """Begin a new line of time: what is open ends, and every source is started anew."""
        async with self._changing:
            floor, tuning = self.floor_and_tuning()
            await self._parts.intake.begin_anew(floor, tuning=tuning)
            await self._parts.sources.apply(
                self.settings.sources, house=self._house(), has_moved=True
            )

    async def hear_swept(self, done: Slice) -> None:
        """Hear what was swept: what is in memory follows what is on the disk."""
        self.premises.book.know(done.reduced)
        if done.must_resync:
            async with self._changing:  # a new book, and the question for customers
                former = self.premises
                self.premises = open_premises(
                    self.settings, self._parts.store, force=self.premises.force
                )
                self.say_synced()
                await self._parts.exchange.begin(self.settings, self.premises)
                await self._parts.sources.apply(
                    self.settings.sources, house=self._house(), has_moved=True
                )
                former.rules.peppers.forget()

    def say_synced(self) -> None:
        """Tell the recogniser whether the clock can be trusted."""
        self.premises.recogniser.clock_synced = self._parts.clock.is_synced

    def floor_and_tuning(self) -> tuple[Floor, Tuning]:
        """Give what fusion works with under the settings in force."""
        return fitting(self.settings, self._options.find)

    async def _apply(self, new: Settings) -> Change:
        parts, old, old_policy = self._parts, self.settings, self.premises.policy
        force, former = force_of(new, platform=parts.desired.standing.policy), self.premises
        has_moved = are_other_rules(old, new, was=former.force, now=force)
        premises = open_premises(new, parts.store, force=force) if has_moved else former
        if has_moved or new.mqtt != old.mqtt:
            await parts.exchange.begin(new, premises)  # refuses before anything has changed
        self.settings, self.premises = new, premises
        self.say_synced()
        if has_moved or fitting(new, self._options.find) != fitting(old, self._options.find):
            floor, tuning = self.floor_and_tuning()
            await parts.intake.refit(floor, tuning=tuning)
        change = await parts.sources.apply(new.sources, house=self._house(), has_moved=has_moved)
        if has_moved:
            former.rules.peppers.forget()
            self._forget_forbidden()
        await self._tell(old_policy, change)
        log.info(
            "the settings were read anew: %d sources started, %d restarted, %d stopped, "
            "%d left alone",
            len(change.started),
            len(change.restarted),
            len(change.stopped),
            len(change.untouched),
        )
        return change

    def _forget_forbidden(self) -> None:
        """Have fusion forget what it knows by what the policy in force does not permit (R36)."""
        allowed = self.premises.policy.purposes()
        if len(allowed) == len(Purpose):
            return
        now = self._parts.clock.now()
        for name in self._parts.intake.named():
            self._parts.mailbox.offer(
                ConsentChanged(at=now, source=DESK, customer=CustomerId(name), purposes=allowed)
            )

    async def _tell(self, old: Policy, change: Change) -> None:
        """Write down what changed, and sweep by the terms that are in force now."""
        policy = self.premises.policy
        if policy != old:
            self._parts.sweeper.wake()
            detail = {"from": old.name, "to": policy.name}
            await self._parts.trail.note(POLICY_CHANGED, detail=detail)
        await self._parts.trail.note(SETTINGS_CHANGED, detail=msgspec.structs.asdict(change))

    def _house(self) -> House:
        dropped = self._parts.mailbox.dropped
        desk = self.premises.rules.faces
        desk.place(self.settings.sources)

        def offer(observation: AnyObservation) -> None:
            desk.hear(observation)
            self._parts.mailbox.offer(observation)

        def count_dropped(source: SourceName) -> int:
            return dropped.get(source, 0)

        return House(
            find=self._options.find,
            rules=self.premises.rules,
            clock=self._parts.clock,
            offer=offer,
            dropped=count_dropped,
            chance=self._options.chance,
            pace=self._options.pace,
            admit=self.premises.admit,
        )


def fitting(settings: Settings, find: Callable[[str], type[Driver] | None]) -> tuple[Floor, Tuning]:
    """Give the floor and the figures that fusion works with under some settings."""
    drivers: dict[str, type[Driver]] = {}
    for name in {one.driver for one in settings.sources}:
        try:
            kind = find(name)
        except ConfigError:  # its source is parked and says so
            continue
        if kind is not None:
            drivers[name] = kind
    return floor_of(settings, drivers), tuning_of(settings)
