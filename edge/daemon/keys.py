"""This is where the device's own key is found.

It is a credential, a file that the settings name, or a file beside the database, in this order.
"""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from edge.daemon.places import DATABASE, LIVE
from edge.daemon.sealed_key import CREDENTIAL, SEALED_KEY, unseal
from edge.errors import StoreError
from edge.privacy.keyring import Keyring
from edge.privacy.seal import KEY_BYTES
from edge.store import meta, vault
from edge.store.damage import STANDS_IN
from edge.store.engine import connect_reader

KEY_FILE: Final = "device.key"
SERVICE_CREDENTIALS: Final = Path("/run/credentials/store-edge.service")
"""Where a technician's command finds the running service's credentials, as root."""
CREDENTIALS: Final = (CREDENTIAL, SEALED_KEY.name)
"""Files of these names are systemd's."""
SERVICE_KEYS: Final = (SERVICE_CREDENTIALS / CREDENTIAL, SEALED_KEY)
KEY_PLACE: Final = "key.place"
"""Where the database notes the file that its key lies in."""
LOOK: Final = "ask the platform what was withdrawn meanwhile, then stop the service: edge key renew"
KEPT_KEY: Final = "restore the key from its backup; where it is lost: edge key renew"


class DeviceKey(msgspec.Struct, frozen=True, kw_only=True):
    """A database's key, or why there is none."""

    key: bytes | None = None
    place: str = ""
    """The file it lies in."""
    doubt: str = ""
    """Why nobody can be known; empty where the key is there."""
    remedy: str = ""


def places_of_key(
    database: Path, *, key_file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[Path, ...]:
    """Give where a database's key may lie, the best place first."""
    handed = environment.get("CREDENTIALS_DIRECTORY")
    lay = noted(database, KEY_PLACE)
    named = key_file or (None if lay is None else Path(lay))
    places = (
        Path(handed) / CREDENTIAL if handed else None,
        None if handed or not _is_service_s(database, lay) else _service_s_key(),
        named,
        database.parent / KEY_FILE,
    )
    return tuple(place for place in places if place is not None)


def _is_service_s(database: Path, noted: str | None) -> bool:
    """Say whether a database is the installed service's; a replay's has a key of its own."""
    return database.parent == LIVE or noted == str(SERVICE_CREDENTIALS / CREDENTIAL)


def _service_s_key() -> Path | None:
    """Give where root finds the service's key: opened while the service runs, else sealed."""
    return next((place for place in SERVICE_KEYS if os.access(place, os.R_OK)), None)


def is_hidden(database: Path, *, user: int) -> bool:
    """Say whether a user cannot tell if the key is lost, because only root may look."""
    return user != 0 and _is_service_s(database, noted(database, KEY_PLACE))


def key_of(
    database: Path, *, key_file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> DeviceKey:
    """Find the key that a database was sealed with, or will be; nothing is made.

    A file that others may read, or that is no key, is not used, and that is said. Where the
    database stands in for another one, consents of here may be missing from it: no key is used.
    """
    aside = noted(database, STANDS_IN)
    if aside is not None:
        return DeviceKey(doubt=f"this ledger stands in for the one in {aside}", remedy=LOOK)
    sealed = noted(database, vault.FINGERPRINT)
    doubts: list[StoreError] = []
    for place in places_of_key(database, key_file=key_file, environment=environment):
        try:
            key = read_key(place)
        except StoreError as doubt:
            doubts.append(doubt)
            continue
        if key is not None and sealed in {None, Keyring(key).fingerprint}:
            return DeviceKey(key=key, place=str(place))
        if key is not None:
            doubts.append(_strange(place))
    if doubts:
        first = doubts[0]
        return DeviceKey(doubt=f"{first.where}: {first.why}", remedy=first.remedy)
    if sealed is None:
        return DeviceKey()
    return DeviceKey(doubt="the device key is missing", remedy=KEPT_KEY)


def is_sealed(database: Path) -> bool:
    """Say whether a database was sealed with a key already."""
    return noted(database, vault.FINGERPRINT) is not None


def find_key(folder: Path) -> bytes | None:
    """Give the key of a state folder's database; None where this user cannot use it."""
    return key_of(folder / DATABASE).key


def device_key(folder: Path) -> bytes:
    """Give the key of a state folder's database, made where nothing was sealed yet.

    Raises: StoreError where there is none that fits, or it cannot be kept.
    """
    found = keep_key(folder / DATABASE)
    if found.key is None:
        raise StoreError("cannot use the device key", why=found.doubt, remedy=found.remedy)
    return found.key


def keep_key(database: Path, *, key_file: Path | None = None) -> DeviceKey:
    """Find the key of a database, and make one where nothing was sealed yet.

    Raises: StoreError where the key that is made cannot be kept.
    """
    found = key_of(database, key_file=key_file)
    if found.key is not None or found.doubt:
        return found
    place = key_file or database.parent / KEY_FILE
    try:
        _make(place)
    except OSError as error:
        raise StoreError(
            "cannot make the device key",
            where=str(place),
            why=str(error),
            remedy="give the service's user the right to write there",
        ) from error
    return key_of(database, key_file=key_file)


def read_key(place: Path) -> bytes | None:
    """Give the key in a file; None where there is no such file.

    A credential's rights are systemd's matter; a sealed one is opened.
    Raises: StoreError when it cannot be read, is no key, or is not its reader's alone.
    """
    try:
        facts = place.stat()
        key = unseal(place) if place.name == SEALED_KEY.name else place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        remedy = "run it as the service's user, or as root"
        raise _unusable(place, error.strerror or "it cannot be read", remedy=remedy) from error
    if place.name not in CREDENTIALS:
        _look_at_rights(place, facts)
    if len(key) != KEY_BYTES:
        raise _unusable(place, f"it has {len(key)} bytes and not {KEY_BYTES}", remedy=KEPT_KEY)
    return key


def _look_at_rights(place: Path, facts: os.stat_result) -> None:
    if facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _unusable(place, "others than its owner may use it", remedy=f"chmod 600 {place}")
    if os.geteuid() not in {0, facts.st_uid}:
        why = "it belongs to another user than the one who reads it"
        raise _unusable(place, why, remedy=f"chown store-edge: {place}")


def _unusable(place: Path, why: str, *, remedy: str) -> StoreError:
    return StoreError("cannot use the device key", where=str(place), why=why, remedy=remedy)


def _strange(place: Path) -> StoreError:
    return _unusable(place, "the database was sealed with another one", remedy=KEPT_KEY)


def noted(database: Path, name: str) -> str | None:
    """Read what a database notes; None where there is none yet, or it cannot be read."""
    if not database.is_file():
        return None
    try:
        reader = connect_reader(database)
    except StoreError:  # whoever opens it in earnest says what is wrong
        return None
    try:
        return meta.get(reader, name)
    except StoreError:  # an empty file
        return None
    finally:
        reader.close()


def _make(path: Path) -> None:
    """Put a whole key in its place at once: a kill in between leaves no broken one.

    Of two processes that do so at the same time the first one's key stands.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
