"""This is where the database and the outbox are looked at, without writing."""

import asyncio
from pathlib import Path
from typing import Final

import msgspec

from edge.daemon.doctor.findings import fail, ok, shown, warn
from edge.daemon.doctor.machine import Machine
from edge.driver.contract import Finding
from edge.errors import StoreError
from edge.store import migrations, outbox, reading
from edge.store.damage import ASIDE, kept_aside
from edge.store.engine import Reader, connect_reader, sqlite_faults
from edge.store.schema import VERSION

DATABASE: Final = "edge.db"
READ_THROUGH_S: Final = 20.0
"""A ledger of 1 GB is read in less from the slowest disk that is sold for mini-PCs (SATA flash)."""
MILLISECOND_NS: Final = 1_000_000
HOUR_MS: Final = 3_600_000
OLD_MS: Final = HOUR_MS
"""A line that was down for an hour is worth a look."""
VERY_OLD_MS: Final = 7 * 24 * HOUR_MS
"""After a week without the platform, consents have lost their leases and nobody is known."""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What the database says about itself."""

    version: int
    """Schema of the file; 0 is an empty file."""
    faults: tuple[str, ...]
    depth: int = 0
    """Events that the platform has not acknowledged."""
    oldest_ms: int | None = None
    """When the oldest of them was recorded, in ms since 1970."""


class LedgerFound(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger, where it could be read, and what is to be said of the file."""

    ledger: Ledger | None
    findings: tuple[Finding, ...]


def examine_sqlite(faults: tuple[str, ...] | None = None) -> tuple[Finding, ...]:
    """Say whether the linked SQLite has a known fault; `faults` stands in for its own answer."""
    known = sqlite_faults() if faults is None else faults
    if not known:
        return (ok("this build of SQLite has no known fault"),)
    return tuple(warn(fault, "scripts/install") for fault in known)


async def examine_database(machine: Machine) -> LedgerFound:
    """Read the whole database, in a thread, and say whether it is sound and of our schema."""
    path = machine.state / DATABASE
    if not path.exists():
        told = ok(f"there is none yet at {path}; the first start makes it")
        return LedgerFound(ledger=None, findings=(told,))
    try:
        reader = connect_reader(path)
    except StoreError as error:
        return LedgerFound(ledger=None, findings=(_damaged(machine, error.why),))
    try:
        async with asyncio.timeout(READ_THROUGH_S):
            ledger = await asyncio.to_thread(_read, reader)
    except TimeoutError:
        reader.interrupt()
        remedy = "look at the disk: `dmesg --level err,warn | tail`"
        slow = warn(f"reading it takes longer than {READ_THROUGH_S:.0f} s", remedy)
        return LedgerFound(ledger=None, findings=(slow,))
    except StoreError as error:
        return LedgerFound(ledger=None, findings=(_damaged(machine, error.why),))
    return LedgerFound(ledger=ledger, findings=(_judged(ledger, machine), *_aside(path)))


def examine_outbox(ledger: Ledger, *, now_ns: int, has_platform: bool) -> tuple[Finding, ...]:
    """Say how many events wait for the platform, and since when."""
    waiting = "1 event waits" if ledger.depth == 1 else f"{ledger.depth:,} events wait"
    if not has_platform:
        return (ok(f"{waiting}; the settings name no platform to send to"),)
    if ledger.oldest_ms is None:
        return (ok("the platform has acknowledged everything"),)
    age_ms = max(0, now_ns // MILLISECOND_NS - ledger.oldest_ms)
    told = f"{waiting}, the oldest for {age_ms / HOUR_MS:,.1f} h"
    remedy = (
        "mend what the lines about the broker and the service say; if they are all well, the "
        "platform does not acknowledge: `journalctl --unit store-edge --grep acknowledg`"
    )
    if age_ms > VERY_OLD_MS:
        return (fail(told, remedy),)
    if age_ms > OLD_MS:
        return (warn(told, remedy),)
    return (ok(told),)


def _read(reader: Reader) -> Ledger:
    """Read all of the file and close it; in a thread, as it takes its time."""
    try:
        version = migrations.version(reader)
        faults = tuple(reading.faults(reader))
        if version != VERSION or faults:
            return Ledger(version=version, faults=faults)
        return Ledger(
            version=version,
            faults=(),
            depth=outbox.depth(reader),
            oldest_ms=outbox.oldest_ms(reader),
        )
    finally:
        reader.close()


def _judged(ledger: Ledger, machine: Machine) -> Finding:
    if ledger.faults:
        return _damaged(machine, ledger.faults[0])
    if ledger.version > VERSION:
        what = f"it was made by a newer version (schema {ledger.version}, we know {VERSION})"
        remedy = f"install that version again; or begin anew: `{_put_aside(machine, 'newer')}`"
        return fail(what, remedy)
    if ledger.version == 0:
        return ok("it is empty; the first start fills it")
    return ok("it is sound")


def _damaged(machine: Machine, why: str) -> Finding:
    remedy = f"restore the backup; or begin anew: `{_put_aside(machine, ASIDE)}`"
    return fail(f"{machine.state / DATABASE} is damaged: {why}", remedy)


def _aside(path: Path) -> tuple[Finding, ...]:
    """Warn of damaged ledgers that are kept: no erasure reaches them."""
    kept = kept_aside(path)
    if kept is None:
        return ()
    what = f"a damaged ledger is kept in {kept}, where no erasure reaches it"
    return (warn(what, f"once nobody needs it: `rm -r {shown(kept)}`"),)


def _put_aside(machine: Machine, name: str) -> str:
    """Give the command that puts the database away, with nobody writing to it meanwhile."""
    aside: Path = machine.state / name
    move = f"mkdir -p {shown(aside)} && mv {shown(machine.state)}/{DATABASE}* {shown(aside)}"
    if not machine.has_systemd:
        return move
    return f"systemctl stop store-edge; {move}; systemctl start store-edge"
