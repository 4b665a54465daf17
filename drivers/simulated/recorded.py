"""This is where the script of a day goes through the sensors into their files."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from drivers.simulated.associations import ACCESS_POINT, log_associations
from drivers.simulated.ble_air import Air, fill_air
from drivers.simulated.btsnoop import write_btsnoop
from drivers.simulated.consents import Platform
from drivers.simulated.doors import HEARTBEAT, count_doors
from drivers.simulated.floor import RADAR
from drivers.simulated.handsets import Handset, make_handset
from drivers.simulated.jsonl import write_lines
from drivers.simulated.manifest import SEED, TRUTH
from drivers.simulated.noise import make_noise
from drivers.simulated.pcap import write_pcap
from drivers.simulated.script import Script
from drivers.simulated.serial import serial_lines
from drivers.simulated.summary import RadioCounts
from drivers.simulated.sweeps import PASSERS_PER_VISITOR, Street
from drivers.simulated.tills import SCANNER, close_receipts, read_codes
from drivers.simulated.truth import tell_truth
from drivers.simulated.wifi_air import Frame, Transmitter, transmit

REPORT_EVERY: Final = 20_000
"""Frames between two reports of progress."""


def write_radar(
    script: Script, folder: Path, *, until_frames: int, progress: Callable[[float], None]
) -> RadioCounts:
    """Write the radar's capture with at least `until_frames` probe requests."""
    rng = script.dice.stream("street")
    street = Street(rng, length_s=script.length_s, outages=script.outages)
    handsets: dict[str, Handset] = {}
    for one in script.deeds:
        person = one.visit.person
        if person.phone is not None and person.phone.wifi:
            if person.name not in handsets:
                handsets[person.name] = make_handset(rng, person.phone.model)
            street.add_visit(one.visit, handsets[person.name], linked=one.joins_at is not None)
    street.add_static()
    visitors = sum(map(len, script.cast.groups))
    passers = street.add_passers(PASSERS_PER_VISITOR * visitors, until_frames=until_frames)
    noise = make_noise(
        script.dice.stream("noise"),
        length_s=script.length_s,
        epoch_us=script.epoch_us,
        outages=script.outages,
    )
    transmitter = Transmitter(script.dice.stream("transmitter"), epoch_us=script.epoch_us)
    others = sorted(noise.others + noise.damaged)
    sweeps = sorted(street.sweeps, key=lambda sweep: sweep.at_us)
    write_pcap(
        folder / f"{RADAR}.pcap.gz",
        _reported(transmit(sweeps, transmitter, others), street.frames + len(others), progress),
        epoch_us=script.epoch_us,
    )
    return RadioCounts(
        probe_frames=street.frames,
        other_frames=len(noise.others),
        damaged_frames=len(noise.damaged),
        passers=passers,
    )


def write_ble(script: Script, folder: Path) -> int:
    """Write the BLE sensors' captures and give the number of advertisements in them."""
    air = Air(script.dice.stream("air"), epoch_s=script.epoch_s, outages=script.outages)
    voices = script.dice.stream("voices")
    fill_air(air, voices, cast=script.cast, visits=script.visits, length_s=script.length_s)
    for name, heard in air.heard.items():
        write_btsnoop(folder / f"{name}.btsnoop", heard, epoch_s=script.epoch_s)
    return sum(map(len, air.heard.values()))


def write_serial(script: Script, folder: Path) -> int:
    """Write door counters, tills and the scanner; give the number of the counters' lines."""
    length_s = script.length_s
    doors = count_doors(
        script.dice.stream("doors"), script.visits, outages=script.outages, length_s=length_s
    )
    tills = close_receipts(script.dice.stream("tills"), script.deeds, length_s=length_s)
    scans = {SCANNER: read_codes(script.deeds, length_s=length_s)}
    for name, lines in {**doors, **tills, **scans}.items():
        write_lines(folder / f"{name}.jsonl", serial_lines(lines, epoch_s=script.epoch_s))
    return sum(spoken.line != HEARTBEAT for lines in doors.values() for spoken in lines)


def write_log(script: Script, folder: Path) -> int:
    """Write the log of the store's own Wi-Fi and give the number of its lines."""
    log = log_associations(
        script.dice.stream("associations"),
        script.deeds,
        epoch_s=script.epoch_s,
        length_s=script.length_s,
    )
    return write_lines(folder / f"{ACCESS_POINT}.jsonl", log)


def write_seed(script: Script, folder: Path) -> str:
    """Write what the platform knows and give its public key."""
    platform = Platform(script.dice.stream("platform"), started=script.started)
    staff = frozenset(one.member.customer for one in script.cast.staff if one.member is not None)
    write_lines(folder / SEED, platform.messages(script.cast.members, staff))
    return platform.public_key


def write_truth(script: Script, folder: Path) -> None:
    """Write what really happened."""
    truth = tell_truth(
        script.deeds, outages=script.outages, epoch_s=script.epoch_s, length_s=script.length_s
    )
    write_lines(folder / TRUTH, truth)


def _reported(
    frames: Iterable[Frame], expected: int, progress: Callable[[float], None]
) -> Iterator[Frame]:
    for number, frame in enumerate(frames):
        if number % REPORT_EVERY == 0:
            progress(number / expected)
        yield frame
