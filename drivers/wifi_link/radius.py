"""This is where access points report their stations over RADIUS accounting, by UDP."""

import asyncio
from collections import OrderedDict
from typing import Final, cast

from drivers.wifi_link.accounting import read_request
from drivers.wifi_link.binding import binding_fault
from drivers.wifi_link.handing import Handing
from drivers.wifi_link.options import Address

DUPLICATE: Final = "duplicate"
NO_WAY_BACK: Final = "answer not taken"

REMEMBERED: Final = 1_024
"""Requests whose answers are kept: an access point repeats one after seconds, at most a minute."""

AUTHENTICATOR: Final = slice(4, 20)

Sender = tuple[str, int]


class AccountingListener(asyncio.DatagramProtocol):
    """Answers accounting requests; it keeps answers and whom they went to, and no address."""

    def __init__(self, handing: Handing, *, secret: bytes, ssid: str | None) -> None:
        self._handing = handing
        self._secret = secret
        self._ssid = ssid
        self._answered: OrderedDict[tuple[Sender, bytes], bytes] = OrderedDict()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one packet; what is wrong with it is counted and not answered."""
        sender = addr[:2]
        key = (sender, data[1:2] + data[AUTHENTICATOR])
        if key in self._answered:
            self._handing.take(DUPLICATE)
            self._answer(self._answered[key], sender)
            return
        account = read_request(data, secret=self._secret, ssid=self._ssid)
        if isinstance(account, str):
            self._handing.take(account)
            return
        self._remember(key, account.reply)
        self._answer(account.reply, sender)
        if account.change is None:
            self._handing.live()
        else:
            self._handing.take_ago(account.change, account.delay_s)

    def error_received(self, exc: Exception) -> None:
        """Count that an access point was gone before its answer came."""
        del exc
        self._handing.take(NO_WAY_BACK)

    def _answer(self, reply: bytes, sender: Sender) -> None:
        if self._transport is not None:
            self._transport.sendto(reply, sender)

    def _remember(self, key: tuple[Sender, bytes], reply: bytes) -> None:
        self._answered[key] = reply
        if len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)


async def listen_to_radius(
    address: Address, handing: Handing, *, secret: bytes, ssid: str | None, where: str
) -> None:
    """Answer and hand over until cancelled.

    Raises: SourceFault when the port is taken or its address not there yet; SourceUnusable when
    this user may not listen at it.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: AccountingListener(handing, secret=secret, ssid=ssid),
            local_addr=(address.host, address.port),
        )
    except OSError as error:
        raise binding_fault(error, address, where=where) from error
    handing.live()
    try:
        await loop.create_future()
    finally:
        transport.abort()
