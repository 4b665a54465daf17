"""This is where the package that knows faces is found by its entry point."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from edge.config.load import load_settings
from edge.config.schema import SourceSettings
from edge.driver.enrolling import FaceTools
from edge.driver.options import meant
from edge.errors import ConfigError

GROUP: Final = "store_edge.face_engines"
ENGINE: Final = "engine"
"""Option of a camera source that says which engine encodes its faces."""


def face_tools() -> FaceTools:
    """Load what knows faces.

    Raises: ConfigError where none is installed, or it cannot be loaded.
    """
    for entry in _entries():
        try:
            return cast("FaceTools", entry.load()())
        except ImportError as error:
            raise ConfigError(
                "cannot load what knows faces",
                where=f"{entry.name} = {entry.value}",
                why=str(error),
                remedy="pip install 'store-edge[face]'",
            ) from error
    raise ConfigError("nothing that knows faces is installed", remedy="install store-edge anew")


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """With which engine somebody is enrolled, and in front of which camera."""

    engine: Mapping[str, Any]
    camera: Mapping[str, Any]
    """Options of its source; with `device` alone where it is none of the settings."""
    source: str = ""
    """Name of that source; empty where it is none of the settings."""


def seat(settings: Path, camera: str | None) -> Seat:
    """Find the camera by its source's name or its device, and the store's engine.

    A store has one engine: a template of another one is of no use in it.
    Raises: ConfigError where the settings cannot be used, their cameras use several engines, or no
    camera is meant.
    """
    drivers = {entry.name for entry in _entries()}
    sources = [one for one in load_settings(settings).sources if one.driver in drivers]
    named = next((one for one in sources if one.name == camera), None)
    if named is not None:
        return Seat(engine=_engine(named), camera=named.options, source=named.name)
    if camera is not None and "/" not in camera:
        raise ConfigError(
            "there is no such camera",
            why=f"{camera!r:.80}",
            remedy=meant(camera, [one.name for one in sources]),
        )
    engines = {msgspec.json.encode(_engine(one), order="sorted") for one in sources}
    if len(engines) > 1:
        raise ConfigError(
            "the store's cameras use several face engines",
            where=str(settings),
            remedy="name the camera at which the customer will be recognised: --camera SOURCE",
        )
    engine = _engine(sources[0]) if sources else {}
    return Seat(engine=engine, camera={} if camera is None else {"device": camera})


def _entries() -> tuple[EntryPoint, ...]:
    """Give the entry points; each is named like the driver whose sources it serves."""
    return tuple(sorted(entry_points(group=GROUP), key=lambda entry: entry.name))


def _engine(source: SourceSettings) -> Mapping[str, Any]:
    found = source.options.get(ENGINE, {})
    return found if isinstance(found, Mapping) else {}
