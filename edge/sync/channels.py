"""This is where the topics of the contract are listed, each with its payload and its manners."""

from typing import Any, Final, Literal

import msgspec

from edge.sync import payloads, topics
from edge.sync.batch import CONTENT_TYPE
from edge.sync.cloudevents import CloudEvent
from edge.sync.payloads_customers import Customers

JSON: Final = "application/json"


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One topic below `edge/v1/{store}/{node}/`."""

    topic: str
    direction: Literal["up", "down"]
    payload: Any
    """The class of the payload."""
    summary: str
    qos: int = 1
    is_retained: bool = False
    expiry_s: int | None = None
    content_type: str = JSON

    @property
    def name(self) -> str:
        """Give the topic as one word, without its last variable level."""
        return self.topic.split("/{")[0].replace("/", "-")


CHANNELS: Final = (
    Channel(
        topic=topics.STATUS,
        direction="up",
        payload=payloads.Status,
        is_retained=True,
        summary="Whether the appliance is there; the will says `lost`.",
    ),
    Channel(
        topic=topics.INFO,
        direction="up",
        payload=payloads.Info,
        is_retained=True,
        summary="What the appliance is and can do.",
    ),
    Channel(
        topic=topics.HEALTH,
        direction="up",
        payload=payloads.Health,
        is_retained=True,
        summary="How sources, core, outbox, disk, clock and certificate are.",
    ),
    Channel(
        topic=topics.EVENTS,
        direction="up",
        payload=list[CloudEvent],
        content_type=CONTENT_TYPE,
        summary="A batch of CloudEvents, zlib where `content-encoding` says so.",
    ),
    Channel(
        topic=topics.OCCUPANCY,
        direction="up",
        payload=payloads.Occupancy,
        qos=0,
        is_retained=True,
        expiry_s=30,
        summary="Live figures for each zone.",
    ),
    Channel(
        topic=f"{topics.TOUCHPOINT}/{{touchpoint}}",
        direction="up",
        payload=payloads.Activation,
        summary="An offer for one touchpoint; expires when it is not valid any more.",
    ),
    Channel(
        topic=topics.ACK,
        direction="down",
        payload=payloads.Ack,
        summary="The platform stored every event up to `through`; only this empties the outbox.",
    ),
    Channel(
        topic=topics.CUSTOMERS,
        direction="down",
        payload=Customers,
        summary="Profiles, consents and erasures.",
    ),
    Channel(
        topic=topics.CUSTOMERS_SYNC,
        direction="up",
        payload=payloads.CustomersSync,
        summary="Asks for everything about customers after a cursor.",
    ),
    Channel(
        topic=topics.PLAYBOOK,
        direction="down",
        payload=payloads.Playbook,
        is_retained=True,
        summary="Offers and rules for activation.",
    ),
    Channel(
        topic=topics.DESIRED,
        direction="down",
        payload=payloads.Desired,
        is_retained=True,
        summary="Wanted settings.",
    ),
    Channel(
        topic=topics.REPORTED,
        direction="up",
        payload=payloads.Reported,
        is_retained=True,
        summary="The settings in force, or every fault of the wanted ones.",
    ),
    Channel(
        topic=f"{topics.REQUEST}/{{command}}",
        direction="down",
        payload=payloads.Request,
        summary="A command.",
    ),
    Channel(
        topic=f"{topics.RESPONSE}/{{command}}",
        direction="up",
        payload=payloads.Response,
        summary="The answer to a command.",
    ),
)
"""Every topic of the contract."""
