"""This is where the audit trail gets its key and its words."""

import hmac
from typing import Final

STARTED: Final = "service.started"
STOPPED: Final = "service.stopped"
SETTINGS_CHANGED: Final = "settings.changed"
SETTINGS_WANTED: Final = "settings.wanted"
POLICY_CHANGED: Final = "policy.changed"
SWEPT: Final = "retention.swept"
COUNTS_PUBLISHED: Final = "counts.published"
ERASED: Final = "erasure.completed"
CONSENT_REDUCED: Final = "consent.reduced"
GATE_OPENED: Final = "gate.opened"
WITHDRAWN: Final = "consent.withdrawn"
SHOWN: Final = "customer.shown"
HANDED_OUT: Final = "customer.exported"
FACE_ENROLLED: Final = "face.enrolled"
FACE_FORGOTTEN: Final = "face.forgotten"
TEMPLATES_SENT: Final = "face.sent"
"""What entries say was done; others add their own, as `noun.participle`."""


def audit_key(device_key: bytes) -> bytes:
    """Give the 32 bytes that the trail is chained under; they are made from the device's key."""
    return hmac.digest(device_key, b"edge audit trail", "sha256")
