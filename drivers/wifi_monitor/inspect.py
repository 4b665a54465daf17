"""This is where a capture is summed up for a technician: counts only, nothing anybody sent."""

from collections import Counter
from pathlib import Path
from typing import Any

from drivers.wifi_monitor.decode import Decoder, ProbeRequest
from drivers.wifi_monitor.elements import EXTENSION_BASE
from drivers.wifi_monitor.radio import channel_mhz
from edge.driver.capture import Capture

BROADCAST = b"\xff" * 6


def summarise(path: Path) -> dict[str, Any]:
    """Say what a capture holds and what of it cannot be used; made of JSON's types.

    `models` counts the different lists of elements: phones of one model share a few of them.

    Raises: RecordingError when the file cannot be opened or is no capture.
    """
    capture = Capture(path)
    decoder = Decoder()
    link_types: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    frequencies: Counter[str] = Counter()
    elements: Counter[str] = Counter()
    traits: Counter[str] = Counter()
    models: set[tuple[tuple[int, ...], tuple[bytes, ...]]] = set()
    for _, link_type, frame, original_length in capture:
        link_types[str(link_type)] += 1
        probe = decoder.decode(link_type, frame, original_length=original_length)
        if isinstance(probe, str):
            refused[probe] += 1
            continue
        frequencies[str(probe.frequency_mhz or "unknown")] += 1
        elements.update(_element_name(element) for element in probe.elements.ids)
        traits.update(_traits(probe))
        models.add((probe.elements.ids, probe.elements.vendors))
    return {
        "frames": link_types.total(),
        "probe_requests": frequencies.total(),
        "refused": dict(refused),
        "damage": capture.damage,
        "link_types": dict(link_types),
        "frequencies_mhz": dict(sorted(frequencies.items())),
        "models": len(models),
        "elements": dict(elements.most_common()),
        "traits": dict(traits),
    }


def _element_name(element: int) -> str:
    return str(element) if element < EXTENSION_BASE else f"255/{element - EXTENSION_BASE}"


def _traits(probe: ProbeRequest) -> list[str]:
    """Name what is out of the common run in a probe request."""
    said_mhz = channel_mhz(probe.elements.channel or 0)
    found = {
        "no signal": probe.signal_dbm is None,
        "heard beside its channel": None not in (said_mhz, probe.frequency_mhz)
        and said_mhz != probe.frequency_mhz,
        "retry": probe.is_retry,
        "to one receiver": probe.receiver != BROADCAST,
        "elements cut short": not probe.elements.is_whole,
    }
    return [trait for trait, is_so in found.items() if is_so]
