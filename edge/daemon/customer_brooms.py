"""This is where it is swept what is held of customers without a reason: on the disk and in memory.

Customers are looked through page by page, as there is no telling from outside what a sealed record
holds.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from edge.daemon.sweeping import Slice
from edge.model.customer import Customer, Purpose, TokenKind
from edge.model.names import Instant
from edge.privacy.customers import permitted
from edge.privacy.keeping import still_held
from edge.privacy.policy import FaceMode, Policy
from edge.privacy.withdrawal import left_standing
from edge.store import customers, erasure, meta, withdrawals
from edge.store.engine import Connection

PAGE: Final = 200
"""Customers that one job looks through: 16 ms in which nobody else can write."""
APPLIED: Final = "policy.applied"
"""Where it stands in meta which policy was applied to everything that is held."""

Reduce = Callable[[Connection, Customer], Customer]


class Pages:
    """Looks through all customers once, and takes out what has to go; a new one for each sweep."""

    def __init__(self) -> None:
        self._after = 0

    def turn(self, conn: Connection, reduce: Reduce) -> Slice:
        """Look through the next page; to be called in a job of the writer."""
        numbers = customers.page(conn, after=self._after, limit=PAGE)
        reduced: list[Customer] = []
        counts = {"tokens": 0, "templates": 0, "profiles": 0}
        for number, kept in numbers:
            self._after = number
            held = _read(kept)
            rest = held if held is None else reduce(conn, held)
            if held is None or rest is None or rest == held:
                continue
            record = msgspec.msgpack.encode(rest)
            customers.renew(conn, rest.customer, version=rest.version, record=record)
            counts["tokens"] += len(held.tokens) - len(rest.tokens)
            counts["templates"] += len(held.faces) - len(rest.faces)
            counts["profiles"] += held.profile != rest.profile
            reduced.append(rest)
        return Slice(rows=counts, more=len(numbers) == PAGE, reduced=tuple(reduced))


class CustomersBroom:
    """Sweeps what customers handed over for purposes that are over."""

    needs_clock: Final = True

    def __init__(self) -> None:
        self._pages = Pages()

    def slice(self, policy: Policy, now: Instant) -> Callable[[Connection], Slice]:
        """Give the job that looks through the next page."""

        def reduce(conn: Connection, customer: Customer) -> Customer:
            taken = withdrawals.of(conn, customers.mark_of(conn, customer.customer))
            wanted = left_standing(customer, taken, at=now)
            return still_held(customer, wanted, policy=policy, at=now)

        return lambda conn: self._pages.turn(conn, reduce)


class PolicyBroom:
    """Purges what the policy in force forbids (R36), whatever the clock says.

    Where it permits more than the one before, customers are forgotten and asked for anew: what was
    purged or never kept is the platform's to send again.
    """

    needs_clock: Final = False

    def __init__(self) -> None:
        self._pages = Pages()

    def slice(self, policy: Policy, now: Instant) -> Callable[[Connection], Slice]:
        """Give the job that purges the next page; nothing where this policy was applied before."""
        del now
        encoded = msgspec.json.encode(policy, order="sorted").decode()
        allowed = policy.purposes()

        def reduce(conn: Connection, customer: Customer) -> Customer:
            if len(allowed) < len(Purpose):
                erasure.hold_back(conn, customer.customer, keep=allowed)
            return permitted(customer, policy)

        def job(conn: Connection) -> Slice:
            before = meta.get(conn, APPLIED)
            if before == encoded:
                return Slice(rows={})
            if before is not None and is_looser(_policy(before), policy):
                gone = customers.forget_all(conn)
                meta.put(conn, APPLIED, encoded)
                return Slice(rows={"customers": gone}, must_resync=True)
            done = self._pages.turn(conn, reduce)
            if not done.more:
                meta.put(conn, APPLIED, encoded)
            return done

        return job


def is_looser(before: Policy | None, now: Policy) -> bool:
    """Say whether a policy lets anything be held that the one before did not."""
    if before is None:
        return True
    return (
        any(now.permits_token(kind) and not before.permits_token(kind) for kind in TokenKind)
        or (now.face is not FaceMode.OFF and before.face is FaceMode.OFF)
        or bool(now.max_stale_s and not before.max_stale_s)
    )


def _policy(encoded: str) -> Policy | None:
    try:
        return msgspec.json.decode(encoded, type=Policy)
    except msgspec.DecodeError:  # another version wrote it; whatever it was, it is asked for anew
        return None


def _read(kept: customers.KeptCustomer) -> Customer | None:
    """Give a customer; None for one who cannot be opened, and so is not known anyway."""
    if kept.record is None:
        return None
    try:
        return msgspec.msgpack.decode(kept.record, type=Customer)
    except msgspec.DecodeError:
        return None
