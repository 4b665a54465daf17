"""This is where it is said what a jurisdiction's policy permits.

The policies themselves are data (config/policies/*.toml); reading them is the work of
edge.config. What cannot be read is OFF: people are counted at the doors and nobody is known.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import msgspec

from edge.errors import ConfigError
from edge.model.customer import Purpose, TokenKind

HOUR_S: Final = 3_600
SHORTEST_PEPPER_S: Final = 60
LONGEST_PEPPER_S: Final = 300
"""A random address outlives a scan burst in 1 of 11 labelled captures: 300 s cost no function."""


class Probes(StrEnum):
    """What may be kept of Wi-Fi probe requests, strictest first."""

    NONE = "none"
    BITMAP = "bitmap"
    PSEUDONYM = "pseudonym"


class FaceMode(StrEnum):
    """When a face may be encoded, strictest first."""

    OFF = "off"
    KIOSK = "kiosk"
    """Only after an act of the customer, such as a card at the reader, and only to check it."""
    GATED = "gated"
    """Only while a consenting customer's token is near, and only against those whose is."""
    OPEN = "open"
    """Always; for laboratories. No policy that is shipped permits it."""


class TemplateKey(StrEnum):
    """Who holds the key of a face template, strictest first."""

    NONE = "none"
    CUSTOMER = "customer"
    DEVICE = "device"


Seconds = Annotated[int, msgspec.Meta(gt=0)]
Days = Annotated[int, msgspec.Meta(ge=0)]


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long things are kept at the longest."""

    visits_d: Days = 30
    """Days that visits stay in the ledger."""
    templates_d: Days = 0
    """Days after the last interaction that a face template is kept."""
    audit_d: Days = 365
    """Days that the pseudonymous audit trail is kept."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be done with what is sensed in one jurisdiction. The defaults are `off`."""

    name: str
    probes: Probes = Probes.NONE
    ble: bool = False
    """Customers' own BLE tokens may identify; strangers' adverts are discarded in every policy."""
    link: bool = False
    """Associations with the store's own Wi-Fi may identify."""
    cards: bool = False
    """Cards, codes and cards on receipts may identify."""
    face: FaceMode = FaceMode.OFF
    template_key: TemplateKey = TemplateKey.NONE
    pepper_period_s: Annotated[int, msgspec.Meta(ge=SHORTEST_PEPPER_S, le=LONGEST_PEPPER_S)] = (
        LONGEST_PEPPER_S
    )
    max_stale_s: dict[Purpose, Seconds] = {}
    """Seconds after which an unconfirmed consent no longer counts; a purpose that is not here
    is not permitted at all."""
    retention: Retention = Retention()
    video: bool = False
    """A technician may record pictures of people, on order. No policy that is shipped permits it:
    a recording of a test hall with people who know needs a policy of its own."""

    def permits_token(self, kind: TokenKind) -> bool:
        """Say whether a token of this kind may be kept and looked for."""
        if kind is TokenKind.CARD:
            return self.cards
        if kind is TokenKind.LINK:
            return self.link
        return self.ble

    def purposes(self) -> tuple[str, ...]:
        """Give the purposes for which somebody may be known by any channel, sorted."""
        channels = {
            Purpose.PRESENCE_BLE: self.ble,
            Purpose.WIFI_RECOGNITION: self.link,
            Purpose.VISIT_HISTORY: self.cards,
            Purpose.FACE_RECOGNITION: self.face is not FaceMode.OFF,
        }
        return tuple(sorted(one for one in self.max_stale_s if channels.get(one, True)))


OFF: Final = Policy(name="off")


def parse_policy(table: Mapping[str, Any]) -> Policy:
    """Read a policy from its TOML table.

    Raises: ConfigError naming the key that is wrong; whoever catches it goes on with OFF.
    """
    try:
        policy = msgspec.convert(dict(table), Policy)
    except msgspec.ValidationError as error:
        raise _unreadable(table, str(error)) from error
    if policy.face is FaceMode.OPEN:
        raise _unreadable(table, "`open` is for laboratories; no jurisdiction permits it")
    return policy


def stricter(one: Policy, other: Policy) -> Policy:
    """Give what both policies permit; of two orders, from the platform and from here, this wins.

    Policies are ordered only in part (one may forbid what the other allows and the reverse), so
    the answer is put together field by field, and named `one+other` where it equals neither.
    """
    shared = {
        purpose: min(stale_s, other.max_stale_s[purpose])
        for purpose, stale_s in one.max_stale_s.items()
        if purpose in other.max_stale_s
    }
    both = Policy(
        name=one.name,
        probes=_stricter_word(one.probes, other.probes),
        ble=one.ble and other.ble,
        link=one.link and other.link,
        cards=one.cards and other.cards,
        face=_stricter_word(one.face, other.face),
        template_key=_stricter_word(one.template_key, other.template_key),
        pepper_period_s=min(one.pepper_period_s, other.pepper_period_s),
        max_stale_s=shared,
        video=one.video and other.video,
        retention=Retention(
            visits_d=min(one.retention.visits_d, other.retention.visits_d),
            templates_d=min(one.retention.templates_d, other.retention.templates_d),
            audit_d=min(one.retention.audit_d, other.retention.audit_d),
        ),
    )
    for known in (one, other):
        if msgspec.structs.replace(both, name=known.name) == known:
            return known
    return msgspec.structs.replace(both, name="+".join(sorted((one.name, other.name))))


def _unreadable(table: Mapping[str, Any], why: str) -> ConfigError:
    return ConfigError(
        "cannot read the policy",
        where=str(table.get("name", "no name")),
        why=why,
        remedy="compare it with config/policies/eu_strict.toml",
    )


Word = TypeVar("Word", bound=StrEnum)


def _stricter_word(one: Word, other: Word) -> Word:
    order = list(type(one))
    return min(one, other, key=order.index)
