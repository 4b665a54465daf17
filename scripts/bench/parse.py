#!/usr/bin/env python3
"""This is where the speed of reading probe requests is measured against the tools of the field.

Every tool reads frames of the same captures, one tool after the other within a round, so that what
else the machine does meets them alike. Figures are CPU time, medians over the rounds. Ours starts
each round with nothing remembered: once as it is (memo), once with a memo of no size (plain).
    scripts/bench/parse.py PCAP... [--json] [--rounds N] [--frames N]
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import json
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dpkt
from _peers import dpkt_reads, has_tshark, scapy_dissects, tshark_command

from drivers.wifi_monitor.decode import Decoder
from drivers.wifi_monitor.elements import ElementMemo
from drivers.wifi_monitor.headers import RADIOTAP
from edge.driver.capture import Capture

SCAPY_FRAMES = 400
"""A round: scapy takes a millisecond for each, and the whole run is to stay under a minute."""
DPKT_FRAMES = 2000
OURS = ("memo", "plain")


def usable(paths: Sequence[Path], most: int) -> list[bytes]:
    """Give the probe requests that every tool can read, in the order of the captures."""
    decoder = Decoder()
    frames: list[bytes] = []
    for path in paths:
        for _, link_type, frame, _ in Capture(path):
            probe = decoder.decode(link_type, frame) if link_type == RADIOTAP else None
            if probe is None or isinstance(probe, str):
                continue
            if None not in (probe.signal_dbm, probe.frequency_mhz) and dpkt_can(frame):
                frames.append(frame)
                if len(frames) == most:
                    return frames
    return frames


def dpkt_can(frame: bytes) -> bool:
    """Whether dpkt reads a frame without raising."""
    try:
        dpkt_reads([frame])
    except (dpkt.UnpackError, AttributeError):
        return False
    return True


def ours(frames: Sequence[bytes], memo: ElementMemo) -> None:
    """Decode frames as a driver does."""
    decode = Decoder(memo=memo).decode
    for frame in frames:
        decode(RADIOTAP, frame, original_length=len(frame))


def cpu_us(work: Callable[[Sequence[bytes]], None], frames: Sequence[bytes]) -> float:
    """Give the CPU time of one frame."""
    began = time.process_time_ns()
    work(frames)
    return (time.process_time_ns() - began) / 1000 / len(frames)


def tshark_us(path: Path) -> float:
    """Give tshark's CPU time for one frame of a capture, its start included."""
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(tshark_command(path), capture_output=True, check=False)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent_s = ended.ru_utime - began.ru_utime + ended.ru_stime - began.ru_stime
    return spent_s * 1e6 / max(1, done.stdout.count(b"\n"))


def spread(frames: Sequence[bytes], count: int) -> list[bytes]:
    """Pick about `count` frames, evenly."""
    return list(frames[:: max(1, len(frames) // count)])[:count]


def measure(frames: Sequence[bytes], largest: Path) -> dict[str, float]:
    """Measure every tool once; microseconds a frame."""
    costs = {
        "scapy": cpu_us(scapy_dissects, spread(frames, SCAPY_FRAMES)),
        "dpkt": cpu_us(dpkt_reads, spread(frames, DPKT_FRAMES)),
        "plain": cpu_us(lambda some: ours(some, ElementMemo(most=0)), frames),
        "memo": cpu_us(lambda some: ours(some, ElementMemo()), frames),
    }
    if has_tshark():
        costs["tshark"] = tshark_us(largest)
    return costs


def figures(rounds: Sequence[dict[str, float]], frames: int) -> dict[str, Any]:
    """Sum rounds up."""
    tools = list(rounds[0])
    return {
        "frames": frames,
        "rounds": len(rounds),
        "frames_per_s": {
            tool: round(1e6 / statistics.median(costs[tool] for costs in rounds)) for tool in tools
        },
        "ratios": {
            way: {
                tool: round(statistics.median(costs[tool] / costs[way] for costs in rounds), 1)
                for tool in tools
                if tool not in OURS
            }
            for way in OURS
        },
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="speed of reading probe requests, in CPU time")
    parser.add_argument("captures", metavar="PCAP", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=50_000, help="most frames for ours")
    asked = parser.parse_args()
    frames = usable(asked.captures, asked.frames)
    if not frames:
        parser.error("the captures hold no probe request with a radiotap header")
    largest = max(asked.captures, key=lambda path: path.stat().st_size)
    measure(frames[:100], largest)  # what is loaded once is not measured
    found = figures([measure(frames, largest) for _ in range(asked.rounds)], len(frames))
    if asked.json:
        print(json.dumps(found))
        return
    for tool, rate in found["frames_per_s"].items():
        print(f"{tool:8} {rate:10,d} frames/s")
    for way, ratios in found["ratios"].items():
        for tool, ratio in ratios.items():
            print(f"{way:5} is {ratio:8.1f} times {tool}")


if __name__ == "__main__":
    main()
