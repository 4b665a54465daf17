"""A summary counts and names no one."""

import json
from pathlib import Path

from drivers.wifi_monitor.inspect import summarise
from tests.drivers.wifi_monitor.frames import ADDRESS, AT_NS, ELEMENTS, pcap, probe, usual


def test_a_summary_counts_frames_probes_models_and_what_is_odd(tmp_path: Path) -> None:
    frames = [
        usual(frequency_mhz=2437) + probe(),
        usual(frequency_mhz=2412) + probe(),
        usual(frequency_mhz=0) + probe(b"\x00\x00", control=0x0840, receiver=b"\x02" * 6),
        usual() + probe(ELEMENTS + b"\x2d"),
        usual() + b"\xd4\x00" + bytes(8),
    ]
    path = pcap(tmp_path / "radar", [(AT_NS, frame) for frame in frames])

    found = summarise(path)

    assert found == {
        "frames": 5,
        "probe_requests": 4,
        "refused": {"not a probe request": 1},
        "damage": None,
        "link_types": {"127": 5},
        "frequencies_mhz": {"2412": 1, "2437": 2, "unknown": 1},
        "models": 2,
        "elements": {"0": 4, "1": 3, "3": 3, "255/35": 3, "221": 3},
        "traits": {
            "heard beside its channel": 1,
            "retry": 1,
            "to one receiver": 1,
            "elements cut short": 1,
        },
    }


def test_a_summary_holds_no_address_and_no_network_name(tmp_path: Path) -> None:
    path = pcap(tmp_path / "radar", [(AT_NS, usual() + probe(b"\x00\x06CANARY"))])

    printed = json.dumps(summarise(path))

    assert "CANARY" not in printed
    assert ADDRESS.hex() not in printed.replace(":", "")
    assert str(int.from_bytes(ADDRESS, "big")) not in printed


def test_a_damaged_capture_is_summed_up_with_the_damage(tmp_path: Path) -> None:
    path = pcap(tmp_path / "radar", [(AT_NS, usual() + probe())] * 2)
    path.write_bytes(path.read_bytes()[:-1])

    found = summarise(path)

    assert (found["frames"], found["damage"]) == (1, "record cut short")
