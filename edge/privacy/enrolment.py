"""This is where it is decided who may be enrolled, and what an enrolment does to a record.

Pure: pictures are judged and encoded elsewhere, and only after `refusal` had nothing to say.
"""

import math
import struct
from collections.abc import Iterable
from operator import mul
from typing import Final

import msgspec

from edge.model.customer import Customer, Face, Purpose, Role
from edge.model.names import CustomerId, Instant
from edge.privacy.consent import NOT_PERMITTED, decide, may_come_into_force, read_standing
from edge.privacy.policy import FaceMode, Policy, TemplateKey
from edge.privacy.templates import FLOAT_BYTES, Candidate

LEAST_PICTURES: Final = 3
"""Of one person, each fit by itself (R11): their mean halves the misses of one picture."""
PURPOSE: Final = Purpose.FACE_RECOGNITION

STRANGER: Final = "nobody of that name is known here"
STAFF: Final = "members of staff are not enrolled"
NO_FACES: Final = "the policy does not permit face recognition"
NO_KEY: Final = "the policy says of no key that templates could be kept with"
WITHDRAWN: Final = "the consent to face recognition was taken back in the store"
TOO_FEW: Final = "too few pictures are fit"
NO_VECTOR: Final = "that is no template"
ALREADY: Final = "this face is enrolled for another customer who consented"

REMEDIES: Final = {
    NOT_PERMITTED.reason: "run: edge policy show, and edge notice: what no notice tells of is off",
    STRANGER: "have the platform send the customer first: edge platform command … resync",
    STAFF: "enrol customers only",
    NO_FACES: "run: edge policy show",
    NO_KEY: "run: edge policy show",
    WITHDRAWN: "the customer may consent anew in the app",
    TOO_FEW: f"take at least {LEAST_PICTURES} pictures that have no reason beside them",
    ALREADY: "ask the customer whether they have another account; forget one of the two enrolments",
}
CONSENT_REMEDY: Final = "the customer may consent in the app; the platform sends the record"


def refusal(
    customer: Customer | None, *, policy: Policy, at: Instant, clock_synced: bool, withheld: bool
) -> str:
    """Say why somebody may not be enrolled now; empty where they may.

    `withheld` says that they took the consent back here.
    """
    if customer is None:
        return STRANGER
    if customer.role is not Role.CUSTOMER:
        return STAFF
    if policy.face is FaceMode.OFF:
        return NO_FACES
    if policy.template_key is TemplateKey.NONE:
        return NO_KEY
    decision = decide(customer, PURPOSE, policy=policy, at=at, clock_synced=clock_synced)
    if not decision.granted:
        return decision.reason
    return WITHDRAWN if withheld else ""


def remedy(reason: str) -> str:
    """Say what can be done about a refusal."""
    return REMEDIES.get(reason, CONSENT_REMEDY)


def is_vector(vector: bytes) -> bool:
    """Say whether bytes are a direction: finite numbers of unit length."""
    if not vector or len(vector) % FLOAT_BYTES:
        return False
    numbers = _numbers(vector)
    return all(map(math.isfinite, numbers)) and math.isclose(
        math.hypot(*numbers), 1.0, abs_tol=0.01
    )


def twin(
    vector: bytes, candidates: Iterable[Candidate], *, same_at: float, but: CustomerId
) -> CustomerId | None:
    """Find another consenting customer with the same face; None where there is none.

    `same_at` is the cosine from which on two templates are one person's.
    """
    own = _numbers(vector)
    for one in candidates:
        if one.customer == but or len(one.vector) != len(vector):
            continue
        if sum(map(mul, own, _numbers(one.vector))) >= same_at:
            return one.customer
    return None


def with_face(customer: Customer, face: Face) -> Customer:
    """Give a customer with one more template, in the place of those of the same engine."""
    others = tuple(one for one in customer.faces if one.model != face.model)
    return msgspec.structs.replace(customer, faces=(*others, face))


def without_faces(customer: Customer) -> Customer:
    """Give a customer without any template."""
    return msgspec.structs.replace(customer, faces=())


def carried_over(new: Customer, held: Customer | None, *, at: Instant) -> Customer:
    """Give a new version of a customer with the templates that were made here.

    The platform does not know them until it asked; they go with the consent, and give way to the
    platform's own of the same engine.
    """
    if held is None or not may_come_into_force(read_standing(new), PURPOSE, at=at):
        return new
    models = {one.model for one in new.faces}
    own = tuple(one for one in held.faces if one.enrolled_at and one.model not in models)
    return msgspec.structs.replace(new, faces=(*new.faces, *own)) if own else new


def _numbers(vector: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(vector) // FLOAT_BYTES}f", vector)
