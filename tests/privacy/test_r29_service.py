"""R29: what the process holds does not reach a core file, the swap, or another user."""

import pytest

from tests.systemd.units import only


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("LimitCORE", "0"),
        ("MemorySwapMax", "0"),
        ("PrivateTmp", "yes"),
        ("UMask", "0077"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("NoNewPrivileges", "yes"),
        ("StateDirectoryMode", "0700"),
    ],
)
def test_r29_what_a_process_holds_does_not_reach_disk_swap_or_others(
    setting: str, value: str
) -> None:
    assert only(setting) == value
