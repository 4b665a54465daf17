"""This is where our messages become the MQTT library's, and its messages ours."""

from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.sync.address import tls_context
from edge.sync.messages import Incoming, Outgoing
from edge.sync.settings import LinkSettings

INBOUND_WINDOW = 20
"""Messages that the broker may send before we acknowledged one: a bound on what we hold."""


def new_client(settings: LinkSettings) -> Client:
    """Make a client for one connection: nothing of an earlier one is in it.

    Raises: ConfigError where the certificates cannot be used.
    """
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    # A callback that raises must not end the network thread; the library tells of it in its log.
    client.suppress_exceptions = True
    client.connect_timeout = settings.connect_timeout_s
    client.max_inflight_messages_set(0)  # the window is kept in Link: the library's is not exact
    if settings.broker.tls is not None:
        client.tls_set_context(tls_context(settings.broker.tls))
    if settings.will is not None:
        will = settings.will()
        properties = _properties(PacketTypes.WILLMESSAGE)
        properties.WillDelayInterval = settings.will_delay_s
        properties.ContentType = will.content_type
        client.will_set(will.topic, will.payload, will.qos, will.retain, properties)
    return client


def connect_properties(settings: LinkSettings) -> Properties:
    """Give the properties of a CONNECT: how long a session is kept, and our own window."""
    properties: Properties = _properties(PacketTypes.CONNECT)
    properties.ReceiveMaximum = INBOUND_WINDOW
    # A will waits no longer than its session lives, so the session outlives the delay.
    will_s = settings.will_delay_s if settings.will is not None else 0
    properties.SessionExpiryInterval = max(settings.session_s, will_s)
    return properties


def publish_properties(message: Outgoing) -> Properties:
    """Give the properties of a PUBLISH."""
    properties: Properties = _properties(PacketTypes.PUBLISH)
    if message.content_type:
        properties.ContentType = message.content_type
    if message.properties:
        properties.UserProperty = list(message.properties.items())
    if message.expiry_s is not None:
        properties.MessageExpiryInterval = message.expiry_s
    if message.response_topic:
        properties.ResponseTopic = message.response_topic
    if message.correlation:
        properties.CorrelationData = message.correlation
    return properties


def incoming(message: MQTTMessage, *, connection: int) -> Incoming:
    """Read a message of the library.

    Raises: UnicodeDecodeError where the topic is not UTF-8.
    """
    properties: Any = message.properties
    return Incoming(
        topic=message.topic,
        payload=bytes(message.payload),
        properties=dict(getattr(properties, "UserProperty", ())),
        response_topic=getattr(properties, "ResponseTopic", ""),
        correlation=bytes(getattr(properties, "CorrelationData", b"")),
        mid=message.mid,
        qos=message.qos,
        connection=connection,
        is_kept=message.retain,
    )


def receive_maximum(properties: Properties | None) -> int:
    """Give how many messages the broker takes before it acknowledged one (MQTT 5, 3.2.2.3.3)."""
    return int(getattr(properties, "ReceiveMaximum", 65_535))


def _properties(packet: int) -> Any:
    """Give an empty set; the library checks each name that is set on it."""
    return Properties(packet)  # type: ignore[no-untyped-call]
