"""This is where the driver's own settings are checked."""

from typing import Annotated, Final

import msgspec

from drivers.wifi_monitor.fcs import BadFcs, FcsMode
from drivers.wifi_monitor.radio import channel_mhz
from edge.driver.contract import SourceSpec
from edge.errors import ConfigError

InterfaceName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][\w.-]{0,14}$")]
"""The kernel takes at most 15 bytes; one that begins with a dash would be an option to `iw`."""
Dwell = Annotated[float, msgspec.Meta(ge=0.2, le=600.0)]
"""Changing channel takes some ten milliseconds, in which a radio hears nothing."""
KNOWN: Final = (
    f"wifi_monitor knows interface, channels, dwell_s (0.2 to 600), fcs ({', '.join(FcsMode)})"
    f" and bad_fcs ({', '.join(BadFcs)})"
)


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The driver's own settings."""

    interface: InterfaceName | None = None
    """The monitor interface to listen on; recordings need none."""
    channels: tuple[int, ...] = ()
    """Channels that the driver sets; none leaves the radio as edge-radio@ set it."""
    dwell_s: Dwell = 1.0
    """How long each of several channels is listened to, in seconds."""
    fcs: FcsMode = FcsMode.AUTO
    """Whether frames end with their check sequence."""
    bad_fcs: BadFcs = BadFcs.FLAGGED
    """What is done with frames whose check sequence is wrong."""


def read_options(spec: SourceSpec) -> Options:
    """Read the options of a source.

    Raises: ConfigError when one is unknown or has a value that cannot be.
    """
    try:
        options = msgspec.convert(spec.options, Options)
    except msgspec.ValidationError as error:
        raise _fault(spec, str(error), KNOWN) from error
    for channel in options.channels:
        if channel_mhz(channel) is None:
            raise _fault(spec, f"there is no channel {channel}", "name channels 1-14 or 32-177")
    return options


def _fault(spec: SourceSpec, why: str, remedy: str) -> ConfigError:
    return ConfigError(
        "cannot use the options of the source", where=spec.name, why=why, remedy=remedy
    )
