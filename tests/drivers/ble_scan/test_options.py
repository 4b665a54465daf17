"""A source's options are checked before anything is touched."""

from uuid import UUID

import pytest

from drivers.ble_scan.driver import BleScan
from drivers.ble_scan.options import Mode
from edge.driver.contract import SourceSpec
from edge.errors import ConfigError
from edge.model.names import SourceName

TEXT = "f7826da6-4fa2-4e98-8024-bc5b71e0893e"


def made(**options: object) -> BleScan:
    return BleScan(SourceSpec(name=SourceName("ble-floor"), driver="ble_scan", options=options))


def test_a_source_without_options_listens_on_the_first_adapter() -> None:
    options = made().options

    assert (options.adapter, options.mode, options.beacon) == ("hci0", Mode.AUTO, None)
    assert options.restart_after_s * 3 <= BleScan.quiet_after_s


def test_every_option_is_taken() -> None:
    beacon = {"uuid": TEXT, "major": 42, "minor_key_file": "/etc/store-edge/beacon.key"}

    options = made(adapter="hci1", mode="passive", restart_after_s=60, beacon=beacon).options

    assert (options.adapter, options.mode, options.restart_after_s) == ("hci1", Mode.PASSIVE, 60)
    assert options.beacon is not None
    assert (options.beacon.uuid, options.beacon.major) == (UUID(TEXT), 42)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"adapter": "eth0"}, "adapter"),
        ({"adapter": 0}, "adapter"),
        ({"mode": "loud"}, "mode"),
        ({"restart_after_s": 1}, "restart_after_s"),
        ({"adaptor": "hci0"}, "did you mean 'adapter'"),
        ({"beacon": "on"}, "beacon"),
        ({"beacon": {"uuid": "no", "major": 1}}, "uuid"),
        ({"beacon": {"uuid": TEXT, "major": 65_536}}, "major"),
        ({"beacon": {"uuid": TEXT, "major": 1, "majer": 1}}, "did you mean 'major'"),
        ({"beacon": {"uuid": TEXT}}, "neither a major nor a key"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(options: dict[str, object], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault) as raised:
        made(**options)

    assert raised.value.where == "source ble-floor"
    assert raised.value.remedy
