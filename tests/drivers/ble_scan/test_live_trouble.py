"""What goes wrong with a radio is noticed, mended where it can be, and said with its remedy."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from drivers.ble_scan.ladder import LADDER, Act, Rung, Sign
from drivers.ble_scan.options import Mode, Options
from drivers.ble_scan.trouble import CURES, Trouble, fault
from edge.errors import SourceFault, SourceUnusable
from edge.model.names import SECOND
from tests.drivers.ble_scan.bytes_of import START
from tests.drivers.ble_scan.live_kit import ACTIVE, Scene, scene
from tests.lab.bluez import HANG
from tests.lab.bus import private_bus

SILENCE_S = 31
PASSIVE = Options(mode=Mode.PASSIVE)
OFF, ON = "Set Powered False", "Set Powered True"
ABOUT_SCANS = {"StartDiscovery", "StopDiscovery", "RegisterMonitor", "UnregisterMonitor", OFF, ON}


def acts(shop: Scene) -> list[str]:
    """Give what was asked of BlueZ that a scan depends on."""
    return [call for call in shop.bluez.calls if call in ABOUT_SCANS]


async def silence(shop: Scene, *, until: Callable[[], bool]) -> None:
    """Let time go by in silence until something came of it.

    A source counts its silence from the moment at which its scan began, which nobody is told.
    """
    while not until():
        shop.clock.turn(SILENCE_S)
        await asyncio.sleep(0.02)


async def running(shop: Scene, options: Options = ACTIVE) -> asyncio.Task[None]:
    """Start a source and wait until it heard something."""
    task = shop.listen(options)
    await shop.bluez.called("StartDiscovery")
    shop.bluez.advert()
    await shop.outlet.frames_are(1)
    return task


def test_without_the_adapter_it_is_tried_again(bus: str) -> None:
    async def story() -> None:
        async with scene(bus, has_adapter=False) as shop:
            shop.bluez.plug_in("hci1")

            with pytest.raises(SourceFault, match="no Bluetooth adapter hci0") as raised:
                await shop.listen()

            assert "bluetoothctl list" in raised.value.remedy

    asyncio.run(story())


def test_an_adapter_that_is_off_needs_a_technician(bus: str) -> None:
    async def story() -> None:
        async with scene(bus, has_adapter=False) as shop:
            shop.bluez.plug_in(powered=False)

            with pytest.raises(SourceUnusable, match="hci0 is off") as raised:
                await shop.listen()

            assert raised.value.remedy == "btmgmt --index hci0 power on"
            assert acts(shop) == []

    asyncio.run(story())


def test_an_adapter_that_comes_on_in_a_moment_is_waited_for(bus: str) -> None:
    async def story() -> None:
        async with scene(bus, has_adapter=False) as shop:
            shop.bluez.plug_in(powered=False)
            shop.listen()
            await shop.bluez.called("GetManagedObjects")

            shop.bluez.switch(powered=True)

            await shop.bluez.called("StartDiscovery")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("soft", "hard", "remedy"), [("1", "0", "rfkill unblock"), ("0", "1", "machine's key")]
)
def test_an_adapter_that_the_kernel_keeps_off_is_said_so(
    bus: str, tmp_path: Path, soft: str, hard: str, remedy: str
) -> None:
    entry = tmp_path / "rfkill0"
    entry.mkdir()
    for name, value in {"type": "bluetooth", "name": "hci0", "soft": soft, "hard": hard}.items():
        (entry / name).write_text(f"{value}\n")

    async def story() -> None:
        async with scene(bus, has_adapter=False) as shop:
            shop.bluez.plug_in(powered=False)

            with pytest.raises(SourceUnusable) as raised:
                await shop.listen(rfkill=tmp_path)

            assert remedy in raised.value.remedy

    asyncio.run(story())


def test_passive_scanning_that_is_not_offered_needs_a_technician(bus: str) -> None:
    async def story() -> None:
        async with scene(bus, has_monitors=False) as shop:
            with pytest.raises(SourceUnusable, match="no passive scanning") as raised:
                await shop.listen(PASSIVE)

            assert 'mode = "auto"' in raised.value.remedy

    asyncio.run(story())


def test_without_bluez_it_is_tried_again(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.die()

            with pytest.raises(SourceFault, match="BlueZ does not run") as raised:
                await shop.listen()

            assert "systemctl enable --now bluetooth" in raised.value.remedy

    asyncio.run(story())


def test_a_user_whom_bluez_does_not_hear_is_told_the_group(closed_bus: str) -> None:
    async def story() -> None:
        async with scene(closed_bus) as shop:
            with pytest.raises(SourceUnusable, match="does not let this service in") as raised:
                await shop.listen()

            assert "usermod -aG bluetooth" in raised.value.remedy

    asyncio.run(story())


def test_an_earlier_scan_that_bluez_clings_to_is_ended_by_switching_off_and_on(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.faults["StartDiscovery"] = "org.bluez.Error.InProgress"
            shop.listen()
            await shop.bluez.called(OFF)

            shop.bluez.faults.clear()
            await shop.bluez.called("StartDiscovery", 2)

            assert acts(shop) == ["StartDiscovery", OFF, ON, "StartDiscovery"]

    asyncio.run(story())


def test_bluez_that_stays_busy_is_a_fault(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.faults["StartDiscovery"] = "org.bluez.Error.InProgress"

            with pytest.raises(SourceFault, match="earlier scan") as raised:
                await shop.listen()

            assert raised.value.remedy == "systemctl restart bluetooth"
            assert acts(shop) == ["StartDiscovery", OFF, ON, "StartDiscovery"]

    asyncio.run(story())


def test_a_start_that_hangs_is_a_fault(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.faults["StartDiscovery"] = HANG

            with pytest.raises(SourceFault, match="BlueZ does not answer"):
                await shop.listen()

    asyncio.run(story())


def test_an_adapter_that_is_taken_out_while_scanning_is_noticed_at_once(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            task = await running(shop)

            shop.bluez.unplug()

            with pytest.raises(SourceFault, match="no Bluetooth adapter hci0"):
                await task

    asyncio.run(story())


def test_another_adapter_that_is_taken_out_does_no_harm(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            shop.bluez.plug_in("hci1")
            await running(shop)

            shop.bluez.unplug("hci1")
            shop.bluez.advert(rssi=-61)

            await shop.outlet.frames_are(2)

    asyncio.run(story())


def test_an_adapter_that_is_turned_off_while_scanning_is_tried_again(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            task = await running(shop)

            shop.bluez.switch(powered=False)

            with pytest.raises(SourceFault, match="was turned off"):
                await task

    asyncio.run(story())


def test_bluez_that_is_killed_while_scanning_is_noticed_at_once(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            task = await running(shop)

            shop.bluez.die()

            with pytest.raises(SourceFault, match="BlueZ does not run"):
                await task

    asyncio.run(story())


def test_a_source_that_is_tried_again_hears_the_bluez_that_came_after(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as first:
            task = await running(first)
            first.bluez.die()
            with pytest.raises(SourceFault):
                await task

        async with scene(bus) as second:
            await running(second)

            assert second.outlet.frames == 1

    asyncio.run(story())


def test_an_adapter_that_is_plugged_in_again_is_heard_again(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            task = await running(shop)
            shop.bluez.unplug()
            with pytest.raises(SourceFault):
                await task

            shop.bluez.plug_in()
            shop.listen()
            await shop.bluez.called("StartDiscovery", 2)
            shop.bluez.advert()

            await shop.outlet.frames_are(2)

    asyncio.run(story())


@pytest.mark.usefixtures("bus")
def test_a_bus_that_ends_while_scanning_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(address: str, end_the_bus: Callable[[], None]) -> None:
        # dbus-fast leaves futures behind that hold the end of the bus and that nobody looks at;
        # asyncio would write about them whenever the garbage is collected.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        async with scene(address) as shop:
            task = await running(shop)

            end_the_bus()

            with pytest.raises(SourceFault, match="D-Bus cannot be reached"):
                await task

    with ExitStack() as held:
        address = held.enter_context(private_bus())
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        asyncio.run(story(address, held.close))


def test_silence_is_answered_step_by_step_up_the_ladder(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            task = await running(shop)

            await silence(shop, until=lambda: shop.bluez.count("StartDiscovery") == 2)
            await silence(shop, until=lambda: shop.bluez.count("StartDiscovery") == 3)
            await silence(shop, until=task.done)

            with pytest.raises(SourceFault, match="hears nothing") as raised:
                await task
            assert "unplug the adapter" in raised.value.remedy
            restart = ["StopDiscovery", "StartDiscovery"]
            power_cycle = ["StopDiscovery", OFF, ON, "StartDiscovery"]
            assert acts(shop) == ["StartDiscovery", *restart, *power_cycle, "StopDiscovery"]

    asyncio.run(story())


def test_a_radio_that_hears_again_begins_at_the_foot_of_the_ladder(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            await running(shop)
            await silence(shop, until=lambda: shop.bluez.count("StartDiscovery") == 2)

            shop.bluez.advert(rssi=-61)
            await shop.outlet.frames_are(2)
            await silence(shop, until=lambda: shop.bluez.count("StartDiscovery") == 3)

            assert OFF not in shop.bluez.calls

    asyncio.run(story())


def test_a_radio_that_hears_now_and_then_is_left_alone(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            await running(shop)

            for step in range(5):
                shop.clock.turn(SILENCE_S - 2)
                shop.bluez.advert(rssi=-61 - step)
                await shop.outlet.frames_are(2 + step)

            assert acts(shop) == ["StartDiscovery"]

    asyncio.run(story())


def test_silence_is_noticed_after_the_clock_was_set_back(bus: str) -> None:
    async def story() -> None:
        async with scene(bus) as shop:
            await running(shop)

            shop.clock.turn(-86_400)
            shop.bluez.advert(rssi=-61)
            await shop.outlet.frames_are(2)
            shop.clock.turn(-86_400)

            await silence(shop, until=lambda: shop.bluez.count("StartDiscovery") > 1)

            assert shop.clock.at < START - 86_400 * SECOND

    asyncio.run(story())


def test_a_passive_scan_that_falls_silent_becomes_an_active_one(bus: str) -> None:
    async def story() -> None:
        async with scene(bus, has_monitors=True) as shop:
            shop.listen(Options())
            await shop.bluez.called("Activate")

            await silence(shop, until=lambda: "StartDiscovery" in shop.bluez.calls)

            assert acts(shop) == ["RegisterMonitor", "UnregisterMonitor", "StartDiscovery"]

    asyncio.run(story())


def test_a_passive_scan_that_is_wanted_stays_passive(bus: str) -> None:
    async def story() -> None:
        async with scene(bus, has_monitors=True) as shop:
            shop.listen(PASSIVE)
            await shop.bluez.called("Activate")

            await silence(shop, until=lambda: shop.bluez.count("Activate") > 1)

            assert "StartDiscovery" not in shop.bluez.calls

    asyncio.run(story())


def test_the_ladder_has_an_answer_to_every_sign_on_every_rung() -> None:
    assert set(LADDER) == {(rung, sign) for rung in Rung for sign in Sign}
    assert {act for _, act in LADDER.values()} == set(Act)


@pytest.mark.parametrize("rung", Rung)
def test_silence_leads_to_giving_up_from_everywhere(rung: Rung) -> None:
    tried = []
    for _ in Rung:
        rung, act = LADDER[rung, Sign.SILENT]
        tried.append(act)

    assert Act.GIVE_UP in tried
    assert LADDER[rung, Sign.HEARD] == (Rung.LISTENING, Act.CARRY_ON)


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_has_words_and_a_remedy(trouble: Trouble) -> None:
    error = fault(trouble, "hci7")

    assert set(CURES) == set(Trouble)
    assert error.what
    assert error.remedy
    assert "{" not in str(error)
