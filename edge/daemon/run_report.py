"""This is where the daemon's state is put into one report: for the platform and the technician."""

import asyncio
from typing import Final

import msgspec

from edge import __version__
from edge.config.schema import Settings
from edge.daemon.health import Space, certificate_days
from edge.daemon.run_premises import Premises
from edge.daemon.run_settings import InForce, Parts
from edge.daemon.status import Part, SourceStatus
from edge.model.moment import rfc3339
from edge.model.names import Instant
from edge.store.rows import MILLISECOND
from edge.sync.glance import SyncState
from edge.sync.payloads import Health, PartHealth

CORE: Final = ("intake", "ledger", "clock", "rules", "retention", "platform")
WORKING: Final = frozenset({"starting", "watching", "quiet"})
CLOCK_REMEDY: Final = "run: systemctl enable --now systemd-timesyncd"
DOCTOR: Final = "run: edge doctor"
POLICY_REMEDY: Final = "name a policy in [store] policy; docs/reference/policies.md lists them"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How the appliance is; it holds no identifier of anybody."""

    at: str
    version: str
    store: str
    policy: str
    started: str
    health: Health
    sources: tuple[SourceStatus, ...]
    link: SyncState | None
    """The exchange with the platform; None where the settings name none."""
    observations: int
    """Taken in since the ledger began."""
    events: int
    """Told since the daemon started."""
    late: int
    """Observations that came too late to be put in their place."""
    waiting: int
    """Observations in the mailbox."""

    def line(self) -> str:
        """Say in one line how things stand."""
        at_work = sum(one.state in WORKING for one in self.sources)
        ailing = ", ".join(f"{one.name} {one.state}" for one in self.sources if one.remedy)
        link = "no platform" if self.link is None else "online" if self.link.is_up else "offline"
        parts = (
            f"{at_work} of {len(self.sources)} sources at work",
            ailing,
            link,
            f"{self.health.outbox_depth} events wait",
        )
        return "; ".join(part for part in parts if part)


class Reporter:
    """Looks at every part when it is asked; it belongs to the event loop."""

    def __init__(self, parts: Parts, *, in_force: InForce) -> None:
        self._parts = parts
        self._in_force = in_force
        self._space = Space(parts.store.path)
        self._started = parts.clock.now()
        self._core = {name: Part(name, at=self._started) for name in CORE}

    def say_stuck(self, part: str, reason: str) -> None:
        """Hear from the watchdog that a part makes no progress; empty where it does again."""
        state = "stuck" if reason else "working"
        remedy = "run: journalctl -u store-edge" if reason else ""
        self._core[part].say(state, self._parts.clock.now(), reason=reason, remedy=remedy)

    async def report(self) -> Report:
        """Look at everything."""
        settings, premises = self._in_force.settings, self._in_force.premises
        link = await self._parts.exchange.state()
        statuses = self._parts.sources.statuses()
        return Report(
            at=rfc3339(self._parts.clock.now()),
            version=__version__,
            store=settings.store.id,
            policy=premises.policy.name,
            started=rfc3339(self._started),
            health=await self._health(settings, premises, link=link, statuses=statuses),
            sources=statuses,
            link=link,
            observations=self._parts.intake.position,
            events=self._parts.intake.events,
            late=self._parts.intake.late,
            waiting=len(self._parts.mailbox),
        )

    async def _health(
        self,
        settings: Settings,
        premises: Premises,
        *,
        link: SyncState | None,
        statuses: tuple[SourceStatus, ...],
    ) -> Health:
        now = self._parts.clock.now()
        depth, oldest_ms = await asyncio.to_thread(self._outbox)
        mqtt = settings.mqtt
        self._look_at_clock(now)
        self._look_at_rules(premises, now)
        self._look_at_sweep(now)
        self._look_at_link(link, now)
        return Health(
            at=rfc3339(now),
            parts=(*(one.health() for one in statuses), *self._core_health()),
            outbox_depth=depth,
            outbox_oldest=None if oldest_ms is None else rfc3339(Instant(oldest_ms * MILLISECOND)),
            space_days=self._space.days(now),
            clock_synced=self._parts.clock.is_synced,
            certificate_days=certificate_days(None if mqtt is None else mqtt.cert, now),
        )

    def _core_health(self) -> tuple[PartHealth, ...]:
        drops = sum(self._parts.mailbox.dropped.values())
        return tuple(
            part.health(drops=drops if name == "intake" else 0) for name, part in self._core.items()
        )

    def _outbox(self) -> tuple[int, int | None]:
        reader = self._parts.store.reader()
        try:
            outbox = self._parts.store.outbox
            return outbox.depth(reader), outbox.oldest_ms(reader)
        finally:
            reader.close()

    def _look_at_clock(self, now: Instant) -> None:
        if self._parts.clock.is_synced:
            self._core["clock"].say("synced", now)
        else:
            reason = "no time server has set it, so nobody is recognised"
            self._core["clock"].say("unsynced", now, reason=reason, remedy=CLOCK_REMEDY)

    def _look_at_rules(self, premises: Premises, now: Instant) -> None:
        part = self._core["rules"]
        if premises.doubt:
            part.say("off", now, reason=premises.doubt, remedy=POLICY_REMEDY)
        elif premises.locked is not None:
            locked = premises.locked
            part.say("nobody known", now, reason=locked.doubt, remedy=locked.remedy)
        elif premises.unreadable:
            reason = f"{premises.unreadable} customers' records cannot be opened"
            part.say("in doubt", now, reason=reason, remedy=DOCTOR)
        else:
            part.say("in force", now)

    def _look_at_sweep(self, now: Instant) -> None:
        part, standing = self._core["retention"], self._parts.sweeper.standing
        if standing.is_waiting:
            reason = "nothing is taken for old while the clock is not synchronised"
            part.say("waiting", now, reason=reason, remedy=CLOCK_REMEDY)
        elif not standing.is_scrubbed:
            reason = "a reader keeps what was deleted from leaving the disk"
            part.say("waiting", now, reason=reason, remedy="end the command that reads the ledger")
        elif standing.at is None:
            part.say("sweeping", now)
        else:
            reason = f"last swept {rfc3339(standing.at)}, {standing.rows} rows since the start"
            part.say("in order", now, reason=reason)

    def _look_at_link(self, link: SyncState | None, now: Instant) -> None:
        part = self._core["platform"]
        if link is None:
            part.say("not set", now, reason="the settings have no [mqtt]; events stay here")
        elif link.is_up and not link.is_answered and link.uplink != "listening":
            reason = "it has not said who withdrew since the link stands"
            remedy = "see that the platform answers customers/sync"
            part.say("unanswered", now, reason=reason, remedy=remedy)
        elif link.is_up:
            part.say("online", now)
        else:
            reason = "no link to the broker; events wait here"
            part.say("offline", now, reason=reason, remedy=DOCTOR)
