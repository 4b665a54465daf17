#!/usr/bin/env python3
"""This is where the initial load of customers is measured, undisturbed and under kills.

The reference platform sends signed members with four tokens and six consents each through a real
mosquitto to `edge run`. With --kills the appliance is killed with SIGKILL at a fixed pace until
everybody is there. What then lies in the store is opened and compared with what was sent.
Needs mosquitto.
    scripts/bench/customers.py [--json] [--customers N] [--kills] [--every SECONDS]
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec
from _members import PRIVATE, lines, write_members

from edge.daemon.ledgers import open_reader
from edge.daemon.places import DATABASE
from edge.errors import StoreError
from edge.model.customer import Customer
from edge.model.moment import rfc3339
from edge.model.names import SECOND, Instant
from edge.privacy.customers import Put, decode_message
from edge.privacy.signature import PlatformKey
from edge.privacy.signing import platform_key_text
from edge.store.customers import count, cursor, rows
from edge.store.engine import connect_reader
from tests.sync.broker import Mosquitto

EDGE: Final = Path(sys.executable).with_name("edge")
YEAR_S: Final = 365 * 86_400
LOOK_S: Final = 0.2
PATIENCE_S: Final = 900.0
KIB_A_MB: Final = 1024
SETTINGS: Final = """
[store]
id = "bench"
policy = "eu_strict"
platform_key = "{key}"

[mqtt]
url = "{url}"
node = "bench"
"""


class Appliance:
    """`edge run`, killed and started again."""

    def __init__(self, folder: Path, *, url: str) -> None:
        self.folder = folder
        self.database = folder / "state" / DATABASE
        self.kills = 0
        self.peak_mb = 0.0
        self.cpu_s = 0.0
        """Of the process that runs now."""
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        key = platform_key_text(PRIVATE)
        (folder / "edge.toml").write_text(SETTINGS.format(key=key, url=url))

    def start(self) -> None:
        """Start it."""
        command: list[str | Path] = [EDGE, "run", "--trust-clock", "--settings"]
        command += [self.folder / "edge.toml", "--state", self.folder / "state"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log)

    def end(self, how: signal.Signals) -> None:
        """End it with a signal."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self.kills += how is signal.SIGKILL
            self._process = None

    def look(self) -> str:
        """Give how far it came, and note its memory; to count everybody would take a core."""
        if self._process is not None:
            self.peak_mb = max(self.peak_mb, _peak_mb(self._process.pid))
            self.cpu_s = _cpu_s(self._process.pid)
        if not self.database.exists():
            return ""
        try:
            reader = connect_reader(self.database)
        except StoreError:  # it is just being made
            return ""
        try:
            return cursor(reader) or ""
        except StoreError:
            return ""
        finally:
            reader.close()

    def kept(self) -> int:
        """Give how many customers it has."""
        reader = connect_reader(self.database)
        try:
            return count(reader)
        finally:
            reader.close()


def main() -> int:
    """Run the bench; the exit status is 1 where what was loaded is not what was sent."""
    parser = argparse.ArgumentParser(description="Measure the initial load of customers.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--kills", action="store_true", help="load a second time, under kills")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two kills")
    options = parser.parse_args()
    mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), options, mosquitto=mosquitto)
    if options.json:
        print(json.dumps(found))
    else:
        _print(found)
    return 0 if all(run["is_equal"] for run in found["runs"].values()) else 1


def measure(folder: Path, options: argparse.Namespace, *, mosquitto: str) -> dict[str, Any]:
    """Load once or twice and give what was found."""
    now = Instant(time.time_ns())
    file = folder / "customers.jsonl"
    given, until = (rfc3339(Instant(now + shift * SECOND)) for shift in (-86_400, YEAR_S))
    last = write_members(file, options.customers, given=given, until=until)
    sent = digest_of_file(file, now)
    broker = Mosquitto(mosquitto, folder)
    broker.start()
    runs = {}
    try:
        runs["undisturbed"] = _load(
            folder / "calm", broker.url, file, last=last, kill_s=None, platforms=1
        )
        if options.kills:
            kill_s = options.every
            runs["killed"] = _load(
                folder / "killed", broker.url, file, last=last, kill_s=kill_s, platforms=2
            )
    finally:
        broker.stop()
    for run in runs.values():
        run["is_equal"] = run["digest"] == sent
    return {"customers": options.customers, "sent": sent, "runs": runs}


def _load(
    folder: Path, url: str, file: Path, *, last: str, kill_s: float | None, platforms: int
) -> dict[str, Any]:
    appliance = Appliance(folder, url=url)
    command: list[str | Path] = [EDGE, "platform", "run", "--url", url]
    command += ["--database", folder / "platform.db", "--customers", file]
    with (folder / "platform.log").open("wb") as log:
        platform = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for_platform(folder.parent / "mosquitto.log", platforms=platforms)
        began = time.monotonic()
        appliance.start()
        started = time.monotonic()
        while appliance.look() != last:
            if time.monotonic() - began > PATIENCE_S:
                break
            if kill_s is not None and time.monotonic() - started >= kill_s:
                appliance.end(signal.SIGKILL)
                appliance.start()
                started = time.monotonic()
            time.sleep(LOOK_S)
        seconds = time.monotonic() - began
        appliance.look()
    finally:
        appliance.end(signal.SIGTERM)
        platform.terminate()
        platform.wait(60)
    return {
        "seconds": round(seconds, 1),
        "cpu_s": round(appliance.cpu_s, 1),
        "peak_mb": round(appliance.peak_mb),
        "kills": appliance.kills,
        "load": round(os.getloadavg()[0], 1),
        "kept": appliance.kept(),
        "digest": digest_of_store(appliance.database),
    }


def _wait_for_platform(log: Path, *, platforms: int) -> None:
    """Wait until the broker has seen so many platforms: what starts after it is measured."""
    end = time.monotonic() + PATIENCE_S
    while log.read_text().count(" as platform") < platforms and time.monotonic() < end:
        time.sleep(LOOK_S)


def digest_of_store(database: Path) -> str:
    """Give a digest of every customer in a store, opened, in the order of their names."""
    reader = open_reader(database)
    try:
        records = [row.record or b"" for row in rows(reader)]
    finally:
        reader.close()
    return _digest([msgspec.msgpack.decode(record, type=Customer) for record in records])


def digest_of_file(file: Path, now: Instant) -> str:
    """Give the digest that a store has once it holds everybody in a file."""
    key = PlatformKey.parse(platform_key_text(PRIVATE))
    deltas = [
        delta for line in lines(file) for delta in decode_message(line, key=key, at=now).deltas
    ]
    return _digest([delta.customer for delta in deltas if isinstance(delta, Put)])


def _digest(customers: list[Customer]) -> str:
    # Everything but the moment at which the platform confirmed them, which no two loads share.
    plain = [msgspec.structs.replace(one, confirmed_at=0) for one in customers]
    encoded = msgspec.msgpack.encode(sorted(plain, key=lambda one: one.customer))
    return blake2b(encoded, digest_size=16, key=b"bench").hexdigest()


def _peak_mb(pid: int) -> float:
    try:
        told = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it ended in this moment
        return 0.0
    return max(
        (int(line.split()[1]) / KIB_A_MB for line in told if line.startswith("VmHWM")), default=0.0
    )


def _cpu_s(pid: int) -> float:
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it ended in this moment
        return 0.0
    user, system = told[11:13]  # proc(5): fields 14 and 15, behind the name
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _print(found: dict[str, Any]) -> None:
    print(f"{found['customers']} customers with 4 tokens and 6 consents, {os.cpu_count()} cores")
    for name, run in found["runs"].items():
        same = "equal to what was sent" if run["is_equal"] else "NOT what was sent"
        print(
            f"{name:12} {run['seconds']:6.1f} s  {run['cpu_s']:6.1f} s CPU at the end  "
            f"peak {run['peak_mb']:4} MB  "
            f"{run['kills']:3} kills  {run['kept']} kept, {same}  (load average {run['load']})"
        )


if __name__ == "__main__":
    sys.exit(main())
