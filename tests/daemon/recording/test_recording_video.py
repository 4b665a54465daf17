"""Cameras are recorded on order only, where the policy permits it, and replay as they were seen."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import cv2
import msgspec
import pytest
from click.testing import CliRunner

from drivers.camera_face.driver import CameraFace
from edge.cli.main import main
from edge.config.policies import load_policy, policy_names
from edge.config.schema import Settings
from edge.daemon.notices import notice_of, publish_notice
from edge.daemon.recording import check_video
from edge.daemon.registry import load_driver
from edge.driver.contract import Driver
from edge.driver.recording import open_recording
from edge.errors import ConfigError
from edge.model.names import SECOND
from edge.privacy.policy import FaceMode
from tests.daemon.recording.kit import STORE, order, recording
from tests.drivers.camera_face.drawn import walk, write_video
from tests.drivers.camera_face.drawn_worker import PROGRAM
from tests.privacy.kit import NOW, policy

HALL = STORE.partition("[[door]]")[0]
"""A store without a door counter."""


class DrawnCamera(CameraFace):
    """The driver, with a worker that knows drawn people."""

    worker_program: ClassVar[Sequence[str]] = PROGRAM


def find(name: str) -> type[Driver] | None:
    return DrawnCamera if name == "camera_face" else load_driver(name)


def camera(device: Path, name: str = "kiosk-cam") -> str:
    return f"""
[[source]]
name = "{name}"
driver = "camera_face"
zone = "checkout"
options = {{ device = "{device}", gate = "kiosk", rate = 5.0 }}
"""


def announced(folder: Path) -> str:
    """Give the settings' table of a notice that tells customers of faces."""
    file = folder / "notice.json"
    table = {"controller": "Toys Ltd", "contact": "dpo@toys.example", "published": str(file)}
    tables = {
        "store": {"id": "toy-1", "policy": "eu_strict"},
        "source": [{"name": "kiosk-cam", "driver": "camera_face"}],
        "notice": table,
    }
    settings = Settings.model_validate(tables)
    publish_notice(notice_of(settings, load_policy("eu_strict")[0]), file, at=NOW)
    return "[notice]\n" + "".join(f'{key} = "{value}"\n' for key, value in table.items())


def test_without_an_order_a_camera_is_left_out(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=40))

    async def run() -> None:
        async with recording(order(tmp_path, camera(video), store=HALL)):
            pass

    with pytest.raises(ExceptionGroup) as told:
        asyncio.run(run())

    assert "its tape would show people" in str(told.value.exceptions[0])


def test_a_recorded_camera_replays_its_pictures(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=40))
    store = f"{HALL}\n{announced(tmp_path)}"
    wanted = order(tmp_path, camera(video), store=store, with_video=True)
    wanted = msgspec.structs.replace(wanted, find=find)

    async def run() -> None:
        async with recording(wanted) as underway:
            await underway.until(lambda: underway.of("kiosk-cam").recorded > 10)

    asyncio.run(run())

    found = open_recording(wanted.folder)
    (source,) = found.sources
    assert source.spec.options["gate"] == "kiosk"
    capture = cv2.VideoCapture(str(source.file.path), cv2.CAP_FFMPEG)
    length_s = capture.get(cv2.CAP_PROP_FRAME_COUNT) / capture.get(cv2.CAP_PROP_FPS)
    assert capture.get(cv2.CAP_PROP_FPS) == 5
    assert 2 <= length_s <= (found.ended - found.started) / SECOND + 1


def test_no_policy_that_is_shipped_permits_pictures() -> None:
    for name in policy_names():
        with pytest.raises(ConfigError, match="cannot record with video"):
            check_video(load_policy(name)[0])


def test_a_policy_that_permits_pictures_and_faces_does() -> None:
    check_video(policy(video=True))
    with pytest.raises(ConfigError):
        check_video(policy(video=True, face=FaceMode.OFF))


def test_a_camera_that_no_notice_tells_of_is_not_recorded(tmp_path: Path) -> None:
    video = write_video(tmp_path / "walk.avi", walk("ada", frames=40))
    wanted = order(tmp_path, camera(video), store=HALL, with_video=True)
    wanted = msgspec.structs.replace(wanted, find=find)

    async def run() -> int:
        async with recording(wanted) as underway:
            await underway.until(lambda: underway.of("kiosk-cam").state == "parked")
            return underway.of("kiosk-cam").recorded

    assert asyncio.run(run()) == 0


def test_an_order_for_video_that_the_policy_does_not_permit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "edge.toml"
    file.write_text(HALL + camera(tmp_path / "walk.avi"))

    where = ("--settings", str(file), "--state", str(tmp_path))
    result = CliRunner().invoke(
        main,
        ["record", str(tmp_path / "day"), "--with-video", *where],
    )

    told = f"{result.output}{result.exception}"
    assert result.exit_code != 0
    assert "cannot record with video" in told
    assert not (tmp_path / "day").exists()
