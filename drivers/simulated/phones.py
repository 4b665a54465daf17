"""This is where models of phones stand: what their probe requests hold and how they scan.

The bodies are plausible ones of our own making, and so are each model's own figures. Only their
sum is held to captures of labelled phones: the time to the next sweep is exponential with a mean
of about 75 s, which gives a share seen within 60, 120 and 300 s of .55, .80 and .98 (measured
.52-.60, .72-.83, .94-1.0) and a longest gap in 20 min with a p90 of 365 s (measured 274-382 s).
"""

from enum import Enum, auto
from typing import Final

import msgspec

from drivers.simulated.elements import (
    EIGHT_MORE,
    FOUR_MORE,
    MIXED_RATES,
    SLOW_RATES,
    capabilities,
    element,
    he,
    ht,
    rates,
    vendor,
)


class Rotation(Enum):
    """When a phone takes a new address."""

    CHANNEL = auto()
    """On every channel of a sweep, with a new start of the sequence numbers."""
    SWEEP = auto()
    """On every sweep, with a new start of the sequence numbers."""
    RUNNING = auto()
    """On every sweep, and the sequence numbers run on."""
    NEVER = auto()
    """Never: a burnt-in address."""


class PhoneModel(msgspec.Struct, frozen=True, kw_only=True):
    """One model of phone, as the air knows it."""

    name: str
    share: float
    rotation: Rotation
    sweep_every_s: float
    """Mean time between sweeps."""
    per_channel: float
    """Mean number of frames on a channel, 1 to 2."""
    bodies: tuple[bytes, ...]
    """Elements after SSID and DS channel; the first is the usual one, others come by mode."""
    volatile: bool = False
    """True where a vendor's element with a changing payload ends the body."""
    names_networks: float = 0.0
    """Share of these phones that ask for networks by name."""


_G: Final = rates(MIXED_RATES, FOUR_MORE)
_BG: Final = rates(SLOW_RATES, EIGHT_MORE)
_WFA_MBO: Final = vendor("506f9a16", "030103")
_MAKER_A: Final = vendor("0017f20a", "00010400000000")
_MAKER_B: Final = vendor("0000f022", "0301000900")
_CHIP: Final = vendor("00101802", "0000100000")
_HE_A: Final = he("010810900000", "2260c83f4a8000004c2001", streams=2)
_HE_B: Final = he("0d0008184000", "0420ce92164f01000c0200", streams=2)
_INTERWORKING: Final = element(107, bytes((0x0F,)) + b"\xff" * 6)

MODELS: Final = (
    PhoneModel(
        name="cedar-11",
        share=0.20,
        rotation=Rotation.CHANNEL,
        sweep_every_s=72,
        per_channel=1.5,
        bodies=(
            _BG + ht(0x402D, ampdu=0x17, streams=2) + capabilities("0400080000000040") + _HE_A,
            _BG + ht(0x402D, ampdu=0x17, streams=2) + capabilities("0400080000000040"),
        ),
    ),
    PhoneModel(
        name="cedar-13",
        share=0.16,
        rotation=Rotation.CHANNEL,
        sweep_every_s=80,
        per_channel=1.4,
        bodies=(
            _BG
            + ht(0x402D, ampdu=0x17, streams=2)
            + capabilities("040008010000004080")
            + _HE_A
            + _MAKER_A,
        ),
    ),
    PhoneModel(
        name="galena-21",
        share=0.18,
        rotation=Rotation.SWEEP,
        sweep_every_s=68,
        per_channel=1.7,
        bodies=(
            _BG
            + ht(0x01EF, ampdu=0x1B, streams=2)
            + capabilities("00000a0200000040")
            + _HE_B
            + _WFA_MBO
            + _MAKER_B,
        ),
        volatile=True,
    ),
    PhoneModel(
        name="galena-7",
        share=0.10,
        rotation=Rotation.SWEEP,
        sweep_every_s=75,
        per_channel=1.3,
        bodies=(_BG + ht(0x012D, ampdu=0x03, streams=1) + capabilities("00000a02") + _CHIP,),
        names_networks=0.3,
    ),
    PhoneModel(
        name="rowan-9",
        share=0.14,
        rotation=Rotation.SWEEP,
        sweep_every_s=66,
        per_channel=1.8,
        bodies=(
            _G
            + ht(0x016E, ampdu=0x13, streams=2)
            + _INTERWORKING
            + capabilities("000008040000004000"),
            _G + ht(0x016E, ampdu=0x13, streams=1) + capabilities("0000080400000040"),
        ),
        volatile=True,
        names_networks=0.2,
    ),
    PhoneModel(
        name="pine-3",
        share=0.12,
        rotation=Rotation.RUNNING,
        sweep_every_s=85,
        per_channel=1.5,
        bodies=(_G + ht(0x11EF, ampdu=0x17, streams=2) + capabilities("0004080000000040"),),
    ),
    PhoneModel(
        name="hazel-6",
        share=0.10,
        rotation=Rotation.NEVER,
        sweep_every_s=90,
        per_channel=1.4,
        bodies=(_G + ht(0x0020, ampdu=0x1A, streams=1) + _MAKER_A,),
        names_networks=0.4,
    ),
)

STATIC: Final = PhoneModel(
    name="printer",
    share=0.0,
    rotation=Rotation.NEVER,
    sweep_every_s=100,
    per_channel=1.2,
    bodies=(_G + ht(0x002C, ampdu=0x1B, streams=1) + _CHIP,),
)
"""What stands in the store day and night: printers, tills, displays."""
