"""This is where a Bluetooth controller is played to the kernel, with others on the same air.

It is a program of its own, `python -m tests.lab.vm.controller IDS`: the kernel's adapter hears one
advertiser for each id (16 hexadecimal digits, separated by commas), and as many strangers.
It says `advertising` once all of them are on the air.
"""

import asyncio
import sys
from collections.abc import Sequence
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
POWER: Final = 0xE7
APPLE: Final = bytes.fromhex("07ff4c0010020b00")
"""What a stranger's phone says: its maker, and nearby information of that maker."""


def member(ephemeral_id: bytes) -> bytes:
    """Give the advertising data of a member's app."""
    service = b"\x16\xaa\xfe\x30" + bytes([POWER]) + ephemeral_id
    return FLAGS + EDDYSTONE + bytes([len(service)]) + service


async def advertise(link: LocalLink, number: int, payload: bytes) -> None:
    """Put one more advertiser on the air, with a random address of its own."""
    host = Host()
    host.controller = Controller(f"advertiser-{number}", link=link)
    device = Device(address=Address(f"F0:F1:F2:F3:F4:{number:02X}"), host=host)
    device.advertising_data = payload
    await device.power_on()
    await device.start_advertising(auto_restart=True)


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
    payloads = [member(one) for one in ids] + [FLAGS + APPLE] * len(ids)
    for number, payload in enumerate(payloads):
        await advertise(link, number, payload)
    sys.stdout.write("advertising\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(play([bytes.fromhex(one) for one in sys.argv[1].split(",")]))
