"""This is where the secret is fetched that a source shares with those who tell it something."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from drivers.wifi_link.options import Told
from edge.errors import ConfigError

CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
"""Where systemd puts a service's credentials (systemd.exec(5), LoadCredential=)."""

SHORTEST: Final = 8
"""Bytes. RFC 2865, 3, asks for 16; access points of shops come with shorter ones."""

FORBIDDEN: Final = "secret"


def refuse_plain_secret(options: Mapping[str, object], *, where: str) -> None:
    """Let no secret pass that stands in the settings: they are shown, sent and backed up.

    Raises: ConfigError, without the secret.
    """
    if FORBIDDEN in options:
        raise ConfigError(
            "a secret does not belong in the settings",
            where=where,
            remedy="write it to a file that only store-edge may read, name that file with "
            "secret_file, and take the option secret out",
        )


def secret_path(told: Told, environment: Mapping[str, str]) -> Path:
    """Give the file of the secret; a bare name is that of a systemd credential."""
    path = Path(told.secret_file or "")
    if path.is_absolute():
        return path
    return Path(environment.get(CREDENTIALS, "/run/credentials")) / path


def read_secret(told: Told, environment: Mapping[str, str], *, where: str) -> bytes:
    """Fetch the secret, without the line end behind it.

    Raises: ConfigError when it is not there, not readable, or too short.
    """
    if told.secret_env is not None:
        secret, place = environment.get(told.secret_env, "").encode(), told.secret_env
    else:
        path = secret_path(told, environment)
        secret, place = _content(path, where=where), str(path)
    if len(secret) < SHORTEST:
        raise ConfigError(
            f"the secret in {place} has fewer than {SHORTEST} bytes",
            where=where,
            remedy="make one with `openssl rand -hex 16`, here and at the other side",
        )
    return secret


def _content(path: Path, *, where: str) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(
            "cannot read the secret",
            where=f"{where}, {path}",
            why=error.strerror or type(error).__name__,
            remedy=f"sudo install -o store-edge -m 0400 SECRET {path}",
        ) from error
