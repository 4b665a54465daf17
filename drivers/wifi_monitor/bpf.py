"""This is where the kernel is told to let only probe requests through.

The programs are those that libpcap makes of `type mgt subtype probe-req`, one for each link type;
a test compares them with libpcap's own. Written down they need no library and no time to compile.
"""

import socket
from array import array
from collections.abc import Mapping, Sequence
from struct import Struct
from types import MappingProxyType
from typing import Final

from drivers.wifi_monitor.headers import BARE, PRISM, RADIOTAP

Instruction = tuple[int, int, int, int]
"""(code, steps to jump where true, steps to jump where false, operand): linux/filter.h."""

INSTRUCTION: Final = Struct("=HBBI")
PROGRAM: Final = Struct("@HP")
"""struct sock_fprog: number of instructions, and where they stand."""

SO_ATTACH_FILTER: Final = 26
"""Missing from Python's socket module (asm-generic/socket.h)."""

LOAD_WORD, LOAD_BYTE, LOAD_BYTE_AT_X = 0x20, 0x30, 0x50
LOAD, LOAD_MEMORY_X = 0x00, 0x61
STORE = 0x02
AND, OR_X, SHIFT_LEFT = 0x54, 0x4C, 0x64
COPY_TO_X = 0x07
JUMP, JUMP_IF_EQUAL = 0x05, 0x15
RETURN = 0x06

KIND_BITS, PROBE_REQUEST = 0xFC, 0x40
"""Of the first byte of frame control: type and subtype."""
WHOLE, NOTHING = 0xFFFF, 0
"""Bytes of a frame that are let through."""

PROBE_REQUEST_AT_X: Final[tuple[Instruction, ...]] = (
    (LOAD_BYTE_AT_X, 0, 0, 0),
    (AND, 0, 0, KIND_BITS),
    (JUMP_IF_EQUAL, 0, 1, PROBE_REQUEST),
    (RETURN, 0, 0, WHOLE),
    (RETURN, 0, 0, NOTHING),
)

PROGRAMS: Final[Mapping[int, tuple[Instruction, ...]]] = MappingProxyType(
    {
        BARE: ((LOAD_BYTE, 0, 0, 0), *PROBE_REQUEST_AT_X[1:]),
        # Bytes 2 and 3 of a radiotap header are its length, low byte first.
        RADIOTAP: (
            (LOAD_BYTE, 0, 0, 3),
            (SHIFT_LEFT, 0, 0, 8),
            (COPY_TO_X, 0, 0, 0),
            (LOAD_BYTE, 0, 0, 2),
            (OR_X, 0, 0, 0),
            (COPY_TO_X, 0, 0, 0),
            *PROBE_REQUEST_AT_X,
        ),
        # An AVS header begins with its magic and gives its length; a Prism header has 144 bytes.
        PRISM: (
            (LOAD_WORD, 0, 0, 0),
            (AND, 0, 0, 0xFFFFF000),
            (JUMP_IF_EQUAL, 0, 2, 0x80211000),
            (LOAD_WORD, 0, 0, 4),
            (JUMP, 0, 0, 1),
            (LOAD, 0, 0, 144),
            (STORE, 0, 0, 0),
            (COPY_TO_X, 0, 0, 0),
            (LOAD_MEMORY_X, 0, 0, 0),
            *PROBE_REQUEST_AT_X,
        ),
    }
)
"""The filter for each link type that an interface can have."""


def attach(ear: socket.socket, program: Sequence[Instruction]) -> None:
    """Give a socket a filter; to be done before it is bound, or frames slip in before.

    Raises: OSError when the kernel does not take it.
    """
    code = array("B", b"".join(INSTRUCTION.pack(*instruction) for instruction in program))
    # The kernel copies the program; `code` has to live until then and no longer.
    place, _ = code.buffer_info()
    ear.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, PROGRAM.pack(len(program), place))
