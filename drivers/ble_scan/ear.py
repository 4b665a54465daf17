"""This is where a scan is started and ended through bleak.

Loaded when a source runs, because it needs bleak.
"""

import asyncio
import logging
from typing import Final

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs, OrPattern
from bleak.assigned_numbers import AdvertisementDataType
from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakError

from drivers.ble_scan.ephemeral import EID_START
from drivers.ble_scan.inbox import Inbox
from drivers.ble_scan.trouble import Refused, Trouble, refused_by

log = logging.getLogger(__name__)

STOP_S: Final = 0.4
"""A cancelled source has a second to end."""

COMMON_FLAGS: Final = (b"\x02", b"\x06", b"\x1a")
"""Flags of connectable phones: general discoverable, the same without BR/EDR, and Apple's."""
PATTERNS: Final = (
    OrPattern(0, AdvertisementDataType.SERVICE_DATA_UUID16, EID_START[1:]),
    *(OrPattern(0, AdvertisementDataType.FLAGS, flags) for flags in COMMON_FLAGS),
)
"""What a passive scan hears: every Eddystone-EID, and what carries the flags of a connectable
phone. A resolvable address has no pattern of its own, so a member's device that advertises without
an EID and without these flags is missed; few patterns, as controllers hold few in hardware."""


class Ear:
    """One adapter's scan; it gives advertisements to the inbox while it is open."""

    def __init__(self, adapter: str, inbox: Inbox, *, start_s: float) -> None:
        self._adapter = adapter
        self._inbox = inbox
        self._start_s = start_s
        self._scanner: BleakScanner | None = None

    async def open(self, *, passively: bool) -> None:
        """Start scanning.

        Raises: Refused, also when BlueZ does not answer within `start_s` seconds.
        """
        args: BlueZScannerArgs = {"adapter": self._adapter}
        if passively:
            args["or_patterns"] = list(PATTERNS)
        else:
            args["filters"] = {"DuplicateData": True}
        scanner = BleakScanner(
            self._inbox.put, scanning_mode="passive" if passively else "active", bluez=args
        )
        try:
            async with asyncio.timeout(self._start_s):
                await scanner.start()
        except TimeoutError as error:
            raise Refused(Trouble.NO_ANSWER, why="start of the scan") from error
        except BleakDBusError as error:
            raise refused_by(error.dbus_error) from error
        except BleakBluetoothNotAvailableError as error:
            raise Refused(Trouble.DENIED) from error
        except BleakError as error:
            raise Refused(Trouble.REFUSED, why=str(error)) from error
        except (OSError, EOFError) as error:
            raise Refused(Trouble.NO_BUS, why=type(error).__name__) from error
        self._scanner = scanner

    async def close(self) -> None:
        """Stop scanning; nothing is given any more, even where BlueZ does not answer."""
        scanner, self._scanner = self._scanner, None
        if scanner is None:
            return
        try:
            async with asyncio.timeout(STOP_S):
                await scanner.stop()
        except (BleakError, OSError, EOFError, TimeoutError) as error:
            log.info("%s: the scan did not end in order: %s", self._adapter, type(error).__name__)


def quieten_libraries() -> None:
    """Keep bleak and dbus-fast from logging addresses and names, as they do at debug level.

    They stay quiet when somebody turns debugging on later.
    """
    for name in ("bleak", "dbus_fast"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
