"""A recording goes through the real pipeline: decoders, door, fusion, ledger, export."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.cli.replaying import export
from edge.daemon.replay import Replay, ReplayResult
from edge.driver.recording import MANIFEST, open_recording
from edge.errors import ConfigError, RecordingError
from edge.store.database import Store
from edge.sync.cloudevents import EventSource
from tests.daemon.recordings import Shop, by_address, by_token, member
from tests.privacy.kit import CARD, EID_KEY, LINK, tokens

PURPOSES = ("presence_ble", "visit_history", "wifi_recognition")


def busy_shop(**changes: Any) -> Shop:
    """Give half an hour with one member, three strangers and a passing crowd of phones."""
    shop = Shop(**changes)
    shop.people = [member("c-1", *PURPOSES, tokens=[msgspec.to_builtins(one) for one in tokens()])]
    shop.doors = [(60, "IN,2"), (300, "IN,2"), (70, "IN;2"), (1000, "OUT,1"), (1200, "OUT,1")]
    mine, theirs = bytes.fromhex("4a0102030405"), bytes.fromhex("5ee0f1a2b3c4")
    shop.adverts = [
        *((62 + 2 * n, by_token(EID_KEY, 62 + 2 * n, address=mine)) for n in range(569)),
        *((5 * n, by_address(theirs)) for n in range(350)),
    ]
    shop.scans = [(890, CARD), (895, "4000000000000")]
    shop.tills = [
        (900, {"receipt": "R-1", "total": 23.9, "currency": "EUR", "card": CARD}),
        (930, {"receipt": "R-2", "total": 4.5, "currency": "EUR", "card": "4000000000000"}),
    ]
    shop.links = [
        (100, "associated", LINK),
        (110, "associated", theirs),
        (1201, "disassociated", LINK),
    ]
    for second in range(0, 1750, 3):
        shop.hear_probe(second, (0x020000000000 + second % 97).to_bytes(6, "big"))
    return shop


def replayed(folder: Path, database: Path, *, speed: float | None = None) -> ReplayResult:
    return asyncio.run(Replay(open_recording(folder), database=database, speed=speed).run())


def lines(result: ReplayResult, out: Path) -> bytes:
    source = EventSource(store=result.store, node="replay", epoch=result.epoch)
    export(Path(result.database), out, source=source)
    return out.read_bytes()


def told(folder: Path, tmp_path: Path) -> tuple[ReplayResult, list[dict[str, Any]]]:
    result = replayed(folder, tmp_path / "edge.db")
    return result, [json.loads(one) for one in lines(result, tmp_path / "o").splitlines()]


def test_a_recording_of_every_kind_of_sensor_becomes_a_named_visit_with_a_purchase(
    tmp_path: Path,
) -> None:
    result, events = told(busy_shop().write(tmp_path / "day"), tmp_path)

    (known,) = [one["data"] for one in events if one["type"] == "visit.identified.v1"]
    bought = {
        one["data"]["receipt"]: one["data"]
        for one in events
        if one["type"] == "purchase.recorded.v1"
    }
    ended = {
        one["subject"]: one["data"]["how"] for one in events if one["type"] == "visit.ended.v1"
    }
    assert known["customer"] == "c-1"
    assert bought["R-1"]["customer"] == "c-1"
    assert bought["R-1"]["visit"] == known["visit"]
    assert "customer" not in bought["R-2"]
    assert ended[known["visit"]] == "door"
    assert Counter(one["type"] for one in events)["visit.started.v1"] == 4
    assert result.events == len(events)
    assert result.late == 0
    assert result.refused == {"no match": 1}


def test_the_numbers_of_the_events_have_no_gap(tmp_path: Path) -> None:
    result, events = told(busy_shop().write(tmp_path / "day"), tmp_path)

    assert [int(one["sequence"]) for one in events] == list(range(1, len(events) + 1))
    assert {one["id"].split("/")[0] for one in events} == {result.epoch}


def test_the_same_recording_gives_the_same_bytes_wherever_it_lies(tmp_path: Path) -> None:
    written = [
        lines(
            replayed(busy_shop().write(tmp_path / name), tmp_path / f"{name}.db"),
            tmp_path / f"{name}.jsonl",
        )
        for name in ("one", "two")
    ]

    assert written[0] == written[1]


@pytest.mark.parametrize("speed", [3_600.0, 50_000.0])
def test_the_pace_of_a_replay_changes_no_byte(tmp_path: Path, speed: float) -> None:
    folder = busy_shop().write(tmp_path / "day")

    at_once = lines(replayed(folder, tmp_path / "a.db"), tmp_path / "a")
    in_step = lines(replayed(folder, tmp_path / "b.db", speed=speed), tmp_path / "b")

    assert at_once == in_step


def test_a_replay_into_the_same_database_begins_anew_once_it_came_to_its_end(
    tmp_path: Path,
) -> None:
    folder = busy_shop().write(tmp_path / "day")

    first = replayed(folder, tmp_path / "edge.db")
    again = replayed(folder, tmp_path / "edge.db")

    assert (again.resumed_at, again.events) == (0, first.events)


def test_another_recordings_replay_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    first = replayed(busy_shop().write(tmp_path / "one"), tmp_path / "edge.db")

    quiet = replayed(Shop(doors=[(5, "IN,1")]).write(tmp_path / "two"), tmp_path / "edge.db")

    assert quiet.epoch != first.epoch
    assert quiet.events < first.events


def test_a_live_stores_ledger_is_never_replaced(tmp_path: Path) -> None:
    folder = busy_shop().write(tmp_path / "day")
    with Store.open(tmp_path / "edge.db", epoch="live") as store:
        store.writer.submit(
            lambda conn: conn.execute("INSERT INTO meta VALUES ('purpose', 'live')")
        ).result()
    before = (tmp_path / "edge.db").read_bytes()

    with pytest.raises(ConfigError, match="live store"):
        replayed(folder, tmp_path / "edge.db")

    assert (tmp_path / "edge.db").read_bytes() == before


def test_a_replay_killed_while_it_made_its_file_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "edge.db").touch()

    result, events = told(busy_shop().write(tmp_path / "day"), tmp_path)

    assert result.resumed_at == 0
    assert events


def test_a_replay_killed_at_its_very_end_tells_nothing_twice(tmp_path: Path) -> None:
    folder = busy_shop().write(tmp_path / "day")
    first = lines(replayed(folder, tmp_path / "edge.db"), tmp_path / "first")
    with Store.open(tmp_path / "edge.db") as store:
        store.writer.submit(
            lambda conn: conn.execute("DELETE FROM meta WHERE key = 'replay.done'")
        ).result()

    again = replayed(folder, tmp_path / "edge.db")

    assert again.resumed_at > 0
    assert lines(again, tmp_path / "again") == first


def test_a_source_whose_driver_is_not_installed_is_left_out_with_a_warning(tmp_path: Path) -> None:
    camera = '[[source]]\nname = "cam"\ndriver = "camera_of_tomorrow"\nfile = "cam.mp4"\n'
    shop = busy_shop(more_sources=camera)
    folder = shop.write(tmp_path / "day")
    (folder / "cam.mp4").write_bytes(b"no film")

    result, events = told(folder, tmp_path)

    (warning,) = [one for one in result.warnings if "cam" in one]
    assert "camera_of_tomorrow" in warning
    (parked,) = [one["data"] for one in events if one["data"].get("source") == "cam"]
    assert (parked["to"], bool(parked["remedy"])) == ("parked", True)
    assert sum(one["type"] == "visit.identified.v1" for one in events) == 1


def test_without_settings_a_recording_is_replayed_and_nobody_is_known(tmp_path: Path) -> None:
    folder = busy_shop().write(tmp_path / "day")
    manifest = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(manifest.replace('settings = "edge.toml"', ""))
    (folder / "edge.toml").unlink()

    result, events = told(folder, tmp_path)

    assert result.observations > 0
    assert not [one for one in events if one["data"].get("customer")]


@pytest.mark.parametrize("policy", ["off", "eu_strictt"])
def test_under_no_policy_or_one_that_is_not_known_people_are_counted_and_nobody_is_known(
    tmp_path: Path, policy: str
) -> None:
    result, events = told(busy_shop(policy=policy).write(tmp_path / "day"), tmp_path)

    assert sum(one["type"] == "visit.started.v1" for one in events) == 4
    assert not [one for one in events if one["data"].get("customer")]
    assert result.refused["not permitted by the policy"] == 584
    assert any("eu_strictt" in one for one in result.warnings) == (policy != "off")


def test_r05_a_recording_outside_opening_hours_hears_no_radio(tmp_path: Path) -> None:
    shop = busy_shop(opening="20:00-21:00")
    result, events = told(shop.write(tmp_path / "day"), tmp_path)

    radios = len(shop.adverts) + len(shop.frames) + len(shop.links)
    assert result.refused["outside opening hours"] == radios
    assert sum(one["data"]["in"] for one in events if one["type"] == "footfall.counted.v1") == 4
    evidence = [weight["kind"] for one in events for weight in one["data"].get("evidence", ())]
    assert "ble" not in evidence
    assert "link" not in evidence


def test_customers_whose_word_is_not_signed_are_not_known_and_that_is_told(tmp_path: Path) -> None:
    shop = busy_shop()
    shop.people = [{**one, "signature": "AAAA"} for one in shop.people]

    result, events = told(shop.write(tmp_path / "day"), tmp_path)

    assert not [one for one in events if one["data"].get("customer")]
    assert any(one.startswith("customers: ") for one in result.warnings)


def test_what_is_recorded_after_the_end_is_told_and_nothing_is_told_twice(tmp_path: Path) -> None:
    shop = busy_shop()
    shop.doors += [(shop.length_s + 3, "OUT,1")]

    _, events = told(shop.write(tmp_path / "day"), tmp_path)

    footfall = [one["data"] for one in events if one["type"] == "footfall.counted.v1"]
    assert sum(one["out"] for one in footfall) == 3
    assert len({one["from"] for one in footfall}) == len(footfall)


def test_an_empty_recording_tells_that_nothing_was_heard(tmp_path: Path) -> None:
    result, events = told(Shop().write(tmp_path / "day"), tmp_path)

    assert result.observations == 0
    assert {one["type"] for one in events} == {"footfall.counted.v1", "occupancy.estimated.v1"}
    assert {one["data"]["coverage"] for one in events} == {0.0}


@pytest.mark.parametrize(
    ("file", "content"),
    [("ble.btsnoop", b"not a snoop"), ("radar.pcap", b"not a capture"), (MANIFEST, b"format = 9")],
)
def test_a_file_of_another_format_is_named_in_the_error(
    tmp_path: Path, file: str, content: bytes
) -> None:
    folder = busy_shop().write(tmp_path / "day")
    (folder / file).write_bytes(content)

    with pytest.raises(RecordingError, match=file):
        replayed(folder, tmp_path / "edge.db")


def test_lines_that_are_out_of_order_by_twenty_seconds_are_put_in_their_place(
    tmp_path: Path,
) -> None:
    in_order = [(60, "IN,1"), (80, "OUT,1"), (200, "IN,1"), (215, "IN,1")]
    shuffled = [in_order[place] for place in (1, 0, 3, 2)]
    days = [
        Shop(doors=lines).write(tmp_path / str(number))
        for number, lines in enumerate((in_order, shuffled))
    ]

    tidy, mixed = (told(day, tmp_path / f"of-{number}") for number, day in enumerate(days))

    assert mixed[0].late == 0
    assert [event["time"] for event in mixed[1] if event["type"] == "visit.started.v1"] == [
        event["time"] for event in tidy[1] if event["type"] == "visit.started.v1"
    ]
