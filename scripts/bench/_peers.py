"""This is where probe requests are read with the tools of the field, for comparison."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import dpkt
from scapy.layers.dot11 import RadioTap

from drivers.wifi_monitor.elements import EXTENSION, EXTENSION_BASE

TSHARK_FIELDS = {
    "number": "frame.number",
    "address": "wlan.sa",
    "receiver": "wlan.ra",
    "sequence": "wlan.seq",
    "signal": "radiotap.dbm_antsignal",
    "other_signal": "wlan_radio.signal_dbm",
    "frequency": "radiotap.channel.freq",
    "other_frequency": "wlan_radio.frequency",
    "elements": "wlan.tag.number",
    "extensions": "wlan.ext_tag.number",
    "malformed": "_ws.malformed",
    "bad_length": "wlan.tag.length.bad",
}
PROBE_REQUESTS = "wlan.fc.type_subtype == 4"


class Said(NamedTuple):
    """What a probe request says, in the terms in which all tools can say it."""

    address: bytes
    receiver: bytes
    sequence: int
    signal_dbm: int | None
    frequency_mhz: int | None
    elements: tuple[int, ...]
    """256 + extension id for elements of id 255."""


class Told(NamedTuple):
    """What tshark tells about one frame."""

    number: int
    """Place in the file, from 0."""
    said: Said
    is_malformed: bool


def has_tshark() -> bool:
    """Whether tshark is on the PATH."""
    return shutil.which("tshark") is not None


def tshark_command(path: Path) -> list[str]:
    """Give the command that prints the fields of a capture's probe requests."""
    command = ["tshark", "-n", "-r", str(path), "-Y", PROBE_REQUESTS, "-T", "fields"]
    for field in TSHARK_FIELDS.values():
        command += ["-e", field]
    return command


def tshark(path: Path) -> Iterator[Told]:
    """Read a capture's probe requests with tshark.

    Raises: subprocess.CalledProcessError when tshark cannot read the file at all.
    """
    done = subprocess.run(tshark_command(path), capture_output=True, text=True, check=False)
    # A file that ends in the middle of a packet makes tshark complain after its output.
    if done.returncode and not done.stdout and "cut short" not in done.stderr:
        done.check_returncode()
    for line in done.stdout.splitlines():
        yield _told(dict(zip(TSHARK_FIELDS, line.split("\t"), strict=True)))


def _told(row: dict[str, str]) -> Told:
    """Read one line; of a repeated field the first counts, as the radio's first antenna does."""
    first = {name: text.split(",")[0] for name, text in row.items()}
    extensions = iter(_numbers(row["extensions"]))
    elements = (
        EXTENSION_BASE + next(extensions, -EXTENSION_BASE) if element == EXTENSION else element
        for element in _numbers(row["elements"])
    )
    signal = first["signal"] or first["other_signal"]
    frequency = first["frequency"] or first["other_frequency"]
    return Told(
        number=int(first["number"]) - 1,
        said=Said(
            address=bytes.fromhex(first["address"].replace(":", "")),
            receiver=bytes.fromhex(first["receiver"].replace(":", "")),
            sequence=int(first["sequence"] or -1),
            signal_dbm=int(signal) if signal else None,
            frequency_mhz=int(frequency) or None if frequency else None,
            elements=tuple(elements),
        ),
        is_malformed=bool(row["malformed"] or row["bad_length"]),
    )


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def scapy_dissects(frames: Sequence[bytes]) -> None:
    """Dissect radiotap frames with scapy, whole."""
    for frame in frames:
        RadioTap(frame)


def dpkt_reads(frames: Sequence[bytes]) -> None:
    """Read with dpkt what our decoder reads."""
    for frame in frames:
        radio = dpkt.radiotap.Radiotap(frame)
        probe = radio.data
        (
            probe.mgmt.src,
            probe.mgmt.dst,
            probe.mgmt.frag_seq >> 4,
            radio.ant_sig.db,
            radio.channel.freq,
            tuple(element.id for element in probe.ies),
        )
