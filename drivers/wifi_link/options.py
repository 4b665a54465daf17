"""This is where it is said from what a source hears about the store's Wi-Fi, and how."""

import re
from pathlib import Path
from typing import Final, Literal

import msgspec

from edge.driver.contract import SourceSpec
from edge.driver.options import convert_options
from edge.errors import ConfigError

RADIUS_LISTEN: Final = "127.0.0.1:1813"
"""The port of RADIUS accounting (RFC 2866, 3)."""
WEBHOOK_LISTEN: Final = "127.0.0.1:8787"

LISTEN: Final = re.compile(r"(?P<host>[^:\s]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")
GREATEST_PORT: Final = 65_535


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of a source, as its settings tell them."""

    source: Literal["hostapd", "radius", "webhook"] | None = None
    """Who tells of the stations; needed to listen, and not to replay."""
    control: str | None = None
    """hostapd: its control socket, such as `/run/hostapd/wlan0`."""
    listen: str | None = None
    """radius and webhook: address and port."""
    secret_file: str | None = None
    """radius and webhook: the file of the shared secret. A name without a folder is that of a
    systemd credential."""
    secret_env: str | None = None
    """Likewise, an environment variable."""
    ssid: str | None = None
    """radius and webhook: the network whose stations count, where reports name networks."""
    validator: str | None = None
    """webhook: what Meraki's cloud asks for before it sends anything."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a listener listens."""

    host: str
    port: int

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in {"127.0.0.1", "::1", "localhost"}

    def __str__(self) -> str:
        """Write it as settings do."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_options(spec: SourceSpec) -> Told:
    """Read the options of a source.

    Raises: ConfigError when one of them cannot be, or another one is needed with it.
    """
    where = f"source {spec.name}"
    told = convert_options(spec, Told)
    if told.source == "hostapd" and not told.control:
        raise ConfigError(
            "hostapd needs the option control",
            where=where,
            remedy='add control = "/run/hostapd/wlan0"; hostapd.conf names it in ctrl_interface',
        )
    if told.source in {"radius", "webhook"}:
        _check_listener(told, where)
    return told


def listen_address(told: Told) -> Address:
    """Give where a listener listens.

    Raises: ValueError when the option is no address and port.
    """
    default = RADIUS_LISTEN if told.source == "radius" else WEBHOOK_LISTEN
    match = LISTEN.fullmatch(told.listen or default)
    if match is None or int(match["port"]) > GREATEST_PORT:
        raise ValueError("it is no address and port")
    return Address(host=match["host"].strip("[]"), port=int(match["port"]))


def control_path(told: Told) -> Path:
    """Give the control socket of a source that was checked."""
    return Path(told.control or "")


def _check_listener(told: Told, where: str) -> None:
    if (told.secret_file is None) == (told.secret_env is None):
        raise ConfigError(
            f"{told.source} needs one secret",
            where=where,
            remedy="write it to a file that only store-edge may read, and name that file with "
            "secret_file; or name an environment variable with secret_env",
        )
    try:
        listen_address(told)
    except ValueError as error:
        raise ConfigError(
            "the option listen cannot be",
            where=where,
            why=str(error),
            remedy='write it as listen = "192.0.2.1:1813"',
        ) from error
    if told.validator is not None and told.ssid is None:
        raise ConfigError(
            "a report of Meraki's cloud needs the option ssid",
            where=where,
            why="it tells of the stations of every network, and of those of none",
            remedy='add ssid = "…", the name of the network that customers join',
        )
