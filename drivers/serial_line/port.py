"""This is where it is said which port a source listens to and how that port is set."""

import re
from typing import Final, Literal

import msgspec

from drivers.serial_line.profile import Device
from edge.driver.contract import SourceSpec
from edge.driver.options import convert_options
from edge.errors import ConfigError

PORT: Final = re.compile(
    r"/\S+|socket://[^/?#\s]+:[0-9]+|rfc2217://[^/?#\s]+:[0-9]+(\?ign_set_control)?"
)
"""A device's file or a converter in the network. What else the library knows is left out: some of
it writes every byte into a log."""

PLUG_IN: Final = "plug it in; `ls -l /dev/serial/by-id/` shows the devices that are there"


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of a source, as its settings tell them."""

    devices: str | None = None
    """A folder of profiles of one's own, which go before the shipped ones."""
    port: str | None = None
    """`/dev/serial/by-id/…`, `/dev/tty…`, `socket://host:port` or `rfc2217://host:port`; needed to
    listen, and not to replay."""
    baud: int | None = None
    data_bits: Literal[7, 8] | None = None
    parity: Literal["none", "even", "odd"] | None = None
    stop_bits: Literal[1, 2] | None = None


ADAPTER_S: Final = 0.02
"""What a USB adapter waits before it passes on what came: 16 ms, if nobody changed it."""
CONVERTER_S: Final = 0.1
"""What converters in the network wait at most, as they leave the factory."""
MIDWAY_BITS: Final = 30
"""Three characters: a line that had begun goes on sooner than that."""


class PortSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A port and how it is set: the profile's device, with what the source tells in its place."""

    source: str
    port: str
    baud: int
    data_bits: int
    parity: str
    stop_bits: int

    @property
    def is_device(self) -> bool:
        """Whether it is a file of this machine."""
        return self.port.startswith("/")

    @property
    def can_change_baud(self) -> bool:
        """Whether the rate is ours to set; a plain socket's is set in the converter."""
        return not self.port.startswith("socket:")

    @property
    def midway_s(self) -> float:
        """Seconds after the opening in which a first byte may be from within a line.

        A device that begins to speak later than that begins with a line. Too short, and the rest
        of a code passes for a code that nobody has; too long, and a whole one is dropped.
        """
        return (ADAPTER_S if self.is_device else CONVERTER_S) + MIDWAY_BITS / self.baud

    @property
    def where(self) -> str:
        """The place that an error names."""
        return f"source {self.source}, port {self.port}"


def read_options(spec: SourceSpec) -> Told:
    """Read the options of a source.

    Raises: ConfigError when one of them cannot be.
    """
    told = convert_options(spec, Told)
    if told.port is not None and not PORT.fullmatch(told.port):
        raise ConfigError(
            "the option port names no port",
            where=f"source {spec.name}",
            remedy="write a device as /dev/serial/by-id/…, a converter as socket://host:port or "
            "rfc2217://host:port; `edge sources discover` lists the devices",
        )
    if told.baud is not None and told.baud <= 0:
        raise ConfigError(
            "the option baud is no rate",
            where=f"source {spec.name}",
            remedy="write it as baud = 9600",
        )
    return told


def port_settings(spec: SourceSpec, told: Told, device: Device) -> PortSettings:
    """Give the port to listen to.

    Raises: ConfigError when the source names none.
    """
    if told.port is None:
        raise ConfigError(
            "a serial line needs the option port to listen",
            where=f"source {spec.name}",
            remedy="add port = …; `edge sources discover` lists the devices",
        )
    own = {name: getattr(told, name) for name in ("baud", "data_bits", "parity", "stop_bits")}
    line = {name: getattr(device, name) if own[name] is None else own[name] for name in own}
    return PortSettings(source=spec.name, port=told.port, **line)
