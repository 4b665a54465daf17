"""A hostapd on this machine is listened to: who joins, who leaves, and who is there already."""

import asyncio
import errno
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wifi_link.checking import found_sockets
from drivers.wifi_link.control_words import read_event, read_station
from drivers.wifi_link.decode import LinkChange
from drivers.wifi_link.driver import WifiLink
from drivers.wifi_link.handing import Handing
from drivers.wifi_link.hostapd import ROUNDS_A_LIST, ControlLine, listen_to_hostapd, opening_fault
from edge.driver.contract import Level, SourceSpec
from edge.errors import SourceFault, SourceUnusable
from edge.model.names import SourceName
from tests.lab.listening import AwaitedOutlet, RunningClock, running
from tests.lab.wifi_link import Hostapd, hostapd

ADA, BOB = "a4:83:e7:00:11:22", "a4:83:e7:00:11:33"
ADDRESS = bytes.fromhex("a483e7001122")
JOINED, LEFT = {"address": ADDRESS, "joined": True}, {"address": ADDRESS, "joined": False}
BOB_JOINED = {"address": bytes.fromhex("a483e7001133"), "joined": True}


def link(control: Path) -> WifiLink:
    return WifiLink(
        SourceSpec(
            name=SourceName("ap"),
            driver="wifi_link",
            options={"source": "hostapd", "control": str(control)},
        )
    )


def test_joins_and_leaves_are_handed_over(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        with hostapd(tmp_path) as ap:
            async with running(link(ap.path), outlet):
                await ap.attached()
                ap.join(ADA)
                ap.leave(ADA)
                ap.say("<3>AP-STA-CONNECTED nobody")
                ap.say("<3>CTRL-EVENT-EAP-STARTED " + ADA)

                assert await outlet.calls_of(2) == [JOINED, LEFT]
                await outlet.until(lambda: outlet.refused == {"bad address": 1})

    asyncio.run(scene())


def test_who_is_there_already_is_handed_over_at_first(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        with hostapd(tmp_path) as ap:
            ap.stations = [ADA, BOB]
            async with running(link(ap.path), outlet):
                assert await outlet.calls_of(2) == [JOINED, BOB_JOINED]

    asyncio.run(scene())


def test_an_answer_to_a_ping_proves_life(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        with hostapd(tmp_path) as ap:
            async with running(link(ap.path), outlet):
                await outlet.until(lambda: outlet.signs == 2)

        assert outlet.calls == []
        assert outlet.frames == 0

    asyncio.run(scene())


def test_a_hostapd_that_ends_is_a_fault_at_once_and_joined_again_when_back(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        with hostapd(tmp_path) as ap:
            async with running(link(ap.path), outlet) as run:
                await ap.attached()
                ap.say("<3>CTRL-EVENT-TERMINATING ")
                ended = await run.fault()
            ap.stop()
            async with running(link(ap.path), outlet) as run:
                missing = await run.fault()
            ap.start()
            ap.stations = [ADA]
            async with running(link(ap.path), outlet):
                assert await outlet.calls_of(1) == [JOINED]

        assert isinstance(ended, SourceFault)
        assert isinstance(missing, SourceFault)
        assert "hostapd" in missing.remedy

    asyncio.run(scene())


async def heard(ap: Hostapd, outlet: AwaitedOutlet) -> None:
    """Listen in rounds of no length."""
    handing = Handing(outlet, clock=RunningClock(), tape=None)
    async with asyncio.timeout(5):
        await listen_to_hostapd(ap.path, handing, where="ap", round_s=0.002, answer_s=0.2)


def test_a_hostapd_that_was_killed_is_noticed_at_the_next_ping(tmp_path: Path) -> None:
    async def kill(ap: Hostapd) -> None:
        await ap.attached()
        ap.stop()

    async def scene() -> None:
        with hostapd(tmp_path) as ap:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(kill(ap))
                with pytest.raises(SourceFault, match="went away"):
                    await heard(ap, AwaitedOutlet())

    asyncio.run(scene())


def test_a_hostapd_that_was_killed_is_missed_for_two_seconds_at_the_most(tmp_path: Path) -> None:
    async def scene() -> None:
        with hostapd(tmp_path) as ap:
            async with running(link(ap.path), AwaitedOutlet()) as run:
                await ap.attached()
                ap.stop()
                async with asyncio.timeout(2):
                    assert isinstance(await run.fault(), SourceFault)

    asyncio.run(scene())


def test_a_run_that_is_cancelled_as_an_answer_comes_ends_all_the_same() -> None:
    async def scene() -> None:
        line = ControlLine(lambda _: None, where="ap", answer_s=5.0)
        asking = asyncio.get_running_loop().create_task(line.ask(b"PING"))
        await asyncio.sleep(0)
        line.datagram_received(b"PONG\n", None)
        asking.cancel()
        await asyncio.wait({asking})

        assert asking.cancelled()

    asyncio.run(scene())


class Leaving(Hostapd):
    """Has a station leave right after it was listed."""

    def _read(self) -> None:
        super()._read()
        if self.commands[-1] == "STA-FIRST" and self.stations:
            self.leave(ADA)


def test_who_leaves_while_it_is_listed_has_left(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        ap = Leaving(tmp_path / "wlan0")
        ap.stations = [ADA]
        ap.start()
        async with running(link(ap.path), outlet):
            assert await outlet.calls_of(2) == [JOINED, LEFT]
        ap.stop()

    asyncio.run(scene())


def test_a_hostapd_that_does_not_answer_is_a_fault(tmp_path: Path) -> None:
    async def scene() -> None:
        with hostapd(tmp_path) as ap:
            ap.is_deaf = True
            with pytest.raises(SourceFault, match="does not answer"):
                await heard(ap, AwaitedOutlet())

    asyncio.run(scene())


def test_who_stays_is_handed_over_again_and_again(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        with hostapd(tmp_path) as ap:
            ap.stations = [ADA]
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(heard(ap, outlet))
                assert await outlet.calls_of(3) == [JOINED] * 3
                listening.cancel()

        assert ap.commands.count("PING") > 2 * ROUNDS_A_LIST

    asyncio.run(scene())


def test_a_cancelled_run_lets_hostapd_go_and_hands_over_nothing_more(tmp_path: Path) -> None:
    async def scene() -> None:
        outlet = AwaitedOutlet()
        with hostapd(tmp_path) as ap:
            async with running(link(ap.path), outlet) as run:
                await ap.attached()
                await outlet.until(lambda: outlet.signs == 1)

                assert await run.cancel() < 1.0
                ap.say("<3>AP-STA-CONNECTED " + ADA)
            async with running(link(ap.path), AwaitedOutlet()):
                await ap.attached()

            assert "DETACH" in ap.commands
        assert outlet.calls == []

    asyncio.run(scene())


def test_a_user_whom_hostapd_does_not_admit_needs_a_technician() -> None:
    fault = opening_fault(PermissionError(errno.EACCES, "Permission denied"), where="ap")

    assert isinstance(fault, SourceUnusable)
    assert "ctrl_interface_group" in fault.remedy


def test_the_check_asks_hostapd_and_says_what_is_missing(tmp_path: Path) -> None:
    async def scene() -> None:
        with hostapd(tmp_path) as ap:
            (fine,) = await link(ap.path).check()
            commands = ap.commands
        (missing,) = await link(ap.path).check()

        assert (fine.level, missing.level) == (Level.OK, Level.FAIL)
        assert commands == ["PING"]
        assert "hostapd" in missing.remedy

    asyncio.run(scene())


def test_access_points_of_this_machine_are_found_with_settings_to_paste(tmp_path: Path) -> None:
    async def scene() -> None:
        with hostapd(tmp_path) as ap:
            (found,) = found_sockets((tmp_path, tmp_path / "nowhere"))

        (table,) = tomllib.loads(found.settings)["source"]
        assert table["options"] == {"source": "hostapd", "control": str(ap.path)}
        WifiLink(SourceSpec(name=table["name"], driver="wifi_link", options=table["options"]))

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("event", "joined"),
    [
        (b"<3>AP-STA-CONNECTED a4:83:e7:00:11:22", True),
        (b"IFNAME=wlan0 <3>AP-STA-CONNECTED a4:83:e7:00:11:22 keyid=staff", True),
        (b"<3>AP-STA-DISCONNECTED a4:83:e7:00:11:22", False),
    ],
)
def test_each_form_of_an_event_is_read(event: bytes, joined: bool) -> None:  # noqa: FBT001 - a table
    assert read_event(event) == LinkChange(address=ADDRESS, joined=joined)


def test_a_station_that_has_not_joined_yet_is_passed_over() -> None:
    station = read_station(b"a4:83:e7:00:11:22\nflags=[AUTH]\naid=0\n")

    assert station is not None
    assert station.change is None


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"<3>{text}".encode()))
def test_any_datagram_is_read(datagram: bytes) -> None:
    change, station = read_event(datagram), read_station(datagram)

    assert change is None or isinstance(change, LinkChange | str)
    assert station is None or station.address
