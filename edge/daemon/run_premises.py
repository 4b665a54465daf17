"""This is where the live store's rules stand, with the customers who are known under them."""

import asyncio
import os

import msgspec

from edge.config.policies import load_policy
from edge.config.schema import Settings
from edge.daemon.customers import CustomerBook, platform_key
from edge.daemon.door import Rules
from edge.daemon.premises import SECRET_BYTES, rules_of
from edge.privacy.pepper import Peppers, random_peppers
from edge.privacy.policy import Policy
from edge.privacy.recogniser import Recogniser
from edge.store.database import Store


class Premises(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all sources of the store."""

    policy: Policy
    doubt: str
    """Why the policy is not the one that was asked for; empty where it is."""
    recogniser: Recogniser
    book: CustomerBook
    news: asyncio.Event
    """Set when there is something to prepare for recognising."""
    rules: Rules

    @property
    def unreadable(self) -> int:
        """Customers' records that could not be opened; they are not known."""
        return self.book.unreadable


def open_premises(settings: Settings, store: Store) -> Premises:
    """Read the policy and put the rules together; `edge.daemon.tending` reads the customers."""
    policy, doubt = load_policy(settings.store.policy)
    news = asyncio.Event()
    recogniser = Recogniser((), policy=policy, secret=os.urandom(SECRET_BYTES), wake=news.set)
    peppers = Peppers(period_s=policy.pepper_period_s, draw=random_peppers())
    rules = rules_of(settings.store, policy=policy, recogniser=recogniser, peppers=peppers)
    book = CustomerBook(
        store,
        platform_key=platform_key(settings.store.platform_key),
        recogniser=recogniser,
        templates=rules.faces.templates,
    )
    return Premises(
        policy=policy,
        doubt=doubt or "",
        recogniser=recogniser,
        book=book,
        news=news,
        rules=rules,
    )


def are_other_rules(old: Settings, new: Settings, *, policy: Policy) -> bool:
    """Say whether other rules hold under the new settings; `policy` is the one in force."""
    return old.store != new.store or load_policy(new.store.policy)[0] != policy
