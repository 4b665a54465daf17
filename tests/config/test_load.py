from pathlib import Path

import pytest

from edge.config.load import load_settings
from edge.config.schema import Settings
from edge.errors import ConfigError
from edge.privacy.signing import platform_key_text

WHOLE = f"""
[store]
id = "toy-042"
timezone = "Europe/Berlin"
policy = "eu_strict"
opening = "08:30-20:00"
platform_key = "{platform_key_text(bytes(32))}"

[[zone]]
name = "entrance"
kind = "entrance"
[[zone]]
name = "toys"

[[door]]
name = "main"
source = "door-1"
zone = "entrance"

[[source]]
name = "door-1"
driver = "serial_line"
profile = "door-counter-csv"
zone = "entrance"
options.port = "/dev/ttyUSB0"
[[source]]
name = "till"
driver = "serial_line"
profile = "till-json"
lane = 1

[mqtt]
url = "mqtts://platform.example:8883"
node = "node-1"
ca = "/etc/store-edge/ca.pem"

[fusion]
settle_s = 30
"""


def load(folder: Path, text: str, **drop_ins: str) -> Settings:
    path = folder / "edge.toml"
    path.write_text(text)
    for name, content in drop_ins.items():
        (folder / "edge.toml.d").mkdir(exist_ok=True)
        (folder / "edge.toml.d" / f"{name}.toml").write_text(content)
    return load_settings(path)


def faults(folder: Path, text: str, **drop_ins: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **drop_ins)
    return caught.value.why.split("\n")


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    settings = load(tmp_path, WHOLE)

    assert settings.store.id == "toy-042"
    assert settings.store.policy == "eu_strict"
    assert [zone.kind for zone in settings.zones] == ["entrance", "floor"]
    assert [door.source for door in settings.doors] == ["door-1"]
    assert settings.sources[0].options == {"port": "/dev/ttyUSB0"}
    assert settings.sources[1].lane == "1"
    assert settings.mqtt is not None
    assert settings.mqtt.ca == Path("/etc/store-edge/ca.pem")
    assert settings.fusion.settle_s == 30
    assert settings.fusion.lateness_s is None


def test_a_store_and_nothing_else_has_the_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, '[store]\nid = "x"')

    assert settings.store.policy == "off"
    assert settings.store.timezone == "UTC"
    assert (settings.zones, settings.doors, settings.sources, settings.mqtt) == ((), (), (), None)


def test_a_source_becomes_what_its_driver_is_made_from(tmp_path: Path) -> None:
    spec = load(tmp_path, WHOLE).sources[0].spec()

    assert (spec.name, spec.driver, spec.zone) == ("door-1", "serial_line", "entrance")
    assert spec.options == {"port": "/dev/ttyUSB0"}


def test_every_fault_is_reported_at_once_with_its_place_and_what_was_meant(tmp_path: Path) -> None:
    text = """
[store]
id = "toy 042"
timezone = "Europe/Berlni"
policy = "eu_strikt"
opening = "8 to 8"
platform_key = "ed25519:AAAA"
polcy = "off"
[[zone]]
name = "toys"
kind = "flor"
[[zone]]
name = "toys"
[[door]]
name = "main"
source = "door-2"
zone = "entrnce"
[[source]]
name = "door-1"
driver = "serial_line"
rssi_floor_dbm = 3
[[source]]
zone = "toyz"
[mqtt]
url = "http://x"
[wild]
"""

    found = faults(tmp_path, text)

    wanted = [
        "[store] id: 'toy 042'",
        "[store] timezone: 'Europe/Berlni': there is no such timezone",
        "[store] opening: '8 to 8': write opening hours as 08:30-20:00",
        "[store] platform_key: 'ed25519:AAAA': it is not ed25519:",
        "[store] polcy: there is no such setting; did you mean 'policy'?",
        "[[zone]] \"toys\" kind: 'flor'",
        '[[source]] "door-1" rssi_floor_dbm: 3',
        "[[source]] number 2 name: it is missing",
        "[[source]] number 2 driver: it is missing",
        "[mqtt] url: 'http://x': write it as mqtts://host:port",
        "[mqtt] node: it is missing",
        "[wild]: there is no such setting",
        "[[zone]] \"toys\" name: 'toys' is there twice",
        "[[door]] \"main\" zone: 'entrnce': there is no such zone",
        "[[source]] number 2 zone: 'toyz': there is no such zone; did you mean 'toys'?",
        "[[door]] \"main\" source: 'door-2': there is no such source; did you mean 'door-1'?",
        "[store] policy: 'eu_strikt': there is no such policy; did you mean 'eu_strict'?",
    ]
    assert len(found) == len(wanted)
    for line, start in zip(found, wanted, strict=True):
        assert line.startswith(f"edge.toml: {start}")


@pytest.mark.parametrize("name", ["store", "unknown"])
def test_a_reserved_zone_name_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    (found,) = faults(tmp_path, f'[store]\nid = "x"\n[[zone]]\nname = "{name}"')

    assert f"'{name}' is taken" in found


def test_an_empty_file_says_what_is_missing(tmp_path: Path) -> None:
    assert faults(tmp_path, "") == ["edge.toml: [store]: it is missing"]


@pytest.mark.parametrize("text", ["store = 4", "[store]\nid = 4", "zone = 4\n[store]\nid = 'x'"])
def test_a_value_of_another_kind_is_a_fault(tmp_path: Path, text: str) -> None:
    assert len(faults(tmp_path, text)) == 1


def test_a_password_is_never_repeated(tmp_path: Path) -> None:
    text = '[store]\nid = "x"\n[mqtt]\nurl = "mqtt://h"\nnode = "n"\npassword = "hunter2"'

    (found,) = faults(tmp_path, text)

    assert "hunter2" not in found


def test_an_address_with_a_password_in_it_is_not_repeated(tmp_path: Path) -> None:
    text = '[store]\nid = "x"\n[mqtt]\nurl = "mqtt://me:hunter2@h"\nnode = "n"'

    (found,) = faults(tmp_path, text)

    assert "hunter2" not in found


@pytest.mark.parametrize("text", ["[store", "a = 1\na = 2", "\udcff"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "edge.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(ConfigError, match=r"cannot read the settings .*edge\.toml"):
        load_settings(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load_settings(tmp_path / "edge.toml")


def test_drop_ins_are_laid_over_in_the_order_of_their_names(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        WHOLE,
        b='[store]\npolicy = "uk"\n[[source]]\nname = "door-1"\nrssi_floor_dbm = -80',
        a='[store]\npolicy = "off"\ntimezone = "UTC"\n[[source]]\nname = "new"\ndriver = "x"',
    )

    assert settings.store.policy == "uk"
    assert settings.store.timezone == "UTC"
    assert [source.name for source in settings.sources] == ["door-1", "till", "new"]
    assert settings.sources[0].rssi_floor_dbm == -80
    assert settings.sources[0].profile == "door-counter-csv"


def test_a_fault_names_the_drop_in_it_came_from(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        WHOLE,
        local="""
        [store]
        policy = "ukk"
        [[source]]
        name = "till"
        zone = "attic"
        [[source]]
        name = "new"
        """,
    )

    assert [line.partition(": ")[0] for line in found] == ["local.toml"] * 3


def test_the_same_name_twice_in_one_drop_in_is_a_fault(tmp_path: Path) -> None:
    twice = '[[zone]]\nname = "attic"\n[[zone]]\nname = "attic"'

    (found,) = faults(tmp_path, WHOLE, local=twice)

    assert "'attic' is there twice" in found


def test_a_door_counter_without_a_door_is_one_of_its_own_name(tmp_path: Path) -> None:
    text = WHOLE.replace('source = "door-1"', 'source = "till"')

    settings = load(tmp_path, text)

    assert [(door.name, door.source, door.zone) for door in settings.doors] == [
        ("main", "till", "entrance"),
        ("door-1", "door-1", "entrance"),
    ]


@pytest.mark.parametrize(
    "changed", ['driver = "wifi_monitor"', 'driver = "serial_line"\nlane = "2"']
)
def test_another_source_is_no_door(tmp_path: Path, changed: str) -> None:
    settings = load(tmp_path, f'[store]\nid = "x"\n[[source]]\nname = "a"\n{changed}')

    assert settings.doors == ()
