"""This is where a network interface looks like a Wi-Fi monitor, without a radio behind it.

What is written into a TAP device arrives at the interface's listeners as if it had been received.
As a program it sends made-up traffic at a steady rate: `python -m tests.lab.tap NAME --help`.
"""

import argparse
import fcntl
import os
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.wifi_monitor.interface import set_down, set_up

DEVICE = Path("/dev/net/tun")
ETHERNET, BARE, PRISM, RADIOTAP = 1, 801, 802, 803
"""ARPHRD numbers (linux/if_arp.h)."""
SET_INTERFACE, SET_LINK = 0x400454CA, 0x400454CD
REQUEST = struct.Struct("16sH22x")
TAP, NO_PACKET_INFO = 0x0002, 0x1000

RADIO_HEADER = struct.pack("<BxHIBxHHb", 0, 15, 0b101010, 0, 2412, 0x00A0, -55)
"""Radiotap with flags, channel and signal."""
RATES = bytes.fromhex("010802040b160c12182432043048606c")


class TapMonitor:
    """An interface of a monitor's kind; it is there while this is open, as a dongle is."""

    def __init__(self, name: str, *, hardware: int = RADIOTAP) -> None:
        self.name = name
        self._device = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
        fcntl.ioctl(self._device, SET_INTERFACE, REQUEST.pack(name.encode(), TAP | NO_PACKET_INFO))
        fcntl.ioctl(self._device, SET_LINK, hardware)
        # Otherwise the kernel looks for routers on it.
        quiet = Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6")
        if quiet.exists():
            quiet.write_text("1")
        set_up(name)

    def send(self, *frames: bytes) -> None:
        for frame in frames:
            os.write(self._device, frame)

    def set_up(self) -> None:
        set_up(self.name)

    def set_down(self) -> None:
        set_down(self.name)

    def close(self) -> None:
        if self._device >= 0:
            os.close(self._device)
            self._device = -1


@contextmanager
def tap_monitor(name: str, *, hardware: int = RADIOTAP) -> Iterator[TapMonitor]:
    """Open an interface and take it away at the end."""
    tap = TapMonitor(name, hardware=hardware)
    try:
        yield tap
    finally:
        tap.close()


def why_not() -> str:
    """Say why this machine cannot have such interfaces; empty where it can."""
    try:
        with tap_monitor(f"tap{os.getpid() % 100_000}"):
            return ""
    except OSError as error:
        return f"no TAP interfaces here ({DEVICE}: {error.strerror}); run it as root"


def frame(kind: int, number: int) -> bytes:
    """Build a frame of a subtype of management frames (4 is a probe request)."""
    sender = struct.pack(">HI", 0xDA00, number & 0xFFFFFFFF)
    head = struct.pack("<HH6s6s6sH", kind << 4, 0, b"\xff" * 6, sender, b"\xff" * 6, 0)
    return RADIO_HEADER + head + b"\x00\x00" + RATES


def send_steadily(tap: TapMonitor, *, rate: float, probe_share: float, seconds: float) -> int:
    """Send frames at a rate, evenly mixed; give the number of probe requests among them."""
    total, probes = round(rate * seconds), 0
    began = time.perf_counter()
    for number in range(total):
        is_probe = int((number + 1) * probe_share) > int(number * probe_share)
        probes += is_probe
        tap.send(frame(4 if is_probe else 8, number))
        ahead_s = began + number / rate - time.perf_counter()
        if ahead_s > 0.001:
            time.sleep(ahead_s)
    return probes


def main() -> None:
    """Send when a line comes in, print how many probe requests were sent, end at the next line."""
    parser = argparse.ArgumentParser(description="sends frames into an interface of its own")
    parser.add_argument("name")
    parser.add_argument("--rate", type=float, default=5000, help="frames a second (5000)")
    parser.add_argument("--probes", type=float, default=0.05, help="share of probe requests")
    parser.add_argument("--seconds", type=float, default=5)
    asked = parser.parse_args()
    with tap_monitor(asked.name) as tap:
        sys.stdout.write("up\n")
        sys.stdout.flush()
        sys.stdin.readline()
        began = time.perf_counter()
        sent = send_steadily(tap, rate=asked.rate, probe_share=asked.probes, seconds=asked.seconds)
        sys.stdout.write(f"{sent} {time.perf_counter() - began}\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    main()
