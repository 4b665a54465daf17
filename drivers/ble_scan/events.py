"""This is where HCI events become advertising reports (Core 5.4, Vol 4, Part E, 7.7.65).

Addresses stand in HCI least significant byte first; a report has them the way people read them.
"""

from struct import Struct
from typing import Final

import msgspec

from drivers.ble_scan.report import BROKEN_REPORT, SIGNALS, Decoded, Report
from edge.model.names import SECOND

LE_META: Final = 0x3E
LEGACY, DIRECTED, EXTENDED = 0x02, 0x0B, 0x0D
SUBEVENTS: Final = (LEGACY, DIRECTED, EXTENDED)

HEAD_SIZE: Final = 2
"""Event code and length of the parameters."""
SUBEVENT_AT, COUNT_AT, REPORTS_AT = 2, 3, 4

CUT_SHORT: Final = "event cut short"
LOST_FRAGMENTS: Final = "lost fragments"

HIGHEST_ADDRESS_TYPE: Final = 3
"""0 public, 1 random, 2 and 3 the same of a resolved identity: the lowest bit says random."""
ANONYMOUS: Final = 0xFF

LEGACY_HEAD: Final = 9
"""Event type, address type, 6 bytes of address, length of the data; the RSSI stands behind it."""

EXTENDED_HEAD: Final = Struct("<HB6sxxBxbxxx6xB")
"""Event type, address type, address, set, RSSI and length of the data; the PHYs, power, interval
and target between them say nothing about who is near."""

STATUS_SHIFT: Final = 5
STATUS_MASK: Final = 0b11
WHOLE, MORE_TO_COME, TRUNCATED = 0, 1, 2
PDU_KIND: Final = 0x1F
"""Bits of the event type that stay the same through the fragments of one payload."""

LONGEST_PAYLOAD: Final = 1650
"""Bytes of extended advertising data (Core 5.4, Vol 4, Part E, 7.8.54)."""
MOST_FRAGMENTED: Final = 64
"""Payloads in the making; a controller delivers the fragments of one before the next, so more than
a few mean that ends were lost."""
FRAGMENT_LIFE_NS: Final = 2 * SECOND
"""Nothing heard lies in memory longer than this (privacy rule R6); the chain of one payload takes
less than 0.1 s on the air."""

Key = tuple[int, int, bytes, int]


class Fragments(msgspec.Struct, kw_only=True):
    """A payload in the making."""

    since: int
    payload: bytearray


class EventDecoder:
    """Decodes HCI events of one controller; it keeps unfinished payloads, and nothing else."""

    def __init__(self) -> None:
        self._unfinished: dict[Key, Fragments] = {}

    def decode(self, at_ns: int, event: bytes) -> Decoded:
        """Decode one event, from its event code on; events of other kinds hold nothing.

        A report that cannot be read ends the event: where the next begins is not known.
        """
        if len(event) <= SUBEVENT_AT or event[0] != LE_META or event[SUBEVENT_AT] not in SUBEVENTS:
            return []
        end = HEAD_SIZE + event[1]
        if len(event) < end:
            return [CUT_SHORT]
        if end < REPORTS_AT:
            return [BROKEN_REPORT]
        lost = self._forget_old(at_ns) if self._unfinished else None
        if event[SUBEVENT_AT] == LEGACY:
            found = legacy_reports(event, end)
        elif event[SUBEVENT_AT] == EXTENDED:
            found = self._extended_reports(at_ns, event, end)
        else:
            found = directed_reports(event, end)
        return lost + found if lost else found

    def _extended_reports(self, at_ns: int, event: bytes, end: int) -> Decoded:
        found: Decoded = []
        at = REPORTS_AT
        for _ in range(event[COUNT_AT]):
            start = at + EXTENDED_HEAD.size
            if start > end:
                return [*found, BROKEN_REPORT]
            kind, address_type, address, advert_set, signal, size = EXTENDED_HEAD.unpack_from(
                event, at
            )
            at = start + size
            is_known = address_type <= HIGHEST_ADDRESS_TYPE or address_type == ANONYMOUS
            if at > end or not is_known:
                return [*found, BROKEN_REPORT]
            payload = event[start:at]
            status = kind >> STATUS_SHIFT & STATUS_MASK
            key = (kind & PDU_KIND, address_type, address, advert_set)
            if status == MORE_TO_COME:
                found += self._keep(at_ns, key, payload)
                continue
            begun = self._unfinished.pop(key, None)
            found.append(
                Report(
                    address=None if address_type == ANONYMOUS else address[::-1],
                    is_random=bool(address_type & 1),
                    payload=bytes(begun.payload + payload) if begun else payload,
                    signal_dbm=SIGNALS[signal & 0xFF],
                    is_whole=status == WHOLE,
                )
            )
        return found

    def _keep(self, at_ns: int, key: Key, payload: bytes) -> list[str]:
        """Keep a fragment; give a reason where that makes another, or this one, get lost."""
        begun = self._unfinished.get(key)
        if begun is None:
            self._unfinished[key] = Fragments(since=at_ns, payload=bytearray(payload))
            if len(self._unfinished) <= MOST_FRAGMENTED:
                return []
            del self._unfinished[next(iter(self._unfinished))]
            return [LOST_FRAGMENTS]
        if len(begun.payload) + len(payload) > LONGEST_PAYLOAD:
            del self._unfinished[key]
            return [LOST_FRAGMENTS]
        begun.payload += payload
        return []

    def _forget_old(self, at_ns: int) -> Decoded:
        """Drop payloads whose end never came; a clock set back counts as time gone by."""
        old = [
            key
            for key, begun in self._unfinished.items()
            if abs(at_ns - begun.since) > FRAGMENT_LIFE_NS
        ]
        for key in old:
            del self._unfinished[key]
        return [LOST_FRAGMENTS] * len(old)


def legacy_reports(event: bytes, end: int) -> Decoded:
    """Decode an LE Advertising Report event; `end` is where its parameters end."""
    found: Decoded = []
    at = REPORTS_AT
    for _ in range(event[COUNT_AT]):
        start = at + LEGACY_HEAD
        if start > end:
            return [*found, BROKEN_REPORT]
        stop = start + event[start - 1]
        address_type = event[at + 1]
        if stop >= end or address_type > HIGHEST_ADDRESS_TYPE:
            return [*found, BROKEN_REPORT]
        found.append(
            Report(
                address=event[at + 7 : at + 1 : -1],
                is_random=bool(address_type & 1),
                payload=event[start:stop],
                signal_dbm=SIGNALS[event[stop]],
            )
        )
        at = stop + 1
    return found


DIRECTED_SIZE: Final = 16
"""Event type, address type, address, target's type, target's address, RSSI."""


def directed_reports(event: bytes, end: int) -> Decoded:
    """Decode an LE Directed Advertising Report event: advertisements without data.

    They call one known device, mostly to reconnect, and count as a sign of life only: they are
    given without their address.
    """
    count = event[COUNT_AT]
    whole = min(count, (end - REPORTS_AT) // DIRECTED_SIZE)
    found: Decoded = [
        Report(
            address=None,
            is_random=True,
            payload=b"",
            signal_dbm=SIGNALS[event[REPORTS_AT + DIRECTED_SIZE * (place + 1) - 1]],
        )
        for place in range(whole)
    ]
    return found if whole == count else [*found, BROKEN_REPORT]
