"""What the tests of the running daemon lean on."""

from tests.daemon.live.conftest import (
    folder,  # noqa: F401 - a fixture
    mosquitto,  # noqa: F401 - a fixture
    pytest_pyfunc_call,  # noqa: F401 - runs the tests that are coroutines
)
