"""This is where it is looked at whether customers are told what is done (R32)."""

from typing import Final

from edge.config.schema import Settings
from edge.daemon.doctor.findings import fail, ok, warn
from edge.daemon.notices import admission, notice_of
from edge.daemon.policy_force import Force
from edge.driver.contract import Finding
from edge.errors import ConfigError
from edge.privacy.notice import version_of

PUBLISH: Final = "edge notice publish"
SAY_WHO: Final = "add [notice] controller and contact to the settings; then: `edge notice`"
NAME_IT: Final = "hang the sign out, then: `edge notice publish`"


def examine_notice(settings: Settings, force: Force) -> tuple[Finding, ...]:
    """Say whether a notice is published, whether it is current, and what it keeps from starting."""
    told = settings.notice
    if not settings.sources:
        return ()
    if told is None:
        first = warn("no notice tells customers who answers for the sensors", SAY_WHO)
    elif told.published is None:
        first = warn("the notice is not published", NAME_IT)
    elif force.published is None:
        first = fail(f"the published notice {told.published} cannot be trusted or read", PUBLISH)
    elif force.published.version == version_of(notice_of(settings, force.permitted)):
        first = ok(f"version {force.published.version[:12]} is published")
    else:
        first = warn("the published notice is not what is done now", NAME_IT)
    return (first, *_kept_from_starting(settings, force))


def _kept_from_starting(settings: Settings, force: Force) -> tuple[Finding, ...]:
    if settings.privacy.paused:
        return (warn("all sensing but door counters is paused", "edge privacy resume"),)
    admit = admission(settings, force.published)
    found: list[Finding] = []
    for source in settings.sources:
        try:
            admit(source)
        except ConfigError as refusal:
            found.append(fail(f"{source.name} does not start: {refusal.why}", refusal.remedy))
    return tuple(found)
