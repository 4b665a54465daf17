"""R1, live: whatever a running daemon leaves anywhere, no raw identifier is in it."""

import asyncio
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.lab import tap
from tests.lab.bus import has_bus
from tests.privacy.canaries import CANARIES
from tests.privacy.living import Ear, Living, Street, living, memory
from tests.privacy.needles import hits

HELD: Final = {"a member's identity key"}
"""What the daemon must hold to recognise a member who agreed to it; it lies in memory alone."""
FORGOTTEN: Final = {name: forms for name, forms in CANARIES.items() if name not in HELD}
AFTERWARDS_S: Final = 3.0
"""What was noticed is out of memory so soon."""
COMMANDS: Final = (
    ("status",),
    ("status", "--json"),
    ("sources", "list"),
    ("doctor", "--json"),
    ("now",),
    ("now", "--json"),
    ("report", "--out", "report.html"),
    ("explain", "v-0000000000000000"),
    ("customer", "show", "c-nobody"),
    ("policy", "show"),
    ("audit", "log", "show"),
    ("notice", "--lang", "en"),
    ("privacy", "verify", "--html", "verify.html"),
    ("privacy", "verify", "--json"),
    ("support", "bundle", "bundle.tar.gz"),
)
"""What a technician types; `customer show` of a real customer is meant to show them."""
NO_FAULT: Final = {"holds", "not applicable here"}
WATCHED: Final = ("radar", "ble", "ap", "radius", "scanner", "till", "door-1", "callback")


BROKEN: Final = {"R30", "R32"}
"""The test's shop speaks to its broker in the open, and tells its customers nothing."""


def broken(one: Living) -> set[str]:
    """Name the rules that did not hold when the technician looked at the running shop."""
    said = [text for name, text in one.said if name == "stdout of privacy verify"]
    rulings = json.loads(said[-1])["rulings"]
    return {each["rule"] for each in rulings if each["outcome"] not in NO_FAULT}


def why_not() -> str:
    if os.geteuid():
        return "it makes network interfaces; run it as root"
    if shutil.which("mosquitto") is None or not has_bus():
        return "mosquitto or dbus-daemon is not installed"
    return tap.why_not()


async def everything_typed(one: Living) -> None:
    """Type every command, with the daemon's own folders where a command takes them."""
    for words in COMMANDS:
        await one.type(*words)
    await asyncio.gather(
        *(one.type("watch", source, kill_after_s=2.5) for source in WATCHED),
        one.type("top", kill_after_s=2.5),
    )


async def day(one: Living, street: Street, ear: Ear) -> dict[str, set[str]]:
    """Let a crowd be noticed, then look for it everywhere; give what was found, by place."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(everything_typed(one))
        tasks.create_task(street.pass_by(seconds=10))
    await one.until(lambda: all(source["heard"] for source in one.sources().values()))
    street.go_home()
    late = Ear(one.broker.port)
    await asyncio.sleep(AFTERWARDS_S)
    late.close()
    image = hits(memory(one.pid), FORGOTTEN)
    kept = hits(memory(one.pid), {name: CANARIES[name] for name in HELD})
    one.end(signal.SIGABRT)
    core = hits(one.take_core(), FORGOTTEN)
    assert any(b"c-member" in said for _, said in ear.heard)
    assert late.heard, "the broker keeps nothing"
    assert kept, "the search of the memory finds nothing at all"
    return {
        "memory": image,
        "core dump": core,
        "broker": hits([*ear.heard, *late.heard], CANARIES),
        "disk, logs and commands": hits(one.left_behind(), CANARIES),
    }


@pytest.fixture(scope="module")
def found() -> Iterator[dict[str, set[str]]]:
    if why := why_not():
        pytest.skip(why)

    async def play(folder: Path) -> dict[str, set[str]]:
        async with living(folder) as (one, street, ear):
            found = await day(one, street, ear)
            assert one.lines("DEBUG"), "the daemon does not say everything"
            assert one.lines("a callback failed"), "nothing went wrong"
            for name in ("verify.html", "bundle.tar.gz"):
                assert (one.work / name).is_file(), name
            assert broken(one) == BROKEN
            return found

    with tempfile.TemporaryDirectory(prefix="r01") as folder:
        yield asyncio.run(play(Path(folder)))


@pytest.mark.broker
@pytest.mark.timeout(400)
@pytest.mark.parametrize("place", ["memory", "core dump", "broker", "disk, logs and commands"])
def test_r01_a_live_day_leaves_no_raw_identifier_in(place: str, found: dict[str, set[str]]) -> None:
    assert found[place] == set()
