"""A kiosk is replayed in which a customer is known by the face alone, after the code with its key.

The face is before the camera from second 6 to 12, from 22 to 28 and from 38 to 44; its owner shows
the code at second 20. Nothing else tells of anybody.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from edge.cli.replaying import export
from edge.daemon.replay import Replay, ReplayResult
from edge.driver.recording import open_recording
from edge.sync.cloudevents import EventSource
from tests.daemon.test_replay_kills import command, position, whole

MISSING = [
    name
    for name in ("cv2", "skimage", "face_recognition_models", "onnxruntime")
    if find_spec(name) is None
]
MAKER = Path(__file__).parents[2] / "scripts" / "demo_kiosk.py"
SHOWN = "2026-03-14T09:00:20"
LAST_LOOK = "2026-03-14T09:00:38"
WAIT_S = 100
needs_models = pytest.mark.skipif(
    bool(MISSING), reason=f"the extra `face` is not installed: {', '.join(MISSING)}"
)


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    cache = tmp_path_factory.mktemp("models")
    folder = tmp_path_factory.mktemp("kiosk") / "day"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CACHE_DIRECTORY", str(cache))
        subprocess.run([sys.executable, MAKER, folder, cache], check=True, timeout=WAIT_S)
        yield folder


def replayed(
    folder: Path, database: Path, *, speed: float | None = None
) -> tuple[ReplayResult, bytes]:
    recording = open_recording(folder)
    result = asyncio.run(Replay(recording, database=database, speed=speed).run())
    out = database.with_suffix(".jsonl")
    export(database, out, source=EventSource(store=result.store, node="replay", epoch=result.epoch))
    return result, out.read_bytes()


def identified(events: bytes) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in events.splitlines()]
    return [one for one in told if one["type"] == "visit.identified.v1"]


def shown_at(folder: Path, copy: Path, second: float | None) -> Path:
    """Copy the recording, with the code shown at another second, or never."""
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).symlink_to(file)
    scans = copy / "kiosk-scanner.jsonl"
    shown = json.loads(scans.read_text())
    scans.unlink()
    moved = [] if second is None else [{**shown, "t": shown["t"] - 20 + second}]
    scans.write_text("".join(f"{json.dumps(one)}\n" for one in moved))
    return copy


@needs_models
@pytest.mark.timeout(300)
def test_a_customer_is_known_by_the_face_alone_once_and_never_before_the_code_was_shown(
    kiosk: Path, tmp_path: Path
) -> None:
    result, events = replayed(kiosk, tmp_path / "day.db")

    (known,) = identified(events)
    assert SHOWN <= known["time"] < LAST_LOOK
    assert [one["kind"] for one in known["data"]["evidence"]] == ["face"]
    assert known["data"]["customer"] == "c-1961"
    assert result.faces == {"seen": 3, "encoded": 1, "matched": 1}


@needs_models
@pytest.mark.timeout(300)
def test_a_code_shown_later_encodes_no_face_that_was_there_before(
    kiosk: Path, tmp_path: Path
) -> None:
    folder = shown_at(kiosk, tmp_path / "later", 32.0)

    result, events = replayed(folder, tmp_path / "day.db")

    (known,) = identified(events)
    assert known["time"] >= LAST_LOOK
    assert result.faces == {"seen": 3, "encoded": 1, "matched": 1}


@needs_models
@pytest.mark.timeout(300)
def test_without_the_code_the_same_face_is_seen_and_never_encoded(
    kiosk: Path, tmp_path: Path
) -> None:
    folder = shown_at(kiosk, tmp_path / "never", None)

    result, events = replayed(folder, tmp_path / "day.db")

    assert identified(events) == []
    assert result.faces == {"seen": 3}


@needs_models
@pytest.mark.timeout(300)
def test_two_speeds_and_a_kill_in_between_give_the_same_bytes(kiosk: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    _, expected = replayed(kiosk, tmp_path / "fast.db")

    _, slow = replayed(kiosk, tmp_path / "slow.db", speed=20.0)
    reached = kill_midway(kiosk, killed)
    summed, resumed = whole(kiosk, killed)

    assert slow == expected
    assert reached > 0
    assert summed["resumed_at"] == reached
    assert resumed == expected


def kill_midway(folder: Path, state: Path) -> int:
    """Kill a slow replay when some of it is on disk; give how far it had come."""
    with subprocess.Popen(
        command(folder, state, "--speed", "5"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        ends = time.monotonic() + WAIT_S
        while time.monotonic() < ends and not (
            (state / "edge.db").exists() and position(state) > 1
        ):
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return position(state)
