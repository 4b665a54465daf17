"""R16: staff are removed before fusion: no visit, no zone, no name, and the counts corrected."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from edge.cli.replaying import export
from edge.daemon.replay import Replay
from edge.driver.recording import open_recording
from edge.sync.cloudevents import EventSource
from tests.daemon.recordings import Shop, by_token, member
from tests.privacy.kit import CARD, EID_KEY, LINK, tokens

ADVERTISER = bytes.fromhex("4a0102030405")


def staff_day() -> Shop:
    """Give half an hour in which one member of staff comes, works, buys and goes, alone."""
    shop = Shop(length_s=2400)
    held = [{"kind": one.kind, "value": one.value, "key": one.key} for one in tokens()]
    shop.people = [member("s-1", tokens=held, role="staff", consents=[])]
    shop.doors = [(60, "IN,1"), (1500, "OUT,1")]
    shop.adverts = [
        (62.0 + 2 * n, by_token(EID_KEY, 62 + 2 * n, address=ADVERTISER)) for n in range(718)
    ]
    shop.links = [(100, "associated", LINK), (1490, "disassociated", LINK)]
    shop.scans = [(890, CARD)]
    shop.tills = [(900, {"receipt": "R-1", "total": 3.9, "currency": "EUR", "card": CARD})]
    return shop


def told(shop: Shop, folder: Path) -> list[dict[str, Any]]:
    recording = open_recording(shop.write(folder / "day"))
    result = asyncio.run(Replay(recording, database=folder / "edge.db").run())
    source = EventSource(store=result.store, node="replay", epoch=result.epoch)
    export(folder / "edge.db", folder / "out", source=source)
    return [json.loads(line) for line in (folder / "out").read_bytes().splitlines()]


def footfall(events: list[dict[str, Any]], way: str) -> int:
    return sum(one["data"][way] for one in events if one["type"] == "footfall.counted.v1")


def test_r16_a_staff_day_has_no_visit_no_zone_and_no_name(tmp_path: Path) -> None:
    events = told(staff_day(), tmp_path)

    assert not [one for one in events if one["type"].startswith("visit.")]
    assert "s-1" not in json.dumps(events)


def test_r16_staff_are_taken_out_of_what_the_door_counted(tmp_path: Path) -> None:
    events = told(staff_day(), tmp_path)

    inside = [one["data"] for one in events if one["type"] == "occupancy.estimated.v1"]
    assert (footfall(events, "in"), footfall(events, "out")) == (0, 0)
    assert inside[-1]["people"] == 0.0


def test_r16_customers_beside_staff_are_counted_as_before(tmp_path: Path) -> None:
    shop = staff_day()
    shop.doors += [(400, "IN,2"), (1100, "OUT,1")]

    events = told(shop, tmp_path)

    assert sum(one["type"] == "visit.started.v1" for one in events) == 2
    assert (footfall(events, "in"), footfall(events, "out")) == (2, 1)


@pytest.mark.parametrize("signature", [None, "AAAA"])
def test_r16_somebody_the_platform_did_not_sign_for_is_not_staff(
    tmp_path: Path, signature: str | None
) -> None:
    shop = staff_day()
    shop.people = [{**one, "signature": signature} for one in shop.people]

    events = told(shop, tmp_path)

    assert sum(one["type"] == "visit.started.v1" for one in events) == 1
    assert footfall(events, "in") == 1
    assert "s-1" not in json.dumps(events)
