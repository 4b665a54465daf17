"""This is where the daemon is put together: the one place that knows every part."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

from edge import __version__
from edge.config.load import load_settings
from edge.daemon.assembly import Assembled, put_together
from edge.daemon.clock import system_clock
from edge.daemon.control import ControlSocket
from edge.daemon.counts import CountsDesk, CountsOrder
from edge.daemon.customer_orders import CustomerOrder
from edge.daemon.enrol import FaceOrder, Outcome
from edge.daemon.erasing_start import go_on
from edge.daemon.gates import GateSums
from edge.daemon.lending import lending
from edge.daemon.live_store import make_folder, open_live_store
from edge.daemon.lock import FolderLock
from edge.daemon.notify import Notifier
from edge.daemon.run_clock import ClockWatch
from edge.daemon.run_logs import hear_loop
from edge.daemon.run_proof import Proof, Prover
from edge.daemon.run_report import Report, Reporter
from edge.daemon.run_settings import Options
from edge.daemon.run_watch import Glimpse, glimpses
from edge.daemon.run_watchdog import Watchdog
from edge.daemon.status import SourceStatus
from edge.daemon.supervisor_sources import Change
from edge.daemon.tending import tend
from edge.daemon.waiting import set_within
from edge.errors import ConfigError
from edge.model.event import Event, SourceStateChanged
from edge.model.names import Instant
from edge.privacy.audit import STARTED, STOPPED
from edge.privacy.published import Release
from edge.store.engine import sqlite_faults
from edge.store.ledger import Snapshot

log = logging.getLogger(__name__)

FIRST_SIGN_S: Final = 0.3
"""The start waits so long for the clock's sign."""
HEALTH_S: Final = 30.0
"""Longest time between two reports of health; a change of a source is told at once."""
CALM_S: Final = 1.0
"""Shortest time between two."""
OCCUPANCY_S: Final = 10.0
"""A third of the time after which the broker forgets the figures."""


async def run(
    options: Options, *, notifier: Notifier, ended: Callable[[], None] = lambda: None
) -> None:
    """Run a store until SIGTERM or SIGINT; `ended` is called once nothing more can be lost.

    A driver that does not end keeps this from returning: whoever cannot wait leaves after `ended`.
    Raises: ConfigError, StoreError; alone or, from a running daemon, in an ExceptionGroup.
    """
    settings = load_settings(options.settings)
    make_folder(options.state)
    with FolderLock(options.state), open_live_store(options.state, settings.store) as store:
        snapshot = store.ledger.snapshot()
        clock = system_clock(Instant(0) if snapshot is None else snapshot.at)
        asyncio.get_running_loop().set_exception_handler(hear_loop)
        async with asyncio.TaskGroup() as tasks:
            assembled = put_together(options, settings, store=store, clock=clock, tasks=tasks)
            daemon = Daemon(options, assembled, tasks=tasks)
            await daemon.begin(snapshot, notifier=notifier)
            await daemon.serve()
            notifier.stopping()
            await daemon.end()
            store.close()
            log.info("the service has ended; everything is on the disk")
            ended()


class Daemon:
    """A running store; it belongs to the event loop."""

    def __init__(self, options: Options, assembled: Assembled, *, tasks: asyncio.TaskGroup) -> None:
        parts, in_force = assembled.parts, assembled.in_force
        self._options = options
        self._parts = parts
        self._in_force = in_force
        self._hear = assembled.listeners.append
        self._tasks = tasks
        self._notifier = Notifier(None)
        self._reporter = Reporter(parts, in_force=in_force)
        self._prover = Prover(parts, in_force=in_force)
        self._enrolling = assembled.enrolling
        self._customers = assembled.desk
        self._gates = GateSums(parts.trail, statuses=parts.sources.statuses)
        self._counts = CountsDesk(parts.store, trail=parts.trail, now=parts.clock.now)
        self._core: dict[str, asyncio.Task[None]] = {}
        self._stopped = asyncio.Event()
        self._news = asyncio.Event()

    async def begin(self, snapshot: Snapshot | None, *, notifier: Notifier) -> None:
        """Start every part; broker, network and hardware are not waited for."""
        parts = self._parts
        self._notifier = notifier
        self._hear(self.hear)
        self._doubt()
        watch = ClockWatch(
            parts.clock,
            sign=self._options.sign,
            ledger=parts.store.ledger,
            say_synced=self._in_force.say_synced,
            go_back=self._in_force.start_anew,
        )
        await watch.begin(within_s=FIRST_SIGN_S)
        floor, tuning = self._in_force.floor_and_tuning()
        taken = go_on(snapshot, parts.store, floor=floor, tuning=tuning, now=parts.clock.now())
        log.info("the ledger is open: %s", taken.note)
        await parts.intake.begin(taken, position=0 if snapshot is None else snapshot.position)
        await self._note_start()
        await self._in_force.begin()
        self._hear_signals()
        watchdog = Watchdog(
            parts.store,
            turns=lambda: parts.intake.turns,
            notifier=notifier,
            say_stuck=self._reporter.say_stuck,
        )
        control = ControlSocket(self._options.state, desk=self)
        control.open()
        self._start_parts(watch, control)
        notifier.ready()
        self._start("watchdog", watchdog.run())

    def _start_parts(self, watch: ClockWatch, control: ControlSocket) -> None:
        """Start what works until the end."""
        parts = self._parts
        self._start("intake", parts.intake.run())
        self._start("customers", tend(lambda: self._in_force.premises, parts.store))
        self._start("clock", watch.run())
        self._start("control", control.run())
        self._start("peppers", self._prover.expire())
        self._start("retention", parts.sweeper.run())
        self._start("gates", self._gates.run())
        self._start("erasures", parts.erasing.run())
        self._start("withdrawals", self._customers.run())
        self._start("health", self._tell_health())
        self._start("occupancy", self._tell_occupancy())

    async def serve(self) -> None:
        """Serve until the service is told to stop."""
        await self._stopped.wait()

    async def end(self) -> None:
        """Stop the sources, bring everything to the disk, say good-bye."""
        parts = self._parts
        intake = self._core.pop("intake")
        for task in self._core.values():
            task.cancel()
        await asyncio.wait(self._core.values())
        await self._gates.tell()
        await parts.sources.stop()
        parts.intake.end()
        await asyncio.wait({intake})
        await parts.exchange.end()
        await parts.trail.note(STOPPED)

    def hear(self, events: Sequence[Event]) -> None:
        """Hear that events are on the disk."""
        for event in events:
            data = event.data
            if isinstance(data, SourceStateChanged):
                self._news.set()
                if data.to == "deaf":
                    self._parts.sources.deafen(data.source)
        self._parts.exchange.tell(events)

    # What the control socket asks (edge.daemon.control.Desk).

    async def status(self) -> Report:
        """Give the whole report."""
        return await self._reporter.report()

    async def proof(self) -> Proof:
        """Give by which rules about people the daemon works."""
        return await self._prover.proof()

    async def face(self, order: FaceOrder) -> Outcome:
        """Enrol or forget a face, or say whether that may be."""
        return await self._enrolling.answer(order)

    def lend(self, source: str) -> AsyncGenerator[Mapping[str, str], None]:
        """Keep a source from its device until the client hangs up."""
        return lending(self._parts.sources, source)

    async def customer(self, order: CustomerOrder) -> Any:
        """Show, hand out, erase what is held about somebody, or take a consent back."""
        return await self._customers.answer(order)

    async def counts(self, order: CountsOrder) -> Release:
        """Publish a day's counts."""
        return await self._counts.answer(order)

    async def source_list(self) -> tuple[SourceStatus, ...]:
        """Give how every source is."""
        return self._parts.sources.statuses()

    async def reload(self) -> Change:
        """Read the settings anew."""
        self._notifier.reloading(time.monotonic_ns() // 1000)
        try:
            return await self._in_force.reload()
        except ConfigError as error:
            log.error("the settings were refused, the old ones stay in force: %s", error)  # noqa: TRY400 - the words say all
            raise
        finally:
            self._news.set()
            self._notifier.ready()

    def watch(self, source: str) -> AsyncGenerator[Glimpse, None]:
        """Give what a source notices, without identifiers."""
        return glimpses(lambda: self._parts.sources.find(source))

    async def _note_start(self) -> None:
        premises = self._in_force.premises
        begun = {
            "version": __version__,
            "policy": premises.policy.name,
            "notice": premises.notice,
        }
        await self._parts.trail.note(STARTED, detail=begun)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._core[name] = self._tasks.create_task(work, name=name)

    def _hear_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopped.set)
        loop.add_signal_handler(signal.SIGHUP, self._hear_hangup)

    def _hear_hangup(self) -> None:
        self._tasks.create_task(self._reload_alone(), name="reload")

    async def _reload_alone(self) -> None:
        try:
            await self.reload()
        except ConfigError:
            return  # it was logged, and the old settings are in force

    def _doubt(self) -> None:
        """Say what is not as it should be, and how to mend it."""
        premises = self._in_force.premises
        if premises.doubt:
            log.error("%s", premises.doubt)
        for fault in sqlite_faults():
            log.warning("%s", fault)
        if self._in_force.settings.mqtt is None:
            log.info("the settings have no [mqtt]: events stay here")
        if not self._in_force.settings.sources:
            log.warning("the settings have no [[source]]: run: edge sources discover")

    async def _tell_health(self) -> None:
        while True:
            report = await self._reporter.report()
            self._parts.exchange.publish_health(report.health)
            self._notifier.status(report.line())
            await asyncio.sleep(CALM_S)
            await set_within(self._news, HEALTH_S)
            self._news.clear()

    async def _tell_occupancy(self) -> None:
        while True:
            self._parts.exchange.publish_occupancy()
            await asyncio.sleep(OCCUPANCY_S)
