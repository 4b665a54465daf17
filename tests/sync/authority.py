"""A certificate authority for tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Files:
    """A certificate and its key, in PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Authority:
    """Issues certificates into a folder."""

    folder: Path
    certificate: Path
    own: x509.Certificate
    secret: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, folder: Path) -> Self:
        secret = ec.generate_private_key(ec.SECP256R1())
        own = (
            _begin("test authority", secret.public_key(), issuer="test authority")
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(secret, hashes.SHA256())
        )
        path = folder / "ca.pem"
        path.write_bytes(own.public_bytes(serialization.Encoding.PEM))
        return cls(folder=folder, certificate=path, own=own, secret=secret)

    def issue(self, name: str, *, ends_in: timedelta = timedelta(days=1)) -> Files:
        secret = ec.generate_private_key(ec.SECP256R1())
        builder = _begin(name, secret.public_key(), issuer="test authority", ends_in=ends_in)
        if name[0].isdigit():
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False
            )
        certificate = builder.sign(self.secret, hashes.SHA256())
        files = Files(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files.key.write_bytes(
            secret.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files


def _begin(
    name: str,
    key: ec.EllipticCurvePublicKey,
    *,
    issuer: str,
    ends_in: timedelta = timedelta(days=1),
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + ends_in)
    )
