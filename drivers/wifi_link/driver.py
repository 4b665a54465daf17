"""This is where the store's own Wi-Fi tells the outlet which stations join and leave it."""

import asyncio
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from drivers.wifi_link.checking import (
    check_address,
    check_hostapd,
    check_secret,
    failure,
    found_sockets,
)
from drivers.wifi_link.decode import read_change
from drivers.wifi_link.handing import Handing
from drivers.wifi_link.hostapd import listen_to_hostapd
from drivers.wifi_link.options import control_path, listen_address, read_options
from drivers.wifi_link.radius import listen_to_radius
from drivers.wifi_link.secret import read_secret, refuse_plain_secret
from drivers.wifi_link.tape import begin_tape
from drivers.wifi_link.webhook import Webhook, listen_to_webhook
from edge.driver.contract import Clock, Finding, Found, RecordedFile, SourceSpec, Tape
from edge.driver.jsonl import json_lines
from edge.driver.options import check_no_profile
from edge.driver.outlet import Outlet
from edge.driver.pacing import paced
from edge.errors import ConfigError
from edge.model.names import Instant


class WifiLink:
    """Reads the associations of the store's own access points."""

    kind: ClassVar[str] = "wifi_link"
    quiet_after_s: ClassVar[float] = 1800.0
    """Half an hour in which no station joins or leaves happens; more is rare in opening hours."""
    tape_suffix: ClassVar[str] = ".jsonl"

    def __init__(self, spec: SourceSpec) -> None:
        self._where = f"source {spec.name}"
        refuse_plain_secret(spec.options, where=self._where)
        check_no_profile(spec)
        self.spec = spec
        self._told = read_options(spec)

    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        """List the access points that this machine itself runs with hostapd."""
        return await asyncio.to_thread(found_sockets)

    async def check(self) -> tuple[Finding, ...]:
        """Say whether hostapd answers, or whether secret and address of a listener are right."""
        told = self._told
        if told.source is None:
            return (failure(self._no_source()),)
        if told.source == "hostapd":
            return (await check_hostapd(told, where=self._where),)
        return (
            *check_secret(told, os.environ, where=self._where),
            *check_address(told, where=self._where),
        )

    async def run(self, outlet: Outlet, *, clock: Clock, tape: Tape | None = None) -> None:
        """Hand over joins and leaves until cancelled.

        Raises: ConfigError when no source is named or its secret is missing; SourceFault when the
        other side goes away or the address is taken; SourceUnusable when this user may not listen.
        """
        handing = Handing(outlet, clock=clock, tape=tape)
        try:
            await self._listen(handing)
        finally:
            handing.end()

    def open_tape(self, path: Path, *, key: bytes) -> Tape:
        """Begin a recorded file; addresses become stand-ins, accounts are left out.

        Raises: RecordingError when the file cannot be made.
        """
        return begin_tape(path, key=key)

    def replay(self, file: RecordedFile, outlet: Outlet) -> Iterator[Instant]:
        """Decode recorded lines: `{"t": …, "event": "associated", "address": "aa:bb:…"}`."""
        take = partial(hand_over, outlet)
        yield from paced(json_lines(file.path), file, outlet=outlet, take=take)

    async def _listen(self, handing: Handing) -> None:
        told, where = self._told, self._where
        if told.source is None:
            raise self._no_source()
        if told.source == "hostapd":
            await listen_to_hostapd(control_path(told), handing, where=where)
            return
        secret, address = read_secret(told, os.environ, where=where), listen_address(told)
        if told.source == "radius":
            await listen_to_radius(address, handing, secret=secret, ssid=told.ssid, where=where)
        else:
            hook = Webhook(handing, secret=secret, ssid=told.ssid, validator=told.validator)
            await listen_to_webhook(hook, address, where=where)

    def _no_source(self) -> ConfigError:
        return ConfigError(
            "a Wi-Fi link needs the option source to listen",
            where=self._where,
            remedy='add source = "hostapd", "radius" or "webhook" to its options',
        )


def hand_over(outlet: Outlet, at: Instant, record: dict[str, Any]) -> None:
    """Give the outlet one recorded object; only what could be read counts as heard."""
    change = read_change(record)
    if isinstance(change, str):
        outlet.refuse(at, change)
        return
    outlet.heard(at)
    outlet.link(at, change.address, joined=change.joined)
