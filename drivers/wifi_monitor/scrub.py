"""This is where a probe request's elements lose what could name a person, a device or a network.

Their bytes are otherwise kept: they tell models of phones apart. Names become zeros of the same
length, so that the elements stay as long as they were.
"""

from collections.abc import Iterator, Mapping
from struct import Struct
from types import MappingProxyType
from typing import Final

from drivers.wifi_monitor.elements import (
    EXTENSION,
    EXTENSION_BASE,
    HEAD_SIZE,
    VENDOR,
    VENDOR_KEY_SIZE,
)

SSID: Final = 0
INTERWORKING: Final = 107
NAMES: Final = frozenset({SSID, 84, 114, EXTENSION_BASE + 58})
"""SSID, SSID list, mesh id, short SSID list (checksums of names, and names can be guessed)."""
HESSID_SIZE: Final = 6
HESSID_IN: Final = (7, 9)
"""Sizes of an Interworking element that ends with an access point's address (9.4.2.91)."""

WPS_FIELD: Final = Struct(">HH")
"""Kind and size (Wi-Fi Protected Setup 2.0.8, 12)."""
WPS_PERSONAL: Final = frozenset({0x1011, 0x1020, 0x1042, 0x1045, 0x1047, 0x1048, 0x1058})
"""Device name, address, serial number, SSID, ids of both sides, an application's own."""
P2P_FIELD: Final = Struct("<BH")
"""Kind and size (Wi-Fi Direct 1.9, 4.1.1)."""
P2P_PERSONAL: Final = frozenset({3, 7, 13, 14, 15, 16})
"""Device id, group's address, device info, group info, group id, interface: addresses, names."""
FIELDS: Final[Mapping[bytes, tuple[Struct, frozenset[int]]]] = MappingProxyType(
    {
        bytes.fromhex("0050f204"): (WPS_FIELD, WPS_PERSONAL),
        bytes.fromhex("506f9a09"): (P2P_FIELD, P2P_PERSONAL),
    }
)
"""Vendors' elements that are lists of fields: form of a field's head, and kinds to be blanked."""


def scrub(body: bytes, replacements: Mapping[bytes, bytes]) -> bytes:
    """Write a body anew without names, serial numbers and addresses.

    `replacements` says what stands in for bytes wherever they occur in an element, at the same
    length. A last element that was cut short is left out.
    """
    return b"".join(
        bytes([element, len(content)]) + _scrubbed(element, content, replacements)
        for element, content in _elements(body)
    )


def names_in(body: bytes) -> set[bytes]:
    """Give the SSIDs in a body, as sent."""
    return {content for element, content in _elements(body) if element == SSID}


def _elements(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Give id and content of each element that is there to its end."""
    at = 0
    while at + HEAD_SIZE <= len(body):
        start = at + HEAD_SIZE
        end = start + body[at + 1]
        if end <= len(body):
            yield body[at], body[start:end]
        at = end


def _scrubbed(element: int, content: bytes, replacements: Mapping[bytes, bytes]) -> bytes:
    """Write the content of one element anew; what says which element it is stays."""
    kept = 0
    if element == EXTENSION and content:
        element, kept = EXTENSION_BASE + content[0], 1
    elif element == VENDOR:
        kept = VENDOR_KEY_SIZE
    head, rest = content[:kept], content[kept:]
    if element in NAMES:
        return head + bytes(len(rest))
    if element == INTERWORKING and len(rest) in HESSID_IN:
        rest = rest[:-HESSID_SIZE] + bytes(HESSID_SIZE)
    if element == VENDOR and head in FIELDS:
        form, personal = FIELDS[head]
        rest = _without(rest, form, personal)
    for secret, stand_in in replacements.items():
        rest = rest.replace(secret, stand_in)
    return head + rest


def _without(content: bytes, form: Struct, personal: frozenset[int]) -> bytes:
    """Blank fields by their kind; what is no field to its end is blanked as well."""
    whole = bytearray(len(content))
    at = 0
    while at + form.size <= len(content):
        kind, size = form.unpack_from(content, at)
        start = at + form.size
        end = start + size
        if end > len(content):
            break
        whole[at:start] = content[at:start]
        if kind not in personal:
            whole[start:end] = content[start:end]
        at = end
    return bytes(whole)
