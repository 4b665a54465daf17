"""This is where it is said which camera a source looks through, and how much it may cost."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit, urlunsplit

import msgspec

from drivers.camera_face.engine_options import EngineOptions
from edge.driver.contract import SourceSpec
from edge.driver.options import convert_options
from edge.errors import ConfigError

SCHEMES: Final = frozenset({"rtsp", "rtsps", "http", "https"})
DEVICE: Final = re.compile(r"/dev/\S+")
CACHE: Final = "CACHE_DIRECTORY"
"""Where systemd says that files may lie which can be made again (CacheDirectory=)."""
CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
"""Where systemd lays the credentials of a unit."""


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of a camera source, as its settings tell them."""

    device: str | None = None
    """`/dev/v4l/by-id/…`, an RTSP or HTTP address, or a video file. Needed live, not to replay."""
    login_file: str | None = None
    """File with `user:password` in its first line, for an address that asks for them. A name
    without a folder is that of a systemd credential."""
    gate: Literal["off", "kiosk", "gated", "open"] = "off"
    """When a face may be encoded; the policy says how far this may go."""
    width: Annotated[int, msgspec.Meta(ge=160, le=1920)] = 640
    """Pixels; wider pictures are made narrower."""
    height: Annotated[int, msgspec.Meta(ge=120, le=1080)] = 480
    """Asked of a V4L2 camera; others keep their shape."""
    rate: Annotated[float, msgspec.Meta(ge=1, le=30)] = 10.0
    """Frames a second at the most."""
    budget: Annotated[float, msgspec.Meta(ge=0.1, le=4)] = 1.0
    """Cores that the source may use in the mean; the rate falls, then the picture's size."""
    engine: EngineOptions = EngineOptions()


def read_options(spec: SourceSpec) -> Told:
    """Read the options of a source.

    Raises: ConfigError when one of them cannot be.
    """
    where = f"source {spec.name}"
    told = convert_options(spec, Told)
    if told.device is not None and is_address(told.device) and _has_login(told.device):
        raise ConfigError(
            "the camera's address holds a password",
            where=where,
            why="settings are shown to people and sent to the platform",
            remedy="take it out, write it to a file that only store-edge may read, and name that "
            "file with login_file",
        )
    return told


def is_address(device: str) -> bool:
    """Say whether a camera is reached over the network."""
    return urlsplit(device).scheme in SCHEMES


def is_node(device: str) -> bool:
    """Say whether a camera is a device of this machine."""
    return DEVICE.fullmatch(device) is not None


def shown(device: str) -> str:
    """Name a camera in words for people: of an address only its host and port."""
    parts = urlsplit(device)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if is_address(device) else device


def with_login(device: str, login_file: str | None, environ: Mapping[str, str]) -> str:
    """Give the address with the login that lies in a file.

    Raises: ConfigError when the file cannot be read, or holds no login.
    """
    if login_file is None:
        return device
    path = Path(login_file)
    if path.name == login_file and CREDENTIALS in environ:
        path = Path(environ[CREDENTIALS]) / login_file
    try:
        login = path.read_text(encoding="utf-8").splitlines()[:1]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "cannot read the camera's login",
            where=str(path),
            why=str(getattr(error, "strerror", None) or "it is no text"),
            remedy="write user:password to it, and let only store-edge read it",
        ) from error
    if not login or ":" not in login[0]:
        raise ConfigError(
            "cannot read the camera's login",
            where=str(path),
            why="its first line is not user:password",
            remedy="write user:password to it",
        )
    parts = urlsplit(device)
    return urlunsplit(parts._replace(netloc=f"{login[0].strip()}@{parts.netloc}"))


def model_cache(environ: Mapping[str, str]) -> Path:
    """Give the folder for converted models."""
    told = environ.get(CACHE)
    if told:
        return Path(told.split(os.pathsep)[0])
    base = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "store-edge"


def _has_login(address: str) -> bool:
    return urlsplit(address).username is not None
