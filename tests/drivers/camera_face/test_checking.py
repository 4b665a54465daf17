"""Cameras are listed by the name that stays with them; a check opens none."""

import asyncio
import socket
import tomllib
from pathlib import Path

from drivers.camera_face.checking import check_camera, found_cameras
from drivers.camera_face.options import Told
from edge.driver.contract import Finding, Level


def machine(root: Path, *nodes: tuple[str, str, str]) -> Path:
    for node, name, index in nodes:
        folder = root / "sys/class/video4linux" / node
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text(f"{index}\n")
    return root


def faults(device: str) -> list[Finding]:
    found = asyncio.run(check_camera(Told(device=device)))
    return [one for one in found if one.level is Level.FAIL]


def test_a_camera_is_listed_once_although_it_has_two_nodes(tmp_path: Path) -> None:
    root = machine(tmp_path, ("video0", "HD Webcam", "0"), ("video1", "HD Webcam", "1"))

    (camera,) = found_cameras(root)

    assert camera.what == "HD Webcam at /dev/video0"


def test_the_name_that_stays_with_the_camera_is_pasted_with_its_gate_off(tmp_path: Path) -> None:
    root = machine(tmp_path, ("video0", "HD Webcam", "0"))
    by_id = root / "dev/v4l/by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-HD_Webcam-video-index0").symlink_to("../../video0")

    (camera,) = found_cameras(root)

    (source,) = tomllib.loads(camera.settings)["source"]
    assert source["options"] == {
        "device": "/dev/v4l/by-id/usb-HD_Webcam-video-index0",
        "gate": "off",
    }


def test_without_a_camera_nothing_is_listed(tmp_path: Path) -> None:
    assert found_cameras(tmp_path) == ()


def test_a_camera_that_is_there_is_found_to_be(tmp_path: Path) -> None:
    video = tmp_path / "demo.mp4"
    video.touch()

    assert faults(str(video)) == []


def test_a_camera_on_the_network_has_to_answer() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        answered = faults(f"rtsp://127.0.0.1:{port}/stream")
    (silent,) = faults(f"rtsp://127.0.0.1:{port}/stream")

    assert answered == []
    assert silent.what.startswith(f"rtsp://127.0.0.1:{port} does not answer")
    assert silent.remedy
