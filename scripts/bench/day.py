#!/usr/bin/env python3
"""This is where a whole day is replayed against the clock: a million probe frames and the rest.

    scripts/bench/day.py [--frames N] [--visitors N] [--json]

Two days are made up, of half the hours and half the frames and of all, and replayed each in a
process of its own: seconds, frames a second, and the peak of memory, which must not grow with the
length of the day.
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EDGE = Path(sys.executable).with_name("edge")
MB = 1024
"""getrusage counts in kibibytes on Linux."""


def main() -> int:
    """Run the bench; the exit status is 0."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-day-") as place:
        days = [
            _measure(
                Path(place) / name,
                hours=12.0 * share,
                frames=int(options.frames * share),
                visitors=int(options.visitors * share),
            )
            for name, share in (("half", 0.5), ("whole", 1.0))
        ]
    if options.json:
        print(json.dumps({"days": days}, indent=2))
        return 0
    print(
        f"{'hours':>6} {'inputs':>10} {'events':>8} {'seconds':>8} {'inputs/s':>10} {'peak MB':>8}"
    )
    for day in days:
        print(
            f"{day['hours']:>6} {day['inputs']:>10,} {day['events']:>8,} {day['seconds']:>8.1f}"
            f" {day['inputs_per_s']:>10,.0f} {day['peak_mb']:>8.0f}"
        )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=1_000_000, help="probe frames (1,000,000)")
    parser.add_argument("--visitors", type=int, default=600, help="people who come in (600)")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    return parser.parse_args()


def _measure(folder: Path, *, hours: float, frames: int, visitors: int) -> dict[str, float]:
    day, database = folder / "day", folder / "state" / "edge.db"
    _edge(
        "simulate", "--out", day, "--hours", hours, "--visitors", visitors, "--probe-frames", frames
    )
    began = time.monotonic()
    command = [str(EDGE), "replay", str(day), "--database", str(database), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    answer = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"the replay of {day} failed")
    told = json.loads(answer)
    return {
        "hours": hours,
        "inputs": told["heard"],
        "observations": told["observations"],
        "events": told["events"],
        "seconds": round(seconds, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "inputs_per_s": round(told["heard"] / seconds),
        "peak_mb": round(usage.ru_maxrss / MB, 1),
    }


def _edge(*words: object) -> None:
    subprocess.run([str(EDGE), *map(str, words)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
