"""This is where every stored customer is opened and judged: R14 to R20, R23 and R25."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.ruling import Seen, broken, holds, judged, unseen
from edge.daemon.verify.sensing import AS_ROOT
from edge.daemon.verify.stored import of_stored
from edge.model.customer import Customer, Purpose, Role
from edge.model.names import SECOND, Instant
from edge.privacy.consent import CLOCK_SKEW_NS, GRANTING_STATES, MANDATORY, purposes_in_force
from edge.privacy.minimise import minimal_profile, tells_age
from edge.store.proof import Holdings

ASK_AGAIN: Final = "ask the platform for all customers again, and report it"
Known = tuple[Customer, tuple[str, ...]]


def judge_people(check: Callable[[list[Known], Appliance], Seen], appliance: Appliance) -> Seen:
    """Give a check everybody who is stored, with the purposes in force for them now."""
    if appliance.kept.fault:
        return unseen(appliance.kept.fault, AS_ROOT)
    decide = partial(
        purposes_in_force,
        policy=appliance.policy,
        at=Instant(appliance.machine.now_ns()),
        clock_synced=appliance.clock_synced,
    )
    return check([(one, decide(one)) for one in appliance.kept.customers], appliance)


def adults_alone(known: list[Known], appliance: Appliance) -> Seen:
    """R14: nobody without a signed attestation is identified."""
    del appliance
    wrong = sum(bool(purposes) and not one.adult_attested for one, purposes in known)
    return _counted(known, "with a purpose in force and no attestation of age", wrong)


def no_ages(known: list[Known], appliance: Appliance) -> Seen:
    """R15: no profile says when somebody was born, or speaks of children."""
    del appliance
    wrong = sum(_tells_age(one) for one, _ in known)
    return _counted(known, "with a birth date or an attribute of children", wrong)


def staff_are_no_customers(appliance: Appliance) -> Seen:
    """R16: staff have no profile and no purposes here."""
    if appliance.kept.fault:
        return unseen(appliance.kept.fault, AS_ROOT)
    staff = [one for one in appliance.kept.people if one.role is Role.STAFF]
    wrong = sum(bool(one.profile.display_name or one.profile.segments) for one in staff)
    told = f"{len(staff)} staff are stored, {wrong} with a profile; their tokens take them out"
    return judged(is_so=not wrong, evidence=told, remedy=ASK_AGAIN)


def purposes_stand_alone(known: list[Known], appliance: Appliance) -> Seen:
    """R17: a purpose in force has a record of its own."""
    del appliance
    wrong = sum(
        not set(purposes) <= {consent.purpose for consent in one.consents}
        for one, purposes in known
    )
    counts = Counter(purpose for _, purposes in known for purpose in purposes)
    told = ", ".join(f"{purpose} {counts[purpose]}" for purpose in sorted(Purpose))
    return _counted(known, f"with a purpose that has no record of its own; in force: {told}", wrong)


def granting_states_alone(known: list[Known], appliance: Appliance) -> Seen:
    """R18: only a given or renewed consent is in force."""
    del appliance
    wrong = 0
    for one, purposes in known:
        given = {each.purpose for each in one.consents if each.state in GRANTING_STATES}
        wrong += not set(purposes) <= given
    return _counted(known, "with a purpose in force in another state", wrong)


def leases_run(known: list[Known], appliance: Appliance) -> Seen:
    """R19: what is in force was confirmed recently enough."""
    now, policy = appliance.machine.now_ns(), appliance.policy
    wrong = 0
    for one, purposes in known:
        age_ns = now - one.confirmed_at
        longest_ns = [policy.max_stale_s[Purpose(each)] * SECOND for each in purposes]
        wrong += any(age_ns > most or age_ns < -CLOCK_SKEW_NS for most in longest_ns)
    oldest_ns = max((now - one.confirmed_at for one, _ in known), default=0)
    clock = "" if appliance.clock_synced else "; the clock is not synchronised, so nobody is known"
    told = (
        f"in force beyond its lease (oldest confirmation {oldest_ns / SECOND / 3600:,.1f} h){clock}"
    )
    return _counted(known, told, wrong)


def fails_closed(appliance: Appliance) -> Seen:
    """R20: what cannot be read is not known, and says so."""
    kept, proof = appliance.kept, appliance.proof
    if kept.fault:
        return broken(kept.fault, "edge doctor")
    unreadable = max(kept.unreadable, 0 if proof is None else proof.unreadable)
    if unreadable:
        told = f"{unreadable} customers' records cannot be opened; these people are not known"
        return broken(told, "restore the device key, or ask the platform for all customers again")
    for doubt in (kept.key.doubt, appliance.force.doubt):
        if doubt:
            return broken(f"{doubt}; nobody is known", "edge doctor")
    if appliance.settings is None:
        return broken(appliance.fault, "edge doctor")
    return holds(
        "database, key, policy and settings can be read; a doubt about one of them is `off`"
    )


@of_stored
def no_resurrection(appliance: Appliance, held: Holdings) -> Seen:
    """R23: who was erased stays erased."""
    del appliance
    told = f"{held.rows.get('tombstone', 0)} tombstones; rows that stand for one of them: "
    return judged(is_so=not held.marks_left, evidence=f"{told}{held.marks_left}", remedy=ASK_AGAIN)


def records_are_complete(known: list[Known], appliance: Appliance) -> Seen:
    """R25: a purpose in force rests on a record with every mandatory field."""
    del appliance
    wrong = 0
    for one, purposes in known:
        whole = {
            each.purpose for each in one.consents if all(map(each.__getattribute__, MANDATORY))
        }
        wrong += not set(purposes) <= whole
    return _counted(
        known, f"with a purpose in force and no record of {len(MANDATORY)} fields", wrong
    )


def _counted(known: list[Known], what: str, wrong: int) -> Seen:
    told = f"{len(known)} customers were opened and judged; {wrong} {what}"
    return judged(is_so=not wrong, evidence=told, remedy=ASK_AGAIN)


def _tells_age(one: Customer) -> bool:
    held = one.profile
    raw = {
        "display_name": held.display_name,
        "language": held.language,
        "segments": list(held.segments),
        "attributes": held.attributes,
    }
    return minimal_profile(raw) != held or any(tells_age(key) for key in held.attributes)
