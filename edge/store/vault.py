"""This is where each person's own key is found, made and thrown away.

A person's key lies wrapped in the table `person`, under the keyed hash of their name. Everything
that names them is sealed with it or points to that row: where the row is gone, nobody can tell any
more whose the rest was (crypto-shredding), not even from an old copy of the other tables.
"""

from functools import lru_cache
from typing import Final

import msgspec

from edge.errors import StoreError
from edge.model.names import CustomerId
from edge.store import meta
from edge.store.cipher import Cipher, PersonCipher
from edge.store.engine import Connection

KEPT: Final = 4_096
"""Opened keys in RAM, some 4 MB: everybody who comes in a day."""

FINGERPRINT: Final = "key.fingerprint"
"""Where meta says which device's key seals the file."""

_FIND: Final = "SELECT number, wrapped FROM person WHERE mark = ?"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person's place in the file, and their opened key."""

    number: int
    """Stands for them in other tables; never given twice."""
    cipher: PersonCipher


class Vault:
    """The persons' keys of one file; safe to use from any thread.

    What is remembered is found by the wrapped key itself, so that nothing is remembered of a
    transaction that was undone.
    """

    def __init__(self, cipher: Cipher, *, kept: int = KEPT) -> None:
        """Wrap with the device's key, and keep so many persons' keys open."""
        self.cipher = cipher
        self._unwrap = lru_cache(kept)(cipher.unwrap)

    def find(self, conn: Connection, customer: CustomerId) -> Person | None:
        """Give a person's key; None where there is none, or it cannot be opened."""
        mark = self.cipher.mark(customer)
        row: tuple[int, bytes] | None = conn.execute(_FIND, (mark,)).fetchone()
        cipher = None if row is None else self.opened(mark, row[1])
        return None if row is None or cipher is None else Person(number=row[0], cipher=cipher)

    def admit(self, conn: Connection, customer: CustomerId) -> Person:
        """Give a person's key, made where there is none; to be called in a job of the writer.

        One that is damaged gives way to a new one: what it sealed cannot be opened by anybody.
        """
        found = self.find(conn, customer)
        if found is not None:
            return found
        mark, wrapped = self.cipher.mark(customer), self.cipher.wrap_new(customer)
        conn.execute("DELETE FROM person WHERE mark = ?", (mark,))
        done = conn.execute("INSERT INTO person (mark, wrapped) VALUES (?, ?)", (mark, wrapped))
        return Person(number=done.lastrowid or 0, cipher=self.cipher.unwrap(mark, wrapped))

    def opened(self, mark: bytes | None, wrapped: bytes | None) -> PersonCipher | None:
        """Give the key that lies in a row; None where there is none, or it cannot be opened."""
        if mark is None or wrapped is None:
            return None
        try:
            return self._unwrap(mark, wrapped)
        except StoreError:  # who cannot be opened is not known (R20)
            return None

    def close_keys(self) -> None:
        """Forget the opened keys, after one was thrown away."""
        self._unwrap.cache_clear()


def fingerprint(conn: Connection) -> str | None:
    """Give which device's key seals this file; None where nothing was sealed yet."""
    if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        return None
    return meta.get(conn, FINGERPRINT)


def vault_of(conn: Connection, cipher: Cipher | None) -> Vault | None:
    """Give the vault of a file; None without a cipher, or with one of another device."""
    if cipher is None or fingerprint(conn) not in {None, cipher.fingerprint}:
        return None
    return Vault(cipher)


def keep_fingerprint(conn: Connection) -> None:
    """Note which device's key seals this file from now on."""
    if conn.vault is not None:
        meta.put(conn, FINGERPRINT, conn.vault.cipher.fingerprint)


def need_vault(conn: Connection, *, what: str) -> Vault:
    """Give the vault of a connection, for what cannot be done without the device's key.

    Raises: StoreError where the file was opened without it.
    """
    if conn.vault is None:
        raise StoreError(
            what,
            why="the device key is missing, or is not the one of this database",
            remedy="see what is wrong with the key: edge doctor",
        )
    return conn.vault
