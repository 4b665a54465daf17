"""This is where a policy is told in plain words, for those who have to answer for it."""

from typing import Final

import msgspec

from edge.model.customer import Purpose
from edge.privacy.policy import FaceMode, Policy, Probes, TemplateKey

HOUR_S: Final = 3_600
DAY_H: Final = 24

PROBES: Final = {
    Probes.NONE: "not processed at all",
    Probes.BITMAP: "counted in a bitmap under a secret that lives for {minutes:g} minutes; "
    "no address is kept, and nobody is known by it",
    Probes.PSEUDONYM: "a pseudonym of a day would be permitted; this version keeps the bitmap "
    "of {minutes:g} minutes, which is stricter",
}
FACES: Final = {
    FaceMode.OFF: "no face is looked at",
    FaceMode.KIOSK: "a face is encoded only while a customer who enrolled has started a check "
    "with card, code or app, and compared with theirs alone",
    FaceMode.GATED: "a face is encoded only while the token of a consenting customer is at that "
    "door, and compared with those present",
    FaceMode.OPEN: "every face is encoded: for laboratories",
}
KEYS: Final = {
    TemplateKey.NONE: "no template is kept",
    TemplateKey.CUSTOMER: "the key of a template comes with the customer and lives in memory only",
    TemplateKey.DEVICE: "this device holds the key of templates",
}
PURPOSES: Final = {
    Purpose.PRESENCE_BLE: "recognise the customer's app by Bluetooth",
    Purpose.WIFI_RECOGNITION: "recognise the customer's device in the store's own Wi-Fi",
    Purpose.FACE_RECOGNITION: "recognise an enrolled face behind the gate",
    Purpose.VISIT_HISTORY: "keep visits and purchases with the customer; cards and codes count",
    Purpose.PERSONAL_OFFERS: "show offers made for the customer",
    Purpose.CROSS_STORE: "use visits across stores",
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the explanation."""

    about: str
    allowed: bool
    words: str


def explain(policy: Policy) -> tuple[Told, ...]:
    """Tell what a policy allows, channel by channel, purpose by purpose, and for how long."""
    keeps = policy.retention
    minutes = policy.pepper_period_s / 60
    days = f"{keeps.templates_d} days after the last interaction at the longest"
    return (
        Told(about="door counters", allowed=True, words="count people; they know nobody"),
        Told(
            about="Wi-Fi probes",
            allowed=policy.probes is not Probes.NONE,
            words=PROBES[policy.probes].format(minutes=minutes),
        ),
        Told(
            about="Bluetooth",
            allowed=policy.ble,
            words=_channel("apps of customers who consented", allowed=policy.ble)
            + "; strangers' adverts are discarded at once",
        ),
        Told(
            about="the store's Wi-Fi",
            allowed=policy.link,
            words=_channel("devices of customers who consented", allowed=policy.link),
        ),
        Told(
            about="cards and codes",
            allowed=policy.cards,
            words=_channel("customers who consented", allowed=policy.cards),
        ),
        Told(
            about="faces",
            allowed=policy.face is not FaceMode.OFF,
            words=f"{FACES[policy.face]}; {KEYS[policy.template_key]}",
        ),
        *(_purpose(policy, purpose) for purpose in Purpose),
        Told(about="visits are kept", allowed=True, words=f"{keeps.visits_d} days"),
        Told(about="face templates are kept", allowed=keeps.templates_d > 0, words=days),
        Told(
            about="the audit trail is kept",
            allowed=True,
            words=f"{keeps.audit_d} days, without names",
        ),
    )


def _channel(whom: str, *, allowed: bool) -> str:
    return f"{whom} are recognised by it" if allowed else "nobody is recognised by it"


def _purpose(policy: Policy, purpose: Purpose) -> Told:
    stale_s = policy.max_stale_s.get(purpose)
    if stale_s is None:
        return Told(about=purpose.value, allowed=False, words=f"not permitted: {PURPOSES[purpose]}")
    hours = stale_s / HOUR_S
    lease = f"{hours:g} hours" if hours <= 3 * DAY_H else f"{hours / DAY_H:g} days"
    words = f"with a consent that the platform confirmed within {lease}: {PURPOSES[purpose]}"
    return Told(about=purpose.value, allowed=True, words=words)
