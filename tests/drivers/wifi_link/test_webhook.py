"""Portals and clouds report over HTTP: with the secret or not at all, and of our network only."""

import asyncio
import hmac
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from drivers.wifi_link.driver import WifiLink
from drivers.wifi_link.handing import Handing
from drivers.wifi_link.payload import read_changes, read_meraki
from drivers.wifi_link.webhook import LARGEST_BODY, Webhook
from edge.driver.contract import SourceSpec
from edge.errors import SourceFault
from edge.model.names import SourceName
from tests.lab.listening import START, AwaitedOutlet, RunningClock, running
from tests.lab.wifi_link import free_port

SECRET = b"between-portal-and-edge"
BEARER = {"Authorization": f"Bearer {SECRET.decode()}"}
ADDRESS = bytes.fromhex("a483e7001122")
JOINED = {"event": "associated", "address": "a4:83:e7:00:11:22", "account": "ada@example.org"}
LEFT = {"event": "disassociated", "address": "a4:83:e7:00:11:22"}
NOW_S = START // 10**9

Client = TestClient[web.Request, web.Application]


def told(scene: Callable[[Client], Awaitable[None]], **options: Any) -> AwaitedOutlet:
    """Play a scene with a webhook; give what it handed over."""
    outlet = AwaitedOutlet()

    async def play() -> None:
        handing = Handing(outlet, clock=RunningClock(), tape=None)
        options.setdefault("ssid", None)
        options.setdefault("validator", None)
        hook = Webhook(handing, secret=SECRET, **options)
        async with TestClient(TestServer(hook.application())) as client:
            await scene(client)

    asyncio.run(play())
    return outlet


def posted(body: bytes, headers: dict[str, str]) -> tuple[int, str, AwaitedOutlet]:
    """Post a body; give status and text of the answer, and what was handed over."""
    answers = []

    async def scene(client: Client) -> None:
        async with client.post("/wifi-link", data=BytesIO(body), headers=headers) as answer:
            answers.append((answer.status, await answer.text()))

    outlet = told(scene)
    return (*answers[0], outlet)


def signed(body: bytes, secret: bytes = SECRET) -> dict[str, str]:
    return {"X-Signature-256": "sha256=" + hmac.digest(secret, body, "sha256").hex()}


def test_a_change_is_taken_from_who_knows_the_secret() -> None:
    status, text, outlet = posted(json.dumps(JOINED).encode(), BEARER)

    assert (status, text) == (204, "")
    assert [detail for _, _, detail in outlet.calls] == [{"address": ADDRESS, "joined": True}]


def test_changes_may_come_as_a_list_in_a_signed_body() -> None:
    body = json.dumps([JOINED, LEFT, {"event": "roamed"}]).encode()

    status, _, outlet = posted(body, signed(body))

    assert status == 204
    assert [detail["joined"] for _, _, detail in outlet.calls] == [True, False]
    assert outlet.refused == {"unknown event": 1}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer between-portal-and-edgf"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic " + SECRET.decode()},
        {"Authorization": "Bearer Ω"},
        signed(json.dumps(JOINED).encode(), b"another-secret"),
        signed(b"another body"),
        {"X-Signature-256": "sha256="},
    ],
)
def test_without_the_secret_nothing_is_taken(headers: dict[str, str]) -> None:
    status, text, outlet = posted(json.dumps(JOINED).encode(), headers)

    assert (status, text) == (401, "wrong secret")
    assert outlet.calls == []
    assert outlet.refused == {"wrong secret": 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"a4:83:e7:00:11:22", "not JSON"),
        (b"[[1]]", "not a report"),
        (b'"a4:83:e7:00:11:22"', "not a report"),
        (json.dumps([LEFT] * 1_001).encode(), "not a report"),
    ],
)
def test_what_is_no_report_is_refused_in_fixed_words(body: bytes, reason: str) -> None:
    status, text, outlet = posted(body, BEARER)

    assert (status, text) == (400, reason)
    assert outlet.refused == {reason: 1}


def test_a_body_beyond_a_megabyte_is_not_read() -> None:
    status, _, outlet = posted(b" " * (LARGEST_BODY + 1), BEARER)

    assert status == 413
    assert outlet.refused == {"body too large": 1}


@pytest.mark.parametrize(
    ("t", "refused"),
    [
        (NOW_S, {}),
        (NOW_S - 100.5, {}),
        (NOW_S - 3_600, {"too old": 1}),
        (NOW_S + 3_600, {"too old": 1}),
        (NOW_S * 1_000, {"bad time": 1}),
        ("now", {"bad time": 1}),
        (True, {"bad time": 1}),
    ],
)
def test_what_happened_long_ago_says_nothing_about_now(t: object, refused: dict[str, int]) -> None:
    _, _, outlet = posted(json.dumps(JOINED | {"t": t}).encode(), BEARER)

    assert outlet.refused == refused
    assert len(outlet.calls) == (not refused)


def meraki(*observations: dict[str, object], **changes: object) -> bytes:
    post = {
        "version": "3.0",
        "secret": SECRET.decode(),
        "type": "WiFi",
        "data": {"networkId": "N_1", "observations": list(observations)},
    }
    return json.dumps(post | changes).encode()


def observation(address: str, ssid: str | None, **more: object) -> dict[str, object]:
    return {
        "clientMac": address,
        "ssid": ssid,
        "ipv4": "192.0.2.7",
        "manufacturer": "Apple",
        "userId": "ada@example.org",
        "locations": [],
        "latestRecord": {
            "time": "2026-03-14T09:00:00Z",
            "nearestApMac": "00:11:22:33:44:55",
            "nearestApRssi": -50,
        },
        **more,
    }


def test_of_a_post_of_merakis_cloud_only_our_own_stations_are_seen() -> None:
    body = meraki(
        observation("a4:83:e7:00:11:22", "customers"),
        observation("a4:83:e7:00:11:33", "staff"),
        observation("a4:83:e7:00:11:44", None),
    )
    answers = []

    async def scene(client: Client) -> None:
        async with client.get("/wifi-link/meraki") as answer:
            answers.append((answer.status, await answer.text()))
        async with client.post("/wifi-link/meraki", data=body) as answer:
            answers.append((answer.status, await answer.text()))
        forged = meraki(observation("a4:83:e7:00:11:22", "customers"), secret="guessed")  # noqa: S106 - a wrong one
        async with client.post("/wifi-link/meraki", data=forged) as answer:
            answers.append((answer.status, await answer.text()))

    outlet = told(scene, ssid="customers", validator="0a1b2c")

    assert answers == [(200, "0a1b2c"), (204, ""), (401, "wrong secret")]
    assert [detail for _, _, detail in outlet.calls] == [{"address": ADDRESS, "joined": True}]
    assert outlet.refused == {"wrong secret": 1}


def test_without_a_validator_there_is_no_place_for_merakis_cloud() -> None:
    statuses = []

    async def scene(client: Client) -> None:
        async with client.get("/wifi-link/meraki") as answer:
            statuses.append(answer.status)
        async with client.post("/wifi-link/meraki", data=meraki()) as answer:
            statuses.append(answer.status)

    told(scene, ssid="customers")

    assert statuses == [404, 404]


@pytest.mark.parametrize(
    "changes", [{"version": "2.1"}, {"type": "BLE"}, {"type": "DevicesSeen", "version": "2.0"}]
)
def test_a_post_of_another_version_is_refused(changes: dict[str, object]) -> None:
    body = meraki(observation("a4:83:e7:00:11:22", "customers"), **changes)

    assert read_meraki(body, secret=SECRET, ssid="customers") == "other version"


def test_the_latest_moment_of_an_observation_counts() -> None:
    records = [{"time": "2026-03-14T08:59:00Z"}, {"time": "2026-03-14T08:59:30+00:00"}]
    body = meraki(
        observation("a4:83:e7:00:11:22", "customers", locations=records, latestRecord=None),
        observation("a4:83:e7:00:11:33", "customers", latestRecord={"time": "yesterday"}),
    )

    reports = read_meraki(body, secret=SECRET, ssid="customers")

    assert not isinstance(reports, str)
    assert [at for _, at in reports] == [START - 30 * 10**9, None]


def test_the_driver_serves_until_it_is_cancelled_and_logs_nothing_of_a_request(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret, port = tmp_path / "secret", free_port(socket.SOCK_STREAM)
    secret.write_bytes(SECRET)
    driver = WifiLink(
        SourceSpec(
            name=SourceName("portal"),
            driver="wifi_link",
            options={
                "source": "webhook",
                "listen": f"127.0.0.1:{port}",
                "secret_file": str(secret),
            },
        )
    )

    async def play() -> None:
        outlet = AwaitedOutlet()
        async with running(driver, outlet) as run, ClientSession() as session:
            url = f"http://127.0.0.1:{port}/wifi-link"
            while not outlet.calls:
                try:
                    await session.post(url, json=JOINED, headers=BEARER)
                except OSError:
                    await asyncio.sleep(0.01)  # it has not begun yet
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"a4:83:e7:00:11:22 \x00 is no HTTP\r\n\r\n")
            assert b"400" in await reader.readline()
            writer.close()
            async with running(driver, AwaitedOutlet()) as second:
                assert isinstance(await second.fault(), SourceFault)

            assert await run.cancel() < 1.0
            assert len(outlet.calls) == 1

    with caplog.at_level(logging.DEBUG):
        asyncio.run(play())

    assert [record for record in caplog.records if record.name != "asyncio"] == []


@given(st.binary(max_size=200))
def test_any_body_is_read(body: bytes) -> None:
    assert isinstance(read_changes(body), str | list)
    assert isinstance(read_meraki(body, secret=SECRET, ssid="customers"), str | list)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["event", "address", "t"]), JSON),
    st.dictionaries(st.sampled_from(["clientMac", "ssid", "locations", "latestRecord"]), JSON),
)
def test_any_report_is_read(report: dict[str, object], seen: dict[str, object]) -> None:
    post = meraki({"ssid": "customers", **seen})

    assert isinstance(read_changes(json.dumps(report).encode()), str | list)
    assert isinstance(read_meraki(post, secret=SECRET, ssid="customers"), str | list)
