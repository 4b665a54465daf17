"""A store that enrols: its book, its templates and its audit trail; time is turned by hand."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

from edge.daemon.auditing import AuditTrail
from edge.daemon.customers import CustomerBook
from edge.daemon.enrol import Enrolling, FaceOrder, Outcome
from edge.model.customer import Customer, Purpose
from edge.model.names import CustomerId, Instant
from edge.privacy.policy import Policy, Retention, TemplateKey
from edge.privacy.recogniser import Recogniser
from edge.privacy.templates import Templates
from edge.store.database import Store
from tests.daemon.face_kit import ENGINE, vector
from tests.privacy.kit import HOUR_S, KEY, NOW, SECRET, policy, put, signed

DEVICE_KEY = bytes(range(32))
FACE, VISITS = Purpose.FACE_RECOGNITION, Purpose.VISIT_HISTORY
KEPT_D = 390
ON_DEVICE, BY_CUSTOMER = (
    policy(template_key=holder, retention=Retention(templates_d=KEPT_D))
    for holder in (TemplateKey.DEVICE, TemplateKey.CUSTOMER)
)
DAY_S = 24 * HOUR_S
T = TypeVar("T")


class House:
    """A store that enrols; time is what `at` says."""

    def __init__(self, store: Store, under: Policy) -> None:
        self.at = NOW
        self.store = store
        self.policy = under
        self.recogniser = Recogniser((), policy=under, secret=SECRET)
        self.templates = Templates(self.recogniser, policy=under)
        self.book = CustomerBook(
            store, platform_key=KEY, recogniser=self.recogniser, templates=self.templates
        )
        self.trail = AuditTrail(store, device_key=DEVICE_KEY, now=lambda: self.at)
        self.enrolling = Enrolling(
            store,
            house=lambda: self,
            templates=lambda: self.templates,
            trail=self.trail,
            now=lambda: self.at,
        )

    def hear(self, *deltas: dict[str, Any]) -> None:
        raw = json.dumps({"cursor": "1", "deltas": list(deltas)}).encode()
        self.book.tell(self.store.writer.submit(self.book.keep(raw, at=self.at)).result())

    def know(self, name: str, *purposes: str, **changes: Any) -> None:
        self.hear(signed(put(*purposes, customer=name, **changes)))

    def enrol(self, name: str = "c-1", **changes: Any) -> Outcome:
        whole: dict[str, Any] = {
            "act": "enrol",
            "customer": name,
            "model": ENGINE,
            "vector": vector(1),
            "quality": 0.9,
            "pictures": 3,
            "same_at": 0.9,
        }
        return run(self.enrolling.answer(FaceOrder(**(whole | changes))))

    def ask(self, act: str, name: str = "c-1") -> Outcome:
        return run(self.enrolling.answer(FaceOrder(act=act, customer=name)))  # type: ignore[arg-type] # a table's text

    def held(self, name: str = "c-1") -> Customer:
        found = self.book.find(CustomerId(name))
        assert found is not None
        return found

    def comparable(self, at: Instant | None = None) -> set[str]:
        found = self.templates.candidates(
            None, engine=ENGINE, at=at or self.at, keys={}, unseal=lambda _face, _key: None
        )
        return {one.customer for one in found}


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
