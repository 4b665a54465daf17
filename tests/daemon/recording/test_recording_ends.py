"""However a recording ends, its folder replays."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.driver.recording import open_recording
from edge.model.names import SECOND
from tests.daemon.live.kit import until
from tests.daemon.recording.kit import PATIENCE_S, STORE, door, replayed
from tests.lab.serial import PtyDevice, plugged

EDGE = Path(sys.executable).with_name("edge")


@asynccontextmanager
async def at_work(place: Path, *more: str) -> AsyncIterator[subprocess.Popen[str]]:
    """Have `edge record` record two lines of a door, and go on."""
    settings = place / "live.toml"
    words = ["record", "day", "--settings", str(settings), "--state", str(place), *more]
    async with plugged(place / "door") as device:
        settings.write_text(STORE + door(device.link))
        with subprocess.Popen(  # noqa: ASYNC220 - it is only started here
            [str(EDGE), *words],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                await two_lines(device, place / "day" / "door-1.jsonl")
                yield process
            finally:
                process.kill()


async def two_lines(device: PtyDevice, file: Path) -> None:
    await device.listened_to()
    device.send(b"IN,1\nOUT,1\n")
    await until(lambda: file.read_bytes().count(b"\n") == 2, within_s=PATIENCE_S)


async def said(process: subprocess.Popen[str]) -> tuple[str, str]:
    return await asyncio.to_thread(process.communicate, timeout=PATIENCE_S)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_in_the_middle_leaves_a_folder_that_replays(
    number: signal.Signals, tmp_path: Path
) -> None:
    async with at_work(tmp_path) as process:
        process.send_signal(number)
        out, err = await said(process)

    recording = open_recording(tmp_path / "day")
    assert process.returncode == 0, err
    assert "door-1" in out
    assert "1 people in" in out
    assert 0 < recording.ended - recording.started < 60 * SECOND
    assert (await replayed(tmp_path / "day")).heard == 2


async def test_a_crash_in_the_middle_leaves_a_folder_that_replays(tmp_path: Path) -> None:
    async with at_work(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        await said(process)

    recording = open_recording(tmp_path / "day")
    assert recording.ended - recording.started == 60 * SECOND
    assert (await replayed(tmp_path / "day")).heard == 2


async def test_a_program_reads_the_summary_of_a_recording_that_ends_by_itself(
    tmp_path: Path,
) -> None:
    async with at_work(tmp_path, "--minutes", "0.05", "--json") as process:
        out, err = await said(process)

    assert process.returncode == 0, err
    assert '"people in": 1' in out
    assert (await replayed(tmp_path / "day")).heard == 2
