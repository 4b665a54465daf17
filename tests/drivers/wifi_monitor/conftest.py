"""What the tests of the live radio lean on."""

import itertools
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab.radio import KernelMonitor, has_radios, kernel_monitor
from tests.lab.tap import TapMonitor, tap_monitor, why_not

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def may_tap() -> None:
    """Skip where this machine lets nobody make an interface."""
    reason = why_not()
    if reason:
        pytest.skip(reason)


@pytest.fixture
def interface_name() -> str:
    """Give a name that no other test uses, in this process or another."""
    return f"t{os.getpid() % 10_000_000}n{next(NUMBERS)}"


@pytest.fixture
def tap(may_tap: None, interface_name: str) -> Iterator[TapMonitor]:  # noqa: ARG001 - it skips
    """Give an interface that looks like a monitor and is up."""
    with tap_monitor(interface_name) as opened:
        yield opened


@pytest.fixture
def radio(
    request: pytest.FixtureRequest, interface_name: str
) -> Iterator[TapMonitor | KernelMonitor]:
    """Give a radio of the kernel's own where the lab has one, or else what looks like it."""
    if not has_radios():
        yield request.getfixturevalue("tap")
        return
    with kernel_monitor(interface_name) as opened:
        yield opened


@pytest.fixture
def fake_iw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Give a maker of programs that are found as `iw` and write their arguments into a file."""
    folder = tmp_path / "bin"
    folder.mkdir()
    said = tmp_path / "asked"
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def make(script: str) -> Path:
        program = folder / "iw"
        program.write_text(f'#!/bin/sh\necho "$@" >> {said}\n{script}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        said.touch()
        return said

    return make
