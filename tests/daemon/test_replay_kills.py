"""A replay that is killed at any moment goes on where it was, and tells the same to the byte."""

import json
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from edge.daemon.ledgers import open_reader
from edge.daemon.registry import driver_names
from edge.errors import StoreError
from edge.fusion.fold import resume
from edge.store.engine import connect_reader
from edge.store.ledger import newest_snapshot
from tests.daemon.recordings import Shop
from tests.daemon.test_replay import busy_shop

EDGE = shutil.which("edge", path=str(Path(sys.executable).parent)) or "edge"
LONG_S = 60


def command(folder: Path, state: Path, *more: str) -> list[str]:
    database = str(state / "edge.db")
    return [EDGE, "replay", str(folder), "--database", database, "--json", *more]


def whole(folder: Path, state: Path) -> tuple[dict[str, int], bytes]:
    """Run a replay to its end; give its sum and what it wrote."""
    out = state / "events.jsonl"
    done = subprocess.run(
        command(folder, state, "--out", str(out)),
        capture_output=True,
        timeout=LONG_S,
        check=True,
    )
    return json.loads(done.stdout), out.read_bytes()


def kill_after(folder: Path, state: Path, seconds: float) -> bool:
    """Run a replay at a pace that lasts, and kill it; True where it had not come to its end."""
    with subprocess.Popen(
        command(folder, state, "--speed", "600"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def remembered(state: Path) -> bytes:
    """Give what fusion knew at the end."""
    reader = open_reader(state / "edge.db")
    try:
        snapshot = newest_snapshot(reader)
    finally:
        reader.close()
    assert snapshot is not None
    return snapshot.state


def position(state: Path) -> int:
    """Give how far a killed replay came; 0 where it was killed before it had a ledger."""
    reader = connect_reader(state / "edge.db")
    try:
        row = reader.execute("SELECT position FROM snapshot").fetchone()
    except StoreError:
        return 0
    finally:
        reader.close()
    return 0 if row is None else int(row[0])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_replay_killed_again_and_again_writes_the_same_bytes(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    folder = busy_shop().write(tmp_path / "day")
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    calm.mkdir()
    killed.mkdir()
    _, expected = whole(folder, calm)

    kills = sum(kill_after(folder, killed, rng.uniform(0.05, 1.6)) for _ in range(4))
    summed, found = whole(folder, killed)

    assert kills > 0
    assert found == expected
    assert summed["observations"] > 0


def test_a_killed_replay_goes_on_where_it_was_and_does_not_begin_anew(tmp_path: Path) -> None:
    folder = busy_shop().write(tmp_path / "day")
    state = tmp_path / "state"
    state.mkdir()
    while not ((state / "edge.db").exists() and position(state) > 100):
        kill_after(folder, state, 1.5)

    reached = position(state)
    summed, _ = whole(folder, state)

    assert summed["resumed_at"] == reached


def test_what_is_kept_on_disk_of_a_killed_replay_does_not_grow_with_what_was_heard(
    tmp_path: Path,
) -> None:
    sizes = []
    for name, repeats in (("few", 1), ("many", 20)):
        shop = Shop(length_s=1200)
        for second in range(1190):
            for number in range(repeats):
                address = (0x020000000000 + 97 * number + second % 97).to_bytes(6, "big")
                shop.hear_probe(second + number / 40, address)
        folder, state = shop.write(tmp_path / name / "day"), tmp_path / name
        whole(folder, state)
        snapshot = remembered(state)
        sizes.append(len(snapshot))
        assert resume(snapshot).bitmaps == {}

    assert abs(sizes[1] - sizes[0]) < 64


@pytest.mark.skipif("wifi_monitor" not in driver_names(), reason="the radar's driver is missing")
def test_a_made_up_hour_is_replayed_the_same_twice_with_its_snapshot_small(tmp_path: Path) -> None:
    day = tmp_path / "day"
    made = [EDGE, "simulate", "--out", str(day), "--hours", "1", "--visitors", "25"]
    subprocess.run(made, check=True, capture_output=True, timeout=LONG_S)
    once, again = tmp_path / "once", tmp_path / "again"
    once.mkdir()
    again.mkdir()

    first, expected = whole(day, once)
    second, found = whole(day, again)

    assert found == expected
    assert {key: first[key] for key in first if key not in {"seconds", "database"}} == {
        key: second[key] for key in second if key not in {"seconds", "database"}
    }
    snapshot = remembered(once)
    assert len(snapshot) < 64 * 1024
    assert msgspec.msgpack.decode(snapshot)["is_over"] is True
