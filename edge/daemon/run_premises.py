"""This is where the live store's rules stand, with the customers who are known under them."""

import os

import msgspec

from edge.config.policies import load_policy
from edge.config.schema import Settings
from edge.daemon.customers import CustomerBook
from edge.daemon.door import Rules
from edge.daemon.keys import device_key
from edge.daemon.premises import SECRET_BYTES, rules_of
from edge.privacy.pepper import Peppers, random_peppers
from edge.privacy.policy import Policy
from edge.privacy.recogniser import Recogniser
from edge.privacy.signature import PlatformKey
from edge.store.database import Store


class Premises(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all sources of the store."""

    policy: Policy
    doubt: str
    """Why the policy is not the one that was asked for; empty where it is."""
    recogniser: Recogniser
    book: CustomerBook
    unreadable: int
    """Customers' records that could not be opened; they are not known."""
    rules: Rules


def open_premises(settings: Settings, store: Store) -> Premises:
    """Read the policy, the device's key and the customers.

    Raises: StoreError where the key or the database cannot be read.
    """
    policy, doubt = load_policy(settings.store.policy)
    recogniser = Recogniser((), policy=policy, secret=os.urandom(SECRET_BYTES))
    key = settings.store.platform_key
    book = CustomerBook(
        device_key=device_key(store.path.parent),
        platform_key=None if key is None else PlatformKey.parse(key),
        recogniser=recogniser,
    )
    reader = store.reader()
    try:
        unreadable = book.load(reader)
    finally:
        reader.close()
    peppers = Peppers(period_s=policy.pepper_period_s, draw=random_peppers())
    return Premises(
        policy=policy,
        doubt=doubt or "",
        recogniser=recogniser,
        book=book,
        unreadable=unreadable,
        rules=rules_of(settings.store, policy=policy, recogniser=recogniser, peppers=peppers),
    )


def are_other_rules(old: Settings, new: Settings, *, policy: Policy) -> bool:
    """Say whether other rules hold under the new settings; `policy` is the one in force."""
    return old.store != new.store or load_policy(new.store.policy)[0] != policy
