"""This is where phones, badges and beacons find the words they advertise on BLE."""

import struct
from abc import ABC, abstractmethod
from random import Random
from typing import Final

from drivers.simulated.ble_codes import draw_prand, ephemeral_id, resolvable_address
from drivers.simulated.deeds import speech_of
from drivers.simulated.hci import Report, extended_report, legacy_report
from drivers.simulated.people import Person
from edge.model.customer import TokenKind

EID_EXPONENT: Final = 10
ADDRESS_LASTS_S: Final = 900
"""A private address changes about every 15 min (Core 5.4, vol 3, part C, appendix A)."""
PHONE_EVERY_S: Final = 2.0
BADGE_EVERY_S: Final = 10.0
STRANGER_EVERY_S: Final = 20.0
"""Mean time between advertisements that a scanner takes in; phones send more often."""
FLAGS: Final = bytes.fromhex("020106")
EID_HEAD: Final = FLAGS + bytes.fromhex("0303aafe 0d16aafe 30eb")
"""Service 0xFEAA, frame type 0x30, -21 dBm at 0 m: 41 dB over -62 dBm at 1 m."""
MAKER_HEAD: Final = FLAGS + bytes.fromhex("0aff4c00 1005")
IBEACON_HEAD: Final = FLAGS + bytes.fromhex("1aff4c00 0215")


class Voice(ABC):
    """What one device advertises; the address changes with the step of time."""

    every_s: float = PHONE_EVERY_S

    def __init__(self, rng: Random, *, clock_error_s: float = 0.0, extended: bool = False) -> None:
        self._rng = rng
        self._clock_error_s = clock_error_s
        self._report = extended_report if extended else legacy_report
        self._step = -1
        self._said: Report | None = None

    def say(self, epoch_s: float) -> Report:
        """Give the advertisement of a moment; moments must not run backwards."""
        own_s = int(epoch_s + self._clock_error_s)
        step = self.step_of(own_s)
        if self._said is None or step != self._step:
            self._step = step
            self._said = self._report(*self.words(own_s))
        return self._said

    def step_of(self, own_s: int) -> int:
        """Give the number of a moment's step; within a step the words stay the same."""
        return own_s // ADDRESS_LASTS_S

    @abstractmethod
    def words(self, own_s: int) -> tuple[bytes, bytes]:
        """Give address and advertising data of a moment."""


class EidVoice(Voice):
    """A phone with the store's app, or a badge: Eddystone-EID."""

    def __init__(
        self, rng: Random, *, key: bytes, clock_error_s: float = 0.0, extended: bool = False
    ) -> None:
        super().__init__(rng, clock_error_s=clock_error_s, extended=extended)
        self._key = key

    def step_of(self, own_s: int) -> int:
        """Give the number of the identifier's step; the address changes with it."""
        return own_s >> EID_EXPONENT

    def words(self, own_s: int) -> tuple[bytes, bytes]:
        """Give a new address and the identifier."""
        return draw_address(self._rng), EID_HEAD + ephemeral_id(self._key, own_s, k=EID_EXPONENT)


class Badge(EidVoice):
    """A member of staff's badge."""

    every_s = BADGE_EVERY_S


class IrkVoice(Voice):
    """A phone whose owner handed the identity resolving key over."""

    def __init__(
        self, rng: Random, *, irk: bytes, clock_error_s: float = 0.0, extended: bool = False
    ) -> None:
        super().__init__(rng, clock_error_s=clock_error_s, extended=extended)
        self._irk = irk

    def words(self, own_s: int) -> tuple[bytes, bytes]:  # noqa: ARG002 - the key alone decides
        """Give a resolvable address; the words are the maker's and say nothing."""
        address = resolvable_address(self._irk, draw_prand(self._rng))
        return address, MAKER_HEAD + self._rng.randbytes(5)


class StrangerVoice(Voice):
    """A stranger's phone, watch or ear plugs."""

    every_s = STRANGER_EVERY_S

    def words(self, own_s: int) -> tuple[bytes, bytes]:  # noqa: ARG002 - chance alone decides
        """Give a random address and the maker's words."""
        return draw_address(self._rng), MAKER_HEAD + self._rng.randbytes(5)


class BeaconVoice(StrangerVoice):
    """A shelf's iBeacon: its words and its address never change."""

    def step_of(self, own_s: int) -> int:  # noqa: ARG002 - it has one step only
        """Stay at the first step."""
        return 0

    def words(self, own_s: int) -> tuple[bytes, bytes]:  # noqa: ARG002 - it has one thing to say
        """Give a static address and an iBeacon's identifiers."""
        identifiers = self._rng.randbytes(16) + struct.pack(">HHb", 42, 1, -59)
        static = bytes((0xC0 | self._rng.getrandbits(6),)) + self._rng.randbytes(5)
        return static, IBEACON_HEAD + identifiers


def voice_of(rng: Random, person: Person) -> Voice | None:
    """Give a person's voice; None where nothing they carry advertises."""
    member, phone = person.member, person.phone
    error_s = 0.0 if phone is None else phone.clock_error_s
    extended = phone is not None and phone.extended
    speech = speech_of(person)
    if member is not None and speech is TokenKind.IRK:
        return IrkVoice(rng, irk=member.irk, clock_error_s=error_s, extended=extended)
    if member is not None and speech is TokenKind.EID:
        kind = Badge if person.staff else EidVoice
        return kind(rng, key=member.eid, clock_error_s=error_s, extended=extended)
    chatty = phone is not None and phone.chatty
    return StrangerVoice(rng, extended=extended) if chatty else None


def draw_address(rng: Random) -> bytes:
    """Draw a non-resolvable private address (top bits 00)."""
    first, *rest = rng.randbytes(6)
    return bytes((first & 0x3F, *rest))
