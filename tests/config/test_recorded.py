from pathlib import Path

import pytest

from edge.config.floor import to_floor
from edge.config.recorded import load_recorded_settings
from edge.config.schema import Settings
from edge.driver.recording import open_recording
from edge.errors import ConfigError
from edge.model.names import ZoneName
from edge.model.place import Zone, ZoneKind
from edge.privacy.signing import platform_key_text

KEY = platform_key_text(bytes(32))
HEAD = """
format = 1
store = "toy-042"
timezone = "Europe/Berlin"
started = 2026-03-14T09:00:00Z
ended = 2026-03-14T21:00:00Z
"""
DOOR = """
[[source]]
name = "door-1"
driver = "serial_line"
profile = "door-counter-csv"
file = "any.jsonl"
"""
RADAR = """
[[source]]
name = "radar"
driver = "wifi_monitor"
file = "any.jsonl"
"""


def load(
    folder: Path, sources: str, *, settings: str | None = None, head: str = HEAD
) -> tuple[Settings, tuple[str, ...]]:
    (folder / "any.jsonl").write_text("")
    named = ""
    if settings is not None:
        (folder / "edge.toml").write_text(settings)
        named = 'settings = "edge.toml"\n'
    (folder / "recording.toml").write_text(head + named + sources)
    return load_recorded_settings(open_recording(folder))


def test_a_recording_without_settings_has_what_its_manifest_says(tmp_path: Path) -> None:
    settings, warnings = load(tmp_path, DOOR + RADAR)

    assert warnings == ()
    assert (settings.store.id, settings.store.timezone) == ("toy-042", "Europe/Berlin")
    assert settings.store.policy == "off"
    assert [source.name for source in settings.sources] == ["door-1", "radar"]
    assert [(door.name, door.source) for door in settings.doors] == [("door-1", "door-1")]


def test_settings_in_order_give_no_warning(tmp_path: Path) -> None:
    settings, warnings = load(
        tmp_path,
        DOOR,
        settings="""
        [store]
        id = "toy-042"
        timezone = "Europe/Berlin"
        policy = "eu_strict"
        [[zone]]
        name = "entrance"
        kind = "entrance"
        [[door]]
        name = "main"
        source = "door-1"
        zone = "entrance"
        """,
    )

    assert warnings == ()
    assert settings.store.policy == "eu_strict"
    assert [door.name for door in settings.doors] == ["main"]


def test_a_source_of_the_settings_adds_only_what_is_missing(tmp_path: Path) -> None:
    settings, _ = load(
        tmp_path,
        RADAR + 'zone = "entrance"\nrssi_floor_dbm = -70\nchannel = 6\n',
        settings="""
        [store]
        [[zone]]
        name = "entrance"
        [[zone]]
        name = "toys"
        [[source]]
        name = "radar"
        driver = "another"
        zone = "toys"
        lane = 4
        profile = "p"
        rssi_floor_dbm = -90
        options = {channel = 11, gain = 2}
        [[source]]
        name = "elsewhere"
        driver = "x"
        """,
    )

    (source,) = settings.sources
    assert (source.driver, source.zone, source.lane) == ("wifi_monitor", "entrance", "4")
    assert (source.profile, source.rssi_floor_dbm) == ("p", -70)
    assert source.options == {"channel": 6, "gain": 2}


def test_unknown_keys_are_passed_over_with_a_warning(tmp_path: Path) -> None:
    settings, warnings = load(
        tmp_path,
        DOOR,
        settings="""
        [store]
        id = "toy-042"
        colour = "red"
        [[zone]]
        name = "toys"
        shelf = 3
        size = 4
        [[source]]
        name = "door-1"
        port = "/dev/x"
        [wild]
        a = 1
        """,
    )

    assert len(warnings) == 5
    assert all(line.endswith("it is passed over") for line in warnings)
    assert warnings[0].startswith("[store] colour: there is no such setting")
    assert [zone.name for zone in settings.zones] == ["toys"]


def test_zones_that_nobody_declared_are_added_with_a_warning(tmp_path: Path) -> None:
    settings, warnings = load(
        tmp_path, DOOR + 'zone = "west"\n' + RADAR + 'zone = "toys"\n', settings="[store]"
    )

    assert to_floor(settings).zones == (
        Zone(name=ZoneName("west"), kind=ZoneKind.ENTRANCE),
        Zone(name=ZoneName("toys"), kind=ZoneKind.FLOOR),
    )
    assert len(warnings) == 2


def test_a_zone_that_only_an_implied_door_names_is_an_entrance(tmp_path: Path) -> None:
    settings, _ = load(tmp_path, DOOR + 'zone = "west"\n')

    assert [(zone.name, zone.kind) for zone in settings.zones] == [("west", "entrance")]
    assert [(door.name, door.zone) for door in settings.doors] == [("door-1", "west")]


def test_a_door_whose_source_was_not_recorded_is_left_out(tmp_path: Path) -> None:
    settings, warnings = load(
        tmp_path,
        RADAR,
        settings='[store]\n[[door]]\nname = "main"\nsource = "door-1"\nzone = "west"',
    )

    assert settings.doors == ()
    assert settings.zones == ()
    assert warnings == ("door 'main': its source 'door-1' was not recorded",)


def test_an_unknown_policy_is_off_with_a_warning(tmp_path: Path) -> None:
    settings, (warning,) = load(tmp_path, RADAR, settings='[store]\npolicy = "eu_strikt"')

    assert settings.store.policy == "off"
    assert "did you mean 'eu_strict'?" in warning


def test_the_recordings_platform_key_counts(tmp_path: Path) -> None:
    other = platform_key_text(b"x" * 32)

    settings, warnings = load(
        tmp_path,
        RADAR,
        head=HEAD + f'platform_key = "{KEY}"\n',
        settings=f'[store]\nplatform_key = "{other}"',
    )

    assert settings.store.platform_key == KEY
    assert warnings == ()


@pytest.mark.parametrize("key", ['"ed25519:AAAA"', '""', '"x"'])
def test_a_platform_key_that_is_none_means_that_nobody_is_known(tmp_path: Path, key: str) -> None:
    settings, (warning,) = load(tmp_path, RADAR, head=HEAD + f"platform_key = {key}\n")

    assert settings.store.platform_key is None
    assert "nobody will be known" in warning


def test_the_manifests_store_and_the_settings_timezone_count(tmp_path: Path) -> None:
    settings, warnings = load(
        tmp_path, RADAR, settings='[store]\nid = "toy-43"\ntimezone = "Europe/Paris"'
    )

    assert (settings.store.id, settings.store.timezone) == ("toy-042", "Europe/Paris")
    assert len(warnings) == 1


def test_faults_that_cannot_be_passed_over_are_all_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(
            tmp_path,
            RADAR,
            settings='[store]\nopening = "late"\ntimezone = "Mars"\n[[zone]]\nname = "store"',
        )

    lines = caught.value.why.split("\n")
    assert len(lines) == 3
    assert "edge.toml" in caught.value.where


@pytest.mark.parametrize(
    "settings",
    [
        "store = 4",
        "zone = 1",
        "zone = [1]",
        "[[zone]]\nname = 4",
        "door = 1",
        "mqtt = 3",
        "[[door]]\nname = 'd'\nsource = 4",
        "[[door]]\nname = 'd'\nsource = 'radar'\nzone = 4",
    ],
)
def test_settings_of_another_shape_are_a_fault(tmp_path: Path, settings: str) -> None:
    with pytest.raises(ConfigError, match=r"edge\.toml"):
        load(tmp_path, RADAR, settings=settings)


@pytest.mark.parametrize("settings", ["source = 4", "source = [4]", "[[source]]\nname = 4"])
def test_what_the_settings_say_of_other_sources_does_not_matter(
    tmp_path: Path, settings: str
) -> None:
    loaded, _ = load(tmp_path, RADAR, settings=settings)

    assert [source.name for source in loaded.sources] == ["radar"]


def test_settings_that_are_not_toml_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"edge\.toml"):
        load(tmp_path, RADAR, settings="[store")
