#!/usr/bin/env python3
"""This is where it is measured what a camera costs: with nobody in view, and with three faces.

`scripts/bench/camera.py CLIPS [--seconds 20] [--json]`; CLIPS is a folder with `no_face.mp4` and
`single_face.mp4`. The worker runs as in the daemon, at 640 x 480 and 10 frames a second.
"""

import _venv  # noqa: F401 - goes on with the project's own Python

# isort: split
import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from drivers.camera_face.engine_options import EngineOptions
from drivers.camera_face.options import model_cache
from drivers.camera_face.process import Worker
from drivers.camera_face.protocol import Alive, Begin, Offered, Ready

WIDTH, HEIGHT, RATE = 640, 480, 10.0
PEOPLE = 3
TICKS = os.sysconf("SC_CLK_TCK")
LIMITS = {"nobody": 0.5, "three faces": 1.0}
"""Cores."""
NO_LIMIT = 4.0
LOAD_S, SILENT_S = 120.0, 15.0


def main() -> int:
    """Measure and print; gives 1 where a limit is exceeded."""
    told = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        clips = {
            "nobody": _written(Path(folder) / "nobody.avi", _alone(told.clips / "no_face.mp4")),
            "three faces": _written(
                Path(folder) / "three.avi", _side_by_side(told.clips / "single_face.mp4")
            ),
        }
        found = {
            what: asyncio.run(_measure(clip, seconds=told.seconds)) for what, clip in clips.items()
        }
    if told.json:
        print(json.dumps(found, indent=2))
    else:
        for what, one in found.items():
            print(f"{what}: {one['cores']:.2f} of a core (limit {LIMITS[what]}), {one}")
    return int(any(one["cores"] > LIMITS[what] for what, one in found.items()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def _measure(clip: Path, *, seconds: float) -> dict[str, Any]:
    """Run the worker on a clip, and give what it used once it was under way."""
    worker = await Worker.begin()
    try:
        worker.send(_begin(clip))
        while not isinstance(await worker.receive(LOAD_S), Ready):
            pass
        while not isinstance(await worker.receive(SILENT_S), Alive):
            pass
        used, began = _cpu_s(worker.number), time.monotonic()
        frames, offered = 0, set()
        while time.monotonic() - began < seconds:
            said = await worker.receive(SILENT_S)
            if isinstance(said, Alive):
                frames += said.frames
            elif isinstance(said, Offered):
                offered.add(said.track)
        took = time.monotonic() - began
        cores = (_cpu_s(worker.number) - used) / took
        return {
            # On a busy machine frames are passed over: what counts is their cost at the full rate.
            "cores": round(cores * RATE * took / max(1, frames), 3),
            "used": round(cores, 3),
            "frames_a_second": round(frames / took, 2),
            "tracks_offered": len(offered),
            "memory_mb": round(_memory_mb(worker.number), 1),
        }
    finally:
        await worker.end()


def _begin(clip: Path) -> Begin:
    return Begin(
        device=str(clip),
        width=WIDTH,
        height=HEIGHT,
        rate=RATE,
        budget=NO_LIMIT,
        engine=EngineOptions(),
        cache=str(model_cache(os.environ)),
    )


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory_mb(process: int) -> float:
    pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _frames(clip: Path) -> list[Any]:
    capture = cv2.VideoCapture(str(clip))
    step = max(1, round(capture.get(cv2.CAP_PROP_FPS) / RATE))
    frames = []
    while capture.grab():
        if round(capture.get(cv2.CAP_PROP_POS_FRAMES)) % step == 0:
            frames.append(capture.retrieve()[1])
    if not frames:
        raise SystemExit(f"{clip} holds no pictures")
    return frames


def _alone(clip: Path) -> list[Any]:
    return [cv2.resize(frame, (WIDTH, HEIGHT)) for frame in _frames(clip)]


def _side_by_side(clip: Path) -> list[Any]:
    """Put one person three times into a picture, each a little later than the one beside them."""
    frames = [_portrait(frame) for frame in _frames(clip)]
    gap = max(1, len(frames) // PEOPLE)
    return [
        np.hstack([frames[(number + gap * person) % len(frames)] for person in range(PEOPLE)])
        for number in range(len(frames))
    ]


def _portrait(frame: Any) -> Any:
    """Cut the middle out, in the shape of a third of the picture."""
    third = WIDTH // PEOPLE
    height, width = frame.shape[:2]
    wanted = min(width, round(height * third / HEIGHT))
    left = (width - wanted) // 2
    return cv2.resize(frame[:, left : left + wanted], (third, HEIGHT))


def _written(path: Path, frames: list[Any]) -> Path:
    size = (frames[0].shape[1], frames[0].shape[0])
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    video = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, codec, RATE, size)
    for frame in frames:
        video.write(frame)
    video.release()
    return path


if __name__ == "__main__":
    sys.exit(main())
