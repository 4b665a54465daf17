"""This is where faces are enrolled and forgotten in the running store.

Pictures and encoders stay with the command that takes them; what comes here is a template, after
the customer's consent was asked for. It is asked for again in the job that keeps the template.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Literal, Protocol

import msgspec

from edge.daemon import erasing_book
from edge.daemon.applying import Applied
from edge.daemon.auditing import AuditTrail
from edge.daemon.customers import CustomerBook
from edge.errors import ConfigError
from edge.model.customer import Customer, Face
from edge.model.names import CustomerId, Instant
from edge.privacy import enrolment
from edge.privacy.audit import FACE_ENROLLED, FACE_FORGOTTEN
from edge.privacy.face_key import code_text, make_code, wrap, wrapping_key
from edge.privacy.policy import Policy, TemplateKey
from edge.privacy.recogniser import Recogniser
from edge.privacy.templates import Templates
from edge.store import customers
from edge.store.database import Store
from edge.store.engine import Connection

WHAT: Final = "cannot enrol this customer"


class FaceOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a command asks about one customer's face."""

    act: Literal["check", "enrol", "forget"]
    customer: str
    model: str = ""
    """Id of the engine that made the template."""
    vector: bytes = b""
    """float32, little-endian, of unit length."""
    quality: float = 0.0
    pictures: int = 0
    """How many fit pictures it was made of."""
    same_at: float = 1.0
    """Cosine from which on two templates of this engine are one person's."""
    although_enrolled: bool = False
    """The customer said that the other customer with this face is they themselves, or a twin."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an order."""

    key: str
    """Who holds the template's key under the policy: customer or device."""
    least: int = enrolment.LEAST_PICTURES
    """Fit pictures that are needed."""
    code: str = ""
    """The customer's key, told this once; empty where the device holds it."""
    replaced: int = 0
    """Earlier templates that are gone."""
    compared: int = 0
    """Templates of other consenting customers that the face was held against."""


class House(Protocol):
    """The rules in force (edge.daemon.run_premises.Premises)."""

    @property
    def policy(self) -> Policy:
        """What is permitted."""

    @property
    def recogniser(self) -> Recogniser:
        """Who knows which consents are in force."""

    @property
    def book(self) -> CustomerBook:
        """Who reads customers from the disk."""


class Enrolling:
    """Enrols and forgets faces; it belongs to the event loop."""

    def __init__(
        self,
        store: Store,
        *,
        house: Callable[[], House],
        templates: Callable[[], Templates],
        trail: AuditTrail,
        now: Callable[[], Instant],
    ) -> None:
        """`house` and `templates` give what holds at that moment: settings may be read anew."""
        self._store = store
        self._house = house
        self._templates = templates
        self._trail = trail
        self._now = now

    async def answer(self, order: FaceOrder) -> Outcome:
        """Carry an order out.

        Raises: ConfigError with the reason where the customer may not be enrolled.
        """
        if order.act == "forget":
            return await self.forget(CustomerId(order.customer))
        await self._check(CustomerId(order.customer))
        return self._outcome() if order.act == "check" else await self._enrol(order)

    async def forget(self, customer: CustomerId) -> Outcome:
        """Forget a customer's templates, at once and on the disk; nobody is asked for a reason."""
        self._templates().forget(customer)
        gone = await self._write(customer, _Forgetting(self._trail, at=self._now()))
        return self._outcome(replaced=gone)

    async def _check(self, customer: CustomerId) -> None:
        house, at = self._house(), self._now()
        held = await asyncio.to_thread(house.book.find, customer)
        reason = enrolment.refusal(
            held,
            policy=house.policy,
            at=at,
            clock_synced=house.recogniser.clock_synced,
            withheld=house.recogniser.until(customer, enrolment.PURPOSE, at) is None,
        )
        if reason:
            raise _refused(reason)

    async def _enrol(self, order: FaceOrder) -> Outcome:
        customer, at = CustomerId(order.customer), self._now()
        if order.pictures < enrolment.LEAST_PICTURES:
            raise _refused(enrolment.TOO_FEW)
        if not enrolment.is_vector(order.vector) or not order.model:
            raise _refused(enrolment.NO_VECTOR)
        compared = self._compare(order, at)
        face, code = self._face(order, at)
        replaced = await self._write(customer, _Enrolment(self._trail, at=at, face=face))
        return self._outcome(code=code, replaced=replaced, compared=compared)

    def _compare(self, order: FaceOrder, at: Instant) -> int:
        """Hold a face against those of other customers whose consent is in force.

        Templates whose keys their customers hold cannot be opened here, and are left alone.
        """
        others = self._templates().candidates(
            None, engine=order.model, at=at, keys={}, unseal=lambda _face, _key: None
        )
        mine = CustomerId(order.customer)
        found = enrolment.twin(order.vector, others, same_at=order.same_at, but=mine)
        if found is not None and not order.although_enrolled:
            raise _refused(enrolment.ALREADY)
        return sum(one.customer != mine for one in others)

    def _face(self, order: FaceOrder, at: Instant) -> tuple[Face, str]:
        """Give the template as it is kept, and the code that its customer is given."""
        face = Face(model=order.model, quality=min(1.0, max(0.0, order.quality)), enrolled_at=at)
        if self._house().policy.template_key is not TemplateKey.CUSTOMER:
            return msgspec.structs.replace(face, vector=order.vector), ""
        code = make_code(CustomerId(order.customer))
        key = wrapping_key(code, CustomerId(order.customer))
        if key is None:
            raise RuntimeError("a code that was just made does not fit")
        sealed = wrap(order.vector, key=key, code_id=code.id, model=order.model)
        return msgspec.structs.replace(face, sealed=sealed), code_text(code)

    async def _write(self, customer: CustomerId, change: "_Change") -> int:
        """Change a customer's record, and let it take effect; gives how many templates went."""

        def job(conn: Connection) -> tuple[Customer, int]:
            held = erasing_book.read(conn, customer)
            if held is None:
                raise _refused(enrolment.STRANGER)
            changed = change.apply(conn, held)
            record = msgspec.msgpack.encode(changed)
            customers.renew(conn, customer, version=held.version, record=record)
            kept = sum(one in changed.faces for one in held.faces)
            return changed, len(held.faces) - kept

        written = self._store.writer.submit(job)
        # Shielded: whoever is cancelled while waiting for a job takes the job back.
        changed, gone = await asyncio.shield(asyncio.wrap_future(written))
        self._house().book.tell(Applied(cursor="", faults=(), renewed=(changed,)))
        return gone

    def _outcome(self, *, code: str = "", replaced: int = 0, compared: int = 0) -> Outcome:
        key = self._house().policy.template_key.value
        return Outcome(key=key, code=code, replaced=replaced, compared=compared)


class _Change(Protocol):
    """What is done to a customer's record, in the writer's job."""

    def apply(self, conn: Connection, held: Customer) -> Customer:
        """Give the changed customer."""


class _Enrolment:
    """Adds a template, if the consent still stands on the disk."""

    def __init__(self, trail: AuditTrail, *, at: Instant, face: Face) -> None:
        self._trail = trail
        self._at = at
        self._face = face

    def apply(self, conn: Connection, held: Customer) -> Customer:
        if enrolment.PURPOSE not in erasing_book.left(conn, held.customer, at=self._at):
            raise _refused(enrolment.WITHDRAWN)
        detail = {"key": "customer" if self._face.sealed else "device"}
        _note(self._trail, FACE_ENROLLED, conn, held=held, at=self._at, detail=detail)
        return enrolment.with_face(held, self._face)


class _Forgetting:
    """Takes every template out."""

    def __init__(self, trail: AuditTrail, *, at: Instant) -> None:
        self._trail = trail
        self._at = at

    def apply(self, conn: Connection, held: Customer) -> Customer:
        detail = {"templates": str(len(held.faces))}
        _note(self._trail, FACE_FORGOTTEN, conn, held=held, at=self._at, detail=detail)
        return enrolment.without_faces(held)


def _note(
    trail: AuditTrail,
    what: str,
    conn: Connection,
    *,
    held: Customer,
    at: Instant,
    detail: dict[str, str],
) -> None:
    mark = erasing_book.mark_of(conn, held.customer)
    trail.entry(what, subject=mark, detail=detail, at=at)(conn)


def _refused(reason: str) -> ConfigError:
    return ConfigError(WHAT, why=reason, remedy=enrolment.remedy(reason))
