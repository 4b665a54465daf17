"""What the platform says about members is signed, and what must not count does not."""

import base64
from collections import defaultdict
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from drivers.simulated.consents import Platform
from drivers.simulated.members import (
    STANDINGS,
    Fault,
    Standing,
    article_code,
    deal_members,
    make_member,
)
from edge.driver.recording import open_recording
from edge.model.customer import Purpose, TokenKind
from edge.privacy.signature import PlatformKey
from tests.drivers.simulated.conftest import Written
from tests.drivers.simulated.reading import deltas_of, lines_of

STARTED = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)


def _told(standing: Standing) -> tuple[PlatformKey, list[dict[str, Any]]]:
    rng = Random(2)
    platform = Platform(rng, started=STARTED)
    member = make_member(rng, customer="c-1", standing=standing)
    messages = list(platform.messages([member], frozenset()))
    deltas = [delta for message in messages for delta in message["deltas"]]
    return PlatformKey.parse(platform.public_key), deltas


@pytest.mark.parametrize("standing", STANDINGS, ids=lambda standing: standing.name)
def test_a_standing_is_signed_unless_it_is_meant_not_to_be(standing: Standing) -> None:
    key, deltas = _told(standing)

    signed = [key.signed(delta) for delta in deltas if delta["op"] == "put"]

    assert all(signed) is (standing.fault not in (Fault.UNSIGNED, Fault.FORGED))
    assert ("signature" in deltas[-1]) is (
        deltas[-1]["op"] == "put" and standing.fault is not Fault.UNSIGNED
    )


def test_a_withdrawn_member_gave_consent_once_and_took_it_back() -> None:
    standing = next(one for one in STANDINGS if one.fault is Fault.WITHDRAWN)

    _, deltas = _told(standing)

    newest = max(deltas, key=lambda delta: delta["version"])
    assert {consent["state"] for consent in newest["consents"]} == {"ConsentWithdrawn"}
    assert all("Given" in consent["state"] for consent in deltas[0]["consents"])
    assert deltas[0]["version"] < newest["version"]


def test_an_erased_member_was_known_before() -> None:
    standing = next(one for one in STANDINGS if one.fault is Fault.ERASED)

    _, deltas = _told(standing)

    versions = {delta["op"]: delta["version"] for delta in deltas}
    assert [delta["op"] for delta in deltas[:2]] == ["put", "erase"]
    assert versions["put"] < versions["erase"]


def test_some_old_message_arrives_after_the_erasure() -> None:
    standing = next(one for one in STANDINGS if one.fault is Fault.ERASED)
    rng = Random(3)
    platform = Platform(rng, started=STARTED)
    members = [make_member(rng, customer=f"c-{n}", standing=standing) for n in range(10)]

    deltas = [
        delta for message in platform.messages(members, frozenset()) for delta in message["deltas"]
    ]
    erased = defaultdict(bool)
    late = 0
    for delta in deltas:
        late += delta["op"] == "put" and erased[delta["customer"]]
        erased[delta["customer"]] |= delta["op"] == "erase"

    assert 0 < late < 10


def test_expired_and_unattested_members_have_what_their_names_say() -> None:
    by_fault = {one.fault: _told(one)[1][-1] for one in STANDINGS if one.fault}

    expired = by_fault[Fault.EXPIRED]["consents"]
    assert all(consent["valid_until"] < "2026-03-14T08:00:00Z" for consent in expired)
    assert by_fault[Fault.NOT_ATTESTED]["adult_attested"] is False


@pytest.mark.parametrize("fault", Fault)
def test_no_fault_leaves_a_token_that_may_be_used(fault: Fault) -> None:
    standing = Standing(name="x", tokens=tuple(TokenKind), given=tuple(Purpose), fault=fault)

    assert standing.permitted == frozenset()


def test_one_purpose_permits_its_own_tokens_only() -> None:
    standing = Standing(name="x", tokens=tuple(TokenKind), given=(Purpose.PRESENCE_BLE,))

    assert standing.permitted == {TokenKind.EID, TokenKind.IRK}


def test_every_standing_is_there_once_members_are_enough() -> None:
    members = deal_members(Random(1), 40)

    assert {member.standing for member in members} == set(STANDINGS)
    assert len({member.customer for member in members}) == 40


def test_the_seed_is_in_messages_with_rising_cursors_under_the_named_key(day: Written) -> None:
    recording = open_recording(day.folder)
    key = PlatformKey.parse(recording.platform_key or "")
    messages = lines_of(day.folder / "customers.jsonl")
    cursors = [message["cursor"] for message in messages]

    puts = [delta for delta in deltas_of(day.folder) if delta["op"] == "put"]

    assert cursors == sorted(set(cursors))
    assert all(len(cursor) == 12 for cursor in cursors)
    assert all(1 <= len(message["deltas"]) <= 20 for message in messages)
    assert sum(map(key.signed, puts)) > 0.8 * len(puts)
    assert not all(map(key.signed, puts))
    assert len({delta["customer"] for delta in deltas_of(day.folder)}) == day.summary.members


def test_keys_have_sixteen_bytes_and_links_six(day: Written) -> None:
    tokens = [token for delta in deltas_of(day.folder) for token in delta.get("tokens", ())]

    assert {token["kind"] for token in tokens} == {"card", "eid", "irk", "link"}
    for token in tokens:
        match token["kind"]:
            case "eid" | "irk":
                assert len(base64.b64decode(token["key"])) == 16
            case "link":
                assert len(bytes.fromhex(token["value"].replace(":", ""))) == 6
            case _:
                assert len(token["value"]) == 13


def test_the_check_digit_of_a_card_is_right() -> None:
    rng = Random(9)

    for _ in range(200):
        digits = [int(digit) for digit in article_code(rng)]
        assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
