"""R29: what the process holds does not reach a core file, the swap, or another user."""

import pytest

from tests.systemd.units import UNIT, lines_of, only


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


def test_r29_what_is_freed_is_overwritten_in_pythons_memory_and_in_the_librarys() -> None:
    told = dict(line.split("=", 1) for line in lines_of(UNIT)["Environment"])

    assert told["PYTHONMALLOC"].endswith("debug")
    tunables = dict(one.split("=") for one in told["GLIBC_TUNABLES"].split(":"))
    assert int(tunables["glibc.malloc.perturb"]) > 0
    assert tunables["glibc.malloc.tcache_count"] == "0"
