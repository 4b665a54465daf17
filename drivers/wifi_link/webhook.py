"""This is where a captive portal or a cloud of access points reports stations, over HTTP."""

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from drivers.wifi_link.accounting import WRONG_SECRET
from drivers.wifi_link.binding import binding_fault
from drivers.wifi_link.handing import Handing
from drivers.wifi_link.options import Address
from drivers.wifi_link.payload import Report, is_secret, is_signed, read_changes, read_meraki

if TYPE_CHECKING:
    from aiohttp import web

PATH: Final = "/wifi-link"
MERAKI_PATH: Final = "/wifi-link/meraki"
SIGNATURE: Final = "X-Signature-256"
BEARER: Final = "bearer"

SLOW_BODY: Final = "body too slow"
LARGE_BODY: Final = "body too large"

LARGEST_BODY: Final = 1_048_576
"""Bytes; Meraki's cloud tells of a few hundred clients a minute, with about 1 kB each."""

BODY_S: Final = 10.0
"""Longest time a body may take; a slower sender holds a place for nothing."""

END_S: Final = 0.3
"""Longest wait for answers that are under way when the source ends."""

SILENT: Final = logging.CRITICAL + 1


class Webhook:
    """Takes reports from who knows the secret; it answers nobody with what they sent."""

    def __init__(
        self, handing: Handing, *, secret: bytes, ssid: str | None, validator: str | None
    ) -> None:
        self._handing = handing
        self._secret = secret
        self._ssid = ssid
        self._validator = validator

    def application(self) -> "web.Application":
        """Give the application, with Meraki's path only where its validator is set."""
        from aiohttp import web  # noqa: PLC0415 - loaded when it listens

        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_post(PATH, self.take)
        if self._validator is not None and self._ssid is not None:
            app.router.add_get(MERAKI_PATH, self.validate)
            app.router.add_post(MERAKI_PATH, self.take_meraki)
        return app

    async def take(self, request: "web.Request") -> "web.Response":
        """Take changes from who shows the secret, or signed the body with it."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        has_token = scheme.lower() == BEARER and is_secret(token.strip(), secret=self._secret)
        signature = request.headers.get(SIGNATURE)
        if not has_token and signature is None:
            return self._hand_over(WRONG_SECRET)
        body = await self._body(request)
        if not has_token and not is_signed(body, signature or "", secret=self._secret):
            return self._hand_over(WRONG_SECRET)
        return self._hand_over(read_changes(body))

    def listens(self) -> None:
        """Say that posts are taken from now on."""
        self._handing.live()

    async def validate(self, _: "web.Request") -> "web.Response":
        """Tell Meraki's cloud that it found the right place."""
        from aiohttp import web  # noqa: PLC0415 - loaded when it listens

        return web.Response(text=self._validator)

    async def take_meraki(self, request: "web.Request") -> "web.Response":
        """Take a post of the Scanning API, whose secret stands in its body."""
        body = await self._body(request)
        return self._hand_over(read_meraki(body, secret=self._secret, ssid=self._ssid or ""))

    async def _body(self, request: "web.Request") -> bytes:
        from aiohttp import web  # noqa: PLC0415 - loaded when it listens

        try:
            return await asyncio.wait_for(request.read(), BODY_S)
        except TimeoutError as error:
            self._handing.take(SLOW_BODY)
            raise web.HTTPRequestTimeout from error
        except web.HTTPRequestEntityTooLarge:
            self._handing.take(LARGE_BODY)
            raise

    def _hand_over(self, reports: list[Report] | str) -> "web.Response":
        """Hand reports over, or count why there are none; say it in fixed words."""
        from aiohttp import web  # noqa: PLC0415 - loaded when it listens

        if isinstance(reports, str):
            self._handing.take(reports)
            status = web.HTTPUnauthorized if reports == WRONG_SECRET else web.HTTPBadRequest
            return web.Response(status=status.status_code, text=reports)
        self._handing.live()
        for change, told_at in reports:
            self._handing.take(change, told_at=told_at)
        return web.Response(status=204)


async def listen_to_webhook(hook: Webhook, address: Address, *, where: str) -> None:
    """Serve until cancelled; nothing of a request reaches a log.

    Raises: SourceFault when the port is taken or its address not there yet; SourceUnusable when
    this user may not listen at it.
    """
    from aiohttp import web  # noqa: PLC0415 - loaded when it listens

    silent = logging.Logger("webhook", SILENT)  # noqa: LOG001 - known to nobody, and heard by none
    runner = web.AppRunner(
        hook.application(), access_log=None, logger=silent, shutdown_timeout=END_S
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, address.host, address.port).start()
        hook.listens()
        await asyncio.get_running_loop().create_future()
    except OSError as error:
        raise binding_fault(error, address, where=where) from error
    finally:
        await runner.cleanup()
