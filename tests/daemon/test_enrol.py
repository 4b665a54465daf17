"""A face is enrolled for an adult who consented, once, and goes when they say so."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.daemon import erasing_book
from edge.daemon.faces import FaceDesk
from edge.errors import ConfigError
from edge.model.names import CustomerId, SourceName
from edge.model.observation import SignOfLife
from edge.privacy.enrolment import ALREADY, NO_FACES, STRANGER, TOO_FEW, WITHDRAWN
from edge.privacy.face_key import read_code
from edge.privacy.keyring import Keyring
from edge.privacy.policy import FaceMode
from edge.store.database import Store
from tests.daemon.enrol_kit import (
    BY_CUSTOMER,
    DEVICE_KEY,
    FACE,
    ON_DEVICE,
    VISITS,
    House,
)
from tests.daemon.face_kit import CAMERA, ENGINE, Encoder, Shop, View, match, vector
from tests.privacy.kit import HOUR_S, NOW, later, policy, put, signed


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1", cipher=Keyring(DEVICE_KEY)) as opened:
        yield opened


@pytest.fixture
def house(store: Store) -> House:
    """Give a store whose device holds the templates' keys."""
    return House(store, ON_DEVICE)


def test_an_adult_who_consented_is_enrolled_and_can_be_compared(house: House) -> None:
    house.know("c-1", FACE)

    outcome = house.enrol()

    (face,) = house.held().faces
    assert (outcome.key, outcome.code, outcome.replaced) == ("device", "", 0)
    assert (face.model, face.vector, face.enrolled_at) == (ENGINE, vector(1), NOW)
    assert house.comparable() == {"c-1"}


@pytest.mark.parametrize(
    ("delta", "reason"),
    [
        (put(VISITS), "no consent record counts"),
        (put(FACE, adult_attested=False), "not attested as an adult"),
        (put(FACE, role="staff"), "members of staff are not enrolled"),
    ],
)
def test_whoever_may_not_be_recognised_is_not_enrolled(
    house: House, delta: dict[str, Any], reason: str
) -> None:
    house.hear(signed(delta))

    for attempt in (lambda: house.ask("check"), house.enrol):
        with pytest.raises(ConfigError) as refused:
            attempt()
        assert reason in refused.value.why
        assert refused.value.remedy

    assert house.held().faces == ()


def test_a_stranger_is_not_enrolled(house: House) -> None:
    with pytest.raises(ConfigError, match=STRANGER):
        house.enrol("c-nobody")


def test_a_consent_that_was_not_signed_does_not_count(house: House) -> None:
    house.hear(put(FACE))

    with pytest.raises(ConfigError, match="not signed by the platform"):
        house.enrol()


def test_a_policy_without_faces_enrols_nobody(store: Store) -> None:
    house = House(store, policy(face=FaceMode.OFF))
    house.know("c-1", FACE)

    with pytest.raises(ConfigError, match=NO_FACES):
        house.ask("check")


def test_a_consent_that_was_not_confirmed_for_too_long_does_not_count(house: House) -> None:
    house.know("c-1", FACE)
    house.at = later(25 * HOUR_S)

    with pytest.raises(ConfigError, match="not confirmed for too long"):
        house.enrol()


def test_a_consent_that_was_taken_back_in_the_store_enrols_nobody(house: House) -> None:
    house.know("c-1", FACE)
    house.store.writer.submit(
        lambda conn: erasing_book.withdraw(conn, CustomerId("c-1"), (FACE,), at=later(1))
    ).result()

    with pytest.raises(ConfigError, match=WITHDRAWN):
        house.enrol()

    assert house.held().faces == ()


def test_two_pictures_are_too_few(house: House) -> None:
    house.know("c-1", FACE)

    with pytest.raises(ConfigError, match=TOO_FEW):
        house.enrol(pictures=2)


@pytest.mark.parametrize("content", [b"", b"abc", bytes(512), b"\xff" * 512])
def test_what_is_no_template_is_refused(house: House, content: bytes) -> None:
    house.know("c-1", FACE)

    with pytest.raises(ConfigError, match="that is no template"):
        house.enrol(vector=content)


def test_the_face_of_another_consenting_customer_is_refused_without_naming_them(
    house: House,
) -> None:
    house.know("c-1", FACE)
    house.know("c-2", FACE)
    house.enrol("c-1")

    with pytest.raises(ConfigError, match=ALREADY) as refused:
        house.enrol("c-2")

    assert "c-1" not in str(refused.value)
    assert house.held("c-2").faces == ()
    assert house.enrol("c-2", although_enrolled=True).compared == 1


def test_a_customer_whose_consent_ended_is_not_compared_with(house: House) -> None:
    house.know("c-1", FACE)
    house.know("c-2", FACE)
    house.enrol("c-1")
    house.know("c-1", VISITS, version=8)

    assert house.enrol("c-2").compared == 0


def test_another_enrolment_replaces_the_earlier_one(house: House) -> None:
    house.know("c-1", FACE)
    house.enrol()

    outcome = house.enrol(vector=vector(2))

    assert outcome.replaced == 1
    assert [one.vector for one in house.held().faces] == [vector(2)]


def test_a_forgotten_face_is_gone_from_the_disk_and_from_the_gate(house: House) -> None:
    house.know("c-1", FACE)
    house.enrol()

    outcome = house.ask("forget")

    assert outcome.replaced == 1
    assert house.held().faces == ()
    assert house.comparable() == set()


def test_a_new_version_of_the_customer_keeps_what_was_enrolled_here(house: House) -> None:
    house.know("c-1", FACE)
    house.enrol()

    house.know("c-1", FACE, VISITS, version=8)

    assert [one.vector for one in house.held().faces] == [vector(1)]
    assert house.comparable() == {"c-1"}


def test_a_new_version_without_the_consent_takes_the_template_along(house: House) -> None:
    house.know("c-1", FACE)
    house.enrol()

    house.know("c-1", VISITS, version=8)

    assert house.held().faces == ()
    assert house.comparable() == set()


def test_the_platforms_own_template_of_the_same_engine_takes_its_place(house: House) -> None:
    house.know("c-1", FACE)
    house.enrol()
    sent = {"model": ENGINE, "vector": b64encode(vector(3)).decode(), "quality": 0.8}

    house.know("c-1", FACE, version=8, faces=[sent])

    assert [one.vector for one in house.held().faces] == [vector(3)]


def test_enrolling_and_forgetting_stand_in_the_audit_trail(house: House) -> None:
    house.know("c-1", FACE)
    house.enrol()
    house.ask("forget")

    reader = house.store.reader()
    told = [str(row) for row in reader.execute("SELECT * FROM audit").fetchall()]
    reader.close()
    assert sum("face.enrolled" in row for row in told) == 1
    assert sum("face.forgotten" in row for row in told) == 1
    assert not any("c-1" in row for row in told)


def test_where_the_customer_holds_the_key_only_the_code_opens_the_gate(store: Store) -> None:
    house = House(store, BY_CUSTOMER)
    house.know("c-1", FACE, VISITS)

    outcome = house.enrol()

    (face,) = house.held().faces
    assert (outcome.key, face.vector) == ("customer", b"")
    assert read_code(outcome.code) is not None
    assert house.comparable() == set()
    shop = Shop(house.held(), under=BY_CUSTOMER)
    encoder = Encoder(match())
    face_in_view = View(encoder)
    shop.camera.face(NOW, face_in_view)
    assert encoder.calls == 0

    shop.door(SourceName("scanner")).card(later(1), outcome.code)
    shop.camera.face(later(2), face_in_view)

    (gallery,) = encoder.galleries
    assert [one.vector for one in gallery.templates] == [vector(1)]
    assert [one.customer for one in shop.recognised] == ["c-1"]


def test_a_code_of_another_customer_opens_nothing(store: Store) -> None:
    house = House(store, BY_CUSTOMER)
    for name in ("c-1", "c-2"):
        house.know(name, FACE, VISITS)
    first = house.enrol("c-1").code
    house.enrol("c-2", vector=vector(2))
    only_the_second = Shop(house.held("c-2"), under=BY_CUSTOMER)
    encoder, scanner = Encoder(), SourceName("scanner")

    only_the_second.door(scanner).card(later(1), first)
    only_the_second.camera.face(later(2), View(encoder))

    assert encoder.calls == 0


def test_a_code_at_a_scanner_of_another_zone_opens_nothing(store: Store) -> None:
    house = House(store, BY_CUSTOMER)
    house.know("c-1", FACE, VISITS)
    code = house.enrol().code
    shop, encoder = Shop(house.held(), under=BY_CUSTOMER), Encoder()

    shop.door(SourceName("till")).card(later(1), code)
    shop.camera.face(later(2), View(encoder))

    assert encoder.calls == 0


def test_the_key_is_forgotten_when_the_gate_has_closed(store: Store) -> None:
    house = House(store, BY_CUSTOMER)
    house.know("c-1", FACE, VISITS)
    code = read_code(house.enrol().code)
    assert code is not None
    shop = Shop(house.held(), under=BY_CUSTOMER)

    assert shop.desk.present(SourceName("scanner"), code, NOW)
    assert keys_in_ram(shop.desk) == 1
    shop.desk.hear(SignOfLife(at=later(21), source=CAMERA, heard=1, refused={}))

    assert keys_in_ram(shop.desk) == 0


def keys_in_ram(desk: FaceDesk) -> int:
    return len(desk._keys)
