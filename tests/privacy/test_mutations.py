"""Each rule's test fails when its rule is broken on purpose."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.privacy.broken_rules import MUTATIONS
from tests.privacy.mutations import Mutation, break_rule, copy_tree, run_test

FAILED = 1
"""pytest's exit status where tests were run and some failed."""


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_what_is_to_be_broken_stands_there_once(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text()

    assert text.count(mutation.old) == 1
    assert mutation.old != mutation.new


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "mutation",
    [
        pytest.param(one, id=str(one), marks=[pytest.mark.endurance] if one.is_slow else [])
        for one in MUTATIONS
    ],
)
def test_a_broken_rule_is_seen_by_its_test(mutation: Mutation, tmp_path: Path) -> None:
    copy = copy_tree(tmp_path)

    break_rule(copy, mutation)
    status, said = run_test(copy, mutation.test)

    assert status == FAILED, said[-2000:]
    assert "= FAILURES =" in said
