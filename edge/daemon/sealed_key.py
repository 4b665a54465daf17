"""This is where a technician's command opens the device key that systemd sealed.

The service is handed the key opened; a command of root's has to ask for it while it does not run.
"""

import subprocess
from pathlib import Path
from typing import Final

from edge.errors import StoreError

CREDENTIAL: Final = "device-key"
"""The credential's name in the unit (LoadCredentialEncrypted=)."""
SEALED_KEY: Final = Path("/etc/credstore.encrypted/store-edge.device-key")
"""Where scripts/install puts it, and where the unit looks for it."""
BY_HOST_ALONE: Final = b"Whxqht+dQJax1aZeCGLx"
"""How a file begins that no TPM seals: CRED_AES256_GCM_BY_HOST in systemd's creds-util.h."""
OPENER: Final = "systemd-creds"
"""Looked for along the PATH."""
OPENS_WITHIN_S: Final = 20.0
"""A TPM takes about a second, the host's key 0.01 s."""
AGAIN: Final = "systemctl reset-failed store-edge; systemctl restart store-edge"


def unseal(place: Path) -> bytes:
    """Have systemd open the sealed key; blocks until it did.

    Raises: StoreError where it cannot be opened on this machine.
    """
    command = (OPENER, "decrypt", f"--name={CREDENTIAL}", str(place), "-")
    try:
        ran = subprocess.run(  # noqa: S603 - a program of the system and a file of root's
            command, capture_output=True, check=True, timeout=OPENS_WITHIN_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        away = f"mv {place} {place}.unopened; {AGAIN}"
        raise StoreError(
            "cannot open the sealed device key",
            where=str(place),
            why="this machine does not open it, and the service does not start with it",
            remedy=f"bring back the TPM or the disk that sealed it; to count on without: `{away}`",
        ) from error
    return ran.stdout


def needs_no_tpm(place: Path) -> bool:
    """Say whether systemd's host key alone opens a sealed key.

    Raises: OSError where it cannot be read.
    """
    return place.read_bytes().startswith(BY_HOST_ALONE)
