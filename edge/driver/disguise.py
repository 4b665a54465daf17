"""This is where an identifier becomes a stand-in for a recording, under a key that is thrown away.

The same identifier gives the same stand-in as long as the key is the same, whichever source it
comes from; with the key gone, nobody can tell what it stood for.
"""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import count
from string import ascii_lowercase, digits, hexdigits
from typing import Final

KEY_BYTES: Final = 32

KEPT_BITS: Final = 0x03
"""Of an address's first byte: group and locally administered (IEEE 802-2014, 8.2.2); a random
address stays a random one."""

HEX_LETTERS: Final = "abcdef"


def disguised_address(address: bytes, *, key: bytes) -> bytes:
    """Give 6 bytes that stand for an address; only its group bit and its local bit are kept."""
    stand_in = bytearray(blake2b(address, key=key, digest_size=6, person=b"address").digest())
    stand_in[0] = stand_in[0] & ~KEPT_BITS | address[0] & KEPT_BITS
    return bytes(stand_in)


def disguised_text(text: str, *, key: bytes) -> str:
    """Give a text of the same length that stands for a code.

    Digits stay digits, letters letters of the same case, hex digits hex digits; marks are kept.
    Upper and lower case give the same letters. Short codes may share a stand-in: of two 6-digit
    codes one pair in a million does.
    """
    letters = HEX_LETTERS if set(text) <= set(hexdigits) else ascii_lowercase
    numbers = _numbers(text.casefold().encode("utf-8", "surrogatepass"), key)
    return "".join(_stand_in(sign, number, letters) for sign, number in zip(text, numbers))  # noqa: B905 - the numbers never end


def _stand_in(sign: str, number: int, letters: str) -> str:
    if sign.isdigit():
        return digits[number % len(digits)]
    if not sign.isalpha():
        return sign
    letter = letters[number % len(letters)]
    return letter.upper() if sign.isupper() else letter


def _numbers(text: bytes, key: bytes) -> Iterator[int]:
    """Give numbers below 256 without an end, always the same for a text and a key."""
    for block in count():
        salt = block.to_bytes(8, "big")
        yield from blake2b(text, key=key, salt=salt, person=b"text").digest()
