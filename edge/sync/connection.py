"""This is where one MQTT connection lives, from its attempt to its end, in a thread of its own.

A new client is made for every connection: no queue, no window and no certificate of the last one
is left over. The thread only translates what it hears into notices for the event loop.
"""

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import Any, Final

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import LogLevel, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.errors import ConfigError
from edge.sync.messages import Incoming, Outgoing
from edge.sync.settings import LinkSettings
from edge.sync.wire import (
    connect_properties,
    incoming,
    new_client,
    publish_properties,
    receive_maximum,
)

SESSION_TAKEN_OVER: Final = 0x8E
"""Another client came with our name (MQTT 5, 2.4)."""

UNSPECIFIED: Final = 0x80
"""What the library says where the connection just broke."""
TURN_S: Final = 1.0
"""Longest wait of the thread without looking at the keepalive."""
UNSETTLED: Final = 64
"""Messages that may wait for the event loop, 8 MB of the largest; then nothing more is read, and
TCP holds the broker back. Our receive maximum does not: mosquitto 2.0.11 sends 20 more for each
acknowledgement of the oldest message (measured)."""

_GOOD: Final = MQTTErrorCode.MQTT_ERR_SUCCESS

_WIRE_FAULTS: Final = (OSError, ValueError, LookupError, struct.error, ssl.CertificateError)
"""What the library raises out of its loop where the other side does not speak MQTT."""


class Subscribed(msgspec.Struct, frozen=True, kw_only=True):
    """The broker took us in and answered our subscriptions."""

    receive_maximum: int
    refused: tuple[str, ...] = ()
    """Subscriptions that it did not grant."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The broker answered a message of ours."""

    mid: int
    failure: str = ""
    """The broker's reason where it did not take the message."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Something that came could not be read; it was left out."""

    what: str


Notice = Subscribed | Published | Incoming | Fault


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a connection ended."""

    why: str
    is_rival: bool = False
    """Another client with our name took the broker's side of the connection."""


class Connection:
    """One connection; `serve` runs in its thread, everything else belongs to the event loop."""

    def __init__(
        self,
        settings: LinkSettings,
        *,
        number: int,
        loop: asyncio.AbstractEventLoop,
        hear: Callable[["Connection", Notice], None],
    ) -> None:
        self.number = number
        self._settings = settings
        self._loop = loop
        self._hear = hear
        self._client: Client | None = None
        self._hold = threading.Lock()
        """Keeps the thread from closing the client while the event loop calls it."""
        self._is_over = False
        self._ending = Ending(why="the connection was lost")
        self._is_refused = False
        self._receive_maximum = 1
        self._taken = 0
        self._settled = 0
        self._moved = threading.Event()

    def serve(self) -> Ending:
        """Connect and serve until the connection ends, for whatever reason; then say why."""
        try:
            client = new_client(self._settings)
        except ConfigError as fault:  # a certificate that is being renewed heals with time
            return Ending(why=str(fault))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.on_log = self._on_log
        # With this set, `publish` in the event loop leaves the socket to this thread.
        client.on_socket_register_write = _leave_to_thread
        broker = self._settings.broker
        try:
            client.connect(
                broker.host,
                broker.port,
                self._settings.keepalive_s,
                clean_start=not self._settings.session_s,
                properties=connect_properties(self._settings),
            )
            self._client = client
            if self._is_over:  # closed while we were connecting
                client.disconnect()
            # One turn of `loop` also wakes at once for what the event loop hands over.
            while client.socket() is not None and self._turn(client) == _GOOD:
                continue
        except _WIRE_FAULTS as fault:
            self._ending = Ending(why=f"{type(fault).__name__}: {fault}")
        finally:
            with self._hold:
                self._client = None
                _hang_up(client)
        return self._ending

    def publish(self, message: Outgoing) -> int | None:
        """Hand a message to the thread; gives its number, or None where it was not taken."""
        properties = publish_properties(message)
        with self._hold:
            if self._client is None:
                return None
            sent = self._client.publish(
                message.topic, message.payload, message.qos, message.retain, properties
            )
        return sent.mid if sent.rc == _GOOD else None

    def settle(self, message: Incoming) -> None:
        """Tell the broker that a message was taken in for good."""
        with self._hold:
            if self._client is not None and message.connection == self.number:
                self._client.ack(message.mid, message.qos)
                self._settled += message.qos > 0
                self._moved.set()

    def close(self) -> None:
        """Say good-bye: what was handed over is sent, then the broker forgets the will."""
        self._is_over = True
        self._moved.set()
        with self._hold:
            if self._client is not None:
                self._client.disconnect()

    def cut(self) -> None:
        """End the connection at once, without a word: the broker publishes the will."""
        self._is_over = True
        self._moved.set()
        with self._hold:
            stream = None if self._client is None else self._client.socket()
            if not isinstance(stream, socket.socket):
                return
            try:
                stream.shutdown(socket.SHUT_RDWR)
            except OSError as fault:  # it ended by itself in this moment
                self._ending = Ending(why=str(fault))

    def _turn(self, client: Client) -> MQTTErrorCode:
        """Read and write; while too much waits for the event loop, write only.

        Where nothing moves for a while one packet is read all the same: what the event loop waits
        for may be in it.
        """
        if self._taken - self._settled < UNSETTLED or self._is_over:
            return client.loop(TURN_S)
        self._moved.clear()
        client.loop_write()
        if not self._moved.wait(TURN_S):
            return client.loop(TURN_S)
        return client.loop_misc()

    def _tell(self, notice: Notice) -> None:
        """Hand over to the event loop."""
        try:
            self._loop.call_soon_threadsafe(self._hear, self, notice)
        except RuntimeError:  # the loop is closed: nobody is left to hear
            self._is_over = True
            if self._client is not None:
                self._client.disconnect()

    def _on_connect(
        self, client: Client, _data: Any, _flags: Any, reason: ReasonCode, facts: Properties | None
    ) -> None:
        if reason.is_failure:
            self._ending = Ending(why=f"the broker refused us: {reason}")
            self._is_refused = True
            return
        client.drop_out_messages()
        self._receive_maximum = receive_maximum(facts)
        if not self._settings.subscriptions:
            self._tell(Subscribed(receive_maximum=self._receive_maximum))
            return
        # As published: what the broker keeps is known as such, also while we listen (R30).
        options = SubscribeOptions(qos=1, retainAsPublished=True)
        client.subscribe([(topic, options) for topic in self._settings.subscriptions])

    def _on_subscribe(
        self, _client: Client, _data: Any, _mid: int, reasons: list[ReasonCode], _facts: Any
    ) -> None:
        answers = zip(self._settings.subscriptions, reasons, strict=False)
        refused = tuple(topic for topic, reason in answers if reason.is_failure)
        self._tell(Subscribed(receive_maximum=self._receive_maximum, refused=refused))

    def _on_publish(
        self, _client: Client, _data: Any, mid: int, reason: ReasonCode, _facts: Any
    ) -> None:
        self._tell(Published(mid=mid, failure=str(reason) if reason.is_failure else ""))

    def _on_message(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            arrived = incoming(message, connection=self.number)
        except UnicodeDecodeError:
            client.ack(message.mid, message.qos)
            self._tell(Fault(what="topic"))
            return
        self._taken += message.qos > 0
        self._tell(arrived)

    def _on_disconnect(
        self, _client: Client, _data: Any, _flags: Any, reason: ReasonCode, _facts: Any
    ) -> None:
        if self._is_refused or reason.value == UNSPECIFIED:
            return  # what stands in the ending says more
        self._ending = Ending(why=str(reason), is_rival=reason.value == SESSION_TAKEN_OVER)

    def _on_log(self, _client: Client, _data: Any, level: int, _text: str) -> None:
        # The text may repeat a payload, so it is counted and not passed on.
        if level == LogLevel.MQTT_LOG_ERR:
            self._tell(Fault(what="callback"))


def _leave_to_thread(_client: Client, _data: Any, _socket: Any) -> None:
    """Do nothing: the thread is woken by the library and writes itself."""


def _hang_up(client: Client) -> None:
    """Close what the library leaves open: the socket after an error, and its own wake-up pair.

    The library closes them when the client is finalised; within a circle of references that may
    come after the sockets' own end.
    """
    client.__del__()
