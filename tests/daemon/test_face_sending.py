"""Templates go up sealed, where the platform signed for them and the customer consented."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.config.schema import Settings
from edge.daemon.face_sending import PAGE, FaceSending
from edge.errors import StoreError, WireError
from edge.model.customer import Purpose
from edge.privacy.face_transport import Sealed, open_sealed
from edge.privacy.keyring import Keyring
from edge.privacy.policy import Policy
from edge.privacy.signing import platform_key_text
from edge.store.database import Store
from tests.daemon.enrol_kit import BY_CUSTOMER, DEVICE_KEY, FACE, ON_DEVICE, House, run
from tests.daemon.face_kit import ENGINE, vector
from tests.privacy.kit import PRIVATE, decode, put, signed

CROSS_STORE = Purpose.CROSS_STORE
OF_THE_DAY = bytes(range(1, 33))
SETTINGS = Settings.model_validate(
    {"store": {"id": "toy-1", "platform_key": platform_key_text(PRIVATE)}}
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db", epoch="e1", cipher=Keyring(DEVICE_KEY)) as opened:
        yield opened


def request(*, private: bytes = PRIVATE, **changes: Any) -> dict[str, Any]:
    """Give a request as the platform makes it."""
    public = X25519PrivateKey.from_private_bytes(OF_THE_DAY).public_key().public_bytes_raw()
    document = {
        "seal_to": b64encode(public).decode(),
        "store": "toy-1",
        "until": "2026-03-14T11:00:00Z",
    } | changes
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(rfc8785.dumps(document))
    return {**document, "signature": b64encode(signature).decode()}


class Line:
    """A store and its answers to the platform."""

    def __init__(self, store: Store, under: Policy = ON_DEVICE) -> None:
        self.house = House(store, under)
        self.sending = FaceSending(
            self.house.enrolling,
            settings=lambda: SETTINGS,
            templates=lambda: self.house.templates,
            trail=self.house.trail,
            now=lambda: self.house.at,
        )

    def enrol(self, name: str, *purposes: str, seed: int = 1) -> None:
        self.house.know(name, *purposes)
        self.house.enrol(name, vector=vector(seed))

    def ask(self, data: dict[str, Any]) -> dict[str, Any]:
        return run(self.sending.send(data))

    def faces(self, data: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return opened(self.ask(request() if data is None else data))


def opened(answer: dict[str, Any]) -> list[dict[str, Any]]:
    sealed = Sealed(key=answer["key"], sealed=answer["sealed"])
    found: list[dict[str, Any]] = json.loads(open_sealed(OF_THE_DAY, sealed))["faces"]
    return found


def test_the_platform_gets_what_it_can_send_down_again(store: Store) -> None:
    line = Line(store)
    line.enrol("c-1", FACE, CROSS_STORE)

    (face,) = line.faces()

    assert face.pop("customer") == "c-1"
    assert face.pop("enrolled_at") == "2026-03-14T10:00:00.000Z"
    (delta,) = decode(signed(put(FACE, faces=[face]))).deltas
    (read,) = delta.customer.faces  # type: ignore[union-attr] # it is a put
    assert (read.model, read.vector, read.quality) == (ENGINE, vector(1), 0.9)


def test_a_template_whose_key_its_customer_holds_goes_up_as_it_lies_here(store: Store) -> None:
    line = Line(store, BY_CUSTOMER)
    line.enrol("c-1", FACE, CROSS_STORE)

    (face,) = line.faces()

    assert face["sealed"] is True
    assert b64encode(vector(1)).decode()[:40] not in json.dumps(face)


def test_what_leaves_names_nobody_and_shows_no_face(store: Store) -> None:
    line = Line(store)
    line.enrol("c-somebody", FACE, CROSS_STORE)

    answer = json.dumps(line.ask(request()))

    assert "c-somebody" not in answer
    assert b64encode(vector(1)).decode()[:40] not in answer


def test_only_the_key_of_the_request_opens_it(store: Store) -> None:
    line = Line(store)
    line.enrol("c-1", FACE, CROSS_STORE)
    answer = line.ask(request())

    with pytest.raises(StoreError):
        open_sealed(bytes(range(2, 34)), Sealed(key=answer["key"], sealed=answer["sealed"]))


def test_without_consent_to_other_stores_a_template_stays_here(store: Store) -> None:
    line = Line(store)
    line.enrol("c-1", FACE)

    assert line.faces() == []


def test_what_the_platform_sent_is_not_sent_back(store: Store) -> None:
    line = Line(store)
    sent = {"model": ENGINE, "vector": b64encode(vector(1)).decode(), "quality": 0.9}
    line.house.know("c-1", FACE, CROSS_STORE, faces=[sent])

    assert line.faces() == []


def test_templates_are_sent_a_page_at_a_time(store: Store) -> None:
    line = Line(store)
    for number in range(3):
        line.enrol(f"c-{number}", FACE, CROSS_STORE, seed=number + 1)

    first, later = line.ask(request()), line.ask({**request(), "after": 2})

    assert (first["count"], first["rest"]) == (3, 0)
    assert [one["customer"] for one in opened(later)] == ["c-2"]
    assert PAGE * 900 < 128_000


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, "has not signed"),
        (request(private=bytes(32)), "has not signed"),
        ({**request(), "seal_to": b64encode(bytes(32)).decode()}, "has not signed"),
        ({**request(), "signature": 7}, "has not signed"),
        (request(store="toy-2"), "another store or day"),
        (request(until="2026-03-14T10:00:00Z"), "another store or day"),
        (request(until="soon"), "another store or day"),
        (request(seal_to="AAAA"), "has 3 bytes"),
        (request(seal_to="?"), "is not base64"),
        (request(seal_to=b64encode(bytes(32)).decode()), "is no usable key"),
        ({**request(), "after": -1}, "no number of templates"),
    ],
)
def test_whoever_else_asks_gets_nothing(store: Store, data: dict[str, Any], why: str) -> None:
    line = Line(store)
    line.enrol("c-1", FACE, CROSS_STORE)

    with pytest.raises(WireError, match=why):
        line.ask(data)


def test_the_platform_has_a_face_forgotten(store: Store) -> None:
    line = Line(store)
    line.enrol("c-1", FACE, CROSS_STORE)

    answer = run(line.sending.forget({"customer": "c-1"}))

    assert answer == {"forgotten": 1}
    assert line.faces() == []
    with pytest.raises(WireError, match="names no customer"):
        run(line.sending.forget({}))
