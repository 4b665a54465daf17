"""Doors, tills, the kiosk and the store's Wi-Fi see what people do, as badly as real ones."""

import itertools
import json
from collections import Counter
from random import Random
from statistics import median

import pytest

from drivers.simulated.arrivals import intensity
from drivers.simulated.doors import count_doors
from drivers.simulated.floor import STREET, Spot
from drivers.simulated.journeys import Stay, Step, Visit, walk_group
from drivers.simulated.outages import Outage, Outages
from drivers.simulated.people import Person, make_cast
from tests.drivers.simulated.conftest import Written
from tests.drivers.simulated.reading import deltas_of, lines_of, truth_of

NO_OUTAGE = Outages(by_source={})
DOORS = ("counter-main", "counter-side")


def _visits(count: int) -> list[Visit]:
    spot = Step(0.0, Spot(12.0, 1.5))
    return [
        Visit(
            person=Person(name=f"p-{number}"),
            door_in="door-main",
            door_out="door-main",
            stays=(Stay("entrance", 30.0 * number, 30.0 * number + 10.0),),
            track=(spot,),
        )
        for number in range(count)
    ]


def _people(lines: list[str], direction: str) -> int:
    counted = (line.split(",") for line in lines if line.startswith(direction) and line[-1] != ",")
    return sum(int(people) for _, people in counted)


def test_a_door_misses_two_in_a_hundred_and_counts_some_twice() -> None:
    visits = _visits(4000)

    lines = count_doors(Random(1), visits, outages=NO_OUTAGE, length_s=130_000.0)

    texts = [spoken.line for spoken in lines["counter-main"]]
    counts = Counter(texts)
    assert 0.97 < _people(texts, "IN") / 4000 < 1.0
    assert 5 < counts["IN,2"] < 60
    assert counts["IN,"] == 1


def test_people_close_together_are_often_one_line() -> None:
    family = tuple(Person(name=f"p-{number}") for number in range(4))
    rng = Random(3)
    visits = [
        visit
        for number in range(60)
        for visit in walk_group(rng, family, arrives=600.0 * number + 1, closes=90_000.0)
    ]

    lines = count_doors(rng, visits, outages=NO_OUTAGE, length_s=90_000.0)

    texts = [spoken.line for spoken in lines["counter-main"] + lines["counter-side"]]
    sizes = Counter(text for text in texts if text.startswith("IN") and text != "IN,")
    assert sum(sizes.values()) < 180
    assert {"IN,1", "IN,2", "IN,3", "IN,4"} <= set(sizes)
    assert _people(texts, "IN") == pytest.approx(240, rel=0.08)


def test_a_dark_counter_says_nothing_at_all() -> None:
    dark = Outage(source="counter-main", begins=1000.0, ends=2000.0)

    lines = count_doors(
        Random(1),
        _visits(200),
        outages=Outages(by_source={dark.source: dark}),
        length_s=6000.0,
    )

    spoken = [one.at for one in lines["counter-main"] if not one.line.endswith(",")]
    assert not any(1000.5 <= at < 2000 for at in spoken)
    assert any(at > 2000 for at in spoken)
    assert any(1000 <= one.at < 2000 for one in lines["counter-side"])


def test_doors_count_staff_too_and_come_near_the_truth(day: Written) -> None:
    lines = [line["line"] for door in DOORS for line in lines_of(day.folder / f"{door}.jsonl")]

    entered = len(truth_of(day.folder, "entered"))
    staff_shifts = 3 * day.summary.staff

    assert 0.85 * entered < _people(lines, "IN") < 1.05 * (entered + staff_shifts)


def test_a_living_counter_says_so_every_minute(day: Written) -> None:
    silent = {line["source"]: line for line in truth_of(day.folder, "outage")}

    for door in DOORS:
        beats = [
            line["t"]
            for line in lines_of(day.folder / f"{door}.jsonl")
            if line["line"] == "# alive"
        ]
        gaps = [(a, b - a) for a, b in itertools.pairwise(beats) if b - a > 61]
        assert len(gaps) == (door in silent)
        for begins, _ in gaps:
            assert abs(begins - silent[door]["t"]) < 61


def test_receipts_have_a_lane_a_total_and_sometimes_a_card(day: Written) -> None:
    told = [
        (lane, line["line"])
        for lane in ("1", "2")
        for line in lines_of(day.folder / f"till-{lane}.jsonl")
        if line["line"].endswith("}")
    ]
    receipts = [(lane, json.loads(text)) for lane, text in told]
    cards = {
        token["value"]
        for delta in deltas_of(day.folder)
        for token in delta.get("tokens", ())
        if token["kind"] == "card"
    }

    shown = [receipt["card"] for _, receipt in receipts if "card" in receipt]

    assert len(receipts) == day.summary.purchases > 20
    assert all(receipt["lane"] == lane for lane, receipt in receipts)
    assert all(receipt["total"] > 0 and receipt["currency"] == "EUR" for _, receipt in receipts)
    assert len({receipt["receipt"] for _, receipt in receipts}) == len(receipts)
    assert 0 < len(shown) < len(receipts)
    assert set(shown) & cards


def test_the_kiosk_reads_cards_and_articles(day: Written) -> None:
    codes = [
        line["line"] for line in lines_of(day.folder / "scanner-kiosk.jsonl") if line["line"] != "#"
    ]

    assert len(codes) == day.summary.scans > 5
    assert all(len(code) == 13 and code.isdigit() for code in codes)


def test_the_wifi_log_misses_some_leavings_and_knows_guests(day: Written) -> None:
    log = lines_of(day.folder / "wifi-guests.jsonl")
    links = {
        token["value"]
        for delta in deltas_of(day.folder)
        for token in delta.get("tokens", ())
        if token["kind"] == "link"
    }

    joined = {line["address"] for line in log if line["event"] == "associated"}
    left = {line["address"] for line in log if line["event"] == "disassociated"}

    assert left < joined
    assert joined & links
    assert joined - links
    assert [line["t"] for line in log] == sorted(line["t"] for line in log)


@pytest.mark.parametrize(
    "name", ["counter-main", "counter-side", "till-1", "till-2", "scanner-kiosk"]
)
def test_serial_lines_are_objects_of_time_and_line_within_the_day(day: Written, name: str) -> None:
    lines = lines_of(day.folder / f"{name}.jsonl")

    moments = [line["t"] for line in lines]

    assert all(set(line) == {"t", "line"} for line in lines)
    assert moments == sorted(moments)
    assert day.summary.started.timestamp() <= moments[0]
    assert moments[-1] <= day.summary.ended.timestamp()


def test_lunch_and_the_end_of_work_are_busier() -> None:
    quiet = intensity(15.0)

    assert intensity(12.5) > 1.8 * quiet
    assert intensity(17.6) > 2.5 * quiet
    assert intensity(9.0) < intensity(12.5)


def test_some_stay_half_a_minute_and_some_an_hour(day: Written) -> None:
    entered = {}
    stays = []
    for line in truth_of(day.folder, "entered", "left"):
        if line["kind"] == "entered":
            entered[line["person"]] = line["t"]
        else:
            stays.append(line["t"] - entered[line["person"]])

    assert min(stays) < 60
    assert max(stays) > 2400
    assert 240 < median(stays) < 1500


def test_groups_keep_together_and_children_never_come_alone() -> None:
    cast = make_cast(Random(4), visitors=300)

    assert sum(map(len, cast.groups)) == 300
    assert all(group[0].adult for group in cast.groups)
    assert any(not person.adult for group in cast.groups for person in group)
    assert not any(person.member for group in cast.groups for person in group if not person.adult)


def test_all_of_a_group_cross_the_door_within_moments() -> None:
    family = tuple(Person(name=f"p-{number}") for number in range(3))

    visits = walk_group(Random(8), family, arrives=100.0, closes=40_000.0)

    assert visits[-1].entered - visits[0].entered < 2
    assert visits[-1].left - visits[0].left < 2
    assert len({visit.door_in for visit in visits}) == 1
    assert [visit.leads for visit in visits] == [True, False, False]


def test_whoever_comes_late_is_out_before_closing() -> None:
    alone = (Person(name="p-1"),)

    for seed in range(50):
        (visit,) = walk_group(Random(seed), alone, arrives=3500.0, closes=3580.0)
        assert visit.left <= 3580.0001


def test_a_walker_is_on_the_street_before_and_after() -> None:
    (visit,) = walk_group(Random(1), (Person(name="p-1"),), arrives=100.0, closes=40_000.0)

    spots = [visit.spot_at(at) for at in (99.0, visit.left)]

    assert spots == [STREET, STREET]
    assert visit.spot_at(visit.entered) == visit.track[0].spot
