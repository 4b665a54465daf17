"""A recording knows what a running service listens to."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.daemon.control import ControlSocket
from edge.daemon.recording_service import held_note, held_sources
from edge.daemon.status import SourceStatus


class Desk:
    """Answers as a daemon with three sources does, one of them parked."""

    async def source_list(self) -> Any:
        return tuple(
            SourceStatus(
                name=name,
                driver="serial_line",
                zone=None,
                state=state,
                since="2026-03-14T09:00:00.000Z",
                reason="",
                remedy="",
                rate=0.0,
                heard=0,
                refused={},
                faces={},
                drops=0,
                coverage=1.0,
                starts=1,
            )
            for name, state in (("door-1", "watching"), ("till", "quiet"), ("old", "parked"))
        )

    async def status(self) -> Any:
        raise NotImplementedError

    async def reload(self) -> Any:
        raise NotImplementedError

    def watch(self, source: str) -> AsyncGenerator[Any, None]:
        raise NotImplementedError


@pytest.fixture
def state() -> Iterator[Path]:
    """Give a folder whose path leaves room for a unix socket's name."""
    place = Path(tempfile.mkdtemp(prefix="se-", dir="/tmp"))
    yield place
    shutil.rmtree(place)


async def test_the_sources_of_a_running_service_are_held_but_for_parked_ones(state: Path) -> None:
    control = ControlSocket(state, desk=Desk())
    control.open()
    async with asyncio.TaskGroup() as tasks:
        daemon = tasks.create_task(control.run())

        held = await asyncio.to_thread(held_sources, state)

        daemon.cancel()
    assert held == {"door-1", "till"}


def test_without_a_service_nothing_is_held(state: Path) -> None:
    assert held_sources(state) == frozenset()


def test_what_is_held_and_chosen_is_said_with_the_remedy() -> None:
    note = held_note(frozenset({"door-1", "till"}), frozenset({"door-1", "radar"}))

    assert "listens to door-1:" in note
    assert note.endswith("systemctl stop store-edge")
    assert held_note(frozenset({"till"}), frozenset({"radar"})) == ""
