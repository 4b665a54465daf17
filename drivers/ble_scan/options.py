"""This is where a Bluetooth source's own settings become values."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from edge.driver.contract import SourceSpec
from edge.driver.options import convert_options, meant
from edge.errors import ConfigError

Number = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]


class Mode(StrEnum):
    """How the radio scans."""

    AUTO = "auto"
    """Passive where BlueZ offers it, active otherwise."""
    PASSIVE = "passive"
    """Listens only; hears advertisements of the kinds in `patterns`."""
    ACTIVE = "active"
    """Asks each device for more, and hears all of them."""


class BeaconOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The store's own iBeacon, for iOS apps, which hear nothing else in the background."""

    uuid: UUID
    """The one that the app looks for."""
    major: Number | None = None
    """Mostly the store's number; where it is left out, it changes with the minor."""
    minor: Number = 0
    """Stays as it is without a key."""
    minor_key_file: str | None = None
    """File with a key in base64, at least 16 bytes; with it the minor changes every 15 min."""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a source's settings say about a radio."""

    adapter: Annotated[str, msgspec.Meta(pattern=r"^hci[0-9]{1,3}$")] = "hci0"
    mode: Mode = Mode.AUTO
    restart_after_s: Annotated[float, msgspec.Meta(ge=5, le=3600)] = 30.0
    """Silence after which the scan is started anew; the adapter is switched off and on after as
    much again, and given up after as much again."""
    beacon: BeaconOptions | None = None


def read_options(spec: SourceSpec) -> Options:
    """Check a source's options.

    Raises: ConfigError naming the option, what was expected, and what may have been meant.
    """
    beacon = spec.options.get("beacon")
    if isinstance(beacon, dict):
        _check_beacon(spec, beacon)
    return convert_options(spec, Options)


def _check_beacon(spec: SourceSpec, beacon: dict[str, object]) -> None:
    known = BeaconOptions.__struct_fields__
    for name in sorted(set(beacon) - set(known)):
        raise ConfigError(
            f"the beacon has no option {name!r}",
            where=f"source {spec.name}",
            remedy=meant(name, known),
        )
    if "minor_key_file" not in beacon and "major" not in beacon:
        raise ConfigError(
            "the beacon has neither a major nor a key that makes one",
            where=f"source {spec.name}",
            remedy="add major = 1, or minor_key_file",
        )
