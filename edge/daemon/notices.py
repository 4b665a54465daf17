"""This is where the notice follows from the settings, and where it is seen what may be sensed."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from edge.config.schema import Settings, SourceSettings
from edge.errors import ConfigError, StoreError
from edge.model.moment import rfc3339
from edge.model.names import Instant
from edge.privacy.notice import (
    DESK,
    DOOR,
    QUIET_CODE,
    WITHDRAW_CODE,
    Notice,
    Published,
    decode_published,
    sensing_of,
    unannounced,
    version_of,
)
from edge.privacy.policy import Policy, Probes

REMEDY: Final = (
    "run: edge notice publish --out FILE, hang it out, and name FILE in [notice] published"
)
SCANNER: Final = "card"


def notice_of(settings: Settings, policy: Policy) -> Notice:
    """Give what customers have to be told of a store under its settings and what is permitted.

    `policy` is the stricter of the store's and the platform's, with every purpose: one that is not
    told does not count (`edge.daemon.policy_force.Force`).

    Raises: ConfigError where the settings do not say who answers for it.
    """
    told = settings.notice
    if told is None:
        raise ConfigError(
            "cannot write the notice",
            why="the settings do not say who answers for the processing",
            remedy="add [notice] controller and contact; docs/how-to/notice.md shows how",
        )
    optouts = optouts_of(settings, policy)
    return Notice(
        store=settings.store.id,
        controller=told.controller,
        contact=told.contact,
        url=told.url or "",
        languages=told.languages,
        policy=policy.name,
        sensing=tuple(sorted({senses(source) for source in settings.sources})),
        purposes=tuple(sorted(policy.max_stale_s)),
        probes=policy.probes,
        face=policy.face,
        visits_d=policy.retention.visits_d,
        templates_d=policy.retention.templates_d,
        audit_d=policy.retention.audit_d,
        optouts=optouts,
        quiet_s=settings.privacy.optout_quiet_s if QUIET_CODE in optouts else 0,
        paused=settings.privacy.paused,
    )


def senses(source: SourceSettings) -> str:
    """Say what a source senses."""
    return sensing_of(source.driver, source.profile)


def optouts_of(settings: Settings, policy: Policy) -> tuple[str, ...]:
    """Give the ways out that a customer really has here, sorted.

    The code 'do not count' is one where a scanner stands in a zone with a radio receiver whose
    signals the policy lets be processed: elsewhere there is nothing that it could silence. The code
    'withdraw' is one at any scanner, where the policy lets the card behind it be known.
    """
    scanners = [one for one in settings.sources if senses(one) == SCANNER]
    zones = {one.zone for one in scanners if one.zone is not None}
    heard = {"probes": policy.probes is not Probes.NONE, "ble": policy.ble, "link": policy.link}
    radios = {one.zone for one in settings.sources if heard.get(senses(one))}
    ways = {
        DESK: True,
        QUIET_CODE: settings.privacy.optout_code is not None and not zones.isdisjoint(radios),
        WITHDRAW_CODE: policy.cards and bool(scanners),
    }
    return tuple(sorted(way for way, is_there in ways.items() if is_there))


def read_published(settings: Settings) -> Published | None:
    """Read the notice that customers see; None where there is none, or it cannot be trusted."""
    file = None if settings.notice is None else settings.notice.published
    if file is None:
        return None
    try:
        return decode_published(file.read_bytes())
    except OSError:  # nothing is announced then; whoever asks is told that it cannot be read
        return None


def publish_notice(notice: Notice, file: Path, *, at: Instant) -> str:
    """Write a notice with its version into a file, whole or not at all; gives the version.

    Raises: StoreError where the file cannot be written.
    """
    version = version_of(notice)
    said = Published(version=version, published_at=rfc3339(at), notice=notice)
    draft = file.with_name(f"{file.name}.new")
    try:
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n")
        draft.replace(file)
    except OSError as error:
        raise StoreError(
            "cannot publish the notice",
            where=str(file),
            why=error.strerror or "",
            remedy="run it with sudo, or name another file with --out",
        ) from error
    return version


def admission(settings: Settings, published: Published | None) -> Callable[[SourceSettings], None]:
    """Give what every source is asked before it starts (R32).

    It raises ConfigError for a source that senses what customers were not told of, and while all
    sensing but door counters is switched off.
    """
    is_required = settings.notice is not None and settings.notice.published is not None

    def admit(source: SourceSettings) -> None:
        kind = senses(source)
        if settings.privacy.paused and kind != DOOR:
            raise ConfigError(
                "sensing is paused",
                why="all but door counters is switched off",
                remedy="run: edge privacy resume",
            )
        notice = None if published is None else published.notice
        why = unannounced(kind, notice, is_required=is_required)
        if why:
            raise ConfigError("this source may not start", why=why, remedy=REMEDY)

    return admit
