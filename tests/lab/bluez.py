"""This is where BlueZ is played on a message bus of our own, for drivers that know no difference.

It speaks the parts of BlueZ's D-Bus API that a scan, a passive scan and a beacon need, and can be
told to refuse, to hang, to lose its adapter and to die.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

BLUEZ: Final = "org.bluez"
ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
MONITORS, MONITOR = "org.bluez.AdvertisementMonitorManager1", "org.bluez.AdvertisementMonitor1"
ADVERTISING, ADVERTISEMENT = "org.bluez.LEAdvertisingManager1", "org.bluez.LEAdvertisement1"
OBJECTS, PROPERTIES = "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus.Properties"
HANG: Final = "hang"
"""Fault of a method that never answers."""
FLAGS, SERVICE_DATA_16 = 0x01, 0x16


class FakeBluez:
    """One running bluetoothd; what was asked of it is in `calls`, in its order."""

    def __init__(self, bus: MessageBus, *, has_monitors: bool = True) -> None:
        self.calls: list[str] = []
        self.faults: dict[str, str] = {}
        """By method: the name of the D-Bus error it answers with, or HANG."""
        self.on_air: dict[str, dict[str, Any]] = {}
        """What LEAdvertisement1 said of each advertisement that is sent, by its path."""
        self.filters: dict[str, Any] = {}
        self.patterns: list[tuple[int, int, bytes]] = []
        """Of the passive scan that is on; empty where none is."""
        self._bus = bus
        self._has_monitors = has_monitors
        self._objects: dict[str, dict[str, dict[str, Variant]]] = {}
        self._senders: dict[str, str] = {}
        self._monitors: set[str] = set()
        self._is_discovering = False
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        bus.add_message_handler(self._answer)

    # what happens to the hardware

    def plug_in(self, name: str = "hci0", *, powered: bool = True, free_adverts: int = 5) -> None:
        """Add an adapter."""
        interfaces = {
            ADAPTER: {
                "Address": Variant("s", "00:11:22:33:44:55"),
                "Powered": Variant("b", powered),
                "Discovering": Variant("b", False),  # noqa: FBT003 - a D-Bus type and its value
            },
            ADVERTISING: {"SupportedInstances": Variant("y", free_adverts)},
        }
        if self._has_monitors:
            interfaces[MONITORS] = {"SupportedMonitorTypes": Variant("as", ["or_patterns"])}
        self._add(f"/org/bluez/{name}", interfaces)

    def unplug(self, name: str = "hci0") -> None:
        """Take an adapter out, with all that it heard."""
        for path in [path for path in self._objects if path.startswith(f"/org/bluez/{name}")]:
            interfaces = list(self._objects.pop(path))
            self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [path, interfaces])

    def switch(self, name: str = "hci0", *, powered: bool) -> None:
        """Switch an adapter on or off, as somebody else on the machine does."""
        self._change(f"/org/bluez/{name}", ADAPTER, {"Powered": Variant("b", powered)})

    def advert(
        self,
        address: str = "4A:01:02:03:04:05",
        *,
        rssi: int | None = -60,
        kind: str = "random",
        name: str = "",
        flags: int | None = None,
        services: Sequence[str] = (),
        service_data: Mapping[str, bytes] | None = None,
        manufacturer_data: Mapping[int, bytes] | None = None,
        adapter: str = "hci0",
    ) -> bool:
        """Put one advertisement on the air and say whether the scan lets it through.

        Wait for `told` between many: dbus-fast gives its connection up where the socket is full.
        """
        if not self._lets_through(flags, service_data or {}):
            return False
        path = f"/org/bluez/{adapter}/dev_{address.replace(':', '_')}"
        props: dict[str, Variant] = {}
        if rssi is not None:
            props["RSSI"] = Variant("n", rssi)
        if flags is not None:
            props["AdvertisingFlags"] = Variant("ay", bytes([flags]))
        if service_data:
            values = {uuid: Variant("ay", value) for uuid, value in service_data.items()}
            props["ServiceData"] = Variant("a{sv}", values)
        if manufacturer_data:
            by_maker = {number: Variant("ay", value) for number, value in manufacturer_data.items()}
            props["ManufacturerData"] = Variant("a{qv}", by_maker)
        if path in self._objects:
            self._change(path, DEVICE, props)
            return True
        named = {"Name": Variant("s", name)} if name else {}
        lasting = {
            "Address": Variant("s", address),
            "AddressType": Variant("s", kind),
            "Alias": Variant("s", name or address.replace(":", "-")),
            "Adapter": Variant("o", f"/org/bluez/{adapter}"),
            "UUIDs": Variant("as", list(services)),
        }
        self._add(path, {DEVICE: lasting | named | props})
        return True

    def forget(self) -> None:
        """Forget every device, as BlueZ does half a minute after its last advertisement."""
        for path in [path for path in self._objects if "/dev_" in path]:
            interfaces = list(self._objects.pop(path))
            self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [path, interfaces])

    def die(self) -> None:
        """End as bluetoothd does when it is killed: without a word."""
        self._bus.disconnect()

    async def called(self, method: str, times: int = 1) -> None:
        """Wait until a method was called so often."""
        async with self._news:
            await self._news.wait_for(lambda: self.calls.count(method) >= times)

    def count(self, method: str) -> int:
        """Give how often a method was called."""
        return self.calls.count(method)

    async def told(self) -> None:
        """Wait until everything said so far is on its way to whoever listens."""
        await self._bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="GetId",
            )
        )

    # the API

    def _answer(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        method = str(message.member)
        if method == "Set":
            method = f"Set {message.body[1]} {message.body[2].value}"
        self._later(self._note(method))
        if fault := self.faults.get(method):
            return fault == HANG or Message.new_error(message, fault, "told to refuse")
        if method == "GetManagedObjects":
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [self._objects])
        if message.path not in self._objects:
            return None
        is_property = message.interface == PROPERTIES
        return self._property(message) if is_property else self._method(message, message.path)

    async def _note(self, method: str) -> None:
        async with self._news:
            self.calls.append(method)
            self._news.notify_all()

    def _property(self, message: Message) -> Message | None:
        path, name = str(message.path), message.body[1]
        if message.member == "Get":
            value = self._objects[path][message.body[0]][name]
            return Message.new_method_return(message, "v", [value])
        if message.member == "Set":
            self._change(path, message.body[0], {name: message.body[2]})
            if not message.body[2].value:
                self._is_discovering, self.patterns = False, []
            return Message.new_method_return(message)
        return None

    def _method(self, message: Message, path: str) -> Message | bool | None:
        member = message.member
        if member in ("StartDiscovery", "StopDiscovery"):
            if not self._objects[path][ADAPTER]["Powered"].value:
                return Message.new_error(message, "org.bluez.Error.NotReady", "Resource Not Ready")
            self._is_discovering = member == "StartDiscovery"
        elif member == "SetDiscoveryFilter":
            self.filters = {name: value.value for name, value in message.body[0].items()}
        elif member == "RegisterMonitor" and self._has_monitors:
            self._monitors.add(message.body[0])
            self._later(self._ask_patterns(str(message.sender), message.body[0]))
        elif member == "UnregisterMonitor" and self._has_monitors:
            self._monitors.discard(message.body[0])
            self.patterns = []
        elif member == "RegisterAdvertisement":
            self._later(self._ask_advertisement(message))
            return True
        elif member == "UnregisterAdvertisement":
            self.on_air.pop(message.body[0], None)
        else:
            return None
        return Message.new_method_return(message)

    async def _ask_patterns(self, client: str, path: str) -> None:
        # The client shows its monitor after it was told that it is welcome.
        while path in self._monitors:
            if props := await self._props(client, path, MONITOR):
                self.patterns = [tuple(pattern) for pattern in props["Patterns"]]
                await self._note("Activate")
                return

    async def _ask_advertisement(self, message: Message) -> None:
        path = message.body[0]
        props = await self._props(str(message.sender), path, ADVERTISEMENT)
        if props is None:
            self._bus.send(Message.new_error(message, "org.bluez.Error.Failed", "no such object"))
            return
        self.on_air[path], self._senders[path] = props, str(message.sender)
        self._bus.send(Message.new_method_return(message))
        await self._note("on air")

    async def _props(self, client: str, path: str, interface: str) -> dict[str, Any] | None:
        answer = await self._bus.call(
            Message(
                destination=client,
                path=path,
                interface=PROPERTIES,
                member="GetAll",
                signature="s",
                body=[interface],
            )
        )
        if answer.message_type is MessageType.ERROR:
            return None
        return {name: value.value for name, value in answer.body[0].items()}

    async def release(self) -> None:
        """Take every advertisement off the air, as BlueZ does by itself now and then."""
        for path in list(self.on_air):
            del self.on_air[path]
            await self._bus.call(
                Message(
                    destination=self._senders.pop(path),
                    path=path,
                    interface=ADVERTISEMENT,
                    member="Release",
                )
            )

    # the parts of it

    def _lets_through(self, flags: int | None, service_data: Mapping[str, bytes]) -> bool:
        if self._is_discovering:
            return True
        structures = [(FLAGS, bytes([flags]))] if flags is not None else []
        structures += [
            (SERVICE_DATA_16, bytes.fromhex(uuid[4:8])[::-1] + value)
            for uuid, value in service_data.items()
        ]
        return any(
            kind == wanted and value.startswith(bytes(content), start)
            for start, wanted, content in self.patterns
            for kind, value in structures
        )

    def _add(self, path: str, interfaces: dict[str, dict[str, Variant]]) -> None:
        self._objects[path] = interfaces
        self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    def _change(self, path: str, interface: str, changed: dict[str, Variant]) -> None:
        self._objects[path][interface].update(changed)
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, changed, []])

    def _signal(self, path: str, interface: str, member: str, *content: Any) -> None:
        signature, body = content
        self._bus.send(Message.new_signal(path, interface, member, signature, body))

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@asynccontextmanager
async def fake_bluez(address: str, *, has_monitors: bool = True) -> AsyncIterator[FakeBluez]:
    """Start a BlueZ on a bus, with no adapter yet."""
    bus = await MessageBus(bus_address=address).connect()
    fake = FakeBluez(bus, has_monitors=has_monitors)
    await bus.request_name(BLUEZ)
    try:
        yield fake
    finally:
        bus.disconnect()
