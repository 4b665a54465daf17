"""This is where it is said which broker to talk to, and with which certificates."""

import ssl
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from edge.errors import ConfigError

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a TLS connection, in PEM; they are read anew for every connection, so that a
    renewed certificate counts from the next one on.
    """  # noqa: D205 - one sentence

    ca: Path | None = None
    """Whom to trust; without it the system's authorities."""
    certificate: Path | None = None
    """The appliance's own certificate; its common name is the node."""
    key: Path | None = None


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """Where the broker listens."""

    host: str
    port: int
    tls: Tls | None = None


def parse_url(url: str, tls: Tls | None = None) -> Broker:
    """Read `mqtt://host:port` or `mqtts://host:port`.

    Raises: ConfigError naming the fault; never repeating a password that stood in the address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _fault(str(error)) from error
    if parts.scheme not in _PORTS:
        raise _fault(f"the scheme is {parts.scheme!r}")
    if parts.username or parts.password:
        raise _fault("it carries a name or a password")
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise _fault("it is not a host and a port")
    return Broker(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=(tls or Tls()) if parts.scheme == "mqtts" else None,
    )


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Read the files and give what a connection needs.

    Raises: ConfigError naming the file that is missing or not to be used.
    """
    try:
        context = ssl.create_default_context(cafile=_path(tls.ca))
        if tls.certificate is not None:
            context.load_cert_chain(str(tls.certificate), _path(tls.key))
    except OSError as error:  # SSLError is one of these
        names = ", ".join(str(path) for path in (tls.ca, tls.certificate, tls.key) if path)
        raise ConfigError(
            "cannot use the certificates for the broker",
            where=names,
            why=error.strerror or str(error),
            remedy="install readable PEM files, the key belonging to the certificate",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _fault(why: str) -> ConfigError:
    return ConfigError(
        "cannot read the address of the broker",
        where="url",
        why=why,
        remedy="write mqtt://host:1883 or mqtts://host:8883; certificates say who we are",
    )
