"""This is where it is worked out what the store's own iBeacon says, and when it changes.

Apps repeat what they hear to the platform, which knows the key: an old or made-up code does not
count as being in the store.
"""

import binascii
import hmac
from base64 import b64decode
from pathlib import Path
from typing import Final

from drivers.ble_scan.beacon import IBEACON, IBEACON_TYPE
from drivers.ble_scan.options import BeaconOptions
from edge.errors import ConfigError
from edge.model.names import SECOND, Instant

TURN_NS: Final = 900 * SECOND
"""How long a code holds: as long as phones keep a private address."""
POWER_AT_1_M_DBM: Final = -59
"""Typical of USB adapters; phones make a distance out of it, the product makes nothing."""
SHORTEST_KEY: Final = 16


def turn_of(at: Instant) -> int:
    """Give the number of the 15 minutes that a moment lies in, since 1970."""
    return at // TURN_NS


def beacon_value(beacon: BeaconOptions, key: bytes | None, turn: int) -> bytes:
    """Give the 23 bytes behind Apple's company identifier.

    The code is the first 4 bytes of HMAC-SHA-256 over the turn as 8 bytes, most significant first:
    2 for the major, where it is not set, and 2 for the minor.
    """
    major, minor = beacon.major, beacon.minor
    if key is not None:
        code = hmac.digest(key, turn.to_bytes(8, "big"), "sha256")
        major = int.from_bytes(code[:2], "big") if major is None else major
        minor = int.from_bytes(code[2:4], "big")
    packed = IBEACON.pack(beacon.uuid.bytes, major or 0, minor, POWER_AT_1_M_DBM)
    return IBEACON_TYPE + packed[len(IBEACON_TYPE) :]


def read_key(beacon: BeaconOptions) -> bytes | None:
    """Read the key from its file, None where the beacon has none.

    Raises: ConfigError, without the file's content.
    """
    if beacon.minor_key_file is None:
        return None
    path = Path(beacon.minor_key_file)
    try:
        key = b64decode(path.read_bytes().strip(), validate=True)
    except OSError as error:
        raise _fault(path, error.strerror or type(error).__name__) from error
    except binascii.Error as error:
        raise _fault(path, "it is not base64") from error
    if len(key) < SHORTEST_KEY:
        raise _fault(path, f"it holds {len(key)} bytes, fewer than {SHORTEST_KEY}")
    return key


def _fault(path: Path, why: str) -> ConfigError:
    return ConfigError(
        "the key of the store's beacon cannot be used",
        where=str(path),
        why=why,
        remedy=f"write one with: openssl rand -base64 32 > {path}",
    )
