import itertools

import pytest

from edge.model.customer import Purpose, TokenKind
from edge.privacy.consent import decide, purposes_in_force
from edge.privacy.recogniser import Recognised, Recogniser
from tests.privacy.kit import (
    CARD,
    CHANNELS,
    EID_KEY,
    LINK,
    NOW,
    RESOLVABLE,
    SECRET,
    customer,
    decoded,
    eid_at,
    policy,
    put,
)

COMBINATIONS = [
    combination
    for size in range(len(Purpose) + 1)
    for combination in itertools.combinations(sorted(Purpose), size)
]


def ask(book: Recogniser) -> dict[TokenKind, Recognised | None]:
    return {
        TokenKind.CARD: book.by_card(CARD, NOW),
        TokenKind.LINK: book.by_link(LINK, NOW),
        TokenKind.EID: book.by_ephemeral_id(eid_at(EID_KEY, NOW), NOW),
        TokenKind.IRK: book.by_resolvable(RESOLVABLE, NOW),
    }


def test_r17_there_are_64_combinations() -> None:
    assert len(set(COMBINATIONS)) == 64


@pytest.mark.parametrize("granted", COMBINATIONS)
def test_r17_exactly_the_granted_purposes_are_in_force(granted: tuple[Purpose, ...]) -> None:
    someone = customer(*granted)

    found = purposes_in_force(someone, policy=policy(), at=NOW, clock_synced=True)

    assert found == tuple(sorted(granted))
    for purpose in Purpose:
        decision = decide(someone, purpose, policy=policy(), at=NOW, clock_synced=True)
        assert decision.granted == (purpose in granted)


@pytest.mark.parametrize("granted", COMBINATIONS)
def test_r17_each_channel_answers_to_its_own_purpose_only(granted: tuple[Purpose, ...]) -> None:
    book = Recogniser([customer(*granted)], policy=policy(), secret=SECRET)

    for kind, found in ask(book).items():
        assert (found is not None) == (CHANNELS[kind] in granted), kind
        if found is not None:
            assert found.purposes == tuple(sorted(granted))


@pytest.mark.parametrize("granted", COMBINATIONS)
def test_r17_a_token_is_held_for_a_granted_purpose_only(
    granted: tuple[Purpose, ...],
) -> None:
    someone = decoded(put(*granted))

    assert {token.kind for token in someone.tokens} == {
        kind for kind, purpose in CHANNELS.items() if purpose in granted
    }
    assert bool(someone.profile.display_name) == bool(granted)


@pytest.mark.parametrize("refused", list(Purpose))
def test_r17_withdrawing_one_purpose_leaves_the_others(refused: Purpose) -> None:
    rest = [purpose for purpose in Purpose if purpose is not refused]
    someone = customer(*rest)

    found = purposes_in_force(someone, policy=policy(), at=NOW, clock_synced=True)

    assert found == tuple(sorted(rest))
