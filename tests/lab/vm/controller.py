"""This is where a Bluetooth controller is played to the kernel, with others on the same air.

It is a program of its own, `python -m tests.lab.vm.controller IDS`: the kernel's adapter hears one
advertiser for each id (16 hexadecimal digits, separated by commas), and as many strangers.
It says `advertising` once all of them are on the air.
"""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from itertools import cycle
from typing import Final

from bumble.controller import Controller
from bumble.device import Device
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport import open_transport

ADAPTER: Final = "02:00:00:00:0B:1E"
"""Without an address of its own BlueZ takes no adapter."""
FLAGS: Final = bytes.fromhex("020106")
EDDYSTONE: Final = bytes.fromhex("0303aafe")
APPLE: Final = bytes.fromhex("07ff4c0010020b")
"""What a stranger's phone says: its maker and, up to one more byte, how it is used nearby."""
CHANGE_S: Final = 2.0
"""How often everybody says something else. BlueZ tells a passive listener of changes only. On real
air the received power changes all the time; here it is always the same, and a byte changes."""


def member(ephemeral_id: bytes, byte: int) -> bytes:
    """Give the advertising data of a member's app; the byte is its power at 0 m."""
    service = b"\x16\xaa\xfe\x30" + bytes([byte]) + ephemeral_id
    return FLAGS + EDDYSTONE + bytes([len(service)]) + service


def stranger(byte: int) -> bytes:
    """Give the advertising data of anybody else."""
    return FLAGS + APPLE + bytes([byte])


async def switch_on(link: LocalLink, number: int) -> Device:
    """Put one more device on the air, with a random address of its own."""
    host = Host()
    host.controller = Controller(f"advertiser-{number}", link=link)
    device = Device(address=Address(f"F0:F1:F2:F3:F4:{number:02X}"), host=host)
    await device.power_on()
    return device


async def play(ids: Sequence[bytes]) -> None:
    """Play until the process is ended."""
    link = LocalLink()
    kernel = await open_transport("vhci")
    Controller(
        "adapter",
        host_source=kernel.source,
        host_sink=kernel.sink,
        link=link,
        public_address=ADAPTER,
    )
    contents = [partial(member, one) for one in ids] + [stranger] * len(ids)
    devices = [await switch_on(link, number) for number in range(len(contents))]
    for device, content in zip(devices, contents, strict=True):
        await device.start_advertising(advertising_data=content(0))
    sys.stdout.write("advertising\n")
    sys.stdout.flush()
    for byte in cycle(range(256)):
        await asyncio.sleep(CHANGE_S)
        for device, content in zip(devices, contents, strict=True):
            if device.legacy_advertising_set is not None:
                await device.legacy_advertising_set.set_advertising_data(content(byte))


if __name__ == "__main__":
    asyncio.run(play([bytes.fromhex(one) for one in sys.argv[1].split(",")]))
