"""This is where it is said what the store asks of whoever holds the keys.

The store sees no key: it keeps what a cipher gives it. `edge.privacy.keyring` is the real one.
"""

from typing import Protocol

from edge.model.names import CustomerId


class PersonCipher(Protocol):
    """Seals what is known of one person; safe to use from any thread."""

    @property
    def customer(self) -> CustomerId:
        """The person's name at the platform."""

    def seal(self, plain: bytes, *, bound: bytes) -> bytes:
        """Seal bytes that belong to one place, which `bound` names."""

    def open(self, sealed: bytes, *, bound: bytes) -> bytes:
        """Give back what was sealed for that place.

        Raises: StoreError where a byte, the place or the person is another one.
        """


class Cipher(Protocol):
    """What follows from the device's key; safe to use from any thread."""

    @property
    def fingerprint(self) -> str:
        """What tells this device key from others, and nothing about it."""

    def mark(self, customer: str) -> bytes:
        """Give the keyed hash that stands for a customer on the disk."""

    def wrap_new(self, customer: CustomerId) -> bytes:
        """Draw a key for a person, and give it with their name, wrapped by the device key."""

    def unwrap(self, mark: bytes, wrapped: bytes) -> PersonCipher:
        """Open a person's key.

        Raises: StoreError where another device wrapped it, or for another mark.
        """

    def seal_own(self, plain: bytes, *, bound: bytes) -> bytes:
        """Seal what is of more than one person, for one place, which `bound` names."""

    def open_own(self, sealed: bytes, *, bound: bytes) -> bytes:
        """Give back what was sealed for that place.

        Raises: StoreError where another device sealed it, or for another place.
        """
