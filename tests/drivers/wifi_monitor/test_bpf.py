"""The filter in the kernel is the one that libpcap would have set."""

import pytest

from drivers.wifi_monitor.bpf import PROGRAMS

scapy_filters = pytest.importorskip("scapy.arch.common", reason="libpcap's compiler needs scapy")


@pytest.mark.parametrize("link_type", PROGRAMS)
def test_a_program_is_what_libpcap_makes_of_the_expression(link_type: int) -> None:
    try:
        theirs = scapy_filters.compile_filter("type mgt subtype probe-req", linktype=link_type)
    except ImportError as error:
        pytest.skip(f"libpcap is not on this machine: {error}")

    instructions = tuple(
        (one.code, one.jt, one.jf, one.k & 0xFFFFFFFF) for one in theirs.bf_insns[: theirs.bf_len]
    )

    assert instructions == PROGRAMS[link_type]
    scapy_filters.free_filter(theirs)
