"""What the tests of live recordings lean on."""

from tests.drivers.ble_scan.conftest import bus as live_bus  # noqa: F401 - a fixture
from tests.drivers.wifi_monitor.conftest import (
    interface_name,  # noqa: F401 - a fixture
    may_tap,  # noqa: F401 - a fixture
    tap,  # noqa: F401 - a fixture
)
from tests.sync.conftest import (
    pytest_pyfunc_call,  # noqa: F401 - runs the tests that are coroutines
)
