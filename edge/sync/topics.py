"""This is where topics are put together and taken apart: `edge/v1/{store}/{node}/…`.

A topic is readable by everybody who may subscribe, and brokers log it: it never carries a person.
"""

import re
from typing import Final

import msgspec

from edge.errors import ConfigError

PREFIX: Final = "edge/v1"
"""First two levels of every topic; a new contract gets a new number."""

STATUS: Final = "status"
INFO: Final = "info"
HEALTH: Final = "health"
EVENTS: Final = "events"
OCCUPANCY: Final = "occupancy"
TOUCHPOINT: Final = "touchpoint"
ACK: Final = "ack"
CUSTOMERS: Final = "customers"
CUSTOMERS_SYNC: Final = "customers/sync"
PLAYBOOK: Final = "playbook"
DESIRED: Final = "desired"
REPORTED: Final = "reported"
REQUEST: Final = "request"
RESPONSE: Final = "response"

_LEVEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_RADIO_ADDRESS = re.compile(r"[0-9A-Fa-f]{2}(?:[-._]?[0-9A-Fa-f]{2}){5}")
_VISIT = re.compile(r"v-[0-9a-f]{16}")


class NodeAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Which appliance a topic belongs to."""

    store: str
    node: str

    def topic(self, *levels: str) -> str:
        """Give the topic of a channel; `levels` are checked names, such as "request", "ping"."""
        return "/".join((PREFIX, self.store, self.node, *levels))


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A topic, taken apart."""

    address: NodeAddress
    channel: str
    """The first level below the node, such as `events`; `customers/sync` is one channel."""
    name: str = ""
    """The level below the channel, such as a command's or a touchpoint's name."""


def node_address(store: str, node: str) -> NodeAddress:
    """Check the two names and give the appliance's address.

    Raises: ConfigError naming the fault.
    """
    return NodeAddress(store=topic_level(store, "store"), node=topic_level(node, "node"))


def topic_level(text: str, what: str) -> str:
    """Check that `text` may stand in a topic; `what` names it in the error.

    Raises: ConfigError where a broker or a person's privacy would suffer.
    """
    if not _LEVEL.fullmatch(text):
        raise ConfigError(
            f"the name of the {what} cannot be a topic level",
            where=what,
            why="it is empty, longer than 64 or has characters beyond A-Z a-z 0-9 . _ -",
            remedy="use letters, digits, dots, dashes and underscores; begin and end with a letter",
        )
    if _RADIO_ADDRESS.fullmatch(text) or _VISIT.fullmatch(text):
        raise ConfigError(
            f"the name of the {what} reads like a radio address or a visit",
            where=what,
            why="topics are visible to everybody who may subscribe",
            remedy="choose a name of your own",
        )
    return text


def parse_topic(topic: str) -> Place | None:
    """Take a topic apart; None where it is not one of ours."""
    levels = topic.split("/")
    if len(levels) < 5 or levels[:2] != PREFIX.split("/"):  # noqa: PLR2004 - edge/v1/store/node/channel
        return None
    if not all(_LEVEL.fullmatch(level) for level in levels):
        return None
    address = NodeAddress(store=levels[2], node=levels[3])
    rest = levels[4:]
    if "/".join(rest) == CUSTOMERS_SYNC:
        return Place(address=address, channel=CUSTOMERS_SYNC)
    if len(rest) > 2:  # noqa: PLR2004 - a channel and at most one name
        return None
    return Place(address=address, channel=rest[0], name=rest[1] if len(rest) > 1 else "")
