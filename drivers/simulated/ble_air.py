"""This is where advertisements travel from phones to the store's BLE sensors."""

import math
from collections.abc import Iterable, Iterator
from random import Random
from typing import Final, NamedTuple

from drivers.simulated.dice import chance, log_normal
from drivers.simulated.floor import BLE_SENSORS, CENTRES, STREET, Spot, ble_dbm
from drivers.simulated.journeys import Step, Visit
from drivers.simulated.outages import Outages
from drivers.simulated.people import Cast, Person
from drivers.simulated.voices import BeaconVoice, Voice, voice_of

SLOW_DB: Final = 3.0
FAST_DB: Final = 5.5
"""Shadowing that stays while somebody stands, and fading from one advertisement to the next.
Together 6.26 dB; 6.25 dB was measured in a hall."""
HALF_HEARD_DBM: Final = -80.0
"""Mean power at which a scanner takes in half of what it could."""
HEARING_SLOPE_DB: Final = 4.0
DEAFEST_DBM: Final = -100
LOUDEST_DBM: Final = -20
DETOUR_M: Final = 6.0
"""How far along the street a passer-by is from the door at first."""


class Heard(NamedTuple):
    """One packet that one sensor heard."""

    at: float
    """Seconds since the day began."""
    packet: bytes


class Air:
    """The way from a voice to the sensors; collects what each sensor hears."""

    def __init__(self, rng: Random, *, epoch_s: int, outages: Outages) -> None:
        self._rng = rng
        self._epoch_s = epoch_s
        self._outages = outages
        self.heard: dict[str, list[Heard]] = {name: [] for name in BLE_SENSORS}

    def carry(self, voice: Voice, track: Iterable[tuple[Step, float]]) -> None:
        """Let a voice speak along a track of steps, each with its end."""
        for step, ends in track:
            levels = [
                (name, ble_dbm(step.spot, CENTRES[zone]) + self._rng.gauss(0.0, SLOW_DB))
                for name, zone in BLE_SENSORS.items()
            ]
            ears = [(name, level, hearing_share(level)) for name, level in levels]
            at = step.at + self._rng.random() * voice.every_s
            while at < ends:
                self._speak(voice, at, ears)
                at += voice.every_s * self._rng.uniform(0.6, 1.4)

    def _speak(self, voice: Voice, at: float, ears: list[tuple[str, float, float]]) -> None:
        report = voice.say(self._epoch_s + at)
        for name, level, share in ears:
            if self._rng.random() < share and not self._outages.dark(name, at):
                power = round(self._rng.gauss(level, FAST_DB))
                power = max(DEAFEST_DBM, min(LOUDEST_DBM, power))
                self.heard[name].append(
                    Heard(at + self._rng.random() / 1000, report.at_power(power))
                )


def hearing_share(level_dbm: float) -> float:
    """Say which share of the advertisements of a mean power a scanner takes in."""
    return 1 / (1 + math.exp((HALF_HEARD_DBM - level_dbm) / HEARING_SLOPE_DB))


def fill_air(
    air: Air, rng: Random, *, cast: Cast, visits: tuple[Visit, ...], length_s: float
) -> None:
    """Let everybody speak: visitors and staff inside, members outside, a beacon on a shelf."""
    voices: dict[str, Voice | None] = {}
    for visit in visits:
        name = visit.person.name
        if name not in voices:
            voices[name] = voice_of(rng, visit.person)
        voice = voices[name]
        if voice is not None:
            air.carry(voice, _with_ends(visit.track, visit.left))
    for person in cast.passing:
        _pass_by(air, rng, person, length_s=length_s)
    shelf = Step(0.0, Spot(20.0, 25.0))
    air.carry(BeaconVoice(rng), [(shelf, length_s)])


def _pass_by(air: Air, rng: Random, person: Person, *, length_s: float) -> None:
    voice = voice_of(rng, person)
    if voice is None:
        return
    begins = sorted(rng.uniform(30.0, length_s - 120.0) for _ in range(1 + chance(rng, 0.4)))
    for at in begins:
        lasts = min(100.0, log_normal(rng, 25.0))
        step = Step(at, Spot(STREET.x + rng.uniform(-DETOUR_M, DETOUR_M), STREET.y))
        air.carry(voice, [(step, at + lasts)])


def _with_ends(track: tuple[Step, ...], left: float) -> Iterator[tuple[Step, float]]:
    ends = [step.at for step in track[1:]] + [left]
    return zip(track, ends, strict=True)
