"""Cameras are listed by the name that stays with them, and pasting them does no harm."""

import tomllib
from pathlib import Path

from edge.daemon.doctor.cameras import cameras


def machine(root: Path, *nodes: tuple[str, str, str]) -> Path:
    for node, name, index in nodes:
        folder = root / "sys/class/video4linux" / node
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "index").write_text(f"{index}\n")
    return root


def test_a_camera_is_listed_once_although_it_has_two_nodes(tmp_path: Path) -> None:
    root = machine(tmp_path, ("video0", "HD Webcam", "0"), ("video1", "HD Webcam", "1"))

    (camera,) = cameras(root).found

    assert camera.what.startswith("HD Webcam at /dev/video0")


def test_the_name_that_stays_with_the_camera_is_preferred(tmp_path: Path) -> None:
    root = machine(tmp_path, ("video0", "HD Webcam", "0"))
    by_id = root / "dev/v4l/by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-HD_Webcam-video-index0").symlink_to("../../video0")

    (camera,) = cameras(root).found

    assert "/dev/v4l/by-id/usb-HD_Webcam-video-index0" in camera.settings


def test_what_is_pasted_for_a_camera_changes_no_setting(tmp_path: Path) -> None:
    root = machine(tmp_path, ("video0", "HD Webcam", "0"))

    (camera,) = cameras(root).found

    assert tomllib.loads(camera.settings) == {}


def test_without_a_camera_nothing_is_listed(tmp_path: Path) -> None:
    assert cameras(tmp_path).found == ()
