#!/usr/bin/env python3
"""This is where it is measured what listening live to Bluetooth costs, next to bleak alone.

A played BlueZ in a process of its own sends advertisements at full speed over a private message
bus. bleak with a callback that does nothing and a source of ours take turns within a round. Figures
are CPU time of the listening process, medians over the rounds; the handler's share is the
difference. Needs dbus-daemon.
    scripts/bench/live_ble.py [--json] [--rounds N] [--adverts N] [--devices N]
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from bleak import BleakScanner

from drivers.ble_scan.live import listen
from drivers.ble_scan.options import Mode, Options
from edge.driver.tally import TallyOutlet
from edge.model.names import Instant
from tests.lab.bluez import fake_bluez
from tests.lab.bus import has_bus, private_bus

SEND = "--send"
PACE = 50
"""Advertisements between two looks whether the bus took them."""
FEAA = "0000feaa-0000-1000-8000-00805f9b34fb"


class Meter(TallyOutlet):
    """Takes what is handed over, and measures from the first advertisement to the last."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self.done = asyncio.Event()
        self._wanted = wanted
        self._count = 0
        self._began = (0, 0)
        self.cpu_us = 0.0
        self.per_s = 0.0

    def advert(
        self,
        at: Instant,
        *,
        address: bytes,
        is_random: bool,
        ephemeral_id: bytes | None,
        signal_dbm: int | None,
    ) -> None:
        """Take one advertisement from our source: what the outlet does is not measured."""

    def heard(self, at: Instant, count: int = 1) -> None:
        """Count."""
        del at
        self.note(count)

    def refuse(self, at: Instant, reason: str, count: int = 1) -> None:
        """Count what was lost, which ends a round as well."""
        super().refuse(at, reason, count)
        self.note(count)

    def note(self, number: int = 1) -> None:
        """Count so many."""
        if not self._count:
            self._began = (time.process_time_ns(), time.perf_counter_ns())
        self._count += number
        if self._count >= self._wanted and not self.done.is_set():
            cpu_ns = time.process_time_ns() - self._began[0]
            wall_ns = time.perf_counter_ns() - self._began[1]
            self.cpu_us = cpu_ns / 1000 / self._count
            self.per_s = self._count * 1e9 / wall_ns
            self.done.set()


class SystemClock:
    """The system's clock."""

    def now(self) -> Instant:
        """Give the moment."""
        return Instant(time.time_ns())


async def bleak_alone(meter: Meter) -> None:
    """Scan with bleak and do nothing with what it gives."""
    scanner = BleakScanner(
        lambda _device, _advertisement: meter.note(),
        bluez={"adapter": "hci0", "filters": {"DuplicateData": True}},
    )
    async with scanner:
        await meter.done.wait()


async def our_source(meter: Meter) -> None:
    """Run a source until it handed everything over."""
    options = Options(mode=Mode.ACTIVE)
    async with asyncio.TaskGroup() as tasks:
        source = tasks.create_task(listen(options, meter, clock=SystemClock()), name="source")
        await meter.done.wait()
        source.cancel()


WAYS: dict[str, Callable[[Meter], Awaitable[None]]] = {"bleak": bleak_alone, "ours": our_source}


async def measure(adverts: int, rounds: int) -> dict[str, list[Meter]]:
    """Let every way hear so many advertisements, in turns; the first round warms up."""
    meters: dict[str, list[Meter]] = {way: [] for way in WAYS}
    for _ in range(rounds + 1):
        for way, work in WAYS.items():
            meter = Meter(adverts)
            await work(meter)
            meters[way].append(meter)
    return {way: done[1:] for way, done in meters.items()}


def figures(meters: dict[str, list[Meter]], adverts: int) -> dict[str, Any]:
    """Sum rounds up."""
    pairs = list(zip(meters["bleak"], meters["ours"], strict=True))
    handler = statistics.median(ours.cpu_us - bleak.cpu_us for bleak, ours in pairs)
    ratio = statistics.median((ours.cpu_us - bleak.cpu_us) / bleak.cpu_us for bleak, ours in pairs)
    return {
        "adverts": adverts,
        "rounds": len(pairs),
        "adverts_per_s": {
            way: round(statistics.median(one.per_s for one in done)) for way, done in meters.items()
        },
        "cpu_us_per_advert": {
            way: round(statistics.median(one.cpu_us for one in done), 1)
            for way, done in meters.items()
        },
        "handler_us_per_advert": round(handler, 1),
        "handler_to_bleak": round(ratio, 2),
        "lost": sum(sum(one.refused.values()) for one in meters["ours"]),
    }


async def send(address: str, adverts: int, devices: int) -> None:
    """Send advertisements as fast as the bus takes them, each time a scan begins."""
    async with fake_bluez(address, has_monitors=False) as bluez:
        bluez.plug_in()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for scan in count(1):
            await bluez.called("StartDiscovery", scan)
            for number in range(adverts):
                device = number % devices
                bluez.advert(
                    f"40:00:00:00:{device >> 8:02X}:{device & 0xFF:02X}",
                    rssi=-40 - number % 50,
                    service_data={FEAA: b"\x30\xe7" + number.to_bytes(8, "big")},
                )
                if number % PACE == 0:
                    await bluez.told()


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == [SEND]:
        asyncio.run(send(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
        return
    parser = argparse.ArgumentParser(description="what listening live to Bluetooth costs")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--adverts", type=int, default=5_000, help="in each round")
    parser.add_argument("--devices", type=int, default=200)
    asked = parser.parse_args()
    if not has_bus():
        parser.error("there is no dbus-daemon here; apt-get install dbus-daemon")
    with private_bus() as address:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = address
        command = [sys.executable, __file__, SEND, address, str(asked.adverts), str(asked.devices)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sender:
            if sender.stdout is None or not sender.stdout.readline():
                sys.exit("bench: the sender did not start")
            meters = asyncio.run(measure(asked.adverts, asked.rounds))
            sender.kill()
    found = figures(meters, asked.adverts)
    if asked.json:
        print(json.dumps(found))
        return
    for way, rate in found["adverts_per_s"].items():
        cost = found["cpu_us_per_advert"][way]
        print(f"{way:8} {rate:8,d} adverts/s {cost:8.1f} us of CPU an advert")
    print(f"handler  {found['handler_us_per_advert']:8.1f} us an advert")
    print(f"         {found['handler_to_bleak']:8.2f} times bleak")


if __name__ == "__main__":
    main()
