"""This is where the driver's own settings are checked."""

from typing import Annotated, Final

import msgspec

from drivers.wifi_monitor.fcs import BadFcs, FcsMode
from drivers.wifi_monitor.radio import channel_mhz
from edge.driver.contract import SourceSpec
from edge.driver.options import convert_options
from edge.errors import ConfigError

InterfaceName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][\w.-]{0,14}$")]
"""The kernel takes at most 15 bytes; one that begins with a dash would be an option to `iw`."""
Dwell = Annotated[float, msgspec.Meta(ge=0.2, le=600.0)]
"""Changing channel takes some ten milliseconds, in which a radio hears nothing."""
KNOWN: Final = (
    f"wifi_monitor knows dwell_s from 0.2 to 600, fcs as {', '.join(FcsMode)}, and bad_fcs as "
    f"{', '.join(BadFcs)}"
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
    options = convert_options(spec, Options, remedy=KNOWN)
    for channel in options.channels:
        if channel_mhz(channel) is None:
            raise ConfigError(
                f"there is no channel {channel}",
                where=f"source {spec.name}",
                remedy="name channels 1-14 or 32-177",
            )
    return options
