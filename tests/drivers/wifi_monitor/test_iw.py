"""`iw` is run with patience that ends, and its complaints come with what mends them."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.wifi_monitor.iw import iw
from edge.errors import SourceFault, SourceUnusable

FakeIw = Callable[[str], Path]


def test_what_it_prints_is_given(fake_iw: FakeIw) -> None:
    asked = fake_iw("echo phy#0")

    said = asyncio.run(iw("dev"))

    assert said == "phy#0\n"
    assert asked.read_text() == "dev\n"


def test_one_that_hangs_is_killed_after_its_patience(fake_iw: FakeIw, tmp_path: Path) -> None:
    fake_iw(f"echo $$ > {tmp_path / 'pid'}; exec sleep 60")
    began = time.monotonic()

    with pytest.raises(SourceFault, match=r"cannot run iw dev: no answer within 0\.3 s"):
        asyncio.run(iw("dev", patience_s=0.3))

    assert time.monotonic() - began < 2
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_one_that_hangs_is_killed_when_nobody_waits_any_more(
    fake_iw: FakeIw, tmp_path: Path
) -> None:
    fake_iw(f"echo $$ > {tmp_path / 'pid'}; exec sleep 60")

    async def give_up() -> None:
        async with asyncio.timeout(0.3):
            await iw("dev", patience_s=60)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())

    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("complaint", "remedy"),
    [
        ("command failed: Device or resource busy (-16)", "nmcli device set"),
        ("command failed: Operation not supported (-95)", "edge sources discover"),
        ("command failed: Operation not permitted (-1)", "root"),
        ("command failed: No such device (-19)", "plug the adapter in"),
        ("command failed: RF-kill (-132)", "rfkill unblock wifi"),
        ("nl80211 not found.", "edge doctor"),
    ],
)
def test_a_complaint_comes_with_what_mends_it(fake_iw: FakeIw, complaint: str, remedy: str) -> None:
    fake_iw(f"echo '{complaint}' >&2; exit 240")

    with pytest.raises(SourceFault) as fault:
        asyncio.run(iw("dev", "wlan1", "set", "type", "monitor"))

    assert fault.value.why == complaint
    assert remedy in fault.value.remedy


def test_where_it_is_not_installed_the_remedy_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("drivers.wifi_monitor.iw.SYSTEM_FOLDERS", str(tmp_path))

    with pytest.raises(SourceUnusable, match="apt install iw"):
        asyncio.run(iw("dev"))
