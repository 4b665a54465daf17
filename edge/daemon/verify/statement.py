"""This is where what was found becomes a statement that can be filed."""

import hashlib

import msgspec

from edge import __version__
from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.ruling import Ruling, is_proven
from edge.model.moment import rfc3339
from edge.model.names import Instant


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """How every rule stands on one appliance at one moment; it names nobody."""

    at: str
    store: str
    version: str
    policy: str
    daemon: str
    """`running`, or why none answered."""
    proven: bool
    """Whether every rule that applies here was looked at and holds."""
    rulings: tuple[Ruling, ...]
    digest: str = ""
    """SHA-256 of all of the above as JSON with sorted keys, in hexadecimal: it tells whether a copy
    was changed."""


def make_statement(appliance: Appliance, rulings: tuple[Ruling, ...]) -> Statement:
    """Put the statement together."""
    settings = appliance.settings
    said = Statement(
        at=rfc3339(Instant(appliance.machine.now_ns())),
        store="unknown" if settings is None else settings.store.id,
        version=__version__,
        policy=appliance.policy.name,
        daemon=appliance.silence or "running",
        proven=is_proven(rulings),
        rulings=rulings,
    )
    return msgspec.structs.replace(said, digest=digest_of(said))


def digest_of(said: Statement) -> str:
    """Give the digest of a statement's content."""
    content = msgspec.to_builtins(said)
    del content["digest"]
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()
