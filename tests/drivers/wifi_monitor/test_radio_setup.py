"""The oneshot makes a monitor of an adapter, or says what is in the way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.wifi_monitor.interface import look
from drivers.wifi_monitor.radio_setup import main
from tests.lab.tap import ETHERNET, TapMonitor, tap_monitor

FakeIw = Callable[[str], Path]


def asked_of(name: str, *more: str) -> str:
    return "".join(f"dev {name} {words}\n" for words in ("info", "set type monitor", *more))


def is_up(name: str) -> bool:
    present = look(name)
    assert present is not None
    return present.is_up


def test_an_adapter_is_made_a_monitor_switched_on_and_tuned(
    tap: TapMonitor, fake_iw: FakeIw, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = fake_iw("true")
    tap.set_down()

    status = main([tap.name, "--channel", "11"])

    assert status == 0
    assert is_up(tap.name)
    assert asked.read_text() == asked_of(tap.name, "set channel 11")
    assert capsys.readouterr().out == f"{tap.name} listens on channel 11, link type 127\n"


def test_it_is_off_while_its_mode_changes(tap: TapMonitor, fake_iw: FakeIw) -> None:
    asked = fake_iw(f"cat /sys/class/net/{tap.name}/flags >> $0.flags")

    main([tap.name])

    flags = (asked.parent / "bin" / "iw.flags").read_text().split()
    assert [int(one, 16) & 1 for one in flags] == [1, 0]
    assert is_up(tap.name)


def test_what_is_no_wifi_is_left_alone(
    tap: TapMonitor, fake_iw: FakeIw, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = fake_iw("echo 'command failed: No such device (-19)' >&2; exit 237")

    status = main([tap.name])

    assert status == 75
    assert asked.read_text() == f"dev {tap.name} info\n"
    assert is_up(tap.name)
    assert "plug the adapter in" in capsys.readouterr().err


@pytest.mark.usefixtures("may_tap")
def test_an_adapter_that_does_not_obey_is_told_apart(
    interface_name: str, fake_iw: FakeIw, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = fake_iw("true")

    with tap_monitor(interface_name, hardware=ETHERNET):
        status = main([interface_name])

    assert status == 69
    assert asked.read_text() == asked_of(interface_name)
    assert "edge sources discover" in capsys.readouterr().err


@pytest.mark.usefixtures("may_tap")
def test_what_iw_complains_of_is_said_and_the_interface_is_on_again(
    interface_name: str, fake_iw: FakeIw, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_iw(
        "[ $3 = info ] && exit; echo 'command failed: Device or resource busy (-16)' >&2; exit 240"
    )

    with tap_monitor(interface_name, hardware=ETHERNET):
        status = main([interface_name])
        assert is_up(interface_name)

    assert status == 75
    assert "nmcli device set INTERFACE managed no" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nosuchradio"], 75, "there is no such interface"),
        (["nosuchradio", "--channel", "20"], 78, "there is no channel 20"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    arguments: list[str], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == status
    assert words in capsys.readouterr().err
