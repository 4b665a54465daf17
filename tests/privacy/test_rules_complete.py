"""Every rule has a test that bears its name, was broken on purpose, and is looked at live."""

import re
from typing import Final

import pytest

from edge.daemon.verify.rules import RULES
from tests.conftest import ROOT
from tests.privacy.broken_rules import MUTATIONS

FACES: Final = {f"R{number}" for number in range(6, 14)}
"""Their tests bear the rule's number in the file's name."""
EVERY: Final = [f"R{number}" for number in range(1, 37)]
NAME: Final = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)


@pytest.mark.parametrize("rule", EVERY)
def test_a_rule_has_a_test_that_bears_its_name(rule: str) -> None:
    number = int(rule[1:])
    files = (ROOT / "tests" / "privacy").glob(f"test_r{number:02}_*.py")
    start = "test_" if rule in FACES else f"test_r{number:02}_"
    names = [name for file in files for name in NAME.findall(file.read_text())]

    assert [name for name in names if name.startswith(start)] != []


def test_every_rule_was_broken_on_purpose() -> None:
    assert {one.rule for one in MUTATIONS} == set(EVERY)


def test_every_rule_is_looked_at_on_a_live_appliance() -> None:
    assert [rule for rule, _, _ in RULES] == EVERY
