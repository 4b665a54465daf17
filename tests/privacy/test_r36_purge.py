"""A stricter policy takes with it what it forbids; a looser one has everything sent anew."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.config.policies import load_policy, policy_names
from edge.config.schema import Settings
from edge.daemon.auditing import AuditTrail
from edge.daemon.brooms import brooms
from edge.daemon.customer_brooms import is_looser
from edge.daemon.policy_force import Force, force_of
from edge.daemon.sweeping import Slice, Sweeper
from edge.model.customer import Customer, Face, Profile, Purpose, Role, TokenKind
from edge.model.event import Event, VisitIdentified, VisitStarted
from edge.model.names import CustomerId, Instant, VisitId
from edge.privacy.keeping import still_held
from edge.privacy.keyring import Keyring
from edge.privacy.policy import OFF, FaceMode, Policy
from edge.store import audit, customers, reading, withdrawals
from edge.store.database import Store
from tests.daemon.live.kit import Hands
from tests.privacy.kit import DAY_S, NOW, SECRET, consent, customer, later, policy

ALL = tuple(Purpose)
FACES = (Face(model="m", vector=bytes(16)),)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", cipher=Keyring(SECRET)) as opened:
        yield opened


class Held:
    """What a store holds, swept under one policy after the other."""

    def __init__(self, store: Store, rule: Policy, *, has_platform: bool = True) -> None:
        self.hands = Hands(wall=NOW)
        self.clock = self.hands.clock()
        self.clock.look(synced=True)
        self.store = store
        self.rule = rule
        self.heard: list[Slice] = []
        self.trail = AuditTrail(store, device_key=SECRET, now=self.clock.now)
        self.sweeper = Sweeper(
            store,
            clock=self.clock,
            brooms=lambda: brooms(store, self.trail, has_platform=has_platform),
            policy=lambda: self.rule,
            trail=self.trail,
            hear=self.hear,
            pause_s=0.0,
        )

    async def hear(self, done: Slice) -> None:
        self.heard.append(done)

    def keep(self, one: Customer) -> None:
        record = msgspec.msgpack.encode(one)
        self.store.writer.submit(
            lambda conn: customers.put(conn, one.customer, version=one.version, record=record)
        ).result()

    def sweep(self) -> dict[str, int] | None:
        return asyncio.run(self.sweeper.sweep())

    def find(self, name: str = "c-1") -> Customer | None:
        reader = self.store.reader()
        try:
            kept = customers.get(reader, CustomerId(name))
        finally:
            reader.close()
        if kept is None or kept.record is None:
            return None
        return msgspec.msgpack.decode(kept.record, type=Customer)

    def tokens(self) -> set[TokenKind]:
        found = self.find()
        return set() if found is None else {one.kind for one in found.tokens}

    def identify(self, visit: str = "v-0000000000000001") -> None:
        """Keep a visit that names the customer by card, and that waits for the platform."""
        at = self.clock.now()
        said = (
            VisitStarted(visit=VisitId(visit)),
            VisitIdentified(
                visit=VisitId(visit),
                customer=CustomerId("c-1"),
                confidence=0.9,
                grade="probable",
                evidence=(),
                purposes=ALL,
            ),
        )
        events = [Event(at=at, recorded=at, data=one, visit=VisitId(visit)) for one in said]
        self.store.ledger.append(events).result()

    def names(self) -> list[str]:
        reader = self.store.reader()
        try:
            rows = [row.data for row in reading.events(reader)]
        finally:
            reader.close()
        return [str(one.customer) for one in rows if isinstance(one, VisitIdentified)]


def everybody(**changes: Any) -> Customer:
    """Give a customer who consented to everything, with every token, a face and a profile."""
    return customer(*ALL, faces=FACES, profile=Profile(display_name="Ada"), **changes)


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"cards": False}, {TokenKind.CARD}),
        ({"link": False}, {TokenKind.LINK}),
        ({"ble": False}, {TokenKind.EID, TokenKind.IRK}),
    ],
)
def test_r36_a_stricter_policy_purges_the_tokens_of_what_it_forbids(
    store: Store, change: dict[str, bool], gone: set[TokenKind]
) -> None:
    held = Held(store, policy())
    held.keep(everybody())
    held.sweep()

    held.rule = policy(**change)
    held.sweep()

    assert held.tokens() == set(TokenKind) - gone
    (rest,) = [one for part in held.heard for one in part.reduced][-1:]
    assert {one.kind for one in rest.tokens} == held.tokens()


def test_r36_under_off_no_token_no_template_and_no_profile_is_left_on_the_disk(
    store: Store,
) -> None:
    held = Held(store, policy())
    held.keep(everybody())

    held.rule = OFF
    held.sweep()

    rest = held.find()
    assert rest is not None
    assert (rest.tokens, rest.faces, rest.profile) == ((), (), Profile())
    assert rest.consents == everybody().consents


def test_r36_what_waits_for_the_platform_no_longer_names_whom_the_policy_does_not_let_be_known(
    store: Store,
) -> None:
    held = Held(store, policy())
    held.keep(everybody())
    held.identify()
    before = held.names()

    held.rule = policy(max_stale_s={})
    held.sweep()

    assert before == ["c-1"]
    assert held.names() == [""]


def test_r36_a_purge_does_not_wait_for_the_clock(store: Store) -> None:
    held = Held(store, OFF)
    held.keep(everybody())
    held.clock.look(synced=False)

    swept = held.sweep()

    assert swept is None
    assert held.tokens() == set()


def test_r36_a_looser_policy_has_the_platform_send_everybody_anew(store: Store) -> None:
    held = Held(store, OFF)
    held.keep(everybody())
    store.writer.submit(lambda conn: customers.keep_cursor(conn, "417")).result()
    held.sweep()

    held.rule = policy()
    held.sweep()

    reader = store.reader()
    assert (customers.count(reader), customers.cursor(reader)) == (0, "")
    reader.close()
    assert [part.must_resync for part in held.heard if part.must_resync] == [True]
    held.keep(everybody())
    assert held.tokens() == set(TokenKind)


def test_r36_the_same_policy_again_looks_at_nobody(store: Store) -> None:
    held = Held(store, policy(cards=False))
    held.sweep()
    held.keep(everybody())

    held.sweep()

    assert TokenKind.CARD in held.tokens()


def test_r36_only_what_lets_more_be_held_is_looser() -> None:
    assert is_looser(OFF, policy())
    assert is_looser(policy(face=FaceMode.OFF), policy())
    assert is_looser(None, OFF)
    assert not is_looser(policy(), policy(name="other", pepper_period_s=60))
    assert not is_looser(policy(), OFF)


def test_r36_a_purge_stands_in_the_audit_trail_and_names_nobody(store: Store) -> None:
    held = Held(store, OFF)
    held.keep(everybody())

    held.sweep()

    reader = store.reader()
    details = [one.detail for one in audit.entries(reader)]
    reader.close()
    assert details == ['{"profiles":1,"templates":1,"tokens":4}']


def test_r36_of_a_thousand_and_one_everybody_is_purged(store: Store) -> None:
    held = Held(store, OFF)
    for number in range(1_001):
        held.keep(everybody(customer=CustomerId(f"c-{number}")))

    rows = held.sweep()

    assert rows is not None
    assert rows["tokens"] == 4 * 1_001
    last = held.find("c-1000")
    assert last is not None
    assert last.tokens == ()


# The stricter of the platform and the store.


def force(local: str, platform: str | None, **notice: Any) -> Force:
    tables = {"store": {"id": "toy-1", "policy": local}, **notice}
    return force_of(Settings.model_validate(tables), platform=platform)


@pytest.mark.parametrize("local", policy_names())
@pytest.mark.parametrize("platform", policy_names())
def test_r36_the_platform_can_forbid_and_cannot_permit(local: str, platform: str) -> None:
    found = force(local, platform).policy
    own, others = load_policy(local)[0], load_policy(platform)[0]

    assert set(found.max_stale_s) <= set(own.max_stale_s) & set(others.max_stale_s)
    assert found.retention.templates_d <= min(
        own.retention.templates_d, others.retention.templates_d
    )
    for one in TokenKind:
        assert found.permits_token(one) <= own.permits_token(one)


def test_r36_a_policy_of_the_platform_that_is_not_known_here_is_off() -> None:
    found = force("uk", "eu_strictest")

    assert found.policy.name == "off"
    assert "eu_strictest" in found.doubt


def test_r32_without_a_notice_the_policy_in_force_knows_no_face() -> None:
    found = force("uk", None)

    assert found.untold == (Purpose.FACE_RECOGNITION,)
    assert Purpose.FACE_RECOGNITION not in found.policy.max_stale_s


# R28: what was handed over for a purpose that is over.


def test_r28_the_tokens_of_a_consent_that_expired_go_a_second_after_it(store: Store) -> None:
    held = Held(store, policy())
    held.keep(everybody())
    end_s = 352 * DAY_S  # 2026-03-14 to 2027-03-01

    held.hands.turn(end_s - 1)
    held.sweep()
    before = held.tokens()
    held.hands.turn(1)
    held.sweep()

    assert before == set(TokenKind)
    assert held.tokens() == set()
    rest = held.find()
    assert rest is not None
    assert (rest.faces, rest.profile) == ((), Profile())


def test_r28_a_withdrawn_consent_takes_its_tokens_and_leaves_the_others(store: Store) -> None:
    held = Held(store, policy())
    refused = consent("visit_history", "ConsentWithdrawn", event_time="2026-03-02T10:00:00Z")
    one = customer(*ALL)
    held.keep(msgspec.structs.replace(one, consents=(*one.consents, refused)))

    held.sweep()

    assert held.tokens() == set(TokenKind) - {TokenKind.CARD}


def test_r28_what_was_taken_back_in_the_store_takes_its_tokens_too(store: Store) -> None:
    held = Held(store, policy())
    held.keep(everybody())
    store.writer.submit(
        lambda conn: withdrawals.put(
            conn, customers.mark_of(conn, CustomerId("c-1")), ["presence_ble"], at=NOW
        )
    ).result()

    held.sweep()

    assert held.tokens() == {TokenKind.CARD, TokenKind.LINK}


@pytest.mark.parametrize("name", ["eu_strict", "uk", "us_bipa", "us_generic"])
@pytest.mark.parametrize(("shift_s", "left"), [(-1, 1), (0, 1), (1, 0)])
def test_r28_a_template_goes_when_its_policy_says_after_the_last_interaction(
    name: str, shift_s: int, left: int
) -> None:
    rule = load_policy(name)[0]
    one = customer(
        *ALL, faces=FACES, consents=(consent(ALL[2], event_time="2026-03-14T10:00:00Z"),)
    )

    at = later(rule.retention.templates_d * DAY_S + shift_s)
    rest = still_held(one, ALL, policy=rule, at=at)

    assert len(rest.faces) == left


def test_r28_an_enrolment_in_the_store_is_an_interaction_too() -> None:
    old = consent(ALL[2], event_time="2024-01-01T10:00:00Z")
    face = Face(model="m", vector=bytes(4), enrolled_at=NOW)
    one = customer(*ALL, faces=(*FACES, face), consents=(old,))

    rest = still_held(one, ALL, policy=load_policy("uk")[0], at=later(1))

    assert rest.faces == (face,)


def test_r28_badges_of_staff_are_held_as_the_platform_sends_them() -> None:
    staff = customer(role=Role.STAFF)

    assert still_held(staff, (), policy=policy(), at=Instant(2**61)) == staff


@pytest.mark.parametrize(("has_platform", "names"), [(True, ["c-1"]), (False, [""])])
def test_r28_a_store_without_a_platform_keeps_its_events_and_not_the_names_in_them(
    store: Store, names: list[str], *, has_platform: bool
) -> None:
    held = Held(store, policy(), has_platform=has_platform)
    held.keep(everybody())
    held.identify()

    held.hands.turn(30 * DAY_S + 1)
    held.sweep()

    assert held.names() == names
    reader = store.reader()
    (visit,) = reading.visits(reader)
    reader.close()
    assert visit.customer == (names[0] or None)
