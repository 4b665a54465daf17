"""This is where the device's key is looked at, without making one."""

import os
import stat
from pathlib import Path

from edge.config.schema import Settings
from edge.daemon.doctor.findings import fail, ok, shown, warn
from edge.daemon.doctor.machine import Machine
from edge.daemon.keys import (
    CREDENTIALS,
    KEY_FILE,
    is_sealed,
    key_of,
    noted,
    places_of_key,
    read_key,
)
from edge.daemon.places import DATABASE
from edge.daemon.sealed_key import SEALED_KEY, needs_no_tpm
from edge.driver.contract import Finding
from edge.errors import StoreError
from edge.privacy.seal import KEY_BYTES
from edge.store.damage import STANDS_IN


def examine_key(machine: Machine, settings: Settings | None = None) -> tuple[Finding, ...]:
    """Say whether the device's key is there, fits the database, and is the service's alone."""
    database = machine.state / DATABASE
    key_file = None if settings is None else settings.store.key_file
    found = _sealed(machine)
    for place in places_of_key(database, key_file=key_file):
        found += _rights(place, machine)
    if found:
        return tuple(found)
    key = key_of(database, key_file=key_file)
    if key.doubt:
        is_stand_in = noted(database, STANDS_IN) is not None
        remedy = _after_looking(machine) if is_stand_in else _restore_or("", machine)
        return (fail(f"{key.doubt}: nobody is recognised", remedy),)
    if key.key is None:
        return (ok("there is none yet; the first start makes it"),)
    if key.place == str(machine.state / KEY_FILE):
        return (_beside(machine.state / KEY_FILE),)
    return (ok(f"{key.place} fits the database{_without_tpm(key.place, machine)}"),)


def _sealed(machine: Machine) -> list[Finding]:
    """Have the sealed key opened, before the next start of the service has to do it."""
    place = machine.at(*SEALED_KEY.parts[1:])
    if not os.access(place, os.R_OK):
        return []
    try:
        read_key(place)
    except StoreError as doubt:
        return [fail(f"{doubt.where}: {doubt.why}", doubt.remedy)]
    return []


def _without_tpm(place: str, machine: Machine) -> str:
    """Say what a credential does not keep off, where the machine's disk holds all of its keys."""
    sealed = machine.at(*SEALED_KEY.parts[1:])
    if Path(place).name not in CREDENTIALS or not os.access(sealed, os.R_OK):
        return ""
    if not needs_no_tpm(sealed):
        return ""
    return "; no TPM seals it, so whoever takes the system's disk too has both"


def _rights(place: Path, machine: Machine) -> list[Finding]:
    """Look at one place where a key may lie; a credential's rights are systemd's matter."""
    if place.name in CREDENTIALS:
        return []
    try:
        facts = place.stat()
    except FileNotFoundError:
        return []
    except OSError as error:
        what = f"{place} cannot be looked at: {error.strerror}"
        return [fail(what, "run it as root: `edge doctor`")]
    found: list[Finding] = []
    if facts.st_size != KEY_BYTES:
        what = f"{place} has {facts.st_size} bytes and not {KEY_BYTES}: nobody can be known"
        found.append(fail(what, _restore_or(f"rm {shown(place)}", machine)))
    if facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        what = f"{place} can be read by others than {machine.account.name}"
        found.append(fail(what, f"chmod 600 {shown(place)}"))
    if machine.account.uid not in (0, facts.st_uid):
        what = f"{place} does not belong to {machine.account.name}"
        found.append(fail(what, f"chown {machine.account.name}: {shown(place)}"))
    return found


def _restore_or(first: str, machine: Machine) -> str:
    """Give the command that begins with a new key, after `first`."""
    if is_sealed(machine.state / DATABASE):
        first = _renewal(machine, first)
    return f"restore it from its backup; where that is lost: `{first}`"


def _after_looking(machine: Machine) -> str:
    """Give the command that has a stand-in's customers known again."""
    return f"ask the platform what was withdrawn meanwhile, then: `{_renewal(machine)}`"


def _renewal(machine: Machine, first: str = "") -> str:
    """Give the command that renews the key after `first`, with the service stopped meanwhile."""
    renew = f"edge key renew --yes --state {shown(machine.state)}"
    steps = [first, renew] if first else [renew]
    if machine.has_systemd:
        steps = ["systemctl stop store-edge", *steps, "systemctl start store-edge"]
    return "; ".join(steps)


def _beside(place: Path) -> Finding:
    what = f"{place} lies beside the database: whoever takes the disk has both"
    return warn(what, "`scripts/install` seals it into a credential; see docs/how-to/keys.md")
