"""This is where the platform's messages about customers are read, and cut to what may be held.

A delta that cannot be trusted, or not be read in full, still replaces what was held before: it
is kept without tokens and profile, so that a damaged withdrawal never leaves an old consent
standing. An erasure always counts, signed or not.

Members of staff: their tokens serve to take them out of counts, and for nothing else. They need
the platform's signature, but neither consents per purpose nor an attestation; the employer's own
allow-list, with their agreement, is what the platform signs. Their profile is not kept.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Final

import msgspec

from edge.model.customer import Consent, Customer, Face, Profile, Purpose, Role, Token
from edge.model.names import CustomerId, Instant
from edge.privacy.consent import PURPOSES, Standing, may_come_into_force, read_standing
from edge.privacy.face_records import read_face
from edge.privacy.minimise import minimal_profile
from edge.privacy.policy import FaceMode, Policy, TemplateKey
from edge.privacy.signature import PlatformKey
from edge.privacy.tokens import PURPOSE_OF, is_usable

TOP_VERSION: Final = 2**53 - 1
"""The largest whole number that every JSON reader agrees on."""

NOT_JSON: Final = "message is not JSON"
NOT_A_MESSAGE: Final = "message has no deltas"
NOT_A_DELTA: Final = "delta is not as the contract says"
NOT_SIGNED: Final = "delta is not signed by the platform"
NOT_READABLE: Final = "delta has consents or tokens that cannot be read"
NOT_USABLE: Final = "token cannot be used"
NOT_A_FACE: Final = "face template cannot be used"


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a customer arrived."""

    customer: Customer


class Erase(msgspec.Struct, frozen=True, kw_only=True):
    """A customer must be forgotten."""

    customer: CustomerId
    version: int
    """Older versions that arrive later are ignored."""
    reason: str


class CustomerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What was usable of one message."""

    cursor: str
    """Where the platform may go on after this message; empty where it did not say."""
    deltas: tuple[Put | Erase, ...]
    """In the order of the message."""
    faults: tuple[str, ...]
    """One of a few fixed texts for everything that was refused; never content."""


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A message, as far as it can be read without looking at the deltas."""

    deltas: list[Any]
    cursor: Any = ""


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a delta must have, whatever else is wrong with it."""

    op: str
    customer: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    version: Any = None


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """The rest of a put."""

    role: Role = Role.CUSTOMER
    profile: Any = None
    tokens: tuple[Any, ...] = ()
    faces: tuple[Any, ...] = ()
    adult_attested: bool = False
    consents: tuple[dict[str, Any], ...] = ()


def decode_message(
    raw: bytes,
    *,
    key: PlatformKey | None,
    at: Instant,
    only: Callable[[CustomerId], bool] | None = None,
) -> CustomerMessage:
    """Read one message of the `customers` topic or line of a seed file; never raises.

    `key` is the platform's (without it nothing is signed); `at` is now: leases run from here.
    With `only`, customers for whom it says no are left out, unless they are erased.
    """
    try:
        message = msgspec.convert(msgspec.json.decode(raw), _Envelope)
    except msgspec.ValidationError:
        return CustomerMessage(cursor="", deltas=(), faults=(NOT_A_MESSAGE,))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return CustomerMessage(cursor="", deltas=(), faults=(NOT_JSON,))
    faults: list[str] = []
    wanted = message.deltas if only is None else [one for one in message.deltas if _is(only, one)]
    deltas = [_delta(delta, key=key, at=at, faults=faults) for delta in wanted]
    return CustomerMessage(
        cursor=message.cursor if isinstance(message.cursor, str) else "",
        deltas=tuple(delta for delta in deltas if delta is not None),
        faults=tuple(faults),
    )


def permitted(customer: Customer, policy: Policy) -> Customer:
    """Give what a policy lets the edge hold of a customer; the rest is to be purged (R36)."""
    tokens = tuple(token for token in customer.tokens if policy.permits_token(token.kind))
    is_ours = policy.template_key is TemplateKey.DEVICE
    faces = tuple(one for one in customer.faces if is_ours or one.sealed)
    faces = faces if policy.face is not FaceMode.OFF else ()
    profile = customer.profile if policy.max_stale_s else Profile()
    return msgspec.structs.replace(customer, tokens=tokens, faces=faces, profile=profile)


def _is(only: Callable[[CustomerId], bool], delta: Any) -> bool:
    if not isinstance(delta, dict) or delta.get("op") != "put":
        return True
    customer = delta.get("customer")
    return isinstance(customer, str) and only(CustomerId(customer))


def _delta(
    delta: Any, *, key: PlatformKey | None, at: Instant, faults: list[str]
) -> Put | Erase | None:
    try:
        head = msgspec.convert(delta, _Head)
    except msgspec.ValidationError:
        faults.append(NOT_A_DELTA)
        return None
    customer = CustomerId(head.customer)
    if head.op == "erase":
        reason = delta.get("reason")
        return Erase(
            customer=customer,
            # An erasure that does not say which version it ends, ends all of them.
            version=head.version if _is_version(head.version) else TOP_VERSION,
            reason=reason if isinstance(reason, str) else "",
        )
    if head.op != "put" or not _is_version(head.version):
        faults.append(NOT_A_DELTA)
        return None
    bare = Customer(customer=customer, version=head.version, confirmed_at=at)
    return Put(customer=_fill(bare, delta, key=key, faults=faults))


def _is_version(value: Any) -> bool:
    return type(value) is int and 0 <= value <= TOP_VERSION


def _fill(
    bare: Customer, delta: Mapping[str, Any], *, key: PlatformKey | None, faults: list[str]
) -> Customer:
    """Add to a customer what the delta says and may be held."""
    signer = "" if key is None else key.signer(delta)
    if not signer:
        faults.append(NOT_SIGNED)
        return bare
    try:
        body = msgspec.convert(delta, _Body)
        consents = _consents(body.consents)
    except msgspec.ValidationError:
        faults.append(NOT_READABLE)
        return bare
    signed = msgspec.structs.replace(
        bare,
        role=body.role,
        adult_attested=body.adult_attested,
        consents=consents,
        trusted=True,
        signer=signer,
    )
    standing = read_standing(signed)
    at = Instant(bare.confirmed_at)
    tokens = tuple(_tokens(body, standing, at=at, faults=faults))
    faces = _faces(body, standing, at=at, faults=faults)
    wanted = any(may_come_into_force(standing, purpose, at=at) for purpose in PURPOSES)
    keeps_profile = wanted and body.role is Role.CUSTOMER
    profile = minimal_profile(body.profile) if keeps_profile else Profile()
    return msgspec.structs.replace(signed, tokens=tokens, faces=faces, profile=profile)


def _consents(records: tuple[dict[str, Any], ...]) -> tuple[Consent, ...]:
    """Read consent records.

    Raises: msgspec.ValidationError where one has no purpose.
    """
    try:
        return msgspec.convert(records, tuple[Consent, ...])
    except msgspec.ValidationError:  # one of them is not whole: each is read for itself
        return tuple(_consent(record) for record in records)


def _consent(record: Mapping[str, Any]) -> Consent:
    """Read a consent record: what is missing in it refuses, only a purpose must be there."""
    texts = {name: record.get(name) for name in Consent.__struct_fields__}
    known = {name: text for name, text in texts.items() if isinstance(text, str)}
    return msgspec.convert({"state": "", "event_time": "", **known}, Consent)


def _tokens(body: _Body, standing: Standing, *, at: Instant, faults: list[str]) -> Iterator[Token]:
    for raw in body.tokens:
        try:
            token = msgspec.convert(raw, Token)
        except msgspec.ValidationError:
            faults.append(NOT_USABLE)
            continue
        if not is_usable(token):
            faults.append(NOT_USABLE)
        elif body.role is Role.STAFF or may_come_into_force(
            standing, PURPOSE_OF[token.kind], at=at
        ):
            yield token


def _faces(body: _Body, standing: Standing, *, at: Instant, faults: list[str]) -> tuple[Face, ...]:
    """Read the templates of a customer who may be recognised by them; of nobody else (R8)."""
    may_be_held = body.role is Role.CUSTOMER and may_come_into_force(
        standing, Purpose.FACE_RECOGNITION, at=at
    )
    if not may_be_held:
        return ()
    faces = [read_face(raw) for raw in body.faces]
    faults += [NOT_A_FACE] * faces.count(None)
    return tuple(face for face in faces if face is not None)
