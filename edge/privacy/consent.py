"""This is where it is decided whether a customer's consent is in force at a moment.

Everything that is not plainly a grant is a refusal: an unknown state, a time that cannot be read,
a record that is not complete, a stale confirmation, a clock that cannot be trusted.
"""

from operator import attrgetter
from typing import Final

import msgspec

from edge.model.customer import Consent, Customer, Purpose
from edge.model.names import SECOND, Instant
from edge.privacy.moments import parse_moment
from edge.privacy.policy import Policy

GRANTING_STATES: Final = frozenset({"ConsentGiven", "RenewedConsentGiven"})
"""The DPV consent states that allow processing (ISO/IEC TS 27560)."""

CLOCK_SKEW_NS: Final = 300 * SECOND
"""How far the platform's clock and this one may differ. A quartz clock at 20 ppm drifts 12 s in
the week that the longest lease lasts; beyond 300 s one of the two is wrong."""

PURPOSES: Final = tuple(sorted(Purpose))

MANDATORY: Final[tuple[str, ...]] = (
    "record",
    "purpose",
    "state",
    "event_time",
    "valid_until",
    "notice",
    "jurisdiction",
    "method",
    "controller",
)
"""What a record must say before it can grant anything: the mandatory fields of ISO/IEC TS 27560
with the hash of the notice that the customer was shown (R25)."""
_mandatory: Final = attrgetter(*MANDATORY)

FOREVER: Final = Instant(2**62)
"""The year 2116: a consent said to last longer is asked about again by then."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a purpose is in force, and why."""

    granted: bool
    reason: str
    """Short fixed words that name no one."""
    until: Instant = Instant(0)
    """End of what is granted, exclusive: by validity, by lease, or by a later refusal."""


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """One consent record with its times read."""

    grants: bool
    since: Instant
    until: Instant
    """End of validity, exclusive; equal to `since` for a record that grants nothing."""
    lacks: str = ""
    """The mandatory field without which a record that would grant does not."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's consents, read once so that a decision costs microseconds."""

    trusted: bool
    adult: bool
    confirmed_at: Instant
    records: dict[str, tuple[Grade, ...]]
    """Per purpose, latest first, at a tie the refusing one first; empty where a time of any
    record of that purpose cannot be read."""


def read_standing(customer: Customer) -> Standing:
    """Read a customer's consents for many decisions."""
    records: dict[str, list[Consent]] = {}
    for consent in customer.consents:
        records.setdefault(consent.purpose, []).append(consent)
    return Standing(
        trusted=customer.trusted,
        adult=customer.adult_attested,
        confirmed_at=Instant(customer.confirmed_at),
        records={purpose: _grades(consents) for purpose, consents in records.items()},
    )


def decide(
    customer: Customer | Standing,
    purpose: str,
    *,
    policy: Policy,
    at: Instant,
    clock_synced: bool,
) -> Decision:
    """Decide whether a purpose is in force for a customer at a moment."""
    standing = customer if isinstance(customer, Standing) else read_standing(customer)
    stale_s = policy.max_stale_s.get(purpose)  # type: ignore[call-overload] # a str finds its Purpose
    if stale_s is None:
        return NOT_PERMITTED
    refusal = _general_refusal(standing, at, clock_synced=clock_synced)
    if refusal is not None:
        return refusal
    lease_end = standing.confirmed_at + stale_s * SECOND
    if at > lease_end:
        return STALE
    decision = _record_decision(standing.records.get(purpose, ()), at)
    if not decision.granted or decision.until <= lease_end:
        return decision
    return Decision(granted=True, reason=decision.reason, until=Instant(lease_end))


def purposes_in_force(
    customer: Customer | Standing, *, policy: Policy, at: Instant, clock_synced: bool
) -> tuple[str, ...]:
    """List the purposes in force at a moment, sorted."""
    standing = customer if isinstance(customer, Standing) else read_standing(customer)
    if _general_refusal(standing, at, clock_synced=clock_synced) is not None:
        return ()
    stale, records, age_ns = policy.max_stale_s, standing.records, at - standing.confirmed_at
    return tuple(
        purpose.value
        for purpose in PURPOSES
        if purpose in records
        and age_ns <= stale.get(purpose, -1) * SECOND
        and _record_decision(records[purpose], at).granted
    )


def may_come_into_force(standing: Standing, purpose: str, *, at: Instant) -> bool:
    """Say whether a purpose is granted now or from a later moment on, lease and policy apart.

    Where it is not, there is no reason to hold what the customer handed over for it.
    """
    if not (standing.trusted and standing.adult):
        return False
    records = standing.records.get(purpose, ())
    later = any(grade.grants and at < grade.since < grade.until for grade in records)
    return later or _record_decision(records, at).granted


def _general_refusal(standing: Standing, at: Instant, *, clock_synced: bool) -> Decision | None:
    """Give what refuses every purpose alike."""
    if not standing.trusted:
        return NOT_SIGNED
    if not standing.adult:
        return NOT_ATTESTED
    if not clock_synced:
        return CLOCK_UNSURE
    return CLOCK_BACK if at - standing.confirmed_at < -CLOCK_SKEW_NS else None


def _record_decision(records: tuple[Grade, ...], at: Instant) -> Decision:
    refused_from: Instant | None = None
    for grade in records:
        # A refusal of the platform's counts at once even where its clock is a little ahead.
        if grade.since > (at if grade.grants else at + CLOCK_SKEW_NS):
            refused_from = refused_from if grade.grants else grade.since
            continue
        if not grade.grants:
            return LACKING[grade.lacks] if grade.lacks else REFUSED
        return _granted(grade, refused_from) if at < grade.until else EXPIRED
    return NO_RECORD


def _granted(grade: Grade, refused_from: Instant | None) -> Decision:
    until = min(grade.until, FOREVER if refused_from is None else refused_from)
    return Decision(granted=True, reason="granted", until=until)


def _grades(consents: list[Consent]) -> tuple[Grade, ...]:
    if len(consents) == 1:
        only = _grade(consents[0])
        return () if only is None else (only,)
    grades = [_grade(consent) for consent in consents]
    readable = [grade for grade in grades if grade is not None]
    if len(readable) < len(grades):
        return ()
    timeless = tuple(grade for grade in readable if grade.lacks == "event_time")
    if timeless:  # it may be the latest, so that no other one counts
        return timeless[:1]
    return tuple(sorted(readable, key=lambda grade: (-grade.since, grade.grants)))


def _grade(consent: Consent) -> Grade | None:
    if not consent.event_time:
        return Grade(grants=False, since=Instant(0), until=Instant(0), lacks="event_time")
    since = parse_moment(consent.event_time)
    if since is None:
        return None
    if consent.state not in GRANTING_STATES:
        return Grade(grants=False, since=since, until=since)
    told = _mandatory(consent)
    if "" in told:
        lacks = MANDATORY[told.index("")]
        return Grade(grants=False, since=since, until=since, lacks=lacks)
    until = parse_moment(consent.valid_until)
    return None if until is None else Grade(grants=True, since=since, until=until)


NOT_PERMITTED: Final = Decision(granted=False, reason="not permitted by the policy")
NOT_SIGNED: Final = Decision(granted=False, reason="not signed by the platform")
NOT_ATTESTED: Final = Decision(granted=False, reason="not attested as an adult")
CLOCK_UNSURE: Final = Decision(granted=False, reason="the clock is not synchronised")
CLOCK_BACK: Final = Decision(granted=False, reason="the clock went back")
STALE: Final = Decision(granted=False, reason="not confirmed for too long")
NO_RECORD: Final = Decision(granted=False, reason="no consent record counts")
REFUSED: Final = Decision(granted=False, reason="the latest state allows nothing")
EXPIRED: Final = Decision(granted=False, reason="the consent has expired")
LACKING: Final = {
    field: Decision(granted=False, reason=f"the consent record has no {field}")
    for field in MANDATORY
}
