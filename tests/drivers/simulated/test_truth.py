"""The truth is consistent with itself and with what members allow."""

from collections import Counter, defaultdict
from itertools import groupby, pairwise
from typing import Any

from drivers.simulated.floor import CENTRES
from edge.cli.scoring.truth import read_truth
from tests.drivers.simulated.conftest import Written
from tests.drivers.simulated.reading import deltas_of, lines_of, truth_of

CROSSING = {"entered": 1, "left": -1}


def _stays(day: Written) -> list[tuple[str, float, float]]:
    open_since: dict[str, float] = {}
    stays = []
    for line in truth_of(day.folder, "entered", "left"):
        if line["kind"] == "entered":
            assert line["person"] not in open_since
            open_since[line["person"]] = line["t"]
        else:
            stays.append((line["person"], open_since.pop(line["person"]), line["t"]))
    assert not open_since
    return stays


def test_everybody_who_entered_left_later_and_before_closing(day: Written) -> None:
    stays = _stays(day)

    assert len(stays) == day.summary.visits
    assert all(entered < left <= day.summary.ended.timestamp() for _, entered, left in stays)


def test_lines_are_in_the_order_of_time(day: Written) -> None:
    moments = [line["t"] for line in lines_of(day.folder / "truth.jsonl")]

    assert moments == sorted(moments)


def test_occupancy_is_the_sum_of_who_came_and_went(day: Written) -> None:
    told = truth_of(day.folder, "entered", "left", "occupancy")
    inside = 0
    checked = 0

    for _, lines in groupby(told, key=lambda line: line["t"]):
        same = list(lines)
        inside += sum(CROSSING.get(line["kind"], 0) for line in same)
        figures = [line["people"] for line in same if line["kind"] == "occupancy"]
        assert figures
        assert figures[-1] == inside
        checked += 1

    assert inside == 0
    assert checked > 720


def test_occupancy_is_told_every_minute(day: Written) -> None:
    moments = [line["t"] for line in truth_of(day.folder, "occupancy")]

    gaps = [later - earlier for earlier, later in pairwise(moments)]

    assert moments[0] == day.summary.started.timestamp()
    assert max(gaps) <= 60.0


def test_zones_follow_a_person_from_door_to_door(day: Written) -> None:
    moves: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for line in truth_of(day.folder, "zone"):
        moves[line["person"]].append((line["t"], line["zone"]))

    for person, entered, left in _stays(day):
        zones = [(at, zone) for at, zone in moves[person] if entered <= at < left]
        names = [zone for _, zone in zones]
        assert zones[0][0] == entered
        assert names[0] in {"entrance", "side-entrance"}
        assert names[-1] in {"entrance", "side-entrance"}
        assert set(names) <= set(CENTRES)
        assert all(here != there for here, there in pairwise(names))


def test_staff_are_in_no_line(day: Written) -> None:
    staff = {delta["customer"] for delta in deltas_of(day.folder) if delta.get("role") == "staff"}

    told = lines_of(day.folder / "truth.jsonl")

    assert staff
    assert not any(str(line.get("person", "")).startswith("s-") for line in told)
    assert not staff & {line.get("customer") for line in told}


def _latest(day: Written) -> dict[str, dict[str, Any]]:
    latest: dict[str, dict[str, Any]] = {}
    for delta in deltas_of(day.folder):
        known = latest.get(delta["customer"])
        if known is None or delta["version"] > known["version"]:
            latest[delta["customer"]] = delta
    return latest


def test_a_named_customer_has_an_allowed_consent_for_a_token_they_handed_over(day: Written) -> None:
    purposes = {"eid": "presence_ble", "irk": "presence_ble", "link": "wifi_recognition"}
    purposes["card"] = "visit_history"
    latest = _latest(day)
    started = day.summary.started.strftime("%Y-%m-%dT%H:%M:%SZ")

    named = {line["customer"] for line in truth_of(day.folder, "entered") if "customer" in line}

    assert named
    for customer in named:
        delta = latest[customer]
        given = {
            consent["purpose"]
            for consent in delta["consents"]
            if consent["state"] in {"ConsentGiven", "RenewedConsentGiven"}
            and consent["event_time"] < started < consent["valid_until"]
        }
        assert delta["op"] == "put"
        assert delta["adult_attested"]
        assert "signature" in delta
        assert given & {purposes[token["kind"]] for token in delta["tokens"]}


def test_who_may_not_be_known_is_denied_and_never_named(day: Written) -> None:
    denied = truth_of(day.folder, "denied")
    named = {line.get("customer") for line in truth_of(day.folder, "entered", "left")}

    assert not named & {line["customer"] for line in denied}
    assert {line["why"] for line in denied} <= {
        "withdrawn",
        "expired",
        "unsigned",
        "forged",
        "not-attested",
        "erased",
        "offers-only",
    }
    assert len({line["why"] for line in denied}) >= 5


def test_reachable_says_by_which_evidence(day: Written) -> None:
    known = [line for line in truth_of(day.folder, "entered") if "customer" in line]

    assert all(line["reachable"] == bool(line["via"]) for line in known)
    assert {kind for line in known for kind in line["via"]} == {"ble", "card", "link"}
    assert {line["reachable"] for line in known} == {True, False}


def test_nobody_is_reachable_by_what_they_did_not_allow(day: Written) -> None:
    latest = _latest(day)
    needed = {"ble": "presence_ble", "card": "visit_history", "link": "wifi_recognition"}

    for line in truth_of(day.folder, "entered"):
        if "customer" in line:
            states = {
                consent["purpose"]: consent["state"]
                for consent in latest[line["customer"]]["consents"]
            }
            for kind in line["via"]:
                assert states[needed[kind]] in {"ConsentGiven", "RenewedConsentGiven"}


def test_silences_of_sensors_are_told(day: Written) -> None:
    outages = truth_of(day.folder, "outage")

    kinds = Counter(line["source"].split("-")[0] for line in outages)

    assert kinds == {"ble": 1, "radar": 1, "counter": 1}
    assert all(0 < line["until"] - line["t"] <= 2400 for line in outages)


def test_the_scorer_reads_the_truth_as_it_was_meant(day: Written) -> None:
    truth = read_truth(day.folder / "truth.jsonl")

    assert len(truth.stays) == day.summary.visits
    assert sum(stay.reachable for stay in truth.stays) == day.summary.reachable_visits
    assert all(stay.left_ms is not None and stay.zones for stay in truth.stays)
    assert truth.ignored == day.summary.denied_visits + day.summary.outages
