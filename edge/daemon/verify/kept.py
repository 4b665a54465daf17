"""This is where the disk is read for the checks: who is stored, how much, and how openly."""

import random
import secrets
import time
from pathlib import Path
from typing import Final

import msgspec

from edge.daemon.applying import confirmed
from edge.daemon.dossier import put_together
from edge.daemon.erasing_residue import find, needles_of
from edge.daemon.keys import DeviceKey, key_of
from edge.daemon.ledgers import open_reader
from edge.errors import StoreError
from edge.model.customer import Customer, Role
from edge.model.names import CustomerId, Instant
from edge.privacy.audit import audit_key
from edge.privacy.keyring import Keyring
from edge.store import audit, customers, migrations
from edge.store.engine import Reader
from edge.store.proof import Holdings, holdings
from edge.store.schema import VERSION

SAMPLE: Final = 50
"""People who are searched for at a time, drawn anew each time: 50 take some 10 s in 100 MB."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What lies on the disk."""

    fault: str = ""
    """Why it could not be read; empty where it could, or there is nothing yet."""
    holdings: Holdings | None = None
    """None where there is no database, or it could not be read."""
    people: tuple[Customer, ...] = ()
    """Everybody whose record could be opened, staff too."""
    unreadable: int = 0
    """Records that could not be opened."""
    searched: int = 0
    """People who were searched for in the database's bytes."""
    in_sight: int = 0
    """Places where an id, a name, a code, an address or a key of theirs lies in the open."""
    key: DeviceKey = DeviceKey()
    """The key that the records are sealed with, or why it cannot be used."""
    export_s: float | None = None
    """How long it took to put together all that is held about one of them, in seconds."""
    knows_strangers: bool = False
    """Whether anything is found about an id that nobody has."""
    trail: audit.Verdict | None = None
    """Whether the audit trail is as it was written; None where it could not be read."""

    @property
    def customers(self) -> tuple[Customer, ...]:
        """Everybody but staff."""
        return tuple(one for one in self.people if one.role is Role.CUSTOMER)


def read_kept(database: Path, at: Instant) -> Kept:
    """Read what lies on the disk at a moment; takes some seconds where it is much."""
    if not database.exists():
        return Kept()
    try:
        reader = open_reader(database)
    except StoreError as error:
        return Kept(fault=str(error))
    try:
        return _read(reader, database, at)
    except (StoreError, OSError) as error:
        return Kept(fault=str(error))
    finally:
        reader.close()


def _read(reader: Reader, database: Path, at: Instant) -> Kept:
    version = migrations.version(reader)
    if version != VERSION:
        return Kept(fault=f"the database has schema {version}, this program knows {VERSION}")
    found = key_of(database)
    key = found.key
    reader.execute("BEGIN")  # one state of the file for all of it
    held, trail = holdings(reader, database), None
    if key is not None:
        trail = audit.verify(reader, key=audit_key(key))
    since = confirmed(reader) or Instant(0)
    read = [_customer(row, since) for row in customers.rows(reader)]
    reader.execute("COMMIT")
    people = tuple(one for one in read if one is not None)
    wanted = random.SystemRandom().sample(people, min(SAMPLE, len(people)))
    stranger = CustomerId(secrets.token_hex(16))
    return Kept(
        key=found,
        export_s=_export_s(reader, wanted[0].customer, at) if wanted else None,
        knows_strangers=key is not None and put_together(reader, stranger, at=at).found,
        holdings=held,
        people=people,
        unreadable=len(read) - len(people),
        searched=len(wanted),
        in_sight=0 if key is None else _search(database, wanted, Keyring(key)),
        trail=trail,
    )


def _export_s(reader: Reader, customer: CustomerId, at: Instant) -> float:
    began = time.perf_counter()
    put_together(reader, customer, at=at)
    return time.perf_counter() - began


def _customer(row: customers.KeptCustomer, since: Instant) -> Customer | None:
    """Read a customer, whom the platform confirmed at a moment, with all others, if not later."""
    if row.record is None:
        return None
    try:
        found = msgspec.msgpack.decode(row.record, type=Customer)
    except msgspec.DecodeError:  # another version wrote it; it is counted
        return None
    return msgspec.structs.replace(found, confirmed_at=max(found.confirmed_at, since))


def _search(database: Path, people: list[Customer], ring: Keyring) -> int:
    needles = [needles_of(one.customer, ring.mark(one.customer), one) for one in people]
    return sum(find(database, needles).values())
