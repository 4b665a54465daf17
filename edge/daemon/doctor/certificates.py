"""This is where it is judged how long certificates still count."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from edge.daemon.doctor.findings import fail, ok, shown, warn
from edge.driver.contract import Finding
from edge.model.names import SECOND

WARN_DAYS: Final = 30
SOON_DAYS: Final = 14
FAIL_DAYS: Final = 3
"""Days ahead of the end at which somebody must hear of it: renewal takes a ticket and a visit."""


def judge_validity(whose: str, *, ends: datetime, now_ns: int, remedy: str) -> Finding:
    """Say how long a certificate still counts; `whose` begins the sentence."""
    left = ends - datetime.fromtimestamp(now_ns / SECOND, UTC)
    told = f"{whose} counts until {ends:%Y-%m-%d} ({max(0, left.days)} days)"
    if left <= timedelta():
        return fail(f"{whose} expired on {ends:%Y-%m-%d}", remedy)
    if left <= timedelta(days=FAIL_DAYS):
        return fail(told, remedy)
    if left <= timedelta(days=SOON_DAYS):
        return warn(f"{told}: renew it now", remedy)
    if left <= timedelta(days=WARN_DAYS):
        return warn(told, remedy)
    return ok(told)


def examine_own(certificate: Path, *, node: str, now_ns: int) -> tuple[Finding, ...]:
    """Judge this device's own certificate: how long it counts, and for which name."""
    remedy = f"put the renewed certificate and key in place of {shown(certificate)}"
    try:
        own = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:
        what = f"our certificate {certificate} cannot be read: {_why(error)}"
        return (fail(what, remedy),)
    whose = "our certificate"
    found = [judge_validity(whose, ends=own.not_valid_after_utc, now_ns=now_ns, remedy=remedy)]
    names = [str(name.value) for name in own.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if node not in names:
        told = f"our certificate is made out to {', '.join(names) or 'nobody'} and not to {node}"
        mend = f"have one made out to {node}, or put the other name into [mqtt] node"
        found.append(warn(told, mend))
    return tuple(found)


def _why(error: OSError | ValueError) -> str:
    told = error.strerror if isinstance(error, OSError) else None
    return told or "it is no certificate in PEM"
