"""Customers are told what is really done, and what they were not told of is not done."""

import asyncio
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main
from edge.config.load import load_settings
from edge.config.notices import load_notice_words, notice_languages
from edge.config.schema import Settings, SourceSettings
from edge.daemon.notices import admission, notice_of, publish_notice, read_published
from edge.daemon.policy_force import force_of
from edge.errors import ConfigError
from edge.model.customer import Purpose
from edge.privacy.notice import announced, decode_published, sensing_of, version_of
from edge.privacy.notice_page import page, sign
from edge.privacy.policy import OFF
from tests.daemon.live.kit import driver_that, for_ever, supervised
from tests.privacy.kit import NOW, policy

SOURCES: tuple[dict[str, Any], ...] = (
    {"name": "door-1", "driver": "serial_line", "profile": "door-counter-csv", "zone": "entrance"},
    {"name": "scan", "driver": "serial_line", "profile": "scanner-plain", "zone": "entrance"},
    {"name": "till", "driver": "serial_line", "profile": "till-json"},
    {"name": "radar", "driver": "wifi_monitor", "zone": "entrance"},
    {"name": "ap", "driver": "wifi_link"},
    {"name": "ble", "driver": "ble_scan"},
    {"name": "cam", "driver": "camera_face"},
    {"name": "mat", "driver": "pressure_mat"},
)


def settings(*names: str, **tables: Any) -> Settings:
    """Give settings with some of the sources, and a notice unless told otherwise."""
    whole: dict[str, Any] = {
        "store": {"id": "toy-1", "policy": "eu_strict"},
        "zone": [{"name": "entrance"}],
        "source": [one for one in SOURCES if not names or one["name"] in names],
        "notice": {
            "controller": "Toys <Ltd>",
            "contact": "dpo@toys.example",
            "url": "https://toys.example/p",
        },
    }
    return Settings.model_validate(whole | tables)


def source(name: str) -> SourceSettings:
    return next(one for one in settings().sources if one.name == name)


def may_start(told: Settings, name: str) -> bool:
    admit = admission(told, read_published(told))
    try:
        admit(source(name))
    except ConfigError:
        return False
    return True


def published(tmp_path: Path, *names: str, **tables: Any) -> Settings:
    """Give settings of all sources, with a notice that was published for some."""
    file = tmp_path / "notice.json"
    publish_notice(notice_of(settings(*names, **tables), policy()), file, at=NOW)
    told = {"controller": "Toys", "contact": "dpo", "published": str(file)}
    return settings(notice=told)


class Seen(HTMLParser):
    """What a browser would load, and the text it would show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.languages: list[str] = []
        self.loads: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self.languages.append(given["lang"] or "")
        if tag in {"script", "img", "link", "iframe"} or "src" in given:
            self.loads.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_r32_the_notice_says_every_sensor_and_purpose_of_the_settings() -> None:
    told = notice_of(settings(), policy())

    assert told.sensing == (
        "ble",
        "card",
        "door",
        "face",
        "link",
        "other:pressure_mat",
        "probes",
        "till",
    )
    assert told.purposes == tuple(sorted(Purpose))
    assert (told.visits_d, told.audit_d) == (30, 365)


def test_r32_the_version_changes_with_everything_the_notice_says() -> None:
    told = notice_of(settings(), policy())
    changes: dict[str, Any] = {
        "store": "toy-2",
        "controller": "x",
        "contact": "x",
        "url": "https://x.example",
        "languages": ("de",),
        "policy": "uk",
        "sensing": ("door",),
        "purposes": (),
        "probes": OFF.probes,
        "face": OFF.face,
        "visits_d": 31,
        "templates_d": 1,
        "audit_d": 1,
        "optouts": (),
        "quiet_s": 1,
        "paused": True,
        "format": 2,
    }

    versions = {version_of(msgspec.structs.replace(told, **{key: changes[key]})) for key in changes}

    assert set(changes) == set(told.__struct_fields__)
    assert len(versions | {version_of(told)}) == len(changes) + 1
    assert version_of(told) == version_of(notice_of(settings(), policy()))


@pytest.mark.parametrize("language", notice_languages())
def test_r32_every_language_has_every_text_and_says_every_thing(language: str) -> None:
    code = {"optout_code": "DO-NOT-COUNT", "optout_quiet_s": 45, "paused": True}
    told = notice_of(settings(privacy=code), policy())
    words = load_notice_words(language)

    html = page(told, [(language, words)], version=version_of(told))

    seen = Seen(html)
    text = " ".join(seen.text)
    assert set(words.sensing) == {kind.partition(":")[0] for kind in told.sensing}
    assert set(words.purposes) == set(Purpose)
    assert set(words.optouts) == set(told.optouts) == {"desk", "quiet_code", "withdraw_code"}
    assert all(words.purposes[one] in text for one in told.purposes)
    assert all(part in text for part in ("45", "30", "365", "pressure_mat", "Toys <Ltd>"))
    assert words.paused in text
    assert version_of(told) in text
    assert re.search(r"\{\w+\}", text) is None
    assert (seen.languages, seen.loads) == ([language], [])


def test_r32_the_sign_stands_in_the_languages_of_the_settings_with_the_code_drawn_in() -> None:
    told = notice_of(settings("door-1"), OFF)
    languages = [(one, load_notice_words(one)) for one in ("de", "en", "fr")]

    seen = Seen(sign(told, languages, version=version_of(told), code="<svg></svg>"))

    assert seen.languages == ["de", "en", "fr"]
    assert "Hier wird niemand wiedererkannt." in " ".join(seen.text)


@pytest.mark.parametrize("name", [one["name"] for one in SOURCES])
def test_r32_a_sensor_that_the_published_notice_does_not_tell_of_may_not_start(
    tmp_path: Path, name: str
) -> None:
    others = [one["name"] for one in SOURCES if one["name"] != name]

    told = published(tmp_path, *others)

    assert not may_start(told, name)
    assert all(may_start(told, other) for other in others)


def test_r32_without_any_notice_only_faces_may_not_start() -> None:
    bare = settings(notice=None)

    started = {one["name"]: may_start(bare, one["name"]) for one in SOURCES}

    assert [name for name, is_started in started.items() if not is_started] == ["cam"]


@pytest.mark.parametrize("damage", ["gone", "not JSON", "a word changed", "a sensor added"])
def test_r32_a_notice_that_is_not_as_it_was_published_announces_nothing(
    tmp_path: Path, damage: str
) -> None:
    told = published(tmp_path)
    file = tmp_path / "notice.json"
    text = file.read_text()
    changed = {
        "not JSON": text[:-9],
        "a word changed": text.replace("dpo@toys", "dpo@boys"),
        "a sensor added": text.replace('"ble",', '"ble", "other:x",'),
    }

    if damage == "gone":
        file.unlink()
    else:
        assert changed[damage] != text
        file.write_text(changed[damage])

    assert not any(may_start(told, one["name"]) for one in SOURCES)
    assert announced(policy(), None, is_required=True).max_stale_s == {}


def test_r32_a_purpose_that_customers_were_not_told_of_is_not_permitted() -> None:
    told = notice_of(settings(), policy())
    fewer = msgspec.structs.replace(told, purposes=("presence_ble",))

    assert set(announced(policy(), fewer, is_required=True).max_stale_s) == {Purpose.PRESENCE_BLE}
    assert announced(policy(), told, is_required=True) == policy()
    unasked = announced(policy(), None, is_required=False).max_stale_s
    assert set(Purpose) - set(unasked) == {Purpose.FACE_RECOGNITION}


def test_r32_what_is_published_is_read_back_as_it_was(tmp_path: Path) -> None:
    told = notice_of(settings(), policy())

    version = publish_notice(told, tmp_path / "notice.json", at=NOW)

    found = decode_published((tmp_path / "notice.json").read_bytes())
    assert found is not None
    assert (found.version, found.notice) == (version, told)
    assert found.published_at == "2026-03-14T10:00:00.000Z"


@pytest.mark.parametrize(
    ("driver", "profile", "kind"),
    [
        ("serial_line", "door-counter-binary", "door"),
        ("serial_line", "scanner-aim", "card"),
        ("serial_line", "wiegand-hex", "card"),
        ("serial_line", "till-text-receipt", "till"),
        ("serial_line", "esp32-probe-csv", "probes"),
        ("serial_line", "my-own", "other:my-own"),
        ("serial_line", None, "other:serial_line"),
        ("radar", None, "other:radar"),
    ],
)
def test_r32_each_kind_of_source_is_told_as_what_it_senses(
    driver: str, profile: str | None, kind: str
) -> None:
    assert sensing_of(driver, profile) == kind


TOML = """
[store]
id = "toy-1"
policy = "uk"
[notice]
controller = "Toys"
contact = "dpo@toys.example"
url = "https://toys.example/p"
languages = ["de", "en"]
[[source]]
name = "ble"
driver = "ble_scan"
"""


def edge(folder: Path, *arguments: str) -> Result:
    (folder / "edge.toml").write_text(TOML)
    places = [f"--settings={folder}/edge.toml", f"--state={folder}"]
    return CliRunner().invoke(main, ["notice", *arguments, *places])


def test_r32_the_command_writes_the_sign_with_its_code(tmp_path: Path) -> None:
    done = edge(tmp_path, "--lang", "de,en,fr,es,it,nl")

    assert done.exit_code == 0, done.stderr
    assert Seen(done.output).languages == ["de", "en", "fr", "es", "it", "nl"]
    assert "<svg" in done.output
    unknown = edge(tmp_path, "--lang", "xx")
    assert unknown.exit_code == 78
    assert all(language in unknown.output for language in notice_languages())


def test_r32_the_command_publishes_what_it_shows(tmp_path: Path) -> None:
    shown = json.loads(edge(tmp_path, "--json").output)

    done = edge(tmp_path, "publish", "--json")

    assert json.loads(done.output)["version"] == shown["version"]
    kept = json.loads((tmp_path / "notice.json").read_text())
    assert kept["version"] == shown["version"]
    assert kept["notice"] == shown["notice"]


def test_r32_a_source_that_may_not_start_is_parked_with_the_remedy() -> None:
    async def story() -> None:
        async with supervised(
            driver_that(for_ever), settings=source("cam"), admit=admission(bare, None)
        ) as yard:
            change = await yard.until("parked")
            assert "no notice tells customers of it" in change.reason
            assert "edge notice publish" in yard.source.status().remedy

    bare = settings(notice=None)
    asyncio.run(story())


def test_r32_what_is_published_counts_from_then_on_a_face_too(tmp_path: Path) -> None:
    edge(tmp_path, "publish")
    named = f'published = "{tmp_path}/notice.json"\nlanguages'
    (tmp_path / "told.toml").write_text(TOML.replace("languages", named))

    force = force_of(load_settings(tmp_path / "told.toml"), platform=None)

    assert force.untold == ()
    assert force.policy == force.permitted
    assert Purpose.FACE_RECOGNITION in force.policy.max_stale_s


def test_r32_a_sign_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    done = edge(tmp_path, "--out", str(tmp_path / "nowhere" / "sign.html"))

    assert done.exit_code == ConfigError.exit_code
    assert "cannot write the notice" in done.output
