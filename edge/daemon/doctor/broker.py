"""This is where the way to the platform's broker is walked, one step after the other.

Address, name, port, TLS, certificates, login, rights, and a message there and back: the first step
that fails is told, as those behind it would only fail because of it.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from edge.config.schema import MqttSettings, Settings
from edge.daemon.doctor.broker_talk import talk_to
from edge.daemon.doctor.broker_words import (
    handshake_fault,
    judge_talk,
    name_fault,
    port_fault,
    setting_fault,
)
from edge.daemon.doctor.certificates import examine_own, judge_validity
from edge.daemon.doctor.findings import Line, lines, ok
from edge.daemon.doctor.machine import Machine
from edge.driver.contract import Finding
from edge.errors import ConfigError
from edge.sync.address import Broker, Tls, parse_url, tls_context
from edge.sync.topics import NodeAddress, node_address

CONNECT_S: Final = 5.0
"""For the network's answer: a mobile line with a bad day needs 2 s."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to reach, and as whom."""

    broker: Broker
    address: NodeAddress
    mqtt: MqttSettings
    machine: Machine


class Stepped(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one step."""

    findings: tuple[Finding, ...]
    is_passable: bool = True
    """Whether the next step can be tried."""


Step = Callable[[Way], Awaitable[Stepped]]


async def examine_broker(settings: Settings, machine: Machine) -> tuple[Line, ...]:
    """Walk the way to the broker; gives the lines of every step that was taken."""
    mqtt = settings.mqtt
    if mqtt is None:
        alone = ok("the settings have no [mqtt] table: the store keeps everything to itself")
        return lines("broker", (alone,))
    try:
        way = Way(
            broker=parse_url(mqtt.url, Tls(ca=mqtt.ca, certificate=mqtt.cert, key=mqtt.key)),
            address=node_address(settings.store.id, mqtt.node),
            mqtt=mqtt,
            machine=machine,
        )
    except ConfigError as error:
        return lines("broker address", (setting_fault(error, machine.settings),))
    found: list[Line] = []
    for name, step in STEPS:
        stepped = await step(way)
        found += lines(name, stepped.findings)
        if not stepped.is_passable:
            break
    return tuple(found)


async def _resolve(way: Way) -> Stepped:
    host, port = way.broker.host, way.broker.port
    try:
        async with asyncio.timeout(CONNECT_S):
            addresses = await way.machine.resolve(host, port)
    except (OSError, TimeoutError) as error:
        return _blocked(name_fault(error, way.broker, way.machine.settings))
    return Stepped(findings=(ok(f"{host} is known ({len(set(addresses))} addresses)"),))


async def _connect(way: Way) -> Stepped:
    host, port = way.broker.host, way.broker.port
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        return _blocked(port_fault(error, way.broker))
    await _hang_up(writer)
    return Stepped(findings=(ok(f"{host} takes connections at port {port}"),))


async def _shake_hands(way: Way) -> Stepped:
    """Check the broker's certificate, and how long it counts."""
    tls = way.broker.tls
    if tls is None:
        plain = ok("mqtt:// has no TLS; everybody on the way can read along")
        return Stepped(findings=(plain,))
    try:
        context = await asyncio.to_thread(tls_context, tls)
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(way.broker.host, way.broker.port, ssl=context)
    except ConfigError as error:
        return _blocked(setting_fault(error, way.machine.settings))
    except (OSError, TimeoutError) as error:
        return _blocked(handshake_fault(error, way.broker, tls))
    shown: Any = writer.get_extra_info("peercert")
    await _hang_up(writer)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    remedy = f"have the certificate of {way.broker.host} renewed by whoever runs the broker"
    whose = "the broker's certificate"
    found = judge_validity(whose, ends=ends, now_ns=way.machine.now_ns(), remedy=remedy)
    return Stepped(findings=(found,))


async def _own_certificate(way: Way) -> Stepped:
    if way.mqtt.cert is None or way.broker.tls is None:
        return Stepped(findings=())
    now_ns = way.machine.now_ns()
    found = examine_own(way.mqtt.cert, node=way.address.node, now_ns=now_ns)
    return Stepped(findings=found)


async def _talk(way: Way) -> Stepped:
    talk = await talk_to(way.broker, way.address)
    return Stepped(findings=judge_talk(talk, way.address))


def _blocked(fault: Finding) -> Stepped:
    """Tell what is in the way."""
    return Stepped(findings=(fault,), is_passable=False)


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        async with asyncio.timeout(CONNECT_S):
            await writer.wait_closed()
    except (OSError, TimeoutError):  # the other side hung up first, or says no more
        return


STEPS: Final[tuple[tuple[str, Step], ...]] = (
    ("broker name", _resolve),
    ("broker port", _connect),
    ("broker TLS", _shake_hands),
    ("broker certificates", _own_certificate),
    ("broker login", _talk),
)
