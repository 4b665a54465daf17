"""This is where the audit trail of a state folder is read, whether or not the daemon runs."""

from pathlib import Path

import msgspec

from edge.daemon.keys import KEY_FILE, key_of
from edge.daemon.places import DATABASE
from edge.errors import ConfigError
from edge.privacy.audit import audit_key
from edge.store import audit
from edge.store.engine import connect_reader


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """The trail at one moment."""

    entries: tuple[audit.Entry, ...]
    verdict: audit.Verdict


def read_trail(folder: Path) -> Trail:
    """Read and verify the trail.

    Raises: ConfigError where there is no ledger or no key, StoreError where one cannot be read.
    """
    database = folder / DATABASE
    found = key_of(database)
    if not database.exists() or found.key is None:
        missing = folder / KEY_FILE if database.exists() else database
        raise ConfigError(
            "cannot read the audit trail",
            where=str(missing),
            why=found.doubt or "there is no such file",
            remedy=found.remedy or "name the daemon's folder with --state, and run it with sudo",
        )
    key = audit_key(found.key)
    reader = connect_reader(database)
    try:
        reader.execute("BEGIN")  # one state of the file for both
        return Trail(entries=tuple(audit.entries(reader)), verdict=audit.verify(reader, key=key))
    finally:
        reader.close()
