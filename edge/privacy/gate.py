"""This is where it is decided when a face may be encoded, and whom it may be compared with.

A gate is a value and its changes are pure functions; what opens it and what closes it stands in one
table. It opens before the encoder runs, by something the customer did or carries: encoding a
passer-by is processing already (EDPB guidelines 3/2019, paragraph 76).
"""

from typing import Final

import msgspec

from edge.model.names import SECOND, CustomerId, Instant
from edge.model.observation import EvidenceKind
from edge.privacy.policy import FaceMode, Policy


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """How a gate of one mode opens and closes."""

    by: frozenset[EvidenceKind]
    """What opens it."""
    lasts_s: int
    """Seconds from the last sign of a customer until they are not looked for any more."""
    most_tracks: int
    """Faces compared in one opening; then it closes without a match. 0 for no limit."""
    is_act: bool
    """Whether each sign is an act that opens the gate anew, even for one just matched."""


OPENINGS: Final = {
    # A card, then a look into the camera: 20 s are for two tries. Three faces: one with a card and
    # two who look over their shoulder.
    FaceMode.KIOSK: Opening(
        by=frozenset({EvidenceKind.CARD}), lasts_s=20, most_tracks=3, is_act=True
    ),
    # A beacon is heard every second or two; half a minute of silence is no pocket but a departure.
    FaceMode.GATED: Opening(
        by=frozenset({EvidenceKind.BLE, EvidenceKind.LINK}),
        lasts_s=30,
        most_tracks=0,
        is_act=False,
    ),
}
"""OFF never opens and OPEN never closes: they are in no need of a row."""


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """One customer who opened the gate."""

    until: Instant
    """End, exclusive."""
    is_found: bool = False
    """Whether a face was matched since; then no other one is compared with theirs."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """How the gate of one camera stands."""

    mode: FaceMode = FaceMode.OFF
    sought: dict[CustomerId, Sought] = {}
    arming: int = 1
    """Counts the openings: a face is compared once in each."""
    compared: int = 0
    """Faces compared in this one."""


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """An open gate at one moment."""

    arming: int
    customers: tuple[CustomerId, ...] | None
    """Who may be looked for; None for everybody enrolled."""


def heard(gate: Gate, customer: CustomerId, evidence: EvidenceKind, *, at: Instant) -> Gate:
    """Take a sign of a consenting customer in the camera's zone."""
    opening = OPENINGS.get(gate.mode)
    if opening is None or evidence not in opening.by:
        return gate
    sought = _still(gate, at)
    before = sought.get(customer)
    until = Instant(at + opening.lasts_s * SECOND)
    if before is not None and not opening.is_act:
        until = max(until, before.until)
        sought[customer] = Sought(until=until, is_found=before.is_found)
        return msgspec.structs.replace(gate, sought=sought)
    sought[customer] = Sought(until=until)
    return msgspec.structs.replace(gate, sought=sought, arming=gate.arming + 1, compared=0)


def permission(gate: Gate, at: Instant) -> Permission | None:
    """Give whom a face may be compared with now; None where the gate is closed."""
    if gate.mode is FaceMode.OPEN:
        return Permission(arming=gate.arming, customers=None)
    opening = OPENINGS.get(gate.mode)
    if opening is None or 0 < opening.most_tracks <= gate.compared:
        return None
    sought = tuple(sorted(one for one, how in _still(gate, at).items() if not how.is_found))
    return Permission(arming=gate.arming, customers=sought) if sought else None


def compared(gate: Gate) -> Gate:
    """Take that a face was encoded."""
    return msgspec.structs.replace(gate, compared=gate.compared + 1)


def matched(gate: Gate, customer: CustomerId) -> Gate:
    """Take that a customer was found: they are not looked for any more."""
    if customer not in gate.sought:
        return gate
    found = msgspec.structs.replace(gate.sought[customer], is_found=True)
    return msgspec.structs.replace(gate, sought={**gate.sought, customer: found})


def forgotten(gate: Gate, customer: CustomerId) -> Gate:
    """Take that a customer's consent ended: the gate is closed for them at once."""
    sought = {one: how for one, how in gate.sought.items() if one != customer}
    return msgspec.structs.replace(gate, sought=sought)


def beyond(mode: FaceMode, policy: Policy) -> bool:
    """Say whether a gate of this mode goes further than a policy permits."""
    order = list(FaceMode)
    return order.index(mode) > order.index(policy.face)


def _still(gate: Gate, at: Instant) -> dict[CustomerId, Sought]:
    return {one: how for one, how in gate.sought.items() if at < how.until}
