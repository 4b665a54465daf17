"""This is where every live driver runs at once under `edge run`, while its sources are broken.

`python -m tests.endurance.soak --minutes 10` prints what came of it; `scripts/soak` calls that.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from edge.daemon.keys import device_key
from edge.fusion.fold import resume
from edge.privacy.keyring import Keyring
from edge.store import reading
from edge.store.database import Store
from edge.store.platform_store import totals
from tests.endurance.lines import AccessPoint, Bluetooth, Door, Radar, Scanner, Till
from tests.endurance.people import People
from tests.endurance.shop import Daemon, Platform, settings_text
from tests.endurance.staged import Staged
from tests.endurance.verdict import Claim, Lines, Story, judge
from tests.lab import tap
from tests.lab.bus import has_bus, private_bus
from tests.sync.broker import Mosquitto

FAULT_EVERY_S: Final = (2.0, 5.0)
AWAY_S: Final = (0.5, 3.0)
CALM_S: Final = 6.0
"""A source is left alone for so long after its return."""
MENDED_SHARE: Final = 0.7
"""Share of faults after which a technician reads the settings anew; the others heal by themselves,
after a wait of up to a minute."""
BROKER_EVERY_S: Final = 45.0
BROKER_AWAY_S: Final = (0.5, 4.0)
LAST_LOOK_S: Final = 8.0
"""Fusion puts what comes five seconds late in its place, and looks again every five."""
DELIVERED_WITHIN_S: Final = 240.0
"""Twice the longest wait between two connects."""
WARM_UP_SHARE: Final = 0.2
SAMPLE_S: Final = 1.0
TECHNICIAN_S: Final = 5.0
FIGURES: Final = "figures.json"
"""What --json prints, in the folder that is kept."""


def why_not() -> str:
    """Say why this machine cannot soak; empty where it can."""
    if os.geteuid():
        return "a soak makes network interfaces; run it as root"
    if shutil.which("mosquitto") is None:
        return "no mosquitto on the PATH; run: apt-get install mosquitto"
    if not has_bus():
        return "no dbus-daemon on the PATH; run: apt-get install dbus-daemon"
    return tap.why_not()


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything around the sources."""

    lines: Lines
    daemon: Daemon
    platform: Platform
    broker: Mosquitto
    dice: random.Random
    people: People


async def soak(folder: Path, *, minutes: float, seed: int, say: Callable[[str], None]) -> Story:
    """Run everything for some minutes under faults, then look at what is left.

    `folder` is a new one with a short path: sockets lie in it.
    """
    with private_bus() as bus:
        async with _world(folder, bus, minutes=minutes, seed=seed) as world:
            return await _run(world, minutes=minutes, say=say)


@asynccontextmanager
async def _world(folder: Path, bus: str, *, minutes: float, seed: int) -> AsyncIterator[World]:
    """Start everything; at the end everything ends, the daemon first."""
    seconds = minutes * 60 + DELIVERED_WITHIN_S
    people = People(
        tokens=30,
        cards=int(seconds / Scanner.every_s),
        stations=int(seconds / AccessPoint.every_s),
    )
    people.write(folder / "customers.jsonl")
    interface = f"soak{os.getpid() % 10_000}"
    broker = Mosquitto("mosquitto", folder)
    settings = settings_text(folder, url=broker.url, interface=interface)
    (folder / "edge.toml").write_text(settings)
    async with AsyncExitStack() as running:
        lines = Lines(
            radar=running.enter_context(closing(Radar(interface))),
            ble=Bluetooth(bus, people),
            door=running.enter_context(closing(Door(folder))),
            scanner=running.enter_context(closing(Scanner(folder, people))),
            till=running.enter_context(closing(Till(folder))),
            ap=running.enter_context(closing(AccessPoint(folder, people))),
        )
        running.push_async_callback(lines.ble.close)
        await lines.ble.start()
        running.callback(broker.stop)
        broker.start()
        platform = Platform(folder, url=broker.url)
        running.callback(platform.stop)
        platform.start()
        daemon = Daemon(folder, bus=bus)
        running.push_async_callback(asyncio.to_thread, daemon.terminate)
        daemon.start()
        yield World(
            lines=lines,
            daemon=daemon,
            platform=platform,
            broker=broker,
            dice=random.Random(seed),
            people=people,
        )


async def _run(world: World, *, minutes: float, say: Callable[[str], None]) -> Story:
    daemon, lines = world.daemon, world.lines.all()
    pid, rss_mb = daemon.pid, list[float]()
    await daemon.knows(world.people.count)
    async with asyncio.TaskGroup() as tasks:
        sampling = tasks.create_task(_sample(daemon, rss_mb), name="memory")
        for line in lines:
            await line.begin()
            tasks.create_task(line.feed(), name=f"feeding {line.name}")
        first = await daemon.status()
        say(f"process {pid}: every source is listened to; faults are staged for {minutes:g} min")
        kills = await _break_things(world, until=time.monotonic() + minutes * 60, say=say)
        await asyncio.sleep(CALM_S)
        for line in lines:
            line.stop()
        sampling.cancel()
    await asyncio.sleep(LAST_LOOK_S)
    last = await daemon.has_delivered(within_s=DELIVERED_WITHIN_S)
    is_same = daemon.is_running
    end_s, exit_status = await asyncio.to_thread(daemon.terminate)
    await asyncio.to_thread(world.platform.stop)
    key = device_key(daemon.database.parent)
    with Store.open(daemon.database, cipher=Keyring(key)) as store:
        snapshot = store.ledger.snapshot()
        assert snapshot is not None
        reader = store.reader()
        rows = list(reading.events(reader))
        reader.close()
    return Story(
        lines=world.lines,
        pids=(pid, pid if is_same else 0),
        first=first,
        last=last,
        rows=rows,
        state=resume(snapshot.state),
        received=[one for node in totals(world.platform.database).values() for one in node],
        broker_kills=kills,
        rss_mb=rss_mb[int(len(rss_mb) * WARM_UP_SHARE) :],
        end_s=end_s,
        exit_status=exit_status,
        log=daemon.log.read_text(),
    )


async def _sample(daemon: Daemon, rss_mb: list[float]) -> None:
    while daemon.is_running:
        rss_mb.append(daemon.rss_mb())
        await asyncio.sleep(SAMPLE_S)
    raise RuntimeError("the daemon ended in the middle of the soak; its log says why")


async def _break_things(world: World, *, until: float, say: Callable[[str], None]) -> int:
    """Stage faults until a moment, and wait until everything is back; give the broker's kills."""
    async with asyncio.TaskGroup() as tasks:
        killing = tasks.create_task(_kill_the_broker(world, until=until), name="broker")
        while time.monotonic() < until and world.daemon.is_running:
            await asyncio.sleep(world.dice.uniform(*FAULT_EVERY_S))
            now = time.monotonic()
            ready = [one for one in world.lines.all() if 0 < one.up_since < now - CALM_S]
            if ready:
                victim = world.dice.choice(ready)
                tasks.create_task(_stage(world, victim, say), name=f"fault of {victim.name}")
        tasks.create_task(_mend_all(world), name="technician")
    return killing.result()


async def _stage(world: World, victim: Staged, say: Callable[[str], None]) -> None:
    outage = await victim.break_and_mend(world.dice, away_s=world.dice.uniform(*AWAY_S))
    if world.dice.random() < MENDED_SHARE:
        world.daemon.read_anew()
    await victim.come_back(outage)
    away_s, deaf_s = ((at - outage.broken_at) / 1e9 for at in (outage.mended_at, outage.heard_at))
    say(f"{victim.name} {outage.kind}: away for {away_s:.1f} s, heard after {deaf_s:.1f} s")


async def _mend_all(world: World) -> None:
    """Have the technician go round until every source is listened to again."""
    while not all(one.up_since for one in world.lines.all()) and world.daemon.is_running:
        world.daemon.read_anew()
        await asyncio.sleep(TECHNICIAN_S)


async def _kill_the_broker(world: World, *, until: float) -> int:
    kills = 0
    pause_s = min(BROKER_EVERY_S, (until - time.monotonic()) / 2)
    while time.monotonic() + pause_s < until:
        await asyncio.sleep(pause_s)
        await asyncio.to_thread(world.broker.kill)
        await asyncio.sleep(world.dice.uniform(*BROKER_AWAY_S))
        await asyncio.to_thread(world.broker.start)
        kills += 1
    return kills


def main() -> int:
    """Soak and print; 0 where every claim holds."""
    parser = argparse.ArgumentParser(prog="soak", description="every live driver, under faults")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    parser.add_argument("--seed", type=int, default=0, help="of the faults' dice (0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--keep", type=Path, help="a new folder that stays, for looking into")
    asked = parser.parse_args()
    if why := why_not():
        print(f"soak: {why}", file=sys.stderr)  # noqa: T201 - it is a program, too
        return 69

    def say(line: str) -> None:
        print(f"soak: {line}", file=sys.stderr, flush=True)  # noqa: T201 - likewise

    with tempfile.TemporaryDirectory(prefix="soak") as place:
        folder = asked.keep or Path(place)
        folder.mkdir(exist_ok=True)
        story = asyncio.run(soak(folder, minutes=asked.minutes, seed=asked.seed, say=say))
        claims = judge(story)
        (folder / FIGURES).write_text(json.dumps(figures(story, claims), indent=2))
    print(json.dumps(figures(story, claims), indent=2) if asked.json else table(claims))  # noqa: T201 - likewise
    return 0 if all(claim.holds for claim in claims) else 1


def figures(story: Story, claims: list[Claim]) -> dict[str, Any]:
    """Give everything for machines."""
    return {
        "holds": all(claim.holds for claim in claims),
        "claims": [asdict(claim) for claim in claims],
        "rss_mb": story.rss_mb,
        "faults": {
            one.name: [asdict(outage) for outage in one.outages] for one in story.lines.all()
        },
    }


def table(claims: list[Claim]) -> str:
    """Give everything for people."""
    rows = [("", "claim", "wanted", "found")]
    rows += [("ok" if one.holds else "NO", one.what, one.wanted, one.found) for one in claims]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    sys.exit(main())
