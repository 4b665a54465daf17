"""What tests of live Bluetooth lean on."""

from collections.abc import Iterator

import pytest

from tests.lab.bus import has_bus, private_bus


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a system bus that has nobody on it."""
    if not has_bus():
        pytest.skip("there is no dbus-daemon on this machine; apt-get install dbus-daemon")
    with private_bus() as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address
