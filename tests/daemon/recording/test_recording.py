"""Live sources are recorded so that the day replays, and nobody is in it."""

import asyncio
import stat
import tomllib
from pathlib import Path

import pytest

from edge.daemon.clock import system_clock
from edge.daemon.recording import Order, Progress, record
from edge.daemon.recording_service import STOP_REMEDY
from edge.driver.recording import open_recording
from edge.errors import ConfigError, RecordingError
from edge.model.names import Instant
from tests.daemon.live.kit import Hands
from tests.daemon.recording.kit import (
    STORE,
    Underway,
    door,
    order,
    recording,
    replayed,
    serial,
    written,
)
from tests.drivers.wifi_monitor.frames import probe, usual
from tests.lab.serial import PtyDevice, plugged
from tests.lab.tap import TapMonitor
from tests.lab.wifi_link import hostapd
from tests.privacy.needles import address_forms, hits, text_forms

PHONE = bytes.fromhex("3c2eff5e9d71")
STATION = bytes.fromhex("a483e75c31f9")
NETWORK = "CasaMariaPrivata"
CARD, RECEIPT_CARD, RECEIPT = "4006381333931", "2900417355128", "R-77120391"
BODY = bytes([0, len(NETWORK)]) + NETWORK.encode() + bytes.fromhex("010402040b16")
CANARIES = {
    "phone": address_forms(PHONE),
    "station": address_forms(STATION),
    "network": text_forms(NETWORK),
    "card": text_forms(CARD),
    "card on a receipt": text_forms(RECEIPT_CARD),
    "receipt": text_forms(RECEIPT),
}


def radar(interface: str) -> str:
    return f"""
[[source]]
name = "radar"
driver = "wifi_monitor"
zone = "entrance"
rssi_floor_dbm = -80
[source.options]
interface = "{interface}"
"""


def link(control: Path) -> str:
    return f"""
[[source]]
name = "ap"
driver = "wifi_link"
[source.options]
source = "hostapd"
control = "{control}"
"""


async def speak(device: PtyDevice, here: Underway, name: str, lines: bytes, *, count: int) -> None:
    """Send lines as a device, and wait until so many were recorded."""
    device.send(lines)
    await here.until(lambda: here.of(name).recorded >= count)


async def a_day(place: Path, tap: TapMonitor) -> Progress:
    """Record a door, a scanner, a till, an access point and a radio."""
    with hostapd(place) as ap:
        async with (
            plugged(place / "door") as one,
            plugged(place / "scanner") as scanner,
            plugged(place / "till") as till,
        ):
            wanted = order(
                place,
                door(one.link),
                serial("scanner", scanner.link, profile="scanner-plain"),
                serial("till", till.link, profile="till-json"),
                link(ap.path),
                radar(tap.name),
            )
            async with recording(wanted) as here:
                for device in (one, scanner, till):
                    await device.listened_to()
                await speak(one, here, "door-1", b"IN,1\r\nIN,2\r\nOUT,1\r\n", count=3)
                await speak(scanner, here, "scanner", f"1\r\n{CARD}\r\n".encode(), count=1)
                sale = (
                    f'{{"receipt":"{RECEIPT}","total":23.9,"currency":"EUR",'
                    f'"card":"{RECEIPT_CARD}","lane":"1"}}\n'
                )
                await speak(till, here, "till", sale.encode(), count=1)
                await ap.attached()
                ap.join(STATION.hex(":"))
                ap.leave(STATION.hex(":"))
                await here.until(lambda: here.of("ap").recorded >= 2)
                while not here.of("radar").recorded:
                    tap.send(usual() + probe(BODY, address=PHONE))
                    seen = here.progress
                    await here.until(lambda seen=seen: here.progress is not seen)
                return await here.end()


async def test_a_recorded_day_replays_as_it_was_heard(tmp_path: Path, tap: TapMonitor) -> None:
    ended = await a_day(tmp_path, tap)

    result = await replayed(tmp_path / "day")

    told = {one.name: one for one in ended.sources}
    assert told["door-1"].counts == {"people in": 3, "people out": 1}
    assert told["till"].counts == {"receipts with a card": 1}
    assert told["ap"].counts == {"associations": 1, "disassociations": 1}
    repeated = told["radar"].refused.get("repeated frame", 0)
    assert told["radar"].counts["probe requests"] + repeated == told["radar"].recorded
    assert result.heard == sum(one.recorded for one in ended.sources)
    assert sum(result.refused.values()) == repeated
    assert result.warnings == ()


async def test_nobody_is_in_a_recording(tmp_path: Path, tap: TapMonitor) -> None:
    await a_day(tmp_path, tap)

    found = hits(written(tmp_path / "day"), CANARIES)

    assert found == set()
    assert hits([("a file", CARD.encode() + PHONE)], CANARIES) >= {
        "card as text in a file",
        "phone as raw in a file",
    }


async def test_only_this_user_may_read_a_recording(tmp_path: Path) -> None:
    async with (
        plugged(tmp_path / "door") as one,
        recording(order(tmp_path, door(one.link))) as here,
    ):
        await here.end()

    folder = tmp_path / "day"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "door-1.jsonl": 0o600,
        "edge.toml": 0o600,
        "recording.toml": 0o600,
    }


async def test_the_settings_of_a_recording_name_no_platform_and_no_secret(tmp_path: Path) -> None:
    hook = """
[[source]]
name = "hook"
driver = "wifi_link"
zone = "entrance"
[source.options]
source = "webhook"
listen = "127.0.0.1:0"
secret_file = "/etc/store-edge/hook-secret"
validator = "v-5150"
ssid = "Shop"
"""
    async with (
        plugged(tmp_path / "door") as one,
        recording(order(tmp_path, door(one.link), hook)) as here,
    ):
        await here.end()

    manifest = tomllib.loads((tmp_path / "day" / "recording.toml").read_text())
    settings = tomllib.loads((tmp_path / "day" / "edge.toml").read_text())
    assert manifest["source"][1] == {
        "name": "hook",
        "driver": "wifi_link",
        "file": "hook.jsonl",
        "zone": "entrance",
    }
    assert settings == {
        "store": {"id": "toy-1", "timezone": "UTC", "policy": "eu_strict"},
        "zone": [
            {"name": "entrance", "kind": "entrance"},
            {"name": "checkout", "kind": "checkout"},
        ],
        "door": [{"name": "main", "source": "door-1", "zone": "entrance"}],
    }


async def test_a_source_that_is_pulled_out_is_recorded_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with (
        plugged(tmp_path / "door") as one,
        recording(order(tmp_path, door(one.link))) as here,
    ):
        await one.listened_to()
        await speak(one, here, "door-1", b"IN,1\n", count=1)
        one.unplug()
        await here.until(lambda: here.of("door-1").state in {"retrying", "parked"})
        one.plug()
        await one.listened_to()
        await speak(one, here, "door-1", b"IN,1\n", count=2)
        ended = await here.end()

    assert ended.sources[0].starts >= 2
    assert (await replayed(tmp_path / "day")).heard == 2


async def test_a_source_that_never_works_does_not_end_a_recording(tmp_path: Path) -> None:
    gone = serial("till", tmp_path / "nowhere", profile="till-json")
    async with (
        plugged(tmp_path / "door") as one,
        recording(order(tmp_path, door(one.link), gone)) as here,
    ):
        await one.listened_to()
        await here.until(lambda: here.of("till").starts >= 2)
        await speak(one, here, "door-1", b"OUT,1\n", count=1)
        ended = await here.end()

    states = {one.name: (one.recorded, one.state) for one in ended.sources}
    assert states["door-1"] == (1, "watching")
    assert states["till"][0] == 0
    assert (await replayed(tmp_path / "day")).heard == 1


async def test_what_the_service_holds_says_how_it_is_let_go(tmp_path: Path) -> None:
    gone = door(tmp_path / "nowhere")
    async with recording(order(tmp_path, gone, held=frozenset({"door-1"}))) as here:
        await here.until(lambda: here.of("door-1").state == "retrying")
        told = here.of("door-1")

    assert told.remedy == STOP_REMEDY
    assert "systemctl stop store-edge" in told.remedy


async def test_a_camera_is_left_out_with_a_note(tmp_path: Path) -> None:
    camera = '\n[[source]]\nname = "kiosk"\ndriver = "camera_face"\n'
    async with (
        plugged(tmp_path / "door") as one,
        recording(order(tmp_path, door(one.link), camera)) as here,
    ):
        ended = await here.end()

    assert ended.notes == ("source 'kiosk' is left out: its tape would show people",)
    assert [one.spec.name for one in open_recording(tmp_path / "day").sources] == ["door-1"]


async def test_nothing_is_recorded_outside_opening_hours(tmp_path: Path) -> None:
    store = STORE.replace("[store]", '[store]\nopening = "10:00-20:00"')
    async with plugged(tmp_path / "door") as one:
        wanted = order(tmp_path, door(one.link), store=store)
        hands = Hands()
        async with recording(wanted, clock=hands.clock()) as here:
            await one.listened_to()
            one.send(b"IN,1\n")
            await here.until(lambda: here.of("door-1").outside_hours == 1)
            hands.turn(3600)
            await speak(one, here, "door-1", b"IN,1\n", count=1)
            ended = await here.end()

    assert ended.sources[0].recorded == 1
    assert len((tmp_path / "day" / "door-1.jsonl").read_text().splitlines()) == 1


async def test_a_recording_ends_by_itself_when_its_time_is_over(tmp_path: Path) -> None:
    hands = Hands()
    wanted = order(tmp_path, door(tmp_path / "nowhere"), lasts_s=600.0)
    async with recording(wanted, clock=hands.clock()) as here:
        await here.until(lambda: True)
        hands.turn(601)
        assert here.task is not None
        ended = await here.task

    assert ended.seconds == 601.0


async def test_recording_toml_says_an_end_that_is_at_most_a_minute_off(tmp_path: Path) -> None:
    hands = Hands()
    wanted = order(tmp_path, door(tmp_path / "nowhere"))
    async with recording(wanted, clock=hands.clock()) as here:
        await here.until(lambda: True)
        at_first = open_recording(tmp_path / "day")
        hands.turn(45)
        await here.until(lambda: open_recording(tmp_path / "day").ended > at_first.ended)
        later = open_recording(tmp_path / "day")
        await here.end()
    at_last = open_recording(tmp_path / "day")

    second = 10**9
    assert at_first.ended - at_first.started == 60 * second
    assert later.ended - later.started == 105 * second
    assert at_last.ended - at_last.started == 45 * second


async def begun(wanted: Order) -> Progress:
    """Record for no time at all."""
    stopped = asyncio.Event()
    stopped.set()
    clock = system_clock(Instant(0))
    return await record(wanted, clock=clock, stopped=stopped, onlooker=lambda _: None)


async def test_a_folder_that_holds_something_is_not_recorded_to(tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "notes.txt").touch()

    with pytest.raises(RecordingError, match="it is not empty"):
        await begun(order(tmp_path, door(tmp_path / "nowhere")))


async def test_a_source_that_is_not_there_is_named_with_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'door-1'"):
        await begun(order(tmp_path, door(tmp_path / "nowhere"), names=("door-2",)))


async def test_settings_without_a_source_that_records_are_refused(tmp_path: Path) -> None:
    camera = '\n[[source]]\nname = "door-1"\ndriver = "camera_face"\n'

    with pytest.raises(ConfigError, match="nothing to record"):
        await begun(order(tmp_path, camera))


async def test_only_the_named_sources_are_recorded(tmp_path: Path) -> None:
    gone = tmp_path / "nowhere"
    till = serial("till", gone, profile="till-json")

    ended = await begun(order(tmp_path, door(gone), till, names=("till",)))

    assert [one.name for one in ended.sources] == ["till"]
    assert sorted(path.name for path in (tmp_path / "day").glob("*.jsonl")) == ["till.jsonl"]
