"""Drivers are asked what they find, each for itself, and the answer can be pasted."""

import asyncio
import tomllib
from typing import Any

import pytest

from edge.cli.sources import pasteable
from edge.daemon.doctor.discovery import Discovered, discover
from edge.driver.contract import Driver, Found
from edge.errors import SourceUnusable
from tests.daemon.doctor.test_checks import RecordedOnly

MAT = Found(
    driver="mats",
    what="a step mat\nat the door",
    settings='[[source]]\nname = "mat-1"\ndriver = "mats"\n[source.options]\nport = "/dev/mat0"\n',
)


class Finds(RecordedOnly):
    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        return (MAT,)


class FindsNothing(RecordedOnly):
    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        return ()


class Hangs(RecordedOnly):
    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        await asyncio.Event().wait()
        return ()


class Refuses(RecordedOnly):
    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        raise SourceUnusable("cannot look for beacons", why="no BlueZ", remedy="apt install bluez")


class MayNot(RecordedOnly):
    @classmethod
    async def discover(cls) -> tuple[Found, ...]:
        raise PermissionError(13, "Permission denied")


KINDS: dict[str, Any] = {
    "mats": Finds,
    "cells": FindsNothing,
    "hangs": Hangs,
    "refuses": Refuses,
    "may_not": MayNot,
    "recorded": RecordedOnly,
}


def load(name: str) -> type[Driver] | None:
    return KINDS.get(name)


@pytest.fixture(scope="module")
def answers() -> tuple[Discovered, ...]:
    return asyncio.run(discover(KINDS, load=load, within_s=0.05))


def test_every_live_driver_answers_for_itself(answers: tuple[Discovered, ...]) -> None:
    assert {answer.driver: answer.why_not for answer in answers} == {
        "mats": "",
        "cells": "",
        "hangs": "it gave no answer in 0 s",
        "refuses": "cannot look for beacons: no BlueZ; apt install bluez",
        "may_not": "Permission denied",
    }


def test_the_answer_is_settings_with_remarks(answers: tuple[Discovered, ...]) -> None:
    text = pasteable(answers)

    assert tomllib.loads(text) == tomllib.loads(MAT.settings)
    assert "# mats: a step mat at the door\n[[source]]\n" in text
    assert "# cells: nothing that it could use was found" in text
    assert "# hangs: could not look: it gave no answer" in text


def test_no_live_driver_is_said_in_a_comment() -> None:
    assert pasteable(()) == "# no installed driver looks for hardware"
