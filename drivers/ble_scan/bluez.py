"""This is where BlueZ is spoken with about what bleak has no word for: adapters, power, faults.

Loaded when a source runs or is checked, because it needs dbus-fast.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from dbus_fast import (
    AuthError,
    BusType,
    InvalidAddressError,
    Message,
    MessageFlag,
    MessageType,
    Variant,
    unpack_variants,
)
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface

from drivers.ble_scan.adapters import ADAPTER, Adapter, adapters_in, path_of
from drivers.ble_scan.trouble import Refused, Trouble, refused_by

SERVICE: Final = "org.bluez"
OBJECT_MANAGER: Final = "org.freedesktop.DBus.ObjectManager"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
BUS: Final = "org.freedesktop.DBus"
BUS_PATH: Final = "/org/freedesktop/DBus"

ANSWER_S: Final = 5.0
"""BlueZ answers in milliseconds; to be started, or to bring up a USB adapter, it takes 2 s."""


class Bluez:
    """A connection to the system's bus, for talking with BlueZ; belongs to the event loop."""

    def __init__(self, bus: MessageBus, *, flags: MessageFlag, answer_s: float) -> None:
        self._bus = bus
        self._flags = flags
        self._answer_s = answer_s

    @property
    def is_connected(self) -> bool:
        """Whether the bus is still there."""
        return self._bus.connected

    async def adapters(self) -> tuple[Adapter, ...]:
        """Give every adapter; changes nothing.

        Raises: Refused.
        """
        (objects,) = await self.call("/", OBJECT_MANAGER, "GetManagedObjects")
        return adapters_in(objects)

    async def is_powered(self, adapter: str) -> bool:
        """Say whether an adapter is on.

        Raises: Refused.
        """
        (powered,) = await self.call(
            path_of(adapter), PROPERTIES, "Get", signature="ss", body=[ADAPTER, "Powered"]
        )
        return bool(powered)

    async def power_cycle(self, adapter: str) -> None:
        """Switch an adapter off and on again.

        Raises: Refused.
        """
        for is_on in (False, True):
            body = [ADAPTER, "Powered", Variant("b", is_on)]
            await self.call(path_of(adapter), PROPERTIES, "Set", signature="ssv", body=body)

    async def watch(self, adapter: str, tell: Callable[[Trouble], None]) -> None:
        """Have `tell` called when the adapter is switched off or taken out, or BlueZ ends.

        Raises: Refused.
        """
        self._bus.add_message_handler(partial(_heed, path_of(adapter), tell))
        for rule in (
            f"type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{SERVICE}'",
            f"type='signal',sender='{SERVICE}',member='InterfacesRemoved'",
            f"type='signal',sender='{SERVICE}',member='PropertiesChanged',path='{path_of(adapter)}'",
        ):
            await self.call(BUS_PATH, BUS, "AddMatch", signature="s", body=[rule], destination=BUS)

    def export(self, path: str, interface: ServiceInterface) -> None:
        """Let BlueZ call an object of ours."""
        self._bus.export(path, interface)

    def unexport(self, path: str) -> None:
        """Take an object back."""
        self._bus.unexport(path)

    async def call(
        self,
        path: str,
        interface: str,
        member: str,
        *,
        signature: str = "",
        body: Sequence[Any] = (),
        destination: str = SERVICE,
    ) -> list[Any]:
        """Call a method and give what it answers.

        Raises: Refused, also when no answer comes.
        """
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
            flags=self._flags,
        )
        try:
            async with asyncio.timeout(self._answer_s):
                reply = await self._bus.call(message)
        except TimeoutError as error:
            raise Refused(Trouble.NO_ANSWER, why=member) from error
        except (OSError, EOFError) as error:
            raise Refused(Trouble.NO_BUS, why=type(error).__name__) from error
        if reply.message_type is MessageType.ERROR:
            raise refused_by(reply.error_name)
        answer: list[Any] = unpack_variants(reply.body)
        return answer


@asynccontextmanager
async def connected(
    *, flags: MessageFlag = MessageFlag.NONE, answer_s: float = ANSWER_S
) -> AsyncIterator[Bluez]:
    """Connect to the system's bus for as long as it takes, and wait `answer_s` for each answer.

    With MessageFlag.NO_AUTOSTART nothing that is said starts BlueZ.
    Raises: Refused.
    """
    try:
        bus = MessageBus(bus_type=BusType.SYSTEM)
        async with asyncio.timeout(answer_s):
            await bus.connect()
    except (OSError, AuthError, InvalidAddressError, TimeoutError) as error:
        raise Refused(Trouble.NO_BUS, why=type(error).__name__) from error
    try:
        yield Bluez(bus, flags=flags, answer_s=answer_s)
    finally:
        bus.disconnect()


def _heed(path: str, tell: Callable[[Trouble], None], message: Message) -> None:
    trouble = trouble_in(message, path) if message.message_type is MessageType.SIGNAL else None
    if trouble:
        tell(trouble)


def trouble_in(signal: Message, path: str) -> Trouble | None:
    """Say what a signal means for the adapter at `path`."""
    body = signal.body
    if signal.member == "NameOwnerChanged":
        return Trouble.NO_SERVICE if body[0] == SERVICE and not body[2] else None
    if signal.member == "InterfacesRemoved":
        return Trouble.NO_ADAPTER if body[0] == path and ADAPTER in body[1] else None
    if signal.member == "PropertiesChanged" and signal.path == path and body[0] == ADAPTER:
        powered = body[1].get("Powered")
        return Trouble.TURNED_OFF if powered is not None and not powered.value else None
    return None
