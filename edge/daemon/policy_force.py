"""This is where it is worked out which policy is in force, and why that one."""

from pathlib import Path

import msgspec

from edge.config.load import load_settings
from edge.config.policies import load_policy
from edge.config.schema import Settings
from edge.daemon.notices import read_published
from edge.daemon.places import DATABASE
from edge.daemon.wanted import Standing, read_standing
from edge.errors import ConfigError
from edge.model.customer import Purpose
from edge.privacy.notice import Published, announced
from edge.privacy.policy import Policy, stricter
from edge.store.engine import connect_reader


class Force(msgspec.Struct, frozen=True, kw_only=True):
    """The policy in force, and what it came from."""

    policy: Policy
    """What both the store and the platform permit, for the purposes that customers were told of."""
    permitted: Policy
    """What both permit, for all purposes; a notice tells of these before they are in force."""
    local: str
    """The policy that the settings name."""
    platform: str | None
    """The policy that the platform wants; None where it wants none."""
    untold: tuple[Purpose, ...] = ()
    """Purposes that the policy permits, and that no notice tells customers of."""
    published: Published | None = None
    """The notice that customers see; None where there is none, or it cannot be trusted."""
    doubt: str = ""
    """Why it is not the policy that was asked for; empty where it is."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The settings and the policy of a state folder."""

    settings: Settings
    force: Force


def force_of(settings: Settings, *, platform: str | None) -> Force:
    """Work out the policy in force: the stricter of the store's and the platform's (R36).

    A policy that cannot be read is `off`.
    """
    local, doubt = load_policy(settings.store.policy)
    wanted, other_doubt = (local, None) if platform is None else load_policy(platform)
    permitted = stricter(local, wanted)
    published = read_published(settings)
    policy = announced(
        permitted,
        None if published is None else published.notice,
        is_required=settings.notice is not None and settings.notice.published is not None,
    )
    return Force(
        policy=policy,
        permitted=permitted,
        local=settings.store.policy,
        platform=platform,
        untold=tuple(
            one for one in Purpose if one in permitted.max_stale_s.keys() - policy.max_stale_s
        ),
        published=published,
        doubt="; ".join(one for one in (doubt, other_doubt) if one),
    )


def forced(name: str) -> Force:
    """Give a policy by its name, as if it alone were asked for.

    Raises: ConfigError where there is none.
    """
    policy, doubt = load_policy(name)
    if doubt is not None:
        raise ConfigError("cannot show the policy", why=doubt, remedy="run: edge policy list")
    return Force(policy=policy, permitted=policy, local=name, platform=None)


def with_wanted(path: Path, standing: Standing) -> Settings:
    """Load the settings with what the platform wants over them.

    Raises: ConfigError that lists every fault.
    """
    return load_settings(path, above=standing.tables)


def read_force(path: Path, state: Path) -> Found:
    """Read the settings and what the platform wants, whether or not the daemon runs.

    Raises: ConfigError for faults of the settings, StoreError where the ledger cannot be read.
    """
    standing = Standing()
    if (state / DATABASE).is_file():
        reader = connect_reader(state / DATABASE)
        try:
            standing = read_standing(reader)
        finally:
            reader.close()
    settings = with_wanted(path, standing)
    return Found(settings=settings, force=force_of(settings, platform=standing.policy))
