"""This is where what is told and accounted for is looked at: R22, R24 and R31 to R36."""

from typing import Final

from edge.config.schema import Settings
from edge.daemon.notices import admission, notice_of, optouts_of, read_published
from edge.daemon.verify.appliance import Appliance
from edge.daemon.verify.ruling import Seen, absent, broken, holds, judged, unseen
from edge.daemon.verify.sensing import AS_ROOT, REPORT
from edge.daemon.verify.stored import of_stored
from edge.errors import ConfigError
from edge.privacy.notice import version_of
from edge.privacy.policy import OFF
from edge.privacy.published import DAY_BUDGET
from edge.store.proof import Holdings

PUBLISH: Final = "edge notice publish --out FILE, and name FILE in [notice] published"
EXPORT_S: Final = 10.0
VERSION_DIGITS: Final = 12
"""Digits of a notice's version that tell it from any other here."""


@of_stored
def withdrawals_first(appliance: Appliance, held: Holdings) -> Seen:
    """R22: nothing waits for the platform that names somebody who took that back."""
    del appliance
    told = (
        f"{held.rows.get('outbox', 0)} events wait; of those that name somebody, "
        f"{held.queued_withdrawn} are of people who took their visits back"
    )
    return judged(is_so=not held.queued_withdrawn, evidence=told, remedy=REPORT)


@of_stored
def withdrawal_is_local(appliance: Appliance, held: Holdings) -> Seen:
    """R24: what is taken back in the store is in force without a network."""
    del appliance
    told = f"{held.rows.get('withdrawal', 0)} purposes were taken back here and are out of force"
    return holds(f"{told}; taking back needs no network: `edge customer withdraw`")


@of_stored
def trail_is_whole(appliance: Appliance, held: Holdings) -> Seen:
    """R31: the audit trail is as it was written."""
    del held
    kept = appliance.kept
    if kept.trail is None:
        return unseen("there is no device key that this user may read", AS_ROOT)
    told = f"{kept.trail.entries} entries hang together from the first to the sealed head"
    if kept.trail.broken_at is None:
        return holds(told)
    return broken(f"{told}; entry {kept.trail.broken_at}: {kept.trail.why}", REPORT)


def notice_is_true(appliance: Appliance) -> Seen:
    """R32: the published notice tells of everything that is sensed."""
    settings = appliance.settings
    if settings is None:
        return unseen(appliance.fault, "edge doctor")
    if appliance.policy.name == OFF.name and not settings.sources:
        return absent("nothing is sensed here")
    published = read_published(settings)
    if published is None:
        return broken("no notice is published that can be read", PUBLISH)
    told = f"notice {published.version[:VERSION_DIGITS]} of {published.published_at}"
    untold = (*_refused(settings), *appliance.force.untold)
    if untold:
        return broken(f"{told} does not tell of {', '.join(untold)}", PUBLISH)
    is_so = version_of(notice_of(settings, appliance.policy)) == published.version
    told += (
        f"; settings and policy {appliance.policy.name} say the same: {'yes' if is_so else 'no'}"
    )
    return judged(is_so=is_so, evidence=told, remedy=PUBLISH)


@of_stored
def everything_can_be_had(appliance: Appliance, held: Holdings) -> Seen:
    """R33: all that is held about a person is put together at once, and of nobody nothing."""
    del held
    kept = appliance.kept
    if kept.key.key is None:
        return unseen(kept.key.doubt or "there is no device key", AS_ROOT)
    told = f"about an id that nobody has, {'something' if kept.knows_strangers else 'nothing'}"
    if kept.export_s is not None:
        told += f" is found; all about one of {len(kept.people)} people took {kept.export_s:.2f} s"
    is_so = not kept.knows_strangers and (kept.export_s or 0) < EXPORT_S
    return judged(is_so=is_so, evidence=told, remedy=REPORT)


@of_stored
def counts_are_budgeted(appliance: Appliance, held: Holdings) -> Seen:
    """R35: what was published of a day never cost more than the day's budget."""
    del appliance
    told = (
        f"figures of {held.rows.get('budget', 0)} days were published; the dearest day cost "
        f"epsilon {held.most_spent:g} of {float(DAY_BUDGET):g}"
    )
    return judged(is_so=held.most_spent <= float(DAY_BUDGET), evidence=told, remedy=REPORT)


def optouts_are_real(appliance: Appliance) -> Seen:
    """R34: every way out that is advertised can be gone here."""
    settings = appliance.settings
    if settings is None:
        return unseen(appliance.fault, "edge doctor")
    real = optouts_of(settings, appliance.force.policy)
    published = read_published(settings)
    if published is None:
        return absent("no notice advertises a way out")
    advertised = published.notice.optouts
    told = f"advertised: {', '.join(advertised)}; reachable: {', '.join(real)}; none takes a MAC"
    return judged(is_so=set(advertised) <= set(real), evidence=told, remedy=PUBLISH)


def policy_is_in_force(appliance: Appliance) -> Seen:
    """R36: the stricter of what store and platform ask for is in force."""
    force, proof = appliance.force, appliance.proof
    asked = f"the settings ask for {force.local}, the platform for {force.platform or 'none'}"
    told = f"{force.policy.name} is in force: {asked}"
    if force.doubt:
        return broken(f"{told}; {force.doubt}", "edge policy show")
    if proof is not None and proof.policy != force.policy.name:
        return broken(f"{told}; the daemon works under {proof.policy}", "edge reload")
    return holds(told)


def _refused(settings: Settings) -> list[str]:
    """Name the sources that may not start."""
    admit = admission(settings, read_published(settings))
    refused = []
    for source in settings.sources:
        try:
            admit(source)
        except ConfigError:
            refused.append(source.name)
    return refused
