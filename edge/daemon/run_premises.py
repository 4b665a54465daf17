"""This is where the live store's rules stand, with the customers who are known under them."""

import asyncio
import os
from collections.abc import Callable

import msgspec

from edge.config.schema import Settings, SourceSettings
from edge.daemon.customers import CustomerBook, platform_key
from edge.daemon.keys import DeviceKey
from edge.daemon.live_store import why_locked
from edge.daemon.notices import admission, notice_of
from edge.daemon.policy_force import Force
from edge.daemon.premises import SECRET_BYTES, rules_of
from edge.daemon.quiet import quiet_zones
from edge.daemon.rules import Rules
from edge.model.names import SourceName
from edge.privacy.notice import version_of
from edge.privacy.pepper import Peppers, random_peppers
from edge.privacy.policy import Policy
from edge.privacy.recogniser import Recogniser
from edge.store.database import Store


class Premises(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all sources of the store."""

    force: Force
    """The policy in force, and what it came from."""
    admit: Callable[[SourceSettings], None]
    """Raises ConfigError for a source that customers were not told of."""
    notice: str
    """The version of the notice that the settings make; empty where they do not say enough."""
    locked: DeviceKey | None
    """Why nobody can be known; None where the device's key is there."""
    recogniser: Recogniser
    book: CustomerBook
    news: asyncio.Event
    """Set when there is something to prepare for recognising."""
    rules: Rules

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.force.policy

    @property
    def doubt(self) -> str:
        """Why the policy is not the one that was asked for; empty where it is."""
        return self.force.doubt

    @property
    def unreadable(self) -> int:
        """Customers' records that could not be opened; they are not known."""
        return self.book.unreadable


def open_premises(settings: Settings, store: Store, *, force: Force) -> Premises:
    """Put the rules together; `edge.daemon.tending` reads the customers."""
    policy = force.policy
    news = asyncio.Event()
    recogniser = Recogniser((), policy=policy, secret=os.urandom(SECRET_BYTES), wake=news.set)
    peppers = Peppers(period_s=policy.pepper_period_s, draw=random_peppers())
    rules = rules_of(
        settings.store,
        policy=policy,
        recogniser=recogniser,
        peppers=peppers,
        quiet=quiet_zones(settings),
    )
    book = CustomerBook(
        store,
        platform_key=platform_key(settings.store.platform_key),
        recogniser=recogniser,
        templates=rules.faces.templates,
        policy=policy,
    )
    book.expect_loading()
    return Premises(
        force=force,
        admit=admission(settings, force.published),
        notice="" if settings.notice is None else version_of(notice_of(settings, force.permitted)),
        locked=None if store.vault is not None else why_locked(store, settings.store),
        recogniser=recogniser,
        book=book,
        news=news,
        rules=msgspec.structs.replace(
            rules, withdraw_source=_kiosk(settings), once_read=book.once_read
        ),
    )


def _kiosk(settings: Settings) -> SourceName | None:
    """Give the scanner at which consents are taken back."""
    name = settings.privacy.withdraw_source
    return None if name is None else SourceName(name)


def are_other_rules(old: Settings, new: Settings, *, was: Force, now: Force) -> bool:
    """Say whether other rules hold under new settings than under the old ones."""
    return (
        old.store != new.store
        or old.privacy != new.privacy
        or old.notice != new.notice
        or was != now
    )
