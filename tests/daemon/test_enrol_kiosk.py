"""Somebody is enrolled in front of a camera, by a process whose arguments do not name them."""

import asyncio
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.daemon.enrol_kiosk import KioskEnrolment
from edge.errors import ConfigError, EdgeError, SourceFault, WireError
from edge.privacy.keyring import Keyring
from edge.privacy.policy import Policy
from edge.store.database import Store
from tests.daemon.enrol_kit import BY_CUSTOMER, DEVICE_KEY, FACE, ON_DEVICE, VISITS, House, run

ORDER = {"customer": "c-1", "camera": "kiosk-cam"}
GOOD = """echo '{"pictures": 4, "quality": 0.8, "replaced": 0, "code": "", "key": "device"}'"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1", cipher=Keyring(DEVICE_KEY)) as opened:
        yield opened


class Kiosk:
    """A store whose `edge` is a script that notes what it was asked."""

    def __init__(self, store: Store, folder: Path, *, under: Policy = ON_DEVICE) -> None:
        self.house = House(store, under)
        self.folder = folder

    def sitting(self, script: str = GOOD, *, within_s: int = 5) -> KioskEnrolment:
        program = self.folder / "edge"
        program.write_text(
            f'#!/bin/sh\necho "$@" > {self.folder}/arguments\ncat > {self.folder}/input\n{script}\n'
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return KioskEnrolment(
            self.house.enrolling, program=(program, "--state=/s"), within_s=within_s
        )

    def noted(self, what: str) -> str:
        return (self.folder / what).read_text()


def test_a_customer_in_front_of_the_camera_is_enrolled(store: Store, tmp_path: Path) -> None:
    kiosk = Kiosk(store, tmp_path)
    kiosk.house.know("c-1", FACE)

    answer = run(kiosk.sitting().enrol(ORDER))

    assert answer == {"pictures": 4, "quality": 0.8, "replaced": 0}
    assert "--camera=kiosk-cam --json --state=/s --within=5" in kiosk.noted("arguments")
    assert "c-1" not in kiosk.noted("arguments")
    assert kiosk.noted("input") == "c-1\n"


@pytest.mark.parametrize("data", [{}, {"customer": "c-1"}, {"camera": "a"}, {**ORDER, "camera": 7}])
def test_a_request_without_a_name_is_refused(
    store: Store, tmp_path: Path, data: dict[str, Any]
) -> None:
    with pytest.raises(WireError, match="names no customer or no camera"):
        run(Kiosk(store, tmp_path).sitting().enrol(data))


def test_without_consent_no_camera_is_looked_through(store: Store, tmp_path: Path) -> None:
    kiosk = Kiosk(store, tmp_path)
    kiosk.house.know("c-1", VISITS)

    with pytest.raises(ConfigError, match="no consent record counts"):
        run(kiosk.sitting().enrol(ORDER))

    assert not (tmp_path / "arguments").exists()


def test_a_key_that_belongs_to_the_customer_goes_over_no_wire(store: Store, tmp_path: Path) -> None:
    kiosk = Kiosk(store, tmp_path, under=BY_CUSTOMER)
    kiosk.house.know("c-1", FACE)

    with pytest.raises(ConfigError, match="handed to them in person"):
        run(kiosk.sitting().enrol(ORDER))

    assert not (tmp_path / "arguments").exists()


def fault(code: int, why: str) -> str:
    told = json.dumps({"error": {"code": code, "what": "w", "where": "", "why": why, "remedy": ""}})
    return f"echo 'look here: hold still' >&2; echo '{told}' >&2; exit {code}"


@pytest.mark.parametrize(
    ("script", "kind", "why"),
    [
        (fault(78, "2 of at least 3"), ConfigError, "2 of at least 3"),
        (fault(75, "it is gone"), SourceFault, "it is gone"),
        ("echo Traceback >&2; exit 1", SourceFault, "its process died"),
        ("exit 9", SourceFault, "its process died"),
    ],
)
def test_what_the_sitting_says_is_the_answer(
    store: Store, tmp_path: Path, script: str, kind: type[EdgeError], why: str
) -> None:
    kiosk = Kiosk(store, tmp_path)
    kiosk.house.know("c-1", FACE)

    with pytest.raises(kind, match=why):
        run(kiosk.sitting(script).enrol(ORDER))


def test_a_second_customer_does_not_sit_down_beside_the_first(store: Store, tmp_path: Path) -> None:
    kiosk = Kiosk(store, tmp_path)
    kiosk.house.know("c-1", FACE)

    async def two() -> list[Any]:
        sitting = kiosk.sitting("sleep 0.3\n" + GOOD)
        return await asyncio.gather(
            *(sitting.enrol(ORDER) for _ in range(2)), return_exceptions=True
        )

    outcomes = run(two())

    assert sum(isinstance(one, ConfigError) for one in outcomes) == 1
    assert sum(isinstance(one, dict) for one in outcomes) == 1
