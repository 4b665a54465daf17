"""This is where RADIUS accounting packets are verified, read and answered (RFC 2865, 2866, 5997).

No dictionary is needed: attributes are looked up by their numbers, and no other is looked at.
"""

from typing import Final

import msgspec

from drivers.wifi_link.decode import LinkChange, link_change

CALLED_STATION, CALLING_STATION = 30, 31
STATUS_TYPE, DELAY_TIME = 40, 41
ACCOUNTING_REQUEST, STATUS_SERVER = 4, 12

JOINED_BY: Final = {1: True, 2: False, 3: True}
"""Acct-Status-Type: Start, Stop, and Interim-Update, which says that somebody is still there."""

NO_RADIUS: Final = "no RADIUS"
NOT_ACCOUNTING: Final = "not accounting"
WRONG_SECRET: Final = "wrong secret"  # noqa: S105 - a reason, not a secret
OTHER_NETWORK: Final = "other network"

SHORTEST_PACKET: Final = 20
NUMBER_SIZE: Final = 4


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was verified."""

    reply: bytes
    change: LinkChange | str | None
    """None where it is about no station: an access point that starts, or asks whether we live."""
    delay_s: int
    """How long the access point tried to send it."""


def read_request(data: bytes, *, secret: bytes, ssid: str | None) -> Account | str:
    """Read one packet, or give the reason why it is left unanswered.

    `ssid` is the network whose stations count; requests that name no network count as well.
    """
    from pyrad.packet import AcctPacket, PacketError  # noqa: PLC0415 - loaded when it listens

    if not _is_whole(data):
        return NO_RADIUS
    if data[0] not in {ACCOUNTING_REQUEST, STATUS_SERVER}:
        return NOT_ACCOUNTING
    try:
        packet = AcctPacket(packet=data, secret=secret)
    except PacketError:
        return NO_RADIUS
    is_signed = bool(packet.message_authenticator)
    if not packet.VerifyAcctRequest() or (is_signed and not packet.verify_message_authenticator()):
        return WRONG_SECRET
    reply = packet.CreateReply(message_authenticator=True) if is_signed else packet.CreateReply()
    return Account(
        reply=reply.ReplyPacket(),
        change=None if data[0] == STATUS_SERVER else _change(packet, ssid),
        delay_s=_number(packet, DELAY_TIME) or 0,
    )


def _is_whole(data: bytes) -> bool:
    """Whether the attributes fill the packet, each with a length that can be (RFC 2865, 5)."""
    end = int.from_bytes(data[2:4], "big")
    if not SHORTEST_PACKET <= end <= len(data):
        return False
    at = SHORTEST_PACKET
    while at + 1 < end and data[at + 1] >= 2:  # noqa: PLR2004 - an attribute's own two bytes
        at += data[at + 1]
    return at == end


def _change(packet: dict[int, list[bytes]], ssid: str | None) -> LinkChange | str | None:
    joined = JOINED_BY.get(_number(packet, STATUS_TYPE) or 0)
    if joined is None:
        return None
    _, mark, network = _text(packet, CALLED_STATION).partition(":")
    if ssid is not None and mark and network.rpartition(":")[2] != ssid:
        return OTHER_NETWORK
    return link_change(_text(packet, CALLING_STATION), joined=joined)


def _number(packet: dict[int, list[bytes]], attribute: int) -> int | None:
    value = packet.get(attribute, [b""])[0]
    return int.from_bytes(value, "big") if len(value) == NUMBER_SIZE else None


def _text(packet: dict[int, list[bytes]], attribute: int) -> str:
    return packet.get(attribute, [b""])[0].decode("utf-8", "replace")
