"""Recordings that tests build from real formats: lines, advertisements, probe requests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edge.driver.recording import MANIFEST
from edge.model.moment import rfc3339
from edge.model.names import SECOND, Instant
from edge.privacy.signing import platform_key_text, sign
from tests.drivers.ble_scan.bytes_of import btsnoop, eid_payload, event, legacy
from tests.drivers.wifi_monitor.frames import pcap, probe, usual
from tests.privacy.kit import PRIVATE, eid_at, put
from tests.toy_settings import CHECKOUT, DOOR, ENTRANCE

START: Final = 1_773_478_800
"""2026-03-14T09:00:00Z."""
SETTINGS: Final = (
    """
[store]
id = "toy-1"
policy = "{policy}"
opening = "{opening}"

[[zone]]
name = "floor"
"""
    + ENTRANCE
    + CHECKOUT
    + DOOR
)


def at(second: float) -> Instant:
    """Give the moment so many seconds after the start."""
    return Instant(round((START + second) * SECOND))


def by_address(address: bytes, *, rssi: int = -60, payload: bytes = b"") -> bytes:
    """Give the HCI event in which an advertisement from this address arrives."""
    return event(0x02, legacy(payload, address=address, rssi=rssi))


def by_token(key: bytes, second: float, *, address: bytes, rssi: int = -60) -> bytes:
    """Give the HCI event in which a member's rotating token arrives."""
    return by_address(address, rssi=rssi, payload=eid_payload(eid_at(key, at(second))))


@dataclass(kw_only=True)
class Shop:
    """What happened in a shop, second by second, until it is written to a folder."""

    length_s: int = 1800
    policy: str = "eu_strict"
    opening: str = "00:00-24:00"
    doors: list[tuple[float, str]] = field(default_factory=list)
    scans: list[tuple[float, str]] = field(default_factory=list)
    tills: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)
    links: list[tuple[float, str, bytes]] = field(default_factory=list)
    adverts: list[tuple[float, bytes]] = field(default_factory=list)
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    people: list[Mapping[str, Any]] = field(default_factory=list)
    more_sources: str = ""

    def hear_probe(self, second: float, address: bytes, *, ssid: bytes = b"") -> None:
        """Let the radar hear a probe request, for a network by name where one is given."""
        body = bytes([0, len(ssid)]) + ssid + b"\x01\x04\x02\x04\x0b\x16"
        sequence = round(second * 10) % 4096
        self.frames.append((second, usual() + probe(body, address=address, sequence=sequence)))

    def write(self, folder: Path) -> Path:
        """Write the recording."""
        folder.mkdir(parents=True, exist_ok=True)
        _lines(folder / "door.jsonl", [{"t": START + s, "line": line} for s, line in self.doors])
        _lines(folder / "scan.jsonl", [{"t": START + s, "line": code} for s, code in self.scans])
        _lines(
            folder / "till.jsonl",
            [{"t": START + s, "line": json.dumps(receipt)} for s, receipt in self.tills],
        )
        _lines(
            folder / "ap.jsonl",
            [
                {"t": START + s, "event": what, "address": address.hex(":")}
                for s, what, address in self.links
            ],
        )
        (folder / "ble.btsnoop").write_bytes(snoop(self.adverts))
        pcap(folder / "radar.pcap", [(at(s), frame) for s, frame in sorted(self.frames)])
        _lines(folder / "customers.jsonl", [{"cursor": "1", "deltas": list(self.people)}])
        settings = SETTINGS.format(policy=self.policy, opening=self.opening)
        (folder / "edge.toml").write_text(settings)
        (folder / MANIFEST).write_text(self._manifest())
        return folder

    def _manifest(self) -> str:
        return f"""
format = 1
store = "toy-1"
timezone = "Europe/Berlin"
started = {rfc3339(at(0))}
ended = {rfc3339(at(self.length_s))}
settings = "edge.toml"
seed = "customers.jsonl"
platform_key = "{platform_key_text(PRIVATE)}"
{_source("door-1", "serial_line", "door.jsonl", 'profile = "door-counter-csv"', "entrance")}
{_source("scanner", "serial_line", "scan.jsonl", 'profile = "scanner-plain"', "checkout")}
{_source("till", "serial_line", "till.jsonl", 'profile = "till-json"', "checkout")}
{_source("ap", "wifi_link", "ap.jsonl")}
{_source("ble-floor", "ble_scan", "ble.btsnoop", "", "floor")}
{_source("radar", "wifi_monitor", "radar.pcap", "", "entrance")}
{self.more_sources}
"""


def member(who: str, *purposes: str, tokens: Sequence[Mapping[str, Any]], **changes: Any) -> Any:
    """Give the platform's signed word about a customer."""
    delta = put(*purposes, customer=who, tokens=list(tokens), **changes)
    return {**delta, "signature": sign(delta, PRIVATE)}


def snoop(adverts: Sequence[tuple[float, bytes]]) -> bytes:
    """Give a btsnoop file with each HCI event at its own second."""
    head = btsnoop()
    records = [
        btsnoop(packet, start_s=START + second).removeprefix(head)
        for second, packet in sorted(adverts)
    ]
    return head + b"".join(records)


def _lines(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))


def _source(name: str, driver: str, file: str, more: str = "", zone: str = "") -> str:
    place = f'zone = "{zone}"' if zone else ""
    return f'[[source]]\nname = "{name}"\ndriver = "{driver}"\nfile = "{file}"\n{more}\n{place}\n'
