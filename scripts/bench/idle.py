#!/usr/bin/env python3
"""This is where an idle daemon is weighed, and its start is timed.

    scripts/bench/idle.py [--seconds N] [--settings FILE] [--json]

`edge run` is started with a NOTIFY_SOCKET of the bench's own, on a new state folder, with all
drivers but the camera's, none of which finds any hardware, and a broker that is not there. Told
are the seconds to READY=1, the resident memory after N seconds, and the share of a core it took.
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EDGE = Path(sys.executable).with_name("edge")
PATIENCE_S = 30.0
KIB_A_MB = 1024
SETTINGS = """
[store]
id = "bench"
policy = "eu_strict"

[[zone]]
name = "entrance"
kind = "entrance"

[[source]]
name = "door-1"
driver = "serial_line"
profile = "door-counter-csv"
zone = "entrance"

[source.options]
port = "{pty}"

[[source]]
name = "radar"
driver = "wifi_monitor"
zone = "entrance"

[source.options]
interface = "no-such-radio"

[[source]]
name = "ble"
driver = "ble_scan"
zone = "entrance"

[[source]]
name = "ap"
driver = "wifi_link"
zone = "entrance"
options = {{ source = "radius", listen = "127.0.0.1:0", secret_file = "{secret}" }}

[[source]]
name = "portal"
driver = "wifi_link"
zone = "entrance"
options = {{ source = "webhook", listen = "127.0.0.1:0", secret_file = "{secret}" }}

[mqtt]
url = "mqtt://127.0.0.1:1"
node = "bench"
"""


def main() -> int:
    """Run the bench; the exit status is 0."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="idle-") as place:
        found = _measure(Path(place), options)
    if options.json:
        print(json.dumps(found, indent=2))
        return 0
    print(f"READY=1 after   {found['ready_s']:6.2f} s")
    print(f"memory (RSS)    {found['rss_mb']:6.1f} MB after {options.seconds:.0f} s")
    print(f"share of a core {found['core_share']:6.2%}")
    print(f"end after TERM  {found['end_s']:6.2f} s, exit status {found['exit_status']}")
    for source, state in found["sources"].items():
        print(f"  {source:<10} {state}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="time to sit idle (20)")
    parser.add_argument("--settings", type=Path, help="other settings than the bench's own")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    return parser.parse_args()


def _measure(place: Path, options: argparse.Namespace) -> dict[str, object]:
    device, port = os.openpty()
    settings = options.settings
    if settings is None:
        settings = place / "edge.toml"
        secret = place / "secret"
        secret.write_text("a secret of the bench alone, 32 bytes")
        settings.write_text(SETTINGS.format(pty=os.ttyname(port), secret=secret))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(place / "notify"))
        manager.settimeout(PATIENCE_S)
        began = time.monotonic()
        daemon = subprocess.Popen(
            [EDGE, "run", "--settings", settings, "--state", place / "state"],
            env=os.environ | {"NOTIFY_SOCKET": str(place / "notify")},
            stderr=subprocess.DEVNULL,
        )
        while b"READY=1" not in manager.recv(4096):
            pass
        ready_s = time.monotonic() - began
    before_s = _cpu_s(daemon.pid)
    time.sleep(options.seconds)
    used_s = _cpu_s(daemon.pid) - before_s
    rss_mb = _rss_mb(daemon.pid)
    sources = _sources(place / "state")
    told = time.monotonic()
    daemon.send_signal(signal.SIGTERM)
    status = daemon.wait(PATIENCE_S)
    end_s = time.monotonic() - told
    os.close(device)
    os.close(port)
    return {
        "ready_s": round(ready_s, 3),
        "rss_mb": round(rss_mb, 1),
        "core_share": round(used_s / options.seconds, 4),
        "end_s": round(end_s, 3),
        "exit_status": status,
        "sources": sources,
    }


def _sources(state: Path) -> dict[str, str]:
    asked = [EDGE, "status", "--state", state, "--json"]
    answer = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)
    return {one["name"]: one["state"] for one in answer["sources"]}


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / KIB_A_MB for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    sys.exit(main())
