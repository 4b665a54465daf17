"""This is where the exchange with the platform is begun, ended and begun anew while we run."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from edge.config.json_schema import settings_schema
from edge.config.schema import MqttSettings, Settings
from edge.daemon.clock import LiveClock
from edge.daemon.delivery import Customers, Destination, delivery
from edge.daemon.erasing_book import Changed
from edge.daemon.run_premises import Premises
from edge.model.event import Event, OccupancyEstimated
from edge.model.moment import rfc3339
from edge.model.names import SECOND, Instant
from edge.store.database import Store
from edge.sync.address import Tls
from edge.sync.backoff import BackOff
from edge.sync.glance import SyncState
from edge.sync.greeting import reported_message
from edge.sync.payloads import Health, Occupancy, Reported, ZoneOccupancy
from edge.sync.ports import CommandHandler, SettingsPort
from edge.sync.session import Sync
from edge.sync.topics import NodeAddress, node_address

log = logging.getLogger(__name__)

GOOD_BYE_S: Final = 1.0
"""For the broker to take our good-bye; without it the will says after a while that we are lost."""
STALE_NS: Final = 600 * SECOND
"""Two intervals: an occupancy that is older is no longer told as the present one."""


class Exchange:
    """The exchange, where the settings name a platform; it belongs to the event loop."""

    def __init__(
        self,
        store: Store,
        *,
        clock: LiveClock,
        tasks: asyncio.TaskGroup,
        changed: Callable[[Sequence[Changed]], None],
        settings: SettingsPort,
        commands: Mapping[str, CommandHandler],
    ) -> None:
        """Take the parts; `changed` hears who allows less than before, or was erased."""
        self._commands = commands
        self._changed = changed
        self._settings = settings
        self._address: NodeAddress | None = None
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._sync: Sync | None = None
        self._running: asyncio.Task[None] | None = None
        self._occupancy: dict[str, tuple[Instant, ZoneOccupancy]] = {}

    async def begin(self, settings: Settings, premises: Premises) -> None:
        """Begin, or begin anew with other settings; without [mqtt] everything stays here.

        Raises: ConfigError where a name or the address cannot be used; the old exchange goes on.
        """
        made = None
        if settings.mqtt is not None:
            made = delivery(
                _destination(settings.store.id, settings.mqtt),
                self._store,
                policy=premises.policy.name,
                customers=self._customers(premises),
                now=self._clock.now,
                settings_schema=settings_schema,
                notice=premises.notice,
                settings=self._settings,
                commands=self._commands,
            )
        await self.end()
        if made is not None and settings.mqtt is not None:
            self._address = node_address(settings.store.id, settings.mqtt.node)
            self._sync = made
            self._running = self._tasks.create_task(made.run(), name="sync")

    def _customers(self, premises: Premises) -> Customers | None:
        """Make who takes customers in; without the device's key the broker keeps them for later."""
        if self._store.vault is None:
            return None
        return Customers(
            self._store,
            premises.book,
            now=self._clock.now,
            changed=lambda applied: self._changed(applied.changes),
        )

    async def end(self) -> None:
        """Say good-bye and end; what was not acknowledged stays in the outbox."""
        sync, running, self._sync, self._running = self._sync, self._running, None, None
        if sync is None or running is None:
            return
        sync.stop()
        await asyncio.wait({running}, timeout=GOOD_BYE_S)
        running.cancel()
        await asyncio.wait({running})

    def publish_reported(self, reported: Reported) -> None:
        """Say which settings are in force; without a link the next one brings the question."""
        if self._sync is not None and self._address is not None:
            self._sync.publish(reported_message(self._address, reported))
            self._sync.publish_info()

    async def state(self) -> SyncState | None:
        """Give how it is; None without a platform."""
        return None if self._sync is None else await self._sync.state()

    def tell(self, events: Sequence[Event]) -> None:
        """Hear that events were stored: they leave at once."""
        for event in events:
            data = event.data
            if isinstance(data, OccupancyEstimated):
                self._occupancy[data.zone] = (
                    event.at,
                    ZoneOccupancy(
                        zone=data.zone,
                        people=data.people,
                        low=data.low,
                        high=data.high,
                        coverage=data.coverage,
                    ),
                )
        if self._sync is not None:
            self._sync.poke()

    def rewritten(self) -> None:
        """Hear that names were taken out of events that wait: what was read of them is stale."""
        if self._sync is not None:
            self._sync.rewritten()

    def publish_health(self, health: Health) -> None:
        """Tell the platform how the appliance is."""
        if self._sync is not None:
            self._sync.publish_health(health)

    def publish_occupancy(self) -> None:
        """Tell screens and dashboards the newest figures; nothing where there are none."""
        now = self._clock.now()
        fresh = [(at, zone) for at, zone in self._occupancy.values() if now - at <= STALE_NS]
        if self._sync is not None and fresh:
            newest = max(at for at, _ in fresh)
            self._sync.publish_occupancy(
                Occupancy(at=rfc3339(newest), zones=tuple(zone for _, zone in fresh))
            )


def _destination(store: str, mqtt: MqttSettings) -> Destination:
    return Destination(
        url=mqtt.url,
        store=store,
        node=mqtt.node,
        tls=Tls(ca=mqtt.ca, certificate=mqtt.cert, key=mqtt.key),
        back_off=BackOff(),
    )
