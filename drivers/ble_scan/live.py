"""This is where a Bluetooth source listens: scan, hand over, notice silence and trouble, recover.

Loaded when a source runs, because it needs bleak and dbus-fast. Everything happens in the task
that runs the source; what stops it leaves as one of the errors in `trouble`.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final

import msgspec

from drivers.ble_scan.adapters import RFKILL, Adapter, blocked_adapters, scans_passively, usable
from drivers.ble_scan.bluez import Bluez, connected
from drivers.ble_scan.broadcast import STOP_S, Broadcast
from drivers.ble_scan.ear import Ear, quieten_libraries
from drivers.ble_scan.handing import hand_over_heard
from drivers.ble_scan.inbox import Inbox
from drivers.ble_scan.ladder import LADDER, Act, Rung, Sign
from drivers.ble_scan.options import BeaconOptions, Mode, Options
from drivers.ble_scan.own_beacon import read_key
from drivers.ble_scan.trouble import Refused, Trouble, fault
from edge.driver.contract import Clock, Tape
from edge.driver.outlet import Outlet
from edge.errors import ConfigError
from edge.model.names import SECOND

log = logging.getLogger(__name__)

OFF_LOOK_S: Final = 0.25
LOST: Final = "adverts crowded out"
"""Reason for advertisements that came faster than they could be handed over."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long a source waits for what; seconds."""

    tick_s: float = 1.0
    """Between two looks at the clock, at the longest."""
    patience_s: float = 3.0
    """For an adapter that is off at the start: BlueZ switches it on a moment after it began."""
    start_s: float = 5.0
    """For a scan to begin: StartDiscovery was seen to hang for good."""


DEFAULT_PACE: Final = Pace()


async def listen(
    options: Options,
    outlet: Outlet,
    *,
    clock: Clock,
    tape: Tape | None = None,
    pace: Pace = DEFAULT_PACE,
    rfkill: Path = RFKILL,
) -> None:
    """Listen until cancelled.

    Raises: SourceFault or SourceUnusable, with the remedy.
    """
    quieten_libraries()
    try:
        async with connected() as bluez:
            adapter = await _adapter(bluez, options, rfkill=rfkill, patience_s=pace.patience_s)
            inbox = Inbox()
            await bluez.watch(options.adapter, inbox.tell)
            listener = Listener(
                options,
                bluez=bluez,
                inbox=inbox,
                clock=clock,
                ear=Ear(options.adapter, inbox, start_s=pace.start_s),
                passively=scans_passively(adapter, options.mode),
            )
            broadcast = _broadcast(bluez, options)
            try:
                await listener.begin()
                outlet.heard(clock.now(), 0)
                await _go_on(listener, outlet, tape=tape, broadcast=broadcast, tick_s=pace.tick_s)
            finally:
                await listener.end()
                await _off_air(broadcast)
    except Refused as refused:
        raise fault(refused.trouble, options.adapter, why=refused.why) from refused


async def _adapter(bluez: Bluez, options: Options, *, rfkill: Path, patience_s: float) -> Adapter:
    """Give the source's adapter; one that is off is waited for.

    Raises: Refused.
    """
    looks = round(patience_s / OFF_LOOK_S)
    while True:
        found = usable(await bluez.adapters(), options, blocked_adapters(rfkill))
        if isinstance(found, Adapter):
            return found
        if found is not Trouble.OFF or not looks:
            raise Refused(found)
        looks -= 1
        await asyncio.sleep(OFF_LOOK_S)


async def _go_on(
    listener: "Listener",
    outlet: Outlet,
    *,
    tape: Tape | None,
    broadcast: Broadcast | None,
    tick_s: float,
) -> None:
    inbox, clock = listener.inbox, listener.clock
    while True:
        await inbox.wait(tick_s)
        now = clock.now()
        if heard := inbox.take():
            hand_over_heard(outlet, now, heard, tape=tape)
        if lost := inbox.take_lost():
            outlet.refuse(now, LOST, lost)
        await listener.look(has_heard=bool(heard))
        if broadcast:
            await broadcast.keep_up(now)


class Listener:
    """Keeps one adapter listening, step by step up the ladder where it falls silent."""

    def __init__(
        self,
        options: Options,
        *,
        bluez: Bluez,
        inbox: Inbox,
        clock: Clock,
        ear: Ear,
        passively: bool,
    ) -> None:
        self.inbox = inbox
        self.clock = clock
        self._options = options
        self._bluez = bluez
        self._ear = ear
        self._passively = passively
        self._rung = Rung.LISTENING
        self._silent_since = 0

    async def begin(self) -> None:
        """Start the scan.

        Raises: Refused.
        """
        if not await self._open():
            await self._climb(Sign.BUSY)

    async def look(self, *, has_heard: bool) -> None:
        """See whether the radio still hears, and do what the ladder says where it does not.

        Raises: Refused where nothing more can be tried, or the adapter or BlueZ is gone.
        """
        if not self._bluez.is_connected:
            raise Refused(Trouble.NO_BUS)
        if trouble := self.inbox.take_trouble():
            await self._confirm(trouble)
        now = self.clock.now()
        # The line of time begins anew where the system's clock was far ahead.
        self._silent_since = min(self._silent_since, now)
        if has_heard:
            self._silent_since = now
            if self._rung is not Rung.LISTENING:
                await self._climb(Sign.HEARD)
        elif now - self._silent_since >= self._options.restart_after_s * SECOND:
            await self._climb(Sign.SILENT)

    async def end(self) -> None:
        """Stop the scan."""
        await self._ear.close()

    async def _confirm(self, trouble: Trouble) -> None:
        """Raise a trouble that was signalled, unless the adapter is on again."""
        if trouble is Trouble.TURNED_OFF and await self._bluez.is_powered(self._options.adapter):
            return
        raise Refused(trouble)

    async def _climb(self, sign: Sign) -> None:
        adapter = self._options.adapter
        while True:
            self._rung, act = LADDER[self._rung, sign]
            if act is Act.GIVE_UP:
                raise Refused(Trouble.BUSY if sign is Sign.BUSY else Trouble.DEAF)
            if act is Act.CARRY_ON:
                log.info("%s hears again", adapter)
                return
            log.warning("%s is %s: %s", adapter, sign, act)
            await self._ear.close()
            if act is Act.POWER_CYCLE:
                await self._bluez.power_cycle(adapter)
            if self._options.mode is Mode.AUTO:
                # BlueZ can drop a passive scan's monitor without a word to bleak's caller.
                self._passively = False
            if await self._open():
                return
            sign = Sign.BUSY

    async def _open(self) -> bool:
        """Start the scan and say whether it began; False where BlueZ is busy with an earlier one.

        Raises: Refused.
        """
        try:
            await self._ear.open(passively=self._passively)
        except Refused as refused:
            if refused.trouble is Trouble.BUSY:
                return False
            is_second_best = self._passively and self._options.mode is Mode.AUTO
            if refused.trouble is not Trouble.REFUSED or not is_second_best:
                raise
            log.info("%s scans actively: %s", self._options.adapter, refused.why)
            self._passively = False
            return await self._open()
        self._silent_since = self.clock.now()
        return True


def _broadcast(bluez: Bluez, options: Options) -> Broadcast | None:
    """Give the store's beacon, None where there is none or its key cannot be read."""
    beacon: BeaconOptions | None = options.beacon
    if beacon is None:
        return None
    try:
        key = read_key(beacon)
    except ConfigError as error:
        log.warning("the store's beacon is not on the air: %s", error)
        return None
    return Broadcast(bluez, beacon, key=key, adapter=options.adapter)


async def _off_air(broadcast: Broadcast | None) -> None:
    if broadcast is None:
        return
    try:
        async with asyncio.timeout(STOP_S):
            await broadcast.end()
    except (Refused, TimeoutError) as error:
        log.info("the store's beacon was not taken off the air in order: %s", error)
