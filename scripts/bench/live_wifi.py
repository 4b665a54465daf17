#!/usr/bin/env python3
"""This is where it is measured what listening to a busy radio costs, and whether a frame is lost.

    scripts/bench/live_wifi.py [--seconds N] [--scapy] [--json]

Another process sends into a TAP interface of a monitor's kind (that needs root); only the
listener's CPU time counts. `mixed` is 5,000 frames/s of which one in twenty is a probe request,
`probes` is 1,000 probe requests/s. Each probe request becomes a bucket of the bitmap, as in the
daemon. With --scapy its own sniffer listens to the same load after us, for comparison.
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import asyncio
import importlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from drivers.wifi_monitor.driver import WifiMonitor
from drivers.wifi_monitor.refusals import DROPPED
from edge.driver.contract import SourceSpec
from edge.driver.tally import TallyOutlet
from edge.model.names import Instant, SourceName
from edge.privacy.pepper import Peppers, random_peppers

ROOT = Path(__file__).resolve().parent.parent.parent
LOADS = {"mixed": (5000, 0.05), "probes": (1000, 1.0)}
"""Frames a second, and the share of probe requests among them."""
MOST_SHARE = {"mixed": 0.05, "probes": 0.20}
"""Of a core, that listening may cost."""
SETTLE_S = 0.5
LONGEST_START_S = 10
PEPPER_S = 300


class Uptime:
    """A clock that begins with the machine."""

    def now(self) -> Instant:
        """Give nanoseconds since the machine began."""
        return Instant(time.monotonic_ns())


class Buckets(TallyOutlet):
    """Counts, after doing with an address what the privacy door does."""

    def __init__(self) -> None:
        super().__init__()
        self._peppers = Peppers(period_s=PEPPER_S, draw=random_peppers())

    def probe(self, at: Instant, address: bytes, *, signal_dbm: int | None) -> None:
        """Turn the address into a bucket and count it."""
        self._peppers.bucket(address, at)
        super().probe(at, address, signal_dbm=signal_dbm)


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one run showed."""

    offered_per_s: int
    sent_probes: int
    got_probes: int
    dropped: int
    core_share: float
    us_a_frame: float


@contextmanager
def sender(name: str, load: str, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Start the process that sends; its interface is there when this gives it."""
    rate, probes = LOADS[load]
    command = [sys.executable, "-m", "tests.lab.tap", name, "--rate", str(rate)]
    command += ["--probes", str(probes), "--seconds", str(seconds)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if said(process) != "up":
            sys.exit("live_wifi: cannot make a TAP interface here; run it as root")
        yield process
        tell(process)


def said(process: subprocess.Popen[str]) -> str:
    """Give the next line of the sender."""
    return process.stdout.readline().strip() if process.stdout else ""


def tell(process: subprocess.Popen[str]) -> None:
    """Let the sender go on."""
    if process.stdin:
        process.stdin.write("\n")
        process.stdin.flush()


async def with_driver(name: str, send: Callable[[], Awaitable[Any]]) -> tuple[int, int]:
    """Listen as the daemon does, while somebody sends; give (probe requests, dropped)."""
    outlet = Buckets()
    spec = SourceSpec(name=SourceName("radar"), driver="wifi_monitor", options={"interface": name})
    async with asyncio.TaskGroup() as group:
        running = group.create_task(WifiMonitor(spec).run(outlet, clock=Uptime()), name="radar")
        await asyncio.sleep(SETTLE_S)
        await send()
        await asyncio.sleep(2 * SETTLE_S)
        running.cancel()
    return outlet.handed_over.get("probe requests", 0), outlet.refused.get(DROPPED, 0)


def with_scapy(name: str, send: Callable[[], Awaitable[Any]]) -> tuple[int, int]:
    """Listen with scapy's sniffer and the same filter; give (probe requests, 0)."""
    from scapy.config import conf  # noqa: PLC0415 - only where it is asked for
    from scapy.layers.dot11 import RadioTap  # noqa: F401, PLC0415 - teaches scapy the link type
    from scapy.sendrecv import AsyncSniffer  # noqa: PLC0415 - only where it is asked for

    conf.ifaces.reload()
    heard: list[bool] = []
    started = threading.Event()
    sniffer = AsyncSniffer(
        iface=name,
        store=False,
        filter="type mgt subtype probe-req",
        prn=lambda _: heard.append(True),
        started_callback=started.set,
    )
    sniffer.start()
    if not started.wait(LONGEST_START_S):
        sys.exit("live_wifi: scapy does not listen")
    asyncio.run(rest(send))
    sniffer.stop()
    return len(heard), 0


async def rest(send: Callable[[], Awaitable[Any]]) -> None:
    """Let the sender send, and the last frames arrive."""
    await send()
    await asyncio.sleep(2 * SETTLE_S)


def measure(load: str, seconds: float, *, listener: str) -> Load:
    """Run one load against one listener."""
    name = f"bench{os.getpid() % 10_000}"
    rate, _ = LOADS[load]
    with sender(name, load, seconds) as process:
        answers: list[str] = []

        async def send() -> None:
            tell(process)
            answers.append(await asyncio.to_thread(said, process))

        began = time.process_time()
        if listener == "scapy":
            got, dropped = with_scapy(name, send)
        else:
            got, dropped = asyncio.run(with_driver(name, send))
        spent_s = time.process_time() - began
    sent, took_s = answers[0].split()
    return Load(
        offered_per_s=round(rate * seconds / float(took_s)),
        sent_probes=int(sent),
        got_probes=got,
        dropped=dropped,
        core_share=round(spent_s / float(took_s), 4),
        us_a_frame=round(spent_s * 1e6 / (rate * seconds), 2),
    )


def main() -> int:
    """Measure and print; the exit status is 1 where a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--scapy", action="store_true", help="measure scapy's sniffer too")
    parser.add_argument("--seconds", type=float, default=5, help="of sending, each load (5)")
    asked = parser.parse_args()
    listeners = ("ours", "scapy") if asked.scapy else ("ours",)
    if asked.scapy:
        importlib.import_module("scapy.layers.dot11")  # what is loaded once is not measured
    found = {
        listener: {load: measure(load, asked.seconds, listener=listener) for load in LOADS}
        for listener in listeners
    }
    missed = [
        load
        for load, run in found["ours"].items()
        if run.core_share > MOST_SHARE[load] or run.got_probes < run.sent_probes
    ]
    if asked.json:
        print(json.dumps({"runs": msgspec.to_builtins(found), "missed": missed}, indent=2))
    else:
        report(found, missed)
    return 1 if missed else 0


def report(found: dict[str, dict[str, Load]], missed: list[str]) -> None:
    """Print a line for each run."""
    for listener, runs in found.items():
        for load, run in runs.items():
            print(
                f"{listener:6} {load:7} {run.offered_per_s:6,} frames/s"
                f"  {run.got_probes:6,} of {run.sent_probes:6,} probe requests"
                f"  {run.core_share:7.2%} of a core  {run.us_a_frame:7.2f} us a frame"
            )
    print(f"missed: {', '.join(missed)}" if missed else "every target is met")


if __name__ == "__main__":
    sys.exit(main())
