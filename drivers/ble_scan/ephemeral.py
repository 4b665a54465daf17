"""This is where the one thing that matters in an advertisement is found: a member's rotating id.

Every advertisement in the store passes here, so it looks at lengths and types and copies nothing
else. What it passed is kept nowhere, not even to save work on the next one alike: advertisements
of strangers are forgotten at once.
"""

from typing import Final

BROKEN_ADVERT: Final = "broken advert"
"""Reason for advertising data with a structure that reaches over the end."""

EID_START: Final = b"\x16\xaa\xfe\x30"
"""Service data with a 16-bit UUID, Eddystone's UUID 0xFEAA, frame type EID."""
ID_AT: Final = 1 + len(EID_START) + 1
"""From the structure's length byte on; in front of the id stands the power at 0 m."""
ID_END: Final = ID_AT + 8


def ephemeral_id(payload: bytes) -> bytes | str | None:
    """Give the 8 bytes of the Eddystone-EID in advertising data.

    None where there is none; a reason, which is a text, where the data is broken and the id does
    not stand whole before the break.
    """
    at, size = 0, len(payload)
    while at < size:
        length = payload[at]
        if not length:
            break
        end = at + 1 + length
        if end > size:
            return BROKEN_ADVERT
        if end >= at + ID_END and payload.startswith(EID_START, at + 1):
            return payload[at + ID_AT : at + ID_END]
        at = end
    return None
