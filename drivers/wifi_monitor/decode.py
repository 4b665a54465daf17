"""This is where a captured frame becomes a probe request, or the reason why it is none.

Pure: bytes in, values out. A live source and a recording go through the same decoder.
"""

from typing import NamedTuple

import msgspec

from drivers.wifi_monitor.elements import ElementMemo, Elements
from drivers.wifi_monitor.fcs import FCS_SIZE, BadFcs, FcsMode, FcsRule, is_right
from drivers.wifi_monitor.opening import HEADER, Opener
from drivers.wifi_monitor.refusals import Refusal

RETRY, ORDER = 0x0800, 0x8000
"""Bits of frame control."""
SEQUENCE_SHIFT = 4
HT_CONTROL_SIZE = 4
"""Stands behind the header where the order bit is set (IEEE 802.11-2020, 9.2.4.1.10)."""
TAIL_LENGTHS = (0, 2)
"""Second of four bytes that are one element with two bytes, or two elements with none."""
SHORT_HEADER, LONG_HEADER = HEADER.size, HEADER.size + HT_CONTROL_SIZE

Sighting = tuple[bytes, int, int | None]
"""(source address, sequence number, signal in dBm): what presence needs, and nothing else."""


class ProbeRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A probe request as it was on the air; it lives no longer than its handling."""

    address: bytes
    """Source, 6 bytes; most phones make one up for each scan."""
    receiver: bytes
    """6 bytes; all ones unless one access point is asked."""
    sequence: int
    """0..4095; positive evidence at most, because phones start it anew with each address."""
    signal_dbm: int | None
    frequency_mhz: int | None
    """What the radio was tuned to; it hears neighbouring channels as well."""
    elements: Elements
    control: int
    """Frame control, little-endian: what the sender says of the frame itself."""

    @property
    def is_retry(self) -> bool:
        """Whether the sender sent the frame before, and nobody answered."""
        return self.control & RETRY != 0


class Parts(NamedTuple):
    """A probe request taken apart, so that it can be written anew."""

    frequency_mhz: int | None
    signal_dbm: int | None
    header: bytes
    """24 bytes, or 28 with HT Control."""
    body: bytes
    """The elements, without a frame check sequence."""


class Decoder:
    """Decodes the frames of one source; remembers header layouts and element bodies met before."""

    def __init__(
        self,
        *,
        fcs: FcsMode = FcsMode.AUTO,
        bad_fcs: BadFcs = BadFcs.FLAGGED,
        memo: ElementMemo | None = None,
    ) -> None:
        self._rule = FcsRule(fcs, bad_fcs)
        self._open = Opener(self._rule).open
        self._memo = memo or ElementMemo()
        # Held here, because each look through another object costs a frame more.
        self._recall = self._memo.known.get
        self._assumed, self._trusted = self._rule.assumed, self._rule.trusted

    def sight(self, link_type: int, frame: bytes) -> Sighting | Refusal:
        """Read who was heard and how loudly; the elements are not touched."""
        opened = self._open(link_type, frame)
        if isinstance(opened, str):
            return opened
        return opened[6], opened[7] >> SEQUENCE_SHIFT, opened[3]

    def decode(
        self, link_type: int, frame: bytes, *, original_length: int = 0
    ) -> ProbeRequest | Refusal:
        """Read everything a probe request says but its texts.

        `original_length` is the length on the air, more than the frame's where the capture was cut
        short; elements that were cut off are missing, and `elements.is_whole` is False.
        """
        opened = self._open(link_type, frame)
        if isinstance(opened, str):
            return opened
        start, flags, frequency_mhz, signal_dbm, control, receiver, address, sequence = opened
        at = start + (SHORT_HEADER if control < ORDER else LONG_HEADER)
        end = size = len(frame)
        if ((flags or 0) | self._assumed) & self._trusted:
            end -= FCS_SIZE
        if original_length > size:
            end = min(size, end + original_length - size)
        elements = self._recall(hash(frame[at:end]))
        if elements is None:
            if self._rule.is_flexible and original_length <= size:
                elements, _ = self._body_at_either_end(frame, at, start=start, end=end)
            else:
                elements = self._memo.read(frame[at:end])
        return ProbeRequest(
            address=address,
            receiver=receiver,
            sequence=sequence >> SEQUENCE_SHIFT,
            signal_dbm=signal_dbm,
            frequency_mhz=frequency_mhz or None,
            elements=elements,
            control=control,
        )

    def part(self, link_type: int, frame: bytes) -> Parts | Refusal:
        """Take a probe request apart, with its texts: only for what writes it unlinkably."""
        opened = self._open(link_type, frame)
        if isinstance(opened, str):
            return opened
        start, flags, frequency_mhz, signal_dbm, control = opened[:5]
        at = start + (SHORT_HEADER if control < ORDER else LONG_HEADER)
        end = len(frame) - (FCS_SIZE if self._rule.carries_fcs(flags) else 0)
        if self._rule.is_flexible:
            _, end = self._body_at_either_end(frame, at, start=start, end=end)
        return Parts(
            frequency_mhz=frequency_mhz or None,
            signal_dbm=signal_dbm,
            header=frame[start:at],
            body=frame[at:end],
        )

    def _body_at_either_end(
        self, frame: bytes, at: int, *, start: int, end: int
    ) -> tuple[Elements, int]:
        """Read elements, and give their end; `end` is where the radio says that they end.

        Where the last four bytes could be an element as well, a right check sequence decides;
        otherwise the elements end where the last of them does.
        """
        whole = len(frame)
        elements = self._memo.read(frame[at:end])
        is_doubtful = end == whole and frame[-3] in TAIL_LENGTHS and is_right(frame, start)
        if elements.is_whole and not is_doubtful:
            return elements, end
        other_end = whole if end < whole else whole - FCS_SIZE
        other = self._memo.read(frame[at:other_end])
        return (other, other_end) if other.is_whole else (elements, end)
