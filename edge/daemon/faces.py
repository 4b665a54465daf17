"""This is where a face in view meets the consent gate: the only place that makes galleries.

A closed gate costs a face nothing: it is counted, and never encoded. An open one compares it with
those who opened the gate, and with nobody else.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from edge.config.schema import SourceSettings
from edge.daemon.gate_settings import mode_of
from edge.driver.faces import FaceTrack, Gallery, Match, Template
from edge.model.names import CustomerId, Instant, SourceName
from edge.model.observation import AnyObservation, CustomerHeard, EvidenceKind
from edge.privacy import gate
from edge.privacy.face_key import FaceCode, unwrap, wrapping_key
from edge.privacy.gate import Gate
from edge.privacy.policy import FaceMode, Policy
from edge.privacy.templates import Candidate, Templates, Unseal

TARGET_FPIR: Final = 0.001
"""Of a thousand strangers at an open gate one may be taken for somebody: with 500 strangers a day,
a wrong greeting every other day (FRVT and NIST FIVE state rates in this way)."""

GATE_OFF: Final = "face gate is off"
GATE_CLOSED: Final = "face gate closed"
NOBODY: Final = "no template may be compared"


class PendingFace(msgspec.Struct, frozen=True, kw_only=True):
    """A face of a recording, or what opens its gate, that waits for its moment.

    The gate stands then as it stood live.
    """

    at: Instant
    resolve: Callable[[], Sequence[AnyObservation]]
    """Holds it against the gate; gives what came of it."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison that the gate permits."""

    arming: int
    candidates: tuple[Candidate, ...]
    gallery: Gallery


class Camera(msgspec.Struct, kw_only=True):
    """A source that may offer faces."""

    zone: str | None
    gate: Gate


class FaceDesk:
    """Keeps the gates of all cameras of a store; used from one thread at a time."""

    def __init__(
        self, templates: Templates, *, policy: Policy, unseal: Unseal | None = None
    ) -> None:
        """`unseal` opens templates whose key the customer holds."""
        self.templates = templates
        self._policy = policy
        self._unseal = unseal or unwrap
        self._cameras: dict[str, Camera] = {}
        self._zones: dict[str, str | None] = {}
        self._keys: dict[CustomerId, bytes] = {}

    def place(self, sources: Iterable[SourceSettings]) -> None:
        """Learn where every source stands; a camera whose gate and zone are as before keeps both.

        Sources whose gate cannot be used are left without one: they do not start.
        """
        told = tuple(sources)
        self._zones = {one.name: one.zone for one in told}
        before, self._cameras = self._cameras, {}
        for one in told:
            mode = mode_of(one.options)
            if mode is None or mode is FaceMode.OFF or gate.beyond(mode, self._policy):
                continue
            old = before.get(one.name)
            is_same = old is not None and (old.gate.mode, old.zone) == (mode, one.zone)
            self._cameras[one.name] = (
                old if old is not None and is_same else Camera(zone=one.zone, gate=Gate(mode=mode))
            )

    def hear(self, observation: AnyObservation) -> None:
        """Let a sign of a customer open the gates of the zone in which it was given."""
        if self._keys:
            self._drop_keys(observation.at)
        if type(observation) is not CustomerHeard or observation.leaving:
            return
        zone = self._zones.get(observation.source)
        for camera in self._cameras.values():
            if zone is not None and camera.zone == zone:
                camera.gate = gate.heard(
                    camera.gate, observation.customer, observation.evidence, at=observation.at
                )

    def bring_key(self, customer: CustomerId, key: bytes) -> None:
        """Take the key of a customer's sealed template, which came with their card or code.

        It stays in RAM until the gates are closed for them.
        """
        self._keys[customer] = key

    def present(self, source: SourceName, code: FaceCode, at: Instant) -> bool:
        """Open the gates where a customer showed the code that holds their template's key.

        False where the code opens no template here, or its customer may not be recognised.
        """
        customer = self.templates.holder(code)
        key = None if customer is None else wrapping_key(code, customer)
        zone = self._zones.get(source)
        if customer is None or key is None or zone is None:
            return False
        if self.templates.leave(customer, at) is None:
            return False
        for camera in self._cameras.values():
            if camera.zone == zone:
                camera.gate = gate.heard(camera.gate, customer, EvidenceKind.CARD, at=at)
        self.bring_key(customer, key)
        return True

    def forget(self, customer: CustomerId) -> None:
        """Close every gate for a customer whose consent ended, whatever is under way."""
        self._keys.pop(customer, None)
        for camera in self._cameras.values():
            camera.gate = gate.forgotten(camera.gate, customer)

    def open_check(self, source: SourceName, at: Instant, track: FaceTrack) -> Check | str | None:
        """Give the comparison that the gate permits, or a reason why it permits none.

        None says that this face was compared in this opening already.
        """
        camera = self._cameras.get(source)
        if camera is None:
            return GATE_OFF
        permission = gate.permission(camera.gate, at)
        self._drop_keys(at)
        if permission is None:
            return GATE_CLOSED
        if track.arming == permission.arming:
            return None
        candidates = self.templates.candidates(
            permission.customers,
            engine=track.engine,
            at=at,
            keys=self._keys,
            unseal=self._unseal,
        )
        if not candidates:
            return NOBODY
        camera.gate = gate.compared(camera.gate)
        return Check(
            arming=permission.arming,
            candidates=candidates,
            gallery=_gallery(track.engine, candidates),
        )

    def close_check(
        self, source: SourceName, at: Instant, *, check: Check, match: Match
    ) -> CustomerHeard | None:
        """Say who was found; None where they may not be known any more, or are no one's slot."""
        if not 0 <= match.slot < len(check.candidates):
            return None
        customer = check.candidates[match.slot].customer
        leave = self.templates.leave(customer, at)
        camera = self._cameras.get(source)
        if leave is None or camera is None:
            return None
        camera.gate = gate.matched(camera.gate, customer)
        return CustomerHeard(
            at=at,
            source=source,
            customer=customer,
            evidence=EvidenceKind.FACE,
            purposes=leave.purposes,
            until=leave.until,
            weight=match.llr,
        )

    def _drop_keys(self, at: Instant) -> None:
        """Forget the keys of those for whom no gate is open any more."""
        sought = {
            one
            for camera in self._cameras.values()
            for one, how in camera.gate.sought.items()
            if at < how.until and not how.is_found
        }
        for customer in self._keys.keys() - sought:
            del self._keys[customer]


class FaceDoor:
    """Where one source's faces are counted and compared; a part of its privacy door."""

    def __init__(
        self, source: SourceName, *, desk: FaceDesk, refuse: Callable[[Instant, str], None]
    ) -> None:
        self.counts: dict[str, int] = {}
        """What became of the faces since this was emptied, in the words of FACE_COUNTS."""
        self._source = source
        self._desk = desk
        self._refuse = refuse

    def offer(
        self, at: Instant, track: FaceTrack, hand_over: Callable[[AnyObservation], None]
    ) -> None:
        """Hold a face against the gate; what comes of it is handed over, now or later."""
        if not track.is_counted:
            track.is_counted = True
            self._count("seen")
        check = self._desk.open_check(self._source, at, track)
        if isinstance(check, str):
            if check != track.refusal:
                track.refusal = check
                self._refuse(at, check)
        elif check is not None:
            self._compare(at, track, check=check, hand_over=hand_over)

    def _compare(
        self,
        at: Instant,
        track: FaceTrack,
        *,
        check: Check,
        hand_over: Callable[[AnyObservation], None],
    ) -> None:
        def tell(match: Match | None) -> None:
            heard = None
            if match is not None:
                heard = self._desk.close_check(self._source, at, check=check, match=match)
            self._count("discarded" if heard is None else "matched")
            if heard is not None:
                hand_over(heard)

        track.arming = check.arming
        self._count("encoded")
        track.compare(check.gallery, tell)

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def _gallery(engine: str, candidates: Sequence[Candidate]) -> Gallery:
    templates = tuple(Template(vector=one.vector, quality=one.quality) for one in candidates)
    return Gallery(engine=engine, templates=templates, target_fpir=TARGET_FPIR)
