"""This is where a Wi-Fi adapter is made a monitor: `python -m drivers.wifi_monitor.radio_setup`.

The unit edge-radio@ runs it with the one right it needs, CAP_NET_ADMIN, so that the daemon itself
goes without.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from drivers.wifi_monitor.interface import Interface, look, set_down, set_up
from drivers.wifi_monitor.iw import iw
from drivers.wifi_monitor.radio import channel_mhz
from edge.errors import ConfigError, EdgeError, SourceFault, SourceUnusable

BLOCKED_REMEDY: Final = "rfkill unblock wifi, then look for a switch on the machine"
"""What mostly keeps an interface from being switched on."""


async def prepare(name: str, *, channel: int | None) -> Interface:
    """Put an interface into monitor mode, switch it on and set its channel.

    It is switched off and on where it is a monitor already, which brings back a radio that hangs.
    Nothing is touched before `iw` knows the interface: it is no Wi-Fi where it does not.
    Raises: ConfigError when there is no such channel, SourceFault when the adapter is not there or
    does not obey, SourceUnusable when it cannot do monitor mode or this process may not ask.
    """
    if channel is not None and channel_mhz(channel) is None:
        raise ConfigError(
            "cannot set the channel of a radio",
            where=name,
            why=f"there is no channel {channel}",
            remedy=f"write CHANNEL=1 into /etc/store-edge/radio-{name}.env",
        )
    _present(name)
    await iw("dev", name, "info")
    _switch(name, set_down)
    try:
        await iw("dev", name, "set", "type", "monitor")
    finally:
        _switch(name, set_up)
    if channel is not None:
        await iw("dev", name, "set", "channel", str(channel))
    interface = _present(name)
    if interface.link_type is None:
        raise SourceUnusable(
            "cannot make a monitor of the adapter",
            where=name,
            why="it said yes and stayed what it was",
            remedy="use an adapter that can do monitor mode: edge sources discover",
        )
    return interface


def main(arguments: Sequence[str]) -> int:
    """Prepare one radio and give the exit status; the reason of a failure goes to stderr."""
    parser = argparse.ArgumentParser(
        prog="edge-radio", description="Puts a Wi-Fi adapter into monitor mode."
    )
    parser.add_argument("interface")
    parser.add_argument("--channel", type=int, help="fixed channel, 1-14 or 32-177")
    asked = parser.parse_args(arguments)
    try:
        interface = asyncio.run(prepare(asked.interface, channel=asked.channel))
    except EdgeError as error:
        sys.stderr.write(f"edge-radio: {error}\n")
        return error.exit_code
    on = f" on channel {asked.channel}" if asked.channel is not None else ""
    sys.stdout.write(f"{interface.name} listens{on}, link type {interface.link_type}\n")
    return 0


def _present(name: str) -> Interface:
    interface = look(name)
    if interface is None:
        raise SourceFault(
            "cannot prepare the radio",
            where=name,
            why="there is no such interface",
            remedy="plug the adapter in; edge sources discover lists the names",
        )
    return interface


def _switch(name: str, switch: Callable[[str], None]) -> None:
    try:
        switch(name)
    except PermissionError as error:
        raise SourceUnusable(
            "cannot switch the interface",
            where=name,
            why="this process lacks CAP_NET_ADMIN",
            remedy=f"systemctl restart edge-radio@{name}",
        ) from error
    except OSError as error:
        raise SourceFault(
            "cannot switch the interface",
            where=name,
            why=os.strerror(error.errno or 0),
            remedy=BLOCKED_REMEDY,
        ) from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
