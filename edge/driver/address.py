"""This is where a hardware address as people and devices write it becomes six bytes."""

import re
from typing import Final

_FORMS: Final = re.compile(
    r"[0-9A-Fa-f]{2}(?P<mark>[:-]?)(?:[0-9A-Fa-f]{2}(?P=mark)){4}[0-9A-Fa-f]{2}"
)

GROUP_BIT: Final = 0x01
"""Of the first byte: the address names a group of stations (IEEE 802-2014, 8.2.2)."""


def station_address(text: object) -> bytes | None:
    """Give the 6 bytes of one station's address, first byte first.

    `aa:bb:…`, `aa-bb-…` and `aabb…`, either case. None for anything else, for group addresses
    and for the address of nobody, 00:00:00:00:00:00.
    """
    if not isinstance(text, str) or not _FORMS.fullmatch(text.strip()):
        return None
    address = bytes.fromhex(text.strip().replace(":", "").replace("-", ""))
    return None if address[0] & GROUP_BIT or not any(address) else address
