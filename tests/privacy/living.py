"""This is where a daemon runs live among canaries, and everything that it leaves is gathered."""

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click
import paho.mqtt.client as mqtt
from aiohttp import ClientSession

from edge.cli.main import main
from edge.daemon.control_client import ask
from edge.errors import ConfigError
from edge.model.names import Instant
from edge.privacy.signing import platform_key_text
from edge.store.engine import connect_reader
from tests.conftest import ROOT
from tests.drivers.wifi_monitor.frames import probe, usual
from tests.endurance.lines import EDDYSTONE
from tests.endurance.shop import Platform
from tests.lab.bluez import FakeBluez, fake_bluez
from tests.lab.bus import private_bus
from tests.lab.serial import PtyDevice
from tests.lab.tap import TapMonitor
from tests.lab.wifi_link import Hostapd, accounting, free_port
from tests.privacy.canaries import ADDRESSES, KEYS, PROBING, TEXTS, people
from tests.privacy.kit import PRIVATE, consent, eid_at, private_address
from tests.privacy.loud_daemon import PLACES
from tests.privacy.needles import everything_below, opened
from tests.sync.broker import Mosquitto
from tests.systemd.units import UNIT, lines_of
from tests.toy_settings import CHECKOUT, DOOR, ENTRANCE, PLATFORM, serial_sources, source

EDGE: Final = Path(sys.executable).with_name("edge")
UPLINK: Final = (
    *("status", "info", "health", "events", "occupancy", "customers/sync"),
    *("touchpoint/#", "reported", "response/#"),
)
"""What the daemon itself says, below its prefix."""
SECRET: Final = b"between-portal-and-edge"
PATIENCE_S: Final = 30.0
SETTINGS: Final = (
    """
[store]
id = "toy-1"
policy = "eu_strict"
opening = "00:00-24:00"
platform_key = "{key}"

[fusion]
lateness_s = 0
settle_s = 1
"""
    + ENTRANCE
    + CHECKOUT
    + DOOR
    + PLATFORM
)


class Ear:
    """Hears everything that the daemon says to the broker, what the broker keeps included."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        for topic in UPLINK:
            self._client.subscribe(f"edge/v1/+/+/{topic}", qos=1)
        self._client.loop_start()

    def close(self) -> None:
        self._client.loop_stop()
        self._client.disconnect()

    def _hear(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        self.heard.append(("a topic", message.topic.encode()))
        properties = json.dumps(message.properties.json()) if message.properties else ""
        self.heard.append((f"properties of {message.topic}", properties.encode()))
        self.heard += opened(message.topic, message.payload)


class Living:
    """A daemon and everybody around it."""

    def __init__(self, folder: Path, *, bus: str) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.work = folder / "work"
        self.temporary = folder / "tmp"
        for made in (self.state, self.work, self.temporary, folder / "broker"):
            made.mkdir(mode=0o700)
        self.broker = Mosquitto("mosquitto", folder / "broker")
        self.devices = {name: PtyDevice(folder / name) for name in ("door-1", "scanner", "till")}
        self.hostapd = Hostapd(folder / "wlan0")
        self.interface = f"r01{os.getpid() % 10_000}"
        self.ports = (free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM))
        self.said: list[tuple[str, bytes]] = []
        self.blurted = ADDRESSES["an address in an exception"].hex(":")
        self._bus = bus
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            "XDG_STATE_HOME": str(self.work),
            "HOME": str(self.work),
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": str(ROOT),
            "PATH": os.environ["PATH"],
            "DBUS_SYSTEM_BUS_ADDRESS": self._bus,
            "WIFI_SECRET": SECRET.decode(),
            **dict(line.split("=", 1) for line in lines_of(UNIT)["Environment"]),
        }

    @property
    def settings(self) -> Path:
        return self.folder / "edge.toml"

    def write(self) -> None:
        """Write settings, people and what the blurter says."""
        (self.folder / "blurted").write_text(self.blurted)
        now = datetime.now(UTC)
        times = {
            "event_time": (now - timedelta(days=1)).isoformat(),
            "valid_until": (now + timedelta(days=1)).isoformat(),
        }
        known = people(lambda purpose: consent(purpose, **times))
        message = json.dumps({"cursor": "1", "deltas": known})
        (self.folder / "customers.jsonl").write_text(f"{message}\n")
        head = SETTINGS.format(key=platform_key_text(PRIVATE), url=self.broker.url, node="node-1")
        self.settings.write_text(head + "".join(self._sources()))

    def _sources(self) -> Iterator[str]:
        yield from serial_sources(self.folder)
        yield source("radar", "wifi_monitor", options=f'interface = "{self.interface}"')
        yield source("ble", "ble_scan", options='mode = "active"')
        yield source(
            "ap", "wifi_link", options=f'source = "hostapd"\ncontrol = "{self.hostapd.path}"'
        )
        for kind, port in zip(("radius", "webhook"), self.ports, strict=True):
            options = f'source = "{kind}"\nlisten = "127.0.0.1:{port}"\nsecret_env = "WIFI_SECRET"'
            yield source(kind, "wifi_link", options=options)
        for place in PLACES:
            options = f'place = "{place}"\nfile = "{self.folder / "blurted"}"'
            yield source(place, "blurter", options=options)

    def start(self) -> None:
        """Start the daemon with everything logged."""
        with (self.folder / "daemon.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.privacy.loud_daemon", self.settings, self.state],
                env=self.environment,
                cwd=self.work,
                stdout=log,
                stderr=log,
                preexec_fn=_may_dump,  # noqa: PLW1509 - one system call in the child
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def end(self, how: signal.Signals) -> int:
        """End the daemon; give its exit status."""
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End the daemon where it still runs."""
        if self._process is not None and self._process.poll() is None:
            self.end(signal.SIGKILL)

    async def until(self, claim: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
        """Look ten times a second until something is so."""
        async with asyncio.timeout(within_s):
            while not await asyncio.to_thread(claim):  # noqa: ASYNC110 - another process, it tells nobody
                await asyncio.sleep(0.1)

    def sources(self) -> dict[str, Any]:
        """Give how every source is; nothing while the daemon does not answer."""
        with suppress(ConfigError):
            return {one["name"]: one for one in ask(self.state, "sources")}
        return {}

    def knows(self) -> int:
        """Give how many customers are on the disk."""
        if not self.sources():
            return 0
        reader = connect_reader(self.state / "edge.db")
        try:
            (count,) = reader.execute("SELECT count(*) FROM customer").fetchone()
            return int(count)
        finally:
            reader.close()

    async def type(self, *words: str, kill_after_s: float = PATIENCE_S) -> int:
        """Run a technician's command to its end, or for a while; keep what it says.

        A command that takes them gets the daemon's own settings and state folder.
        """
        options = _options(words)
        places = {"--settings": self.settings, "--state": self.state}
        known = [
            str(each) for name, path in places.items() if name in options for each in (name, path)
        ]
        if "place" in options:
            known.append(str(self.state / "edge.db"))
        running = await asyncio.create_subprocess_exec(
            EDGE,
            *words,
            *known,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment,
            cwd=self.work,
        )
        ending = asyncio.get_running_loop().call_later(kill_after_s, running.terminate)
        out, err = await running.communicate()
        ending.cancel()
        name = " ".join(words[:2])
        self.said += [(f"stdout of {name}", out), (f"stderr of {name}", err)]
        return running.returncode or 0

    def lines(self, word: str) -> list[str]:
        """Give the lines of the daemon's log with a word in them."""
        text = (self.folder / "daemon.log").read_text()
        return [line for line in text.splitlines() if word in line]

    def take_core(self) -> Iterator[tuple[str, bytes]]:
        """Give the core file that the daemon's end left, and take it away.

        Where this machine's cores go elsewhere there is none.
        """
        for core in self.work.glob("core*"):
            yield "a core file", core.read_bytes()
            core.unlink()

    def left_behind(self) -> Iterator[tuple[str, bytes]]:
        """Give everything on the disk and in every log, and what commands said."""
        yield from self.said
        yield "the daemon's log", (self.folder / "daemon.log").read_bytes()
        yield from everything_below(self.state, self.temporary, self.work)


class Street:
    """Everybody who is heard: members, strangers, and lines that nobody can read."""

    def __init__(self, living: Living, *, tap: TapMonitor, bluez: FakeBluez) -> None:
        self._living = living
        self._tap = tap
        self._bluez = bluez
        self._turn = 0

    def go_home(self) -> None:
        """Let nobody be near any more, and nothing be blurted out: BlueZ forgets them, too."""
        self._bluez.forget()
        (self._living.folder / "blurted").write_text("")

    async def pass_by(self, *, seconds: float) -> None:
        """Let everybody be noticed by every sensor, ten times a second."""
        end = time.monotonic() + seconds
        async with ClientSession() as session:
            while time.monotonic() < end:
                self._turn += 1
                self._probe()
                await self._advertise()
                self._associate()
                self._account()
                await self._post(session)
                self._buy()
                await asyncio.sleep(0.1)

    def _probe(self) -> None:
        networks = [TEXTS["the name of a network"], TEXTS["another network's name"]]
        name = networks[self._turn % 2].encode()
        body = bytes([0, len(name)]) + name + b"\x01\x04\x02\x04\x0b\x16"
        for address in PROBING:
            self._tap.send(usual() + probe(body, address=address, sequence=self._turn % 4096))

    async def _advertise(self) -> None:
        now = Instant(time.time_ns())
        resolving = KEYS["the resolving key of somebody who withdrew"]
        mine = ADDRESSES["a member's advertiser"]
        heard = {
            ADDRESSES["a stranger's random advertiser"]: None,
            ADDRESSES["a stranger's public advertiser"]: None,
            private_address(resolving, b"\x4b\x11\x22"): None,
            mine: KEYS["a member's identity key"],
            mine[:5] + b"\x06": KEYS["the identity key of somebody who withdrew"],
        }
        for address, key in heard.items():
            data = None if key is None else {EDDYSTONE: b"\x00\xe7" + eid_at(key, now)}
            self._bluez.advert(address.hex(":").upper(), flags=6, service_data=data)
        await self._bluez.told()

    def _associate(self) -> None:
        address = list(ADDRESSES.values())[self._turn % len(ADDRESSES)].hex(":")
        word = "CONNECTED" if self._turn // len(ADDRESSES) % 2 else "DISCONNECTED"
        self._living.hostapd.say(f"<3>AP-STA-{word} {address}")
        self._living.hostapd.say(f"<3>AP-STA-CONNECTED {address}:00 {address}")

    def _account(self) -> None:
        address = list(ADDRESSES.values())[self._turn % len(ADDRESSES)]
        packet = accounting(1 + self._turn % 2, address.hex("-"), secret=SECRET)
        packet[1] = [TEXTS["an account on the network"].encode()]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            place = ("127.0.0.1", self._living.ports[0])
            wire.sendto(packet.RequestPacket(), place)
            wire.sendto(packet.RequestPacket()[:25] + address.hex().encode(), place)

    async def _post(self, session: ClientSession) -> None:
        address = list(ADDRESSES.values())[self._turn % len(ADDRESSES)].hex(":")
        account = TEXTS["an account on the network"]
        told = {"event": "associated", "address": address, "account": account}
        url = f"http://127.0.0.1:{self._living.ports[1]}/wifi-link"
        good = json.dumps(told).encode()
        for body, secret in ((good, SECRET.decode()), (good[:-3], SECRET.decode()), (good, "no")):
            headers = {"Authorization": f"Bearer {secret}"}
            with suppress(OSError):
                async with session.post(url, data=body, headers=headers) as answer:
                    self._living.said.append(("the webhook's answer", await answer.read()))

    def _buy(self) -> None:
        cards = [text for text in TEXTS.values() if text.isdigit()]
        card, devices = cards[self._turn % len(cards)], self._living.devices
        receipt = {"receipt": f"R-{self._turn}", "total": 1.5, "currency": "EUR", "card": card}
        devices["till"].send(f"{json.dumps(receipt)}\r\n".encode())
        devices["scanner"].send(f"{card}\r\n".encode())
        devices["door-1"].send(b"IN,1\r\n" if self._turn % 2 else b"OUT,1\r\n")
        code = TEXTS["a code in a broken line"]
        devices["till"].send(f'{{"card": {code}\r\n'.encode())
        devices["door-1"].send(f"{code}\r\n".encode())


@asynccontextmanager
async def living(folder: Path) -> AsyncIterator[tuple[Living, Street, Ear]]:
    """Start everything; `folder` is a new one with a short path, sockets lie in it."""
    async with AsyncExitStack() as running:
        bus = running.enter_context(private_bus())
        one = Living(folder, bus=bus)
        running.callback(one.broker.stop)
        one.broker.start()
        one.write()
        ear = running.enter_context(closing(Ear(one.broker.port)))
        platform = Platform(folder, url=one.broker.url)
        running.callback(platform.stop)
        platform.start()
        bluez = await running.enter_async_context(fake_bluez(bus))
        bluez.plug_in()
        one.hostapd.start()
        running.callback(one.hostapd.stop)
        tap = running.enter_context(closing(TapMonitor(one.interface)))
        running.callback(one.kill)
        one.start()
        for device in one.devices.values():
            await device.listened_to()
        await one.until(lambda: one.knows() >= 4)
        await one.hostapd.attached()
        yield one, Street(one, tap=tap, bluez=bluez), ear


def memory(pid: int) -> Iterator[tuple[str, bytes]]:
    """Give what a core dump would hold: every mapping that the process may write to."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as image:
        for line in maps:
            words = line.split(maxsplit=5)
            if not words[1].startswith("rw"):
                continue
            start, end = (int(word, 16) for word in words[0].split("-"))
            name = words[5] if len(words) > 5 else "anonymous memory"
            with suppress(OSError, ValueError):  # some of the kernel's own cannot be read
                image.seek(start)
                yield name, image.read(end - start)


def _options(words: Sequence[str]) -> set[str]:
    """Give the names of the options and arguments that a command takes."""
    command: click.Command | None = main
    for word in words:
        if isinstance(command, click.Group) and word in command.list_commands(
            click.Context(command)
        ):
            command = command.get_command(click.Context(command), word)
    assert command is not None
    return {one for known in command.params for one in (*known.opts, *known.secondary_opts)}


def _may_dump() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
