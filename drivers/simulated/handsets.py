"""This is where a phone's radio stands: address, sequence numbers, and patterns of sweeps."""

from random import Random
from typing import Final, NamedTuple

from drivers.simulated.dice import chance
from drivers.simulated.phones import PhoneModel, Rotation

CHANNELS: Final = range(1, 14)
TUNED: Final = (1, 11)
"""Channels that the radar's two radios are fixed on: they hear most of the sweeps."""
REACH: Final = {0: 0.97, 1: 0.55, 2: 0.2, 5: 0.3}
"""Share of the frames that a radio takes in, by the distance to its channel; those of channel 6
reach both radios now and then."""
CHANNEL_US: Final = 38_000
"""Time on one channel of a sweep; 13 channels take half a second."""
HEARD_TWICE_US: Final = 180
"""Latest difference of two radios' clocks for one frame."""
RETRY_US: Final = 1600
"""When a frame that got no answer is sent again."""
UNICAST_SHARE: Final = 0.015
"""Share of the frames sent to one access point, which leaves the first without an answer."""
LOCAL: Final = 0x02
GROUP: Final = 0x01


class Sending(NamedTuple):
    """One frame of a pattern as one radio takes it in."""

    delay_us: int
    radio: int
    channel: int
    new_channel: bool
    """True for the first frame that is heard of a channel."""
    step: int
    """How far the sequence number moved; 0 for the same frame at the other radio or again."""
    unicast: bool
    retry: bool = False


Pattern = tuple[Sending, ...]
"""The frames of one sweep, in the order of time."""


class Handset:
    """One phone's radio; its address and sequence number change while it sends."""

    __slots__ = ("address", "model", "network", "sequence")

    def __init__(self, model: PhoneModel, address: bytes, *, sequence: int, network: bytes) -> None:
        self.model = model
        self.address = address
        self.sequence = sequence
        self.network = network
        """Name of a network that the phone asks for, empty for none."""


def make_handset(rng: Random, model: PhoneModel) -> Handset:
    """Make up the radio of one phone."""
    named = chance(rng, model.names_networks)
    network = f"home-{rng.randrange(10**6):06d}".encode() if named else b""
    burnt_in = model.rotation is Rotation.NEVER
    address = universal_address(rng) if burnt_in else fresh_address(rng)
    return Handset(model, address, sequence=rng.getrandbits(12), network=network)


def fresh_address(rng: Random) -> bytes:
    """Draw a locally administered address."""
    number = rng.getrandbits(48)
    return (number & ~(GROUP << 40) | LOCAL << 40).to_bytes(6, "big")


def universal_address(rng: Random) -> bytes:
    """Draw an address that looks burnt in."""
    number = rng.getrandbits(48)
    return (number & ~((GROUP | LOCAL) << 40)).to_bytes(6, "big")


def draw_pattern(rng: Random, model: PhoneModel, channels: range) -> Pattern:
    """Draw what the two radios take in of one sweep of a model; at least one frame."""
    sendings: list[Sending] = []
    while not sendings:
        for place, channel in enumerate(channels):
            sendings += _on_channel(rng, model, channel, place * CHANNEL_US)
    return tuple(sorted(sendings))


def _on_channel(rng: Random, model: PhoneModel, channel: int, begins_us: int) -> list[Sending]:
    heard: list[Sending] = []
    sent = 1 + chance(rng, model.per_channel - 1)
    unheard = 0
    for number in range(sent):
        delay_us = begins_us + number * CHANNEL_US // 3 + rng.randrange(4000)
        radios = [radio for radio, tuned in enumerate(TUNED) if _reaches(rng, tuned, channel)]
        unheard += 1
        unicast = chance(rng, UNICAST_SHARE)
        for later, radio in enumerate(radios):
            heard.append(
                Sending(
                    delay_us=delay_us + later * rng.randrange(1, HEARD_TWICE_US),
                    radio=radio,
                    channel=channel,
                    new_channel=not heard,
                    step=0 if later else unheard,
                    unicast=unicast,
                )
            )
            unheard = 0
        if unicast and radios:
            heard.append(
                heard[-1]._replace(
                    delay_us=delay_us + RETRY_US, new_channel=False, step=0, retry=True
                )
            )
    return heard


def _reaches(rng: Random, tuned: int, channel: int) -> bool:
    return chance(rng, REACH.get(abs(tuned - channel), 0.0))
