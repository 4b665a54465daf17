"""This is where resolvable private addresses are matched with the keys customers handed over.

Bluetooth Core Specification, Vol 3, Part H, 2.2.2: an address is prand (24 bits, the top two of
them 01) and hash = ah(key, prand), the last 24 bits of AES-128(key, prand padded with zeros).
"""

from collections.abc import Mapping
from typing import Final, Generic, TypeVar

from cryptography.hazmat.primitives.ciphers.base import CipherContext

from edge.model.names import SECOND, Instant
from edge.privacy.eddystone import encryptor

Owner = TypeVar("Owner")

PADDING: Final = bytes(13)
MEMO_LIMIT: Final = 8_192
"""Addresses remembered at a time, about 1 MB; over it the memo starts anew."""
MEMO_NS: Final = 900 * SECOND
"""Addresses change about every 15 minutes, so nothing is remembered for longer."""


def is_resolvable(address: bytes) -> bool:
    """Say whether a random address (most significant byte first) is a resolvable private one."""
    return address[0] & 0xC0 == 0x40  # noqa: PLR2004 - the two bits of the standard


class AddressResolver(Generic[Owner]):
    """Whose resolvable private address is it, for many keys; used from one thread at a time.

    One encryptor is held per key. A stranger's address is remembered as the process's own keyed
    hash only, and for 15 minutes at the longest.
    """

    def __init__(self, owners: Mapping[bytes, Owner]) -> None:
        self._owners = owners
        self._encryptors: list[tuple[CipherContext, Owner]] = []
        self._known: dict[bytes, Owner] = {}
        self._strangers: set[int] = set()
        self._memo_age = 0

    def find(self, address: bytes, at: Instant) -> Owner | None:
        """Give whose address this is, or None for a stranger's."""
        if not self._owners or not is_resolvable(address):
            return None
        if at // MEMO_NS != self._memo_age or len(self._strangers) >= MEMO_LIMIT:
            self._forget(at)
        if hash(address) in self._strangers:
            return None
        found = self._known.get(address)
        return self._work_out(address) if found is None else found

    def _work_out(self, address: bytes) -> Owner | None:
        if not self._encryptors:
            self._encryptors = [(encryptor(key), owner) for key, owner in self._owners.items()]
        block = PADDING + address[:3]
        wanted = address[3:]
        for held, owner in self._encryptors:
            if held.update(block)[13:] == wanted:
                self._known[address] = owner
                return owner
        self._strangers.add(hash(address))
        return None

    def _forget(self, at: Instant) -> None:
        self._memo_age = at // MEMO_NS
        self._known.clear()
        self._strangers.clear()
