"""The doctor says whether customers are told what is done, and what may not start."""

from pathlib import Path
from typing import Any

import pytest

from edge.config.schema import Settings
from edge.daemon.doctor.notice import examine_notice
from edge.daemon.notices import notice_of, publish_notice
from edge.daemon.policy_force import force_of
from edge.driver.contract import Level
from tests.privacy.kit import NOW

RADAR = {"name": "radar", "driver": "wifi_monitor"}
CAMERA = {"name": "cam", "driver": "camera_face"}
WHO = {"controller": "Toys Ltd", "contact": "dpo@toys.example"}


def found(**tables: Any) -> list[tuple[Level, str]]:
    whole = {"store": {"id": "toy-1", "policy": "uk"}, "source": [RADAR]}
    settings = Settings.model_validate(whole | tables)
    told = examine_notice(settings, force_of(settings, platform=None))
    assert all(one.remedy for one in told if one.level is not Level.OK)
    return [(one.level, one.what) for one in told]


def published(tmp_path: Path, *sources: dict[str, str]) -> dict[str, str]:
    """Publish a notice for some sources; give the table that names it."""
    file = tmp_path / "notice.json"
    told = WHO | {"published": str(file)}
    tables = {
        "store": {"id": "toy-1", "policy": "uk"},
        "source": list(sources),
        "notice": told,
    }
    settings = Settings.model_validate(tables)
    permitted = force_of(settings, platform=None).permitted
    publish_notice(notice_of(settings, permitted), file, at=NOW)
    return told


def test_without_a_notice_there_is_a_warning_and_a_camera_does_not_start() -> None:
    assert found() == [(Level.WARN, "no notice tells customers who answers for the sensors")]
    assert found(source=[RADAR, CAMERA])[1:] == [
        (Level.FAIL, "cam does not start: no notice tells customers of it")
    ]


def test_a_notice_that_is_not_published_is_a_warning() -> None:
    assert found(notice=WHO) == [(Level.WARN, "the notice is not published")]


def test_a_published_notice_that_is_current_is_in_order(tmp_path: Path) -> None:
    told = published(tmp_path, RADAR)

    ((level, what),) = found(notice=told)

    assert level is Level.OK
    assert what.endswith("is published")


def test_a_published_notice_that_is_not_current_says_what_does_not_start(tmp_path: Path) -> None:
    told = published(tmp_path, RADAR)

    levels = found(notice=told, source=[RADAR, CAMERA])

    assert levels == [
        (Level.WARN, "the published notice is not what is done now"),
        (Level.FAIL, "cam does not start: the published notice does not tell of face"),
    ]


@pytest.mark.parametrize("content", [None, "{}"])
def test_a_published_notice_that_cannot_be_trusted_fails(
    tmp_path: Path, content: str | None
) -> None:
    told = published(tmp_path, RADAR)
    (tmp_path / "notice.json").unlink()
    if content is not None:
        (tmp_path / "notice.json").write_text(content)

    levels = [level for level, _ in found(notice=told)]

    assert levels == [Level.FAIL, Level.FAIL]


def test_a_pause_is_told_once_and_is_no_failure() -> None:
    told = found(privacy={"paused": True}, source=[RADAR, CAMERA])

    assert told[1:] == [(Level.WARN, "all sensing but door counters is paused")]
