"""How long a certificate still counts is judged by days that leave room to act."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.daemon.doctor.certificates import examine_own, judge_validity
from edge.driver.contract import Level
from edge.model.names import SECOND

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
NOW_NS = round(NOW.timestamp()) * SECOND


@pytest.mark.parametrize(
    ("days", "level"),
    [
        (31, Level.OK),
        (30, Level.WARN),
        (14, Level.WARN),
        (4, Level.WARN),
        (3, Level.FAIL),
        (0, Level.FAIL),
        (-1, Level.FAIL),
    ],
)
def test_the_alarm_rises_with_the_days_that_are_left(days: int, level: Level) -> None:
    ends = NOW + timedelta(days=days)

    found = judge_validity("our certificate", ends=ends, now_ns=NOW_NS, remedy="renew it")

    assert found.level is level
    assert f"{ends:%Y-%m-%d}" in found.what
    assert found.remedy == ("" if level is Level.OK else "renew it")


def test_an_end_that_has_passed_is_called_so() -> None:
    found = judge_validity(
        "our certificate", ends=NOW - timedelta(days=2), now_ns=NOW_NS, remedy="renew it"
    )

    assert found.what == "our certificate expired on 2026-03-12"


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nno\n", bytes(64)])
def test_a_file_that_is_no_certificate_is_named_and_not_shown(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "node.pem"
    path.write_bytes(content)

    (found,) = examine_own(path, node="node-1", now_ns=NOW_NS)

    assert found.level is Level.FAIL
    assert found.what == f"our certificate {path} cannot be read: it is no certificate in PEM"


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    (found,) = examine_own(tmp_path / "lost.pem", node="node-1", now_ns=NOW_NS)

    assert "No such file" in found.what
    assert found.remedy.startswith("put the renewed certificate and key in place of ")
