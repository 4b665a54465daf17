"""This is where the appliance says who it is at the broker, and what it listens to."""

from typing import Final, Literal

import msgspec

from edge.sync import topics
from edge.sync.cloudevents import moment
from edge.sync.messages import Outgoing
from edge.sync.payloads import Reported, Status
from edge.sync.ports import Ports
from edge.sync.settings import LinkSettings, SyncSettings
from edge.sync.topics import NodeAddress

SESSION_S: Final = 3 * 86_400
"""The broker keeps withdrawals and erasures for us so long. It may drop them all the same, so
that the platform is asked for them at each connection; after 72 h without a word of the platform
no consent counts in the strictest policies, and nobody new is known."""

_encoder = msgspec.json.Encoder()


def status_message(
    settings: SyncSettings, ports: Ports, state: Literal["online", "stopping", "lost"]
) -> Outgoing:
    """Give the retained message that says whether we are here."""
    status = Status(
        state=state,
        session=settings.session,
        at=moment(ports.now_ms()),
        version=settings.version,
    )
    return Outgoing(
        topic=settings.address.topic(topics.STATUS), payload=_encoder.encode(status), retain=True
    )


def reported_message(address: NodeAddress, reported: Reported) -> Outgoing:
    """Give the retained message that says which settings are in force."""
    return Outgoing(
        topic=address.topic(topics.REPORTED), payload=_encoder.encode(reported), retain=True
    )


def link_settings(settings: SyncSettings, ports: Ports) -> LinkSettings:
    """Say how the link is to be kept, as whom, and what it listens to."""
    address = settings.address
    channels = [topics.ACK, topics.PLAYBOOK, f"{topics.REQUEST}/+"]
    if ports.customers is not None:
        channels.append(topics.CUSTOMERS)
    if ports.settings is not None:
        channels.append(topics.DESIRED)
    return LinkSettings(
        broker=settings.broker,
        client_id=f"{address.store}.{address.node}",
        subscriptions=tuple(address.topic(channel) for channel in channels),
        will=lambda: status_message(settings, ports, "lost"),
        will_delay_s=settings.will_delay_s,
        session_s=0 if ports.customers is None else SESSION_S,
        keepalive_s=settings.keepalive_s,
        connect_timeout_s=settings.connect_timeout_s,
        back_off=settings.back_off,
    )
