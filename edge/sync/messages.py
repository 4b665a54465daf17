"""This is where MQTT messages stand as values, apart from the library that carries them."""

from collections.abc import Mapping

import msgspec


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message to publish."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    properties: Mapping[str, str] = {}
    """User properties."""
    content_type: str = "application/json"
    expiry_s: int | None = None
    response_topic: str = ""
    correlation: bytes = b""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came; the broker sends it again until `Link.settle` was called."""

    topic: str
    payload: bytes
    properties: Mapping[str, str] = {}
    response_topic: str = ""
    correlation: bytes = b""
    mid: int = 0
    """The broker's number of it within the connection."""
    qos: int = 1
    connection: int = 0
    """Which connection it came over; an acknowledgement over another one would be a lie."""
    is_kept: bool = False
    """Whether the broker keeps it for everybody who subscribes (MQTT's retain)."""
