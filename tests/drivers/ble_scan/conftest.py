"""What tests of live Bluetooth lean on."""

from collections.abc import Iterator

import pytest

from tests.lab.bus import NOBODY_ASKS, has_bus, private_bus


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a system bus that has nobody on it."""
    need_bus()
    with private_bus() as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


@pytest.fixture
def closed_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a system bus on which nobody may talk to BlueZ."""
    need_bus()
    with private_bus(NOBODY_ASKS) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


def need_bus() -> None:
    """Skip a test where no bus can be started."""
    if not has_bus():
        pytest.skip("there is no dbus-daemon on this machine; apt-get install dbus-daemon")
