"""This is where cameras are listed that the kernel knows (Video4Linux)."""

from pathlib import Path
from typing import Final

from edge.daemon.doctor.discovery import Discovered
from edge.driver.contract import Found

DRIVER: Final = "camera_face"
CLASS: Final = Path("sys/class/video4linux")
BY_ID: Final = Path("dev/v4l/by-id")
FIRST: Final = "0"
"""A camera's first node gives pictures; the others give metadata."""


def cameras(root: Path = Path("/")) -> Discovered:
    """List cameras; their settings are comments, because no installed driver reads them."""
    nodes = sorted((root / CLASS).glob("video*"))
    found = tuple(
        _found(root, node, number=number)
        for number, node in enumerate((node for node in nodes if _is_first(node)), start=1)
    )
    return Discovered(driver=DRIVER, found=found)


def _is_first(node: Path) -> bool:
    index = node / "index"
    return not index.is_file() or index.read_text(encoding="utf-8").strip() == FIRST


def _found(root: Path, node: Path, *, number: int) -> Found:
    label = node / "name"
    name = label.read_text(encoding="utf-8").strip() if label.is_file() else node.name
    return Found(
        driver=DRIVER,
        what=f"{name} at /dev/{node.name}; no installed driver reads cameras",
        settings=(
            "#[[source]]\n"
            f'#name = "camera-{number}"\n'
            f'#driver = "{DRIVER}"\n'
            f'#options = {{ device = "{_stable_name(root, node.name)}" }}'
        ),
    )


def _stable_name(root: Path, device: str) -> str:
    """Give the name that stays with the camera, where udev made one."""
    for link in sorted((root / BY_ID).glob("*")):
        if link.is_symlink() and link.readlink().name == device:
            return f"/{BY_ID / link.name}"
    return f"/dev/{device}"
