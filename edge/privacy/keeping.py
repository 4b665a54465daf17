"""This is where it is decided what of a customer there is still a reason to hold (R28).

What was handed over for a purpose goes when that purpose is over: taken back or expired. A template
goes earlier where its customer has not been heard of for too long.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from edge.model.customer import Customer, Face, Profile, Purpose, Role
from edge.model.names import SECOND, Instant
from edge.privacy.consent import read_standing
from edge.privacy.policy import Policy
from edge.privacy.tokens import PURPOSE_OF

DAY_NS: Final = 86_400 * SECOND


def still_held(
    customer: Customer, wanted: Collection[str], *, policy: Policy, at: Instant
) -> Customer:
    """Give what may still be held of a customer at a moment.

    `wanted` are the purposes that they allow now or from a later moment on. Members of staff are
    held as they are: their tokens serve to take them out of counts, and for nothing else.
    """
    if customer.role is Role.STAFF:
        return customer
    has_consent = Purpose.FACE_RECOGNITION in wanted
    faces = customer.faces if has_consent else ()
    if faces:
        faces = tuple(one for one in faces if not _is_forgotten(customer, one, policy, at))
    return msgspec.structs.replace(
        customer,
        tokens=tuple(one for one in customer.tokens if PURPOSE_OF[one.kind] in wanted),
        faces=faces,
        profile=customer.profile if wanted else Profile(),
    )


def _is_forgotten(customer: Customer, face: Face, policy: Policy, at: Instant) -> bool:
    """Say whether the last interaction about faces is longer ago than templates may be kept.

    That is when the consent was given or renewed last, or the face enrolled here: visits would
    only make it longer.
    """
    records = read_standing(customer).records.get(Purpose.FACE_RECOGNITION, ())
    given = [one.since for one in records if one.grants and one.since <= at]
    last = max((*given, Instant(face.enrolled_at)))
    return at - last > policy.retention.templates_d * DAY_NS
