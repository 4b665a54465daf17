"""This is where customers are looked after: on the disk, in the recogniser, in the templates."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from edge.daemon.applying import Applied, apply, confirmed
from edge.daemon.local_withdrawals import LocalWithdrawals
from edge.model.customer import Customer
from edge.model.names import CustomerId, Instant
from edge.privacy.customers import CustomerMessage, Put, decode_message, permitted
from edge.privacy.policy import Policy
from edge.privacy.recogniser import Recogniser
from edge.privacy.signature import PlatformKey
from edge.privacy.templates import Templates
from edge.store import customers as table
from edge.store.database import Store
from edge.store.engine import Connection

LATER: Final = 1_000
"""Acts that wait at the most for the disk to be read; a scanner reads ten codes a second."""


class CustomerBook:
    """Keeps customers on the disk, and tells the recogniser and the templates what changed.

    The job that `keep` gives runs in the store's writer thread; `read` and `keep` may be called in
    any one, everything else belongs to the daemon's.
    """

    def __init__(
        self,
        store: Store,
        *,
        platform_key: PlatformKey | None,
        recogniser: Recogniser,
        templates: Templates | None = None,
        policy: Policy | None = None,
    ) -> None:
        """Without a `policy` everything is held that consents allow."""
        self.unreadable = 0
        """Records on the disk that could not be opened; these customers are not known (R20)."""
        self.heard = 0
        """Messages that came; who works behind them looks whether there are new ones."""
        self._store = store
        self._platform_key = platform_key
        self._recogniser = recogniser
        self._templates = templates
        self._policy = policy
        self._newer: set[CustomerId] | None = None
        self._is_expected = False
        self._later: list[Callable[[], None]] = []
        self._withdrawals = LocalWithdrawals(store)

    def load(self, reader: Connection) -> int:
        """Know every customer on the disk; gives how many could not be opened."""
        self.begin_loading(confirmed(reader))
        for customer in self.read(reader):
            self.take(customer)
        self.end_loading()
        return self.unreadable

    def expect_loading(self) -> None:
        """Say that the disk will be read in slices: a card may be one that was not read yet."""
        self._is_expected = True

    def once_read(self, act: Callable[[], None]) -> None:
        """Do something when every customer on the disk is known: now, or at the end of loading."""
        if self._is_expected and len(self._later) < LATER:
            self._later.append(act)
        else:
            act()

    def begin_loading(self, at: Instant | None) -> None:
        """Begin to take customers from the disk, while messages may be told already.

        `at` is when the platform last confirmed them.
        """
        self._newer = set()
        self.unreadable = 0
        if at is not None:
            self._recogniser.confirm_all(at)

    def read(self, reader: Connection) -> Iterator[Customer | None]:
        """Read all customers from the disk; None for one who cannot be opened."""
        for row in table.rows(reader):
            yield self._read(row)

    def take(self, customer: Customer | None) -> None:
        """Know a customer as they came from the disk, unless a message said something newer."""
        if customer is None:
            self.unreadable += 1
        elif self._newer is None or customer.customer not in self._newer:
            self._know(customer)

    def end_loading(self) -> None:
        """Say that everything on the disk was taken."""
        self._newer = None
        self._is_expected = False
        later, self._later = self._later, []
        for act in later:
            act()

    def find(self, customer: CustomerId) -> Customer | None:
        """Read all that is held of a customer; takes a millisecond of the disk.

        None where nothing is held, or it cannot be opened.
        """
        reader = self._store.reader()
        try:
            row = table.get(reader, customer)
        finally:
            reader.close()
        return None if row is None else self._read(row)

    def purposes(self, customer: CustomerId, at: Instant) -> tuple[str, ...]:
        """Give the purposes in force for a customer at a moment, sorted; none for a stranger."""
        return self._recogniser.purposes(customer, at)

    def keep(
        self, raw: bytes, *, at: Instant, is_behind_gap: bool = False
    ) -> Callable[[Connection], Applied]:
        """Give the job that applies one message of the `customers` topic or seed to the disk.

        Of what came behind a gap only that counts which can take something away: it comes again.
        """
        self.heard += 1
        only = self._may_lose if is_behind_gap else None
        read = decode_message(raw, key=self._platform_key, at=at, only=only)
        message = self._permitted(read)
        return lambda conn: apply(conn, message, at=at)

    def tell(self, applied: Applied) -> None:
        """Let what a message changed on the disk take effect; to be called after the commit."""
        for delta in applied.told:
            if isinstance(delta, Put):
                self._note(delta.customer.customer)
                self._know(delta.customer)
            else:
                self._note(delta.customer)
                self._recogniser.remove(delta.customer)
                if self._templates is not None:
                    self._templates.forget(delta.customer)
                newer = self.find(delta.customer)
                if newer is not None:  # they enrolled again before an old erasure was delivered
                    self._know(newer)
        for customer in applied.renewed:
            self._note(customer.customer)
            self._know(customer)
        if applied.confirmed is not None:
            self._recogniser.confirm_all(applied.confirmed)

    def know(self, customers: Iterable[Customer]) -> None:
        """Know customers as they are held on the disk from now on."""
        for customer in customers:
            self._note(customer.customer)
            self._know(customer)

    def withdrew(self, customer: CustomerId, purposes: Iterable[str], *, at: Instant) -> None:
        """Let a withdrawal that was made here take effect; to be called after its commit."""
        self._withdrawals.note(customer, purposes, at=at)
        record = self.find(customer)
        if record is not None:
            self._know(record)

    def _know(self, customer: Customer) -> None:
        self._recogniser.put(customer)
        self._recogniser.withhold(customer.customer, self._withdrawals.refused(customer))
        if self._templates is not None:
            self._templates.put(customer)

    def _permitted(self, message: CustomerMessage) -> CustomerMessage:
        """Give what of a message the policy lets the edge hold (R36)."""
        policy = self._policy
        if policy is None:
            return message
        deltas = tuple(
            Put(customer=permitted(one.customer, policy)) if isinstance(one, Put) else one
            for one in message.deltas
        )
        return msgspec.structs.replace(message, deltas=deltas)

    def _may_lose(self, customer: CustomerId) -> bool:
        return self._newer is not None or self._recogniser.knows(customer)

    def _note(self, customer: CustomerId) -> None:
        if self._newer is not None:
            self._newer.add(customer)

    def _read(self, row: table.KeptCustomer) -> Customer | None:
        """Read a record; None where it could not be opened, or is not of our form."""
        if row.record is None:
            return None
        try:
            found = msgspec.msgpack.decode(row.record, type=Customer)
        except msgspec.DecodeError:  # another version wrote it; the caller counts it
            return None
        if found.customer != row.customer:
            return None
        names = frozenset() if self._platform_key is None else self._platform_key.names
        if found.trusted and found.signer not in names:
            # Nobody vouches any more for what a key that was dropped has signed.
            return Customer(customer=found.customer, version=found.version)
        return found


def platform_key(text: str | Iterable[str] | None) -> PlatformKey | None:
    """Read the platform's keys as the settings have them.

    Raises: ConfigError where one cannot be read.
    """
    return None if text is None else PlatformKey.parse(text)
