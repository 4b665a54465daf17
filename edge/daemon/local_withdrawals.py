"""This is where it is remembered while the daemon runs what customers withdrew in the store."""

from collections.abc import Iterable

from edge.model.customer import Customer
from edge.model.names import CustomerId, Instant
from edge.privacy.consent import read_standing
from edge.privacy.withdrawal import withheld
from edge.store import withdrawals
from edge.store.database import Store


class LocalWithdrawals:
    """The withdrawals of the disk, by mark, so that a customer's are found without asking it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: dict[bytes, dict[str, Instant]] | None = None

    def refused(self, customer: Customer) -> frozenset[str]:
        """Give the purposes that a customer withdrew here, and did not give anew since."""
        kept = self._kept()
        vault = self._store.vault
        if not kept or vault is None:
            return frozenset()
        taken = kept.get(vault.cipher.mark(customer.customer))
        return frozenset() if taken is None else withheld(read_standing(customer), taken)

    def note(self, customer: CustomerId, purposes: Iterable[str], *, at: Instant) -> None:
        """Hear that purposes were withdrawn; they are on the disk already."""
        if self._store.vault is not None:
            taken = self._kept().setdefault(self._store.vault.cipher.mark(customer), {})
            taken |= dict.fromkeys(purposes, at)

    def _kept(self) -> dict[bytes, dict[str, Instant]]:
        if self._read is None:
            reader = self._store.reader()
            try:
                self._read = withdrawals.everybodys(reader)
            finally:
                reader.close()
        return self._read
