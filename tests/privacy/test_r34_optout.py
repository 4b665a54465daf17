"""Whoever does not want this gets out of it without giving anything away."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from edge.cli.main import main
from edge.config.load import load_settings
from edge.config.schema import PrivacySettings, Settings
from edge.daemon.door import PrivacyDoor
from edge.daemon.notices import admission, optouts_of
from edge.daemon.premises import rules_of
from edge.daemon.quiet import QUIET, QuietZones, quiet_zones
from edge.errors import ConfigError
from edge.model.names import Instant, SourceName
from edge.model.observation import (
    AnyObservation,
    CustomerHeard,
    DoorCounted,
    ProbeHeard,
    WithdrawalMade,
)
from edge.privacy.pepper import Peppers, random_peppers
from edge.privacy.policy import OFF, Policy
from edge.privacy.recogniser import Recogniser
from tests.privacy.kit import CARD, EID_KEY, LINK, NOW, SECRET, customer, eid_at, later, policy

CODE = "DO-NOT-COUNT"
SCANNER: dict[str, Any] = {"name": "scan", "driver": "serial_line", "profile": "scanner-plain"}
TABLES: dict[str, Any] = {
    "store": {"id": "toy-1"},
    "zone": [{"name": "entrance"}, {"name": "toys"}],
    "source": [
        {**SCANNER, "zone": "entrance"},
        {"name": "radar", "driver": "wifi_monitor", "zone": "entrance"},
        {"name": "ble", "driver": "ble_scan", "zone": "entrance"},
        {"name": "ap", "driver": "wifi_link", "zone": "entrance"},
        {"name": "far", "driver": "wifi_monitor", "zone": "toys"},
        {"name": "door-1", "driver": "serial_line", "profile": "door-counter-csv"},
    ],
    "privacy": {"optout_code": CODE, "optout_quiet_s": 30},
}


def settings(**tables: Any) -> Settings:
    return Settings.model_validate(TABLES | tables)


class House:
    """The doors of a store in which one customer is known by everything."""

    def __init__(self, told: Settings, rule: Policy) -> None:
        self.out: list[AnyObservation] = []
        known = Recogniser([customer(*rule.max_stale_s)], policy=rule, secret=SECRET)
        self.rules = rules_of(
            told.store,
            policy=rule,
            recogniser=known,
            peppers=Peppers(period_s=300, draw=random_peppers()),
            quiet=quiet_zones(told),
        )

    def door(self, name: str) -> PrivacyDoor:
        return PrivacyDoor(
            SourceName(name), rules=self.rules, floor_dbm=-100, hand_over=self.out.append
        )

    def scan(self, code: str, at: Instant = NOW) -> None:
        self.door("scan").card(at, code)

    def hear(self, at: Instant) -> dict[str, int]:
        """Let every radio of the entrance hear something; give what was noticed by kind."""
        self.out.clear()
        self.door("radar").probe(at, bytes(6), signal_dbm=-40)
        self.door("ble").advert(
            at,
            address=bytes(6),
            is_random=True,
            ephemeral_id=eid_at(EID_KEY, at),
            signal_dbm=-40,
        )
        self.door("ap").link(at, LINK, joined=True)
        self.door("door-1").door(at, entered=1)
        kinds = (ProbeHeard, CustomerHeard, DoorCounted)
        return {kind.__name__: sum(isinstance(one, kind) for one in self.out) for kind in kinds}


LOUD = {"ProbeHeard": 1, "CustomerHeard": 2, "DoorCounted": 1}
SILENT = {"ProbeHeard": 0, "CustomerHeard": 0, "DoorCounted": 1}


@pytest.mark.parametrize("code", [CODE, f" {CODE}\r\n", f"]Q3{CODE}"])
def test_r34_the_code_silences_the_radios_of_its_zone_for_a_while_and_no_door_counter(
    code: str,
) -> None:
    house = House(settings(), policy())
    before = house.hear(NOW)

    house.scan(code)

    assert before == LOUD
    assert house.hear(later(0)) == house.hear(later(29.9)) == SILENT
    assert house.hear(later(30)) == LOUD


def test_r34_the_code_says_nothing_of_anybody_and_leaves_nothing_behind() -> None:
    house = House(settings(), policy())

    house.scan(CODE)

    assert house.out == []


def test_r34_what_was_not_processed_is_counted() -> None:
    house = House(settings(), policy())
    house.scan(CODE)
    radar = house.door("radar")

    radar.probe(later(1), bytes(6), signal_dbm=-40)

    assert radar.tally().refused == {QUIET: 1}


def test_r34_other_zones_hear_on_and_other_codes_do_nothing() -> None:
    house = House(settings(), policy())
    house.scan("DO-NOT-COUNT-ME")
    after_other = house.hear(later(1))
    house.scan(CODE)

    house.out.clear()
    house.door("far").probe(later(1), bytes(6), signal_dbm=-40)

    assert after_other == LOUD
    assert len(house.out) == 1


def test_r34_a_second_code_makes_it_longer_and_an_earlier_one_not_shorter() -> None:
    quiet = QuietZones(
        CODE,
        quiet_s=30,
        scanners=[(SourceName("s"), "z")],
        radios=[(SourceName("r"), "z")],
    )

    quiet.take(SourceName("s"), CODE, later(20))
    quiet.take(SourceName("s"), CODE, later(5))

    assert quiet.is_quiet(SourceName("r"), later(49))
    assert not quiet.is_quiet(SourceName("r"), later(50))


def works(way: str, told: Settings, rule: Policy) -> bool:
    """Try a way out as a customer would."""
    house = House(told, rule)
    if way == "quiet_code":
        house.scan(CODE)
        return house.hear(later(1)) != House(told, rule).hear(later(1))
    if way == "withdraw_code":
        scanners = [one for one in told.sources if one.profile == "scanner-plain"]
        house.out.clear()
        for scanner in scanners:
            house.door(scanner.name).card(NOW, f"withdraw:{CARD}")
        return any(isinstance(one, WithdrawalMade) for one in house.out)
    runner = CliRunner()
    return all(
        runner.invoke(main, ["customer", one, "--help"]).exit_code == 0
        for one in ("forget", "withdraw")
    )


@pytest.mark.parametrize(
    ("tables", "rule"),
    [
        ({}, policy()),
        ({}, OFF),
        ({"privacy": {}}, policy()),
        ({"source": [one for one in TABLES["source"] if one["name"] != "scan"]}, policy()),
        ({"source": [SCANNER, *TABLES["source"][1:]]}, policy()),
        ({"source": [{**SCANNER, "zone": "toys"}, *TABLES["source"][1:4]]}, policy()),
        ({"source": [TABLES["source"][0], TABLES["source"][5]]}, policy()),
    ],
)
def test_r34_the_ways_out_that_are_advertised_are_those_that_work(
    tables: dict[str, Any], rule: Policy
) -> None:
    told = settings(**tables)

    advertised = set(optouts_of(told, rule))

    assert advertised == {
        way for way in ("desk", "quiet_code", "withdraw_code") if works(way, told, rule)
    }


def test_r34_no_list_of_addresses_to_leave_out_exists() -> None:
    words = {"optout", "opt_out", "blocklist", "denylist", "exclude"}
    root = Path(__file__).resolve().parents[2]
    tables = (root / "edge" / "store" / "schema.py").read_text()

    assert not any(word in tables for word in words)
    lists = [
        name
        for name, field in PrivacySettings.model_fields.items()
        if re.search(r"tuple|list|dict|set\[", str(field.annotation))
    ]
    assert lists == []


def test_r34_while_paused_nothing_starts_but_door_counters() -> None:
    admit = admission(settings(privacy={"paused": True}), None)
    started = []

    for source in settings().sources:
        try:
            admit(source)
        except ConfigError as refusal:
            assert refusal.remedy == "run: edge privacy resume"  # noqa: PT017 - the loop goes on
        else:
            started.append(source.name)

    assert started == ["door-1"]


def test_r34_pause_and_resume_are_one_command_each_and_hold_after_a_restart(
    tmp_path: Path,
) -> None:
    file = tmp_path / "edge.toml"
    file.write_text('[store]\nid = "toy-1"\n')
    places = [f"--settings={file}", f"--state={tmp_path}"]
    runner = CliRunner()

    paused = runner.invoke(main, ["privacy", "pause", *places])
    during = load_settings(file).privacy.paused
    resumed = runner.invoke(main, ["privacy", "resume", *places])

    assert (paused.exit_code, resumed.exit_code) == (0, 0)
    assert "once the service starts" in paused.output
    assert (during, load_settings(file).privacy.paused) == (True, False)
    file.write_text('[store]\nid = "toy-1"\n[privacy]\npaused = true\n')
    assert runner.invoke(main, ["privacy", "resume", *places]).exit_code == 78
