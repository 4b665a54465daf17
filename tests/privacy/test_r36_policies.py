import itertools
from typing import Any

import msgspec
import pytest

from edge.config.policies import load_policy, policy_names
from edge.errors import ConfigError
from edge.model.customer import Profile, Purpose, TokenKind
from edge.privacy.consent import purposes_in_force
from edge.privacy.customers import permitted
from edge.privacy.policy import (
    OFF,
    FaceMode,
    Policy,
    Probes,
    Retention,
    TemplateKey,
    parse_policy,
    stricter,
)
from edge.privacy.recogniser import Recogniser
from tests.privacy.kit import (
    CARD,
    EID_KEY,
    LINK,
    NOW,
    RESOLVABLE,
    SECRET,
    consent,
    customer,
    eid_at,
    policy,
)

ALL = tuple(Purpose)
MATRIX = {
    # probes, identification, face, template key, lease in hours of faces, of others, template days
    "off": (Probes.NONE, False, FaceMode.OFF, TemplateKey.NONE, None, None, 0),
    "eu_strict": (Probes.BITMAP, True, FaceMode.KIOSK, TemplateKey.CUSTOMER, 24, 72, 396),
    "eu_cnil24h": (Probes.PSEUDONYM, True, FaceMode.KIOSK, TemplateKey.CUSTOMER, 24, 72, 396),
    "uk": (Probes.BITMAP, True, FaceMode.KIOSK, TemplateKey.DEVICE, 72, 72, 396),
    "us_bipa": (Probes.BITMAP, True, FaceMode.KIOSK, TemplateKey.DEVICE, 168, 168, 1_095),
    "us_generic": (Probes.PSEUDONYM, True, FaceMode.GATED, TemplateKey.DEVICE, 168, 168, 365),
}


def shipped(name: str) -> Policy:
    found, warning = load_policy(name)
    assert warning is None
    return found


def known(rule: Policy) -> list[bool]:
    book = Recogniser([customer(*ALL)], policy=rule, secret=SECRET)
    found = (
        book.by_card(CARD, NOW),
        book.by_link(LINK, NOW),
        book.by_ephemeral_id(eid_at(EID_KEY, NOW), NOW),
        book.by_resolvable(RESOLVABLE, NOW),
    )
    return [one is not None for one in found]


def test_r36_the_shipped_policies_are_the_six_of_the_matrix() -> None:
    assert policy_names() == tuple(sorted(MATRIX))


@pytest.mark.parametrize("name", MATRIX)
def test_r36_each_policy_says_what_its_row_says(name: str) -> None:
    probes, identifies, face, key, face_h, other_h, template_d = MATRIX[name]
    rule = shipped(name)
    leases = {
        one: None if one not in rule.max_stale_s else rule.max_stale_s[one] // 3600 for one in ALL
    }

    assert (rule.probes, rule.face, rule.template_key) == (probes, face, key)
    assert (rule.ble, rule.link, rule.cards) == (identifies,) * 3
    assert leases.pop(Purpose.FACE_RECOGNITION) == face_h
    assert set(leases.values()) == {other_h}
    assert rule.retention.templates_d == template_d
    assert 60 <= rule.pepper_period_s <= 300


@pytest.mark.parametrize("name", MATRIX)
def test_r36_each_policy_identifies_or_does_not_by_every_channel(name: str) -> None:
    assert known(shipped(name)) == [MATRIX[name][1]] * 4


def test_r36_off_is_the_default_and_knows_nobody_by_anything() -> None:
    assert shipped("off") == OFF == Policy(name="off")
    assert known(OFF) == [False] * 4
    assert purposes_in_force(customer(*ALL), policy=OFF, at=NOW, clock_synced=True) == ()


@pytest.mark.parametrize("name", ["eu_strikt", "", "../policies/uk", "EU_STRICT", "off.toml"])
def test_r36_an_unknown_policy_is_off_with_a_warning(name: str) -> None:
    rule, warning = load_policy(name)

    assert rule is OFF
    assert warning is not None
    assert "off is in force" in warning


@pytest.mark.parametrize(
    "change",
    [
        {"probes": "everything"},
        {"face": "open"},
        {"pepper_period_s": 301},
        {"pepper_period_s": 59},
        {"max_stale_s": {"resale": 60}},
        {"max_stale_s": {"cross_store": 0}},
        {"ble": "yes"},
        {"retention": {"visits_d": -1}},
        {"strangers": "keep"},
        {"name": 7},
    ],
)
def test_r36_a_policy_that_says_anything_else_is_refused(change: dict[str, Any]) -> None:
    table = msgspec.to_builtins(shipped("eu_strict")) | change

    with pytest.raises(ConfigError, match="cannot read the policy"):
        parse_policy(table)


@pytest.mark.parametrize(("one", "other"), list(itertools.product(MATRIX, repeat=2)))
def test_r36_the_stricter_of_two_permits_only_what_both_permit(one: str, other: str) -> None:
    first, second = shipped(one), shipped(other)

    both = stricter(first, second)

    for rule in (first, second):
        assert list(Probes).index(both.probes) <= list(Probes).index(rule.probes)
        assert list(FaceMode).index(both.face) <= list(FaceMode).index(rule.face)
        assert both.retention.templates_d <= rule.retention.templates_d
        assert all(
            not ours or theirs for ours, theirs in zip(known(both), known(rule), strict=True)
        )
        assert all(
            stale <= rule.max_stale_s[purpose] for purpose, stale in both.max_stale_s.items()
        )
    assert msgspec.structs.replace(both, name="") == msgspec.structs.replace(
        stricter(second, first), name=""
    )
    assert stricter(both, first) == both


def test_r36_the_stricter_one_keeps_its_name_and_a_mixture_says_so() -> None:
    assert stricter(shipped("uk"), OFF).name == "off"
    assert stricter(shipped("uk"), shipped("eu_strict")).name == "eu_strict"
    assert stricter(policy(name="a", cards=False), policy(name="b", link=False)).name == "a+b"


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"cards": False}, {TokenKind.CARD}),
        ({"link": False}, {TokenKind.LINK}),
        ({"ble": False}, {TokenKind.EID, TokenKind.IRK}),
    ],
)
def test_r36_what_a_stricter_policy_forbids_is_not_held(
    change: dict[str, bool], gone: set[TokenKind]
) -> None:
    someone = customer(*ALL, profile=Profile(display_name="Ada"))

    rest = permitted(someone, policy(**change))

    assert {token.kind for token in rest.tokens} == set(TokenKind) - gone
    assert rest.profile.display_name == "Ada"


def test_r36_under_off_nothing_of_a_customer_is_held_but_their_standing() -> None:
    someone = customer(*ALL, profile=Profile(display_name="Ada"))

    rest = permitted(someone, OFF)

    assert (rest.tokens, rest.profile) == ((), Profile())
    assert rest.consents == someone.consents


@pytest.mark.parametrize("name", MATRIX)
def test_r36_without_a_consent_no_policy_lets_anybody_be_known(name: str) -> None:
    book = Recogniser([customer()], policy=shipped(name), secret=SECRET)

    found = (
        book.by_card(CARD, NOW),
        book.by_link(LINK, NOW),
        book.by_ephemeral_id(eid_at(EID_KEY, NOW), NOW),
        book.by_resolvable(RESOLVABLE, NOW),
    )

    assert found == (None,) * 4


@pytest.mark.parametrize("lacking", ["record", "valid_until"])
def test_r36_under_us_bipa_a_face_needs_a_release_with_its_id_and_its_term(lacking: str) -> None:
    released = consent("face_recognition")
    rule = shipped("us_bipa")

    in_force = [
        purposes_in_force(customer(consents=(one,)), policy=rule, at=NOW, clock_synced=True)
        for one in (released, msgspec.structs.replace(released, **{lacking: ""}))
    ]

    assert in_force == [("face_recognition",), ()]


@pytest.mark.parametrize("name", [name for name in MATRIX if name != "off"])
def test_r36_a_template_never_outlives_its_purpose_and_its_years(name: str) -> None:
    days = {"eu_strict": 396, "eu_cnil24h": 396, "uk": 396, "us_bipa": 3 * 365, "us_generic": 365}

    assert shipped(name).retention == Retention(visits_d=30, templates_d=days[name], audit_d=365)
