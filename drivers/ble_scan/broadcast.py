"""This is where the store's own beacon is kept on the air, through BlueZ.

Loaded when a source runs, because it needs dbus-fast.
"""

import logging
from typing import Annotated, Final

from dbus_fast import PropertyAccess, Variant
from dbus_fast.annotations import DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from drivers.ble_scan.adapters import ADVERTISING, path_of
from drivers.ble_scan.beacon import APPLE
from drivers.ble_scan.bluez import Bluez
from drivers.ble_scan.options import BeaconOptions
from drivers.ble_scan.own_beacon import beacon_value, turn_of
from drivers.ble_scan.trouble import Refused
from edge.model.names import SECOND, Instant

log = logging.getLogger(__name__)

ADVERTISEMENT: Final = "org.bluez.LEAdvertisement1"
RETRY_NS: Final = 60 * SECOND
STOP_S: Final = 0.3
"""A cancelled source has a second to end."""

Manufacturers = Annotated[dict[int, Variant], DBusSignature("a{qv}")]


class Advertisement(ServiceInterface):
    """What BlueZ asks us about one advertisement (org.bluez.LEAdvertisement(5))."""

    def __init__(self, value: bytes) -> None:
        super().__init__(ADVERTISEMENT)
        self._value = value
        self.is_released = False
        """Whether BlueZ took it off the air by itself."""

    @dbus_method(name="Release")
    def release(self) -> None:
        """Hear that it is off the air."""
        self.is_released = True

    @dbus_property(access=PropertyAccess.READ, name="Type")
    def kind(self) -> DBusStr:
        """Say that nobody can connect; such advertisements get an address of no use to anybody."""
        return "broadcast"

    @dbus_property(access=PropertyAccess.READ, name="ManufacturerData")
    def manufacturer_data(self) -> Manufacturers:
        """Give the beacon's bytes."""
        return {APPLE: Variant("ay", self._value)}


class Broadcast:
    """The store's beacon on one adapter; where BlueZ refuses, it is tried again every minute."""

    def __init__(
        self, bluez: Bluez, beacon: BeaconOptions, *, key: bytes | None, adapter: str
    ) -> None:
        self._bluez = bluez
        self._beacon = beacon
        self._key = key
        self._adapter = adapter
        self._path = f"/store_edge/beacon/{adapter}"
        self._on_air: Advertisement | None = None
        self._turn = -1
        self._not_before = 0
        self._is_failing = False

    async def keep_up(self, now: Instant) -> None:
        """See to it that the beacon of this moment is on the air; mostly there is nothing to do."""
        turn = turn_of(now)
        # The line of time begins anew where the system's clock was far ahead.
        self._not_before = min(self._not_before, now + RETRY_NS)
        stands = self._on_air is not None and not self._on_air.is_released
        if (stands and turn == self._turn) or now < self._not_before:
            return
        try:
            await self.end()
            await self._begin(turn)
        except Refused as refused:
            self._not_before = now + RETRY_NS
            if not self._is_failing:
                log.warning(
                    "the store's beacon is not on the air: %s %s", refused.trouble, refused.why
                )
            self._is_failing = True
            return
        if self._is_failing:
            log.info("the store's beacon is on the air again")
        self._is_failing = False

    async def _begin(self, turn: int) -> None:
        advertisement = Advertisement(beacon_value(self._beacon, self._key, turn))
        self._bluez.export(self._path, advertisement)
        # Before the answer: whoever is cancelled while BlueZ thinks has to take it off again.
        self._on_air, self._turn = advertisement, turn
        try:
            await self._call("RegisterAdvertisement", "oa{sv}", [self._path, {}])
        except Refused:
            self._on_air = None
            self._bluez.unexport(self._path)
            raise

    async def end(self) -> None:
        """Take the beacon off the air, where it is on it.

        Raises: Refused.
        """
        advertisement, self._on_air = self._on_air, None
        if advertisement is None:
            return
        self._bluez.unexport(self._path)
        if not advertisement.is_released:
            await self._call("UnregisterAdvertisement", "o", [self._path])

    async def _call(self, member: str, signature: str, body: list[object]) -> None:
        await self._bluez.call(
            path_of(self._adapter), ADVERTISING, member, signature=signature, body=body
        )
