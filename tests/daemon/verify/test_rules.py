"""An appliance is held against each rule: what is broken on it is told, with what mends it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from edge.daemon.customers import CustomerBook
from edge.daemon.keys import KEY_FILE, device_key
from edge.daemon.run_proof import Proof
from edge.daemon.verify import people, sensing, surroundings
from edge.daemon.verify.appliance import Appliance, look
from edge.daemon.verify.people import Known
from edge.daemon.verify.rules import examine
from edge.daemon.verify.ruling import Outcome, Ruling, Seen, is_proven
from edge.model.customer import Profile
from edge.model.event import Event, SourceStateChanged
from edge.model.names import SECOND, Instant
from edge.privacy.audit import audit_key
from edge.privacy.keyring import Keyring
from edge.privacy.recogniser import Recogniser
from edge.store import audit
from edge.store.database import Store
from edge.store.engine import Connection
from tests.daemon.doctor.ward import NOW_NS, Ward
from tests.privacy.kit import KEY, SECRET, consent, customer, policy, put, signed

DAY_NS: Final = 86_400 * SECOND
PROOF: Final = Proof(
    at="2030-03-17T17:46:40Z",
    policy="off",
    asked="off",
    pepper_period_s=300,
    pepper_age_s=12.0,
    is_open=True,
    clock_synced=True,
    unreadable=0,
    overwrites=True,
    wipes_memory=True,
    faces={},
    faces_refused={},
)


class Appliances:
    """One appliance on a made-up machine, with two customers in its store."""

    def __init__(self, folder: Path) -> None:
        self.ward = Ward(folder)
        self.database = self.ward.state / "edge.db"

    def fill(self) -> None:
        """Make the store with its key, and let the platform tell of two customers."""
        with self.open() as store:
            book = CustomerBook(
                store,
                platform_key=KEY,
                recogniser=Recogniser((), policy=policy(), secret=SECRET),
            )
            known = [signed(put("visit_history", customer=f"customer-{n}")) for n in range(2)]
            raw = json.dumps({"cursor": "1", "deltas": known}).encode()
            store.writer.submit(book.keep(raw, at=Instant(NOW_NS))).result()
            self.note(store, Instant(NOW_NS))

    def open(self) -> Store:
        return Store.open(self.database, cipher=Keyring(self.key))

    @property
    def key(self) -> bytes:
        return device_key(self.ward.state)

    def note(self, store: Store, at: Instant) -> None:
        """Add an entry to the audit trail."""
        key = audit_key(self.key)
        job: Callable[[Connection], int] = lambda conn: audit.append(  # noqa: E731 - a job
            conn, at=at, what="service.started", key=key
        )
        store.writer.submit(job).result()

    def change(self, sql: str, *values: Any) -> None:
        """Change the file as somebody would who may write it."""
        with self.open() as store:
            store.writer.submit(lambda conn: conn.execute(sql, values).rowcount).result()

    def look(self, **changes: Any) -> Appliance:
        return msgspec.structs.replace(asyncio.run(look(self.ward.machine)), **changes)

    def rulings(self) -> dict[str, Ruling]:
        return {one.rule: one for one in examine(self.look())}


@pytest.fixture
def appliance(tmp_path: Path) -> Appliances:
    made = Appliances(tmp_path / "machine")
    made.fill()
    return made


def test_an_appliance_that_keeps_every_rule_is_proven(appliance: Appliances) -> None:
    rulings = appliance.rulings()

    assert {rule: one for rule, one in rulings.items() if not is_proven([one])} == {}
    assert list(rulings) == [f"R{number}" for number in range(1, 37)]
    assert "2 customers were opened and judged; 0" in rulings["R14"].evidence
    assert "searched for in the open: 0 places" in rulings["R27"].evidence


def test_an_appliance_that_was_never_started_is_proven(tmp_path: Path) -> None:
    assert is_proven(Appliances(tmp_path / "machine").rulings().values())


def open_to_others(one: Appliances) -> None:
    (one.ward.state / KEY_FILE).chmod(0o644)


def named_in_the_open(one: Appliances) -> None:
    one.change("INSERT INTO meta VALUES ('note', 'customer-0 came')")


def key_lost(one: Appliances) -> None:
    (one.ward.state / KEY_FILE).unlink()


def back_from_the_dead(one: Appliances) -> None:
    one.change("INSERT INTO tombstone SELECT mark, 99 FROM person")


def erasure_stuck(one: Appliances) -> None:
    one.change(
        "INSERT INTO erasure (mark, request, reason, asked_ms) VALUES (x'00', 'r', '', ?)",
        (NOW_NS - 61 * SECOND) // 1_000_000,
    )


def trail_changed(one: Appliances) -> None:
    one.change("UPDATE audit SET detail = '{\"x\":1}'")


def trail_too_old(one: Appliances) -> None:
    with one.open() as store:
        one.note(store, Instant(NOW_NS - 400 * DAY_NS))


def event_too_old(one: Appliances) -> None:
    at = Instant(NOW_NS - 40 * DAY_NS)
    told = SourceStateChanged(source="till", from_="watching", to="deaf", reason="", remedy="")
    with one.open() as store:
        store.ledger.append([Event(at=at, recorded=at, data=told)]).result()
        store.outbox.acknowledge(store.epoch, 1).result()


def budget_overspent(one: Appliances) -> None:
    one.change("INSERT INTO budget VALUES ('2030-03-16', 1.5)")


def wire_open(one: Appliances) -> None:
    one.ward.add_settings('[mqtt]\nurl = "mqtt://platform.example"\nnode = "node-1"')


def always_open(one: Appliances) -> None:
    one.ward.add_settings('[[source]]\nname = "radar"\ndriver = "wifi_monitor"\nzone = "toys"')


def unit_changed(one: Appliances) -> None:
    right = surroundings.UNIT | {"LimitCORE": "infinity"}
    one.ward.unit("store-edge.service", **right)


@pytest.mark.parametrize(
    ("breaks", "rules"),
    [
        (open_to_others, {"R20", "R27"}),
        (named_in_the_open, {"R1", "R27"}),
        (key_lost, {"R20", "R27"}),
        (back_from_the_dead, {"R23", "R26"}),
        (erasure_stuck, {"R21"}),
        (trail_changed, {"R31"}),
        (trail_too_old, {"R28"}),
        (event_too_old, {"R28"}),
        (budget_overspent, {"R35"}),
        (wire_open, {"R30"}),
        (always_open, {"R5", "R32"}),
        (unit_changed, {"R29"}),
    ],
)
def test_what_is_broken_is_told_with_a_remedy(
    breaks: Callable[[Appliances], None], rules: set[str], appliance: Appliances
) -> None:
    breaks(appliance)

    rulings = appliance.rulings()
    broken = {rule for rule, one in rulings.items() if one.outcome is Outcome.BROKEN}
    assert broken == rules
    assert all(rulings[rule].remedy for rule in broken)
    assert not is_proven(rulings.values())


def test_a_rule_that_nobody_could_look_at_is_no_pass(appliance: Appliances) -> None:
    appliance.database.write_bytes(b"no database" * 1000)

    rulings = appliance.rulings()

    assert rulings["R14"].outcome is Outcome.UNSEEN
    assert not is_proven([rulings["R14"]])


def test_the_unit_as_it_is_shipped_holds(appliance: Appliances) -> None:
    appliance.ward.unit("store-edge.service", **surroundings.UNIT)

    assert appliance.rulings()["R29"].outcome is Outcome.HOLDS


@pytest.mark.parametrize(
    ("check", "changes"),
    [
        (sensing.pepper_turns, {"pepper_age_s": 341.0}),
        (surroundings.shut_in, {"wipes_memory": False}),
        (people.fails_closed, {"unreadable": 3}),
    ],
)
def test_what_the_running_daemon_says_counts(
    check: Callable[[Appliance], Seen], changes: dict[str, Any], appliance: Appliances
) -> None:
    well = appliance.look(proof=PROOF)
    ill = appliance.look(proof=msgspec.structs.replace(PROOF, **changes))

    assert check(well).outcome is not Outcome.BROKEN
    assert check(ill).outcome is Outcome.BROKEN


EVERY: Final = ("visit_history",)
STALE: Final = NOW_NS - 30 * DAY_NS
CHILD: Final = customer("visit_history", adult_attested=False, confirmed_at=NOW_NS)


def test_what_became_of_faces_is_told(appliance: Appliances) -> None:
    camera = '[[source]]\nname = "cam"\ndriver = "camera_face"\nzone = "toys"'
    appliance.ward.add_settings(camera)
    faces = {"seen": 9, "encoded": 2, "discarded": 2}
    proof = msgspec.structs.replace(PROOF, faces=faces, faces_refused={"face gate closed": 7})

    told = {one.rule: one.evidence for one in examine(appliance.look(proof=proof))}["R7"]

    assert "seen 9, encoded 2, matched 0, discarded 2" in told
    assert "face gate closed 7" in told


@pytest.mark.parametrize(
    ("check", "known"),
    [
        (people.adults_alone, (CHILD, EVERY)),
        (people.no_ages, (customer(profile=Profile(attributes={"dob": "x"})), ())),
        (people.no_ages, (customer(profile=Profile(display_name="1987-06-05")), ())),
        (people.purposes_stand_alone, (customer("presence_ble"), EVERY)),
        (
            people.granting_states_alone,
            (customer(consents=(consent("visit_history", "ConsentRefused"),)), EVERY),
        ),
        (people.leases_run, (customer("visit_history", confirmed_at=STALE), EVERY)),
        (
            people.records_are_complete,
            (customer(consents=(consent("visit_history", notice=""),)), EVERY),
        ),
    ],
)
def test_a_customer_who_is_known_and_must_not_be_is_counted(
    check: Callable[[list[Known], Appliance], Seen], known: Known, appliance: Appliances
) -> None:
    fine = customer("visit_history", confirmed_at=NOW_NS)
    appliance.ward.settings.write_text(
        appliance.ward.settings.read_text().replace("[store]", '[store]\npolicy = "eu_strict"')
    )
    where = appliance.look()

    assert check([(fine, EVERY)], where).outcome is Outcome.HOLDS
    assert check([(fine, EVERY), known], where).outcome is Outcome.BROKEN
