"""This is where the drivers hear real radios of software: `python -m tests.lab.vm.story`.

It runs in the emulated machine of scripts/lab_vm. `edge run` and the drivers by themselves listen
to the same radios at once: the daemon shows that it works, the drivers what exactly was heard.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from drivers.ble_scan.driver import BleScan
from drivers.wifi_link.driver import WifiLink
from drivers.wifi_monitor.driver import WifiMonitor
from edge.daemon.control_client import ask
from edge.driver.contract import LiveDriver, SourceSpec
from edge.errors import ConfigError
from edge.model.names import SourceName
from tests.lab.listening import AwaitedOutlet, running
from tests.lab.vm.air import WholeAir
from tests.lab.vm.machine import CONTROL, LOOK_S, OUT, PATIENCE_S, WORK, Machine, obey, until
from tests.lab.vm.verdict import Verdict

STATE: Final = WORK / "state"
CHANNEL: Final = 1
CHANNEL_MHZ: Final = 2412
SCANS: Final = 12
JOINS: Final = 2
SETTLE_S: Final = 3.0
"""The radar reads the interface's counters once a second."""
IDS: Final = tuple(bytes([number]) * 8 for number in (0x11, 0x22, 0x33))
LINK_TYPE_OF_MONITORS: Final = "803"
"""ARPHRD_IEEE80211_RADIOTAP."""
OPTIONS: Final[dict[str, tuple[type[Any], dict[str, str]]]] = {
    "radar": (WifiMonitor, {"interface": "wlan2"}),
    "ap": (WifiLink, {"source": "hostapd", "control": str(CONTROL / "wlan0")}),
    "ble": (BleScan, {"mode": "auto"}),
}
"""The daemon's sources; their drivers run by themselves too."""
STORE: Final = """
[store]
id = "lab"
policy = "eu_strict"

[[zone]]
name = "entrance"
kind = "entrance"
"""


def settings() -> str:
    """Give the settings of a store that has these radios."""
    text = STORE
    for name, (driver, options) in OPTIONS.items():
        text += f'\n[[source]]\nname = "{name}"\ndriver = "{driver.kind}"\nzone = "entrance"\n'
        text += "[source.options]\n" + "".join(f'{key} = "{it}"\n' for key, it in options.items())
    return text


def driver(name: str, **other: str) -> LiveDriver:
    """Make a source's driver as the daemon makes it, or with some options of its own."""
    kind, options = OPTIONS[name]
    spec = SourceSpec(name=SourceName(name), driver=kind.kind, options={**options, **other})
    made: LiveDriver = kind(spec)
    return made


def sources() -> dict[str, dict[str, Any]]:
    """Ask the daemon for its sources; none where it does not answer yet."""
    try:
        report = ask(STATE, "status")
    except ConfigError:
        return {}
    return {one["name"]: one for one in report["sources"]}


def at_work(*names: str) -> bool:
    """Tell whether sources listen."""
    found = sources()
    return all(found.get(name, {}).get("state") in {"watching", "quiet"} for name in names)


async def set_up(machine: Machine) -> None:
    """Bring the radios up as in a store, and start the daemon."""
    await obey("ip", "link", "set", "hwsim0", "up")
    await obey("ip", "link", "set", "wlan1", "up")
    machine.start_access_point()
    machine.start_bluetooth()
    machine.start_controller(IDS)
    said = await obey(
        sys.executable, "-m", "drivers.wifi_monitor.radio_setup", "wlan2", "--channel", str(CHANNEL)
    )
    (OUT / "radio_setup.log").write_text(said)
    await until("the advertisers", lambda: machine.said("controller", "advertising"))
    await obey("bluetoothctl", "--timeout", "10", "power", "on")
    await until("hostapd", lambda: machine.said("hostapd", "AP-ENABLED"))
    (WORK / "edge.toml").write_text(settings())
    edge = str(Path(sys.executable).with_name("edge"))
    machine.start(
        "edge", edge, "run", "--trust-clock", "--settings", WORK / "edge.toml", "--state", STATE
    )
    await until("the daemon's sources", lambda: at_work(*OPTIONS))


async def walk_past(scans: int) -> None:
    """Look for networks as phones do, every other time under a made-up address."""
    for number in range(scans):
        under = ("randomise",) if number % 2 else ()
        await scan(*under, "ssid", f"network-of-somebody-{number}")


async def scan(*words: str) -> None:
    """Have the station scan, once the scan before is over.

    `iw scan` by itself waits for an event that it may have missed: under emulation it was seen to
    wait for good (2026-11-22).
    """
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            await obey(
                *("iw", "dev", "wlan1", "scan", "trigger", "freq", str(CHANNEL_MHZ), "flush"),
                *words,
            )
        except RuntimeError:  # the radio is busy with the one before
            await asyncio.sleep(LOOK_S)
        else:
            return
    raise RuntimeError("the station does not scan")


async def come_and_go(machine: Machine, outlet: AwaitedOutlet, times: int) -> None:
    """Join the store's network and leave it again."""
    machine.start_station()
    control = ("wpa_cli", "-p", str(WORK / "supplicant"), "-i", "wlan1")
    await until("wpa_supplicant", (WORK / "supplicant" / "wlan1").exists)
    for number in range(times):
        await obey(*control, "enable_network", "0")
        await until("an association", lambda at=2 * number + 1: len(outlet.calls) >= at)
        await obey(*control, "disable_network", "0")
        await until("its end", lambda at=2 * number + 2: len(outlet.calls) >= at)
    machine.end("station")


def details(outlet: AwaitedOutlet, field: str) -> list[Any]:
    """Give one detail of everything that was handed over."""
    return [detail[field] for _, _, detail in outlet.calls]


def judge(
    verdict: Verdict, air: WholeAir, heard: dict[str, AwaitedOutlet], before: dict[str, Any]
) -> None:
    """Hold what was heard against what was sent."""
    radar, link, ble = (heard[name] for name in ("radar", "ap", "ble"))
    mode = Path("/sys/class/net/wlan2/type").read_text().strip()
    verdict.say("link type that radio_setup leaves", LINK_TYPE_OF_MONITORS, mode)
    sent = air.probes.total()
    repeated = radar.refused.get("repeated", 0)
    verdict.say("probe requests on the air", f"at least {SCANS}", sent, holds=sent >= SCANS)
    verdict.say("wifi_monitor: probes and repeated", sent, len(radar.calls) + repeated)
    verdict.say("wifi_monitor: addresses", len(air.probes), len(set(details(radar, "address"))))
    same = set(details(radar, "address")) == set(air.probes)
    verdict.say("wifi_monitor: the same addresses", "yes", "yes" if same else "no")
    verdict.say("wifi_link: joined and left", [True, False] * JOINS, details(link, "joined"))
    station = bytes.fromhex(Path("/sys/class/net/wlan1/address").read_text().replace(":", ""))
    same = set(details(link, "address")) == {station}
    verdict.say("wifi_link: the station's address", "yes", "yes" if same else "no")
    judge_ids(verdict, "passively", ble)
    now = sources()
    for name, state in now.items():
        verdict.say(f"edge status: {name}", "watching", state["state"])
        verdict.say(f"edge status: starts of {name}", before[name]["starts"], state["starts"])
    probes = gained(before["radar"], now["radar"])
    verdict.say("edge run: frames of the radar used or repeated", sent, probes)
    told = gained(before["ap"], now["ap"])
    verdict.say(
        "edge run: words of hostapd", f"at least {2 * JOINS}", told, holds=told >= 2 * JOINS
    )
    adverts = gained(before["ble"], now["ble"])
    verdict.say("edge run: advertisements", "some", adverts, holds=adverts > 0)


def judge_ids(verdict: Verdict, how: str, outlet: AwaitedOutlet) -> None:
    """Hold the ids that were heard against those that were advertised."""
    ids = set(details(outlet, "ephemeral_id")) - {None}
    verdict.say(f"ble_scan, {how}: advertised ids", len(IDS), len(ids & set(IDS)))
    verdict.say(f"ble_scan, {how}: ids nobody advertised", 0, len(ids - set(IDS)))


def gained(before: dict[str, Any], now: dict[str, Any]) -> int:
    """Give how much a source took in meanwhile that its filter let through."""
    return int(_let_through(now) - _let_through(before))


def _let_through(state: dict[str, Any]) -> int:
    return int(state["heard"]) - int(state["refused"].get("not a probe request", 0))


async def tell(verdict: Verdict, machine: Machine) -> None:
    """Tell the whole story."""
    verdict.step("radios, access point, Bluetooth and daemon are set up")
    await set_up(machine)
    verdict.step("everything listens")
    heard = {name: AwaitedOutlet() for name in OPTIONS}
    air = WholeAir(CHANNEL_MHZ)
    async with AsyncExitStack() as listening:
        for name, outlet in heard.items():
            await listening.enter_async_context(running(driver(name), outlet))
        await until("an advertisement", lambda: heard["ble"].calls)
        before = sources()
        air.open()
        listening.callback(air.close)
        await walk_past(SCANS)
        verdict.step(f"a phone scanned {SCANS} times")
        await come_and_go(machine, heard["ap"], JOINS)
        verdict.step(f"a station joined and left {JOINS} times")
        await until("all ids", lambda: has_all_ids(heard["ble"]))
        await asyncio.sleep(SETTLE_S)
        judge(verdict, air, heard, before)
    verdict.say("ble_scan: silences", "no", "yes" if machine.said("edge", "silent") else "no")
    verdict.step("what was heard is judged")
    actively = AwaitedOutlet()
    async with running(driver("ble", mode="active"), actively):
        await until("all ids", lambda: has_all_ids(actively))
    judge_ids(verdict, "actively", actively)
    verdict.step("the ids were heard actively")
    await break_all(verdict, machine)
    verdict.say("edge run: exit status", 0, machine.end("edge"))


def has_all_ids(outlet: AwaitedOutlet) -> bool:
    """Tell whether every id was heard."""
    return set(details(outlet, "ephemeral_id")) >= set(IDS)


async def break_all(verdict: Verdict, machine: Machine) -> None:
    """Take from every source what it listens to, and give it back."""

    async def end_access_point() -> None:
        machine.kill("hostapd")

    async def begin_access_point() -> None:
        machine.start_access_point()

    async def end_radio() -> None:
        await obey("ip", "link", "set", "wlan2", "down")

    async def begin_radio() -> None:
        await obey("ip", "link", "set", "wlan2", "up")

    async def end_bluetooth() -> None:
        machine.kill("bluetoothd")

    async def begin_bluetooth() -> None:
        machine.start_bluetooth()
        await obey("bluetoothctl", "--timeout", "10", "power", "on")

    await break_one(verdict, "ap", end_access_point, begin_access_point)
    await break_one(verdict, "radar", end_radio, begin_radio)
    await break_one(verdict, "ble", end_bluetooth, begin_bluetooth)


async def break_one(
    verdict: Verdict,
    name: str,
    end: Callable[[], Awaitable[None]],
    begin: Callable[[], Awaitable[None]],
) -> None:
    """Break a source and mend it; the daemon has to notice the one, and to get over it."""
    await end()
    await until(f"{name} to fail", lambda: not at_work(name))
    reason = sources()[name]["reason"]
    await begin()
    await until(f"{name} to work again", lambda: at_work(name))
    verdict.say(f"edge run: {name} broken and mended", "a reason", reason, holds=bool(reason))
    verdict.step(f"{name} was broken and works again")


def main() -> int:
    """Tell the story and give the exit status."""
    verdict, machine = Verdict(began=time.monotonic()), Machine()
    try:
        asyncio.run(tell(verdict, machine))
    except* (RuntimeError, TimeoutError) as errors:
        verdict.say("the story", "came to its end", str(errors.exceptions))
    finally:
        machine.end_all()
    sys.stdout.write(verdict.table())
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
