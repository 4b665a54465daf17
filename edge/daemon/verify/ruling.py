"""This is where it is said how a rule stands on this appliance, and by which evidence."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """How a rule stands."""

    HOLDS = "holds"
    BROKEN = "does not hold"
    UNSEEN = "not seen"
    """It applies and could not be looked at; that is no pass."""
    ABSENT = "not applicable here"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a check saw of its rule."""

    outcome: Outcome
    evidence: str
    """Figures and settings, in one line; nothing of a person."""
    remedy: str = ""
    """What mends it, with the command in backticks; empty where nothing has to be done."""


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the answer."""

    rule: str
    """R1 to R36."""
    title: str
    outcome: Outcome
    evidence: str
    remedy: str = ""


def holds(evidence: str) -> Seen:
    """Say that a rule holds."""
    return Seen(outcome=Outcome.HOLDS, evidence=evidence)


def broken(evidence: str, remedy: str) -> Seen:
    """Say that a rule does not hold."""
    return Seen(outcome=Outcome.BROKEN, evidence=evidence, remedy=remedy)


def unseen(evidence: str, remedy: str) -> Seen:
    """Say that nobody could look."""
    return Seen(outcome=Outcome.UNSEEN, evidence=evidence, remedy=remedy)


def absent(why: str) -> Seen:
    """Say that there is nothing here to which the rule applies."""
    return Seen(outcome=Outcome.ABSENT, evidence=why)


def judged(*, is_so: bool, evidence: str, remedy: str) -> Seen:
    """Say that a rule holds where something is so, and does not where it is not."""
    return holds(evidence) if is_so else broken(evidence, remedy)


def is_proven(rulings: Iterable[Ruling]) -> bool:
    """Say whether every rule that applies was looked at and holds."""
    return all(one.outcome in {Outcome.HOLDS, Outcome.ABSENT} for one in rulings)
