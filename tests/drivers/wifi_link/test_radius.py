"""Accounting packets of access points are verified, answered and read; no address is kept."""

import asyncio
import re
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad.packet import AcctPacket, StatusServer

from drivers.wifi_link.accounting import Account, read_request
from drivers.wifi_link.decode import LinkChange
from drivers.wifi_link.driver import WifiLink
from edge.driver.contract import SourceSpec
from edge.errors import SourceFault
from edge.model.names import SourceName
from tests.lab.listening import AwaitedOutlet, running
from tests.lab.wifi_link import AccessPoint, access_point, accounting, free_port

SECRET = b"between-ap-and-edge"
ADA = "A4-83-E7-00-11-22"
ADDRESS = bytes.fromhex("a483e7001122")
START, STOP, INTERIM, ACCOUNTING_ON = 1, 2, 3, 7


class Scene:
    """A source that listens on this machine, and the options it was given."""

    def __init__(self, folder: Path, **options: object) -> None:
        (folder / "radius.secret").write_bytes(SECRET + b"\n")
        self.port = free_port(socket.SOCK_DGRAM)
        self.outlet = AwaitedOutlet()
        self.driver = WifiLink(
            SourceSpec(
                name=SourceName("ap"),
                driver="wifi_link",
                options={
                    "source": "radius",
                    "listen": f"127.0.0.1:{self.port}",
                    "secret_file": str(folder / "radius.secret"),
                    **options,
                },
            )
        )

    def refused(self, reason: str) -> bool:
        return reason in self.outlet.refused


async def answered(ap: AccessPoint, packet: AcctPacket) -> AcctPacket:
    """Send a packet until it is answered: the listener may not have begun yet."""
    raw = packet.RequestPacket()
    async with asyncio.timeout(10):
        while True:
            ap.send(raw)
            try:
                reply = await asyncio.wait_for(ap.answers.get(), 0.05)
            except TimeoutError:
                continue
            return packet.CreateReply(packet=reply)


def test_start_interim_and_stop_are_joins_and_a_leave(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def play() -> None:
        async with running(scene.driver, scene.outlet), access_point(scene.port, SECRET) as ap:
            for status in (START, INTERIM, STOP):
                request = accounting(status, ADA, secret=SECRET, is_signed=status == INTERIM)
                reply = await answered(ap, request)
                assert request.VerifyReply(reply)
                assert bool(reply.message_authenticator) == (status == INTERIM)
            calls = await scene.outlet.calls_of(3)
            assert [call["joined"] for call in calls] == [True, True, False]
            assert {call["address"] for call in calls} == {ADDRESS}

    asyncio.run(play())


def test_a_repeated_request_is_answered_again_and_counted_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def play() -> None:
        async with running(scene.driver, scene.outlet), access_point(scene.port, SECRET) as ap:
            request = accounting(START, ADA, secret=SECRET)
            first = await answered(ap, request)
            second = await answered(ap, request)
            assert first.raw_packet == second.raw_packet
            await scene.outlet.until(lambda: scene.refused("duplicate"))

        assert len(scene.outlet.calls) == 1

    asyncio.run(play())


def test_another_secret_is_counted_and_not_answered(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def play() -> None:
        async with running(scene.driver, scene.outlet), access_point(scene.port, SECRET) as ap:
            await answered(ap, accounting(ACCOUNTING_ON, ADA, secret=SECRET))
            ap.send(accounting(START, ADA, secret=b"some-other-secret").RequestPacket())
            ap.send(b"\x01" + accounting(START, ADA, secret=SECRET).RequestPacket()[1:])
            ap.send(b"hello")
            await scene.outlet.until(lambda: scene.refused("no RADIUS"))

            assert ap.answers.empty()
        assert scene.outlet.calls == []
        assert {key: scene.outlet.refused[key] for key in ("wrong secret", "not accounting")} == {
            "wrong secret": 1,
            "not accounting": 1,
        }

    asyncio.run(play())


def test_a_tape_holds_a_stand_in_and_no_account(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    path = tmp_path / "ap.jsonl"

    async def play() -> None:
        tape = scene.driver.open_tape(path, key=bytes(range(32)))
        async with (
            running(scene.driver, scene.outlet, tape=tape),
            access_point(scene.port, SECRET) as ap,
        ):
            await answered(ap, accounting(START, ADA, secret=SECRET))
            await scene.outlet.calls_of(1)
        tape.close()

    asyncio.run(play())
    text = path.read_text()
    assert re.search(r'"event":"associated","address":"[0-9a-f:]{17}"', text)
    assert "a4:83:e7" not in text
    assert "ada" not in text


def test_a_port_that_is_taken_names_who_to_look_for(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def play() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", scene.port))
            async with running(scene.driver, scene.outlet) as run:
                fault = await run.fault()
        assert isinstance(fault, SourceFault)
        assert "ss -lnpt" in fault.remedy

    asyncio.run(play())


def test_a_cancelled_run_ends_at_once_and_answers_nobody(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def play() -> None:
        async with (
            running(scene.driver, scene.outlet) as run,
            access_point(scene.port, SECRET) as ap,
        ):
            await answered(ap, accounting(ACCOUNTING_ON, ADA, secret=SECRET))
            ap.send(accounting(START, ADA, secret=SECRET).RequestPacket())

            assert await run.cancel() < 1.0
        assert scene.outlet.calls == []

    asyncio.run(play())


def account(packet: AcctPacket, ssid: str | None = None) -> Account:
    read = read_request(packet.RequestPacket(), secret=SECRET, ssid=ssid)
    assert isinstance(read, Account)
    return read


@pytest.mark.parametrize(
    "spelling",
    [
        "A4-83-E7-00-11-22",
        "a4:83:e7:00:11:22",
        "a483e7001122",
        "A483.E700.1122",
    ],
)
def test_every_way_to_write_an_address_is_read(spelling: str) -> None:
    change = account(accounting(START, spelling, secret=SECRET)).change

    assert change == LinkChange(address=ADDRESS, joined=True)


@pytest.mark.parametrize(
    ("network", "ssid", "expected"),
    [
        ("customers", "customers", LinkChange(address=ADDRESS, joined=True)),
        ("staff", "customers", "other network"),
        ("staff", None, LinkChange(address=ADDRESS, joined=True)),
        (None, "customers", LinkChange(address=ADDRESS, joined=True)),
    ],
)
def test_stations_of_other_networks_do_not_count(
    network: str | None, ssid: str | None, expected: object
) -> None:
    assert account(accounting(START, ADA, secret=SECRET, network=network), ssid).change == expected


def test_an_access_point_that_starts_or_asks_is_answered_and_tells_of_nobody() -> None:
    asking = AcctPacket(code=StatusServer, secret=SECRET)

    assert account(accounting(ACCOUNTING_ON, ADA, secret=SECRET)).change is None
    assert account(asking).change is None


def test_how_long_a_request_was_under_way_is_read() -> None:
    assert account(accounting(STOP, ADA, secret=SECRET, delay_s=40)).delay_s == 40


def test_a_signature_that_does_not_fit_is_a_wrong_secret() -> None:
    packet = accounting(START, ADA, secret=SECRET)
    packet[80] = [bytes(16)]

    assert read_request(packet.RequestPacket(), secret=SECRET, ssid=None) == "wrong secret"


@given(st.binary(max_size=120))
def test_any_bytes_are_read(data: bytes) -> None:
    assert isinstance(read_request(data, secret=SECRET, ssid=None), str)


@given(place=st.integers(0, 200), byte=st.integers(0, 255))
def test_a_request_of_which_a_byte_was_changed_is_never_believed(place: int, byte: int) -> None:
    packet = accounting(START, ADA, secret=SECRET, network="customers", is_signed=True)
    raw = bytearray(packet.RequestPacket())
    place %= len(raw)
    is_changed = raw[place] != byte
    raw[place] = byte

    read = read_request(bytes(raw), secret=SECRET, ssid=None)

    assert isinstance(read, str) == is_changed
