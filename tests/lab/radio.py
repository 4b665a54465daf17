"""This is where a Wi-Fi monitor of the kernel's own is opened, with a radio that sends to it.

Only where the kernel has radios to spare, which the emulated machine of scripts/lab_vm has.
"""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from drivers.wifi_monitor.interface import set_down, set_up

RADIOS: Final = "STORE_EDGE_LAB_RADIOS"
"""Names of two of the kernel's radios, `phy3,phy4`: one listens, the other sends."""
CHANNEL: Final = "11"
"""The access points of the emulated machine send on another one."""


class KernelMonitor:
    """A monitor interface; `send` puts frames on the air, each behind a radiotap header."""

    def __init__(self, name: str, *, listens_on: str, sends_on: str) -> None:
        self.name = name
        self._sender = f"{name}s"
        _add(name, listens_on)
        _add(self._sender, sends_on)
        self._line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._line.bind((self._sender, 0))
        self._is_there = True

    def send(self, *frames: bytes) -> None:
        for frame in frames:
            self._line.send(frame)

    def set_up(self) -> None:
        set_up(self.name)

    def set_down(self) -> None:
        set_down(self.name)

    def close(self) -> None:
        """Take the interface away, as unplugging its radio does."""
        if self._is_there:
            self._is_there = False
            _iw("dev", self.name, "del")

    def end(self) -> None:
        self.close()
        self._line.close()
        _iw("dev", self._sender, "del")


@contextmanager
def kernel_monitor(name: str) -> Iterator[KernelMonitor]:
    """Open an interface on the radios that the environment names."""
    listens_on, sends_on = os.environ[RADIOS].split(",")
    opened = KernelMonitor(name, listens_on=listens_on, sends_on=sends_on)
    try:
        yield opened
    finally:
        opened.end()


def has_radios() -> bool:
    """Whether the kernel's own radios are to be used."""
    return bool(os.environ.get(RADIOS))


def _add(name: str, radio: str) -> None:
    _iw("phy", radio, "interface", "add", name, "type", "monitor")
    set_up(name)
    _iw("dev", name, "set", "channel", CHANNEL)


def _iw(*words: str) -> None:
    subprocess.run(["iw", *words], check=True, capture_output=True, timeout=60)
