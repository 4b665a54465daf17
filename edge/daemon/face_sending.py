"""This is where the platform asks for templates that were made here, and has them forgotten."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from edge.config.schema import Settings
from edge.daemon.auditing import AuditTrail
from edge.daemon.customers import platform_key
from edge.daemon.enrol import Enrolling
from edge.errors import WireError
from edge.model.customer import Face
from edge.model.moment import rfc3339
from edge.model.names import CustomerId, Instant
from edge.privacy.audit import TEMPLATES_SENT
from edge.privacy.face_transport import recipient, seal_for
from edge.privacy.templates import Templates

PAGE: Final = 100
"""Templates in an answer: 90 kB of the 128 kB that a message may have."""


class FaceSending:
    """Answers `face-templates` and `face-forget`; it belongs to the event loop."""

    def __init__(
        self,
        enrolling: Enrolling,
        *,
        settings: Callable[[], Settings],
        templates: Callable[[], Templates],
        trail: AuditTrail,
        now: Callable[[], Instant],
    ) -> None:
        """Take the parts; `settings` and `templates` give what holds at that moment."""
        self._enrolling = enrolling
        self._settings = settings
        self._templates = templates
        self._trail = trail
        self._now = now

    async def send(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Give the templates that were made here, sealed for the platform, a page at a time.

        Only of customers who consented to face recognition and to it in other stores, at this
        moment. `after` says how many came before; nobody is named outside of what is sealed.
        Raises: WireError where the platform did not sign the request.
        """
        store, at = self._settings().store, self._now()
        public = recipient(data, key=platform_key(store.platform_key), store=store.id, at=at)
        after = data.get("after", 0)
        if type(after) is not int or after < 0:
            raise WireError("cannot send face templates", why="after is no number of templates")
        found = self._templates().made_here(at)
        page = [_told(customer, face) for customer, face in found[after : after + PAGE]]
        sealed = seal_for(public, msgspec.json.encode({"faces": page}))
        await self._trail.note(TEMPLATES_SENT, detail={"count": str(len(page))})
        rest = max(0, len(found) - after - len(page))
        return {"key": sealed.key, "sealed": sealed.sealed, "count": len(page), "rest": rest}

    async def forget(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Forget a customer's templates.

        Raises: WireError where none is named, ConfigError where they are not known here.
        """
        customer = data.get("customer")
        if not isinstance(customer, str) or not customer:
            raise WireError("cannot forget a face", why="the request names no customer")
        outcome = await self._enrolling.forget(CustomerId(customer))
        return {"forgotten": outcome.replaced}


def _told(customer: CustomerId, face: Face) -> dict[str, Any]:
    """Give a template in the words of the topic `customers`, so that it can come down as it is."""
    content = face.sealed or face.vector
    told: dict[str, Any] = {
        "customer": customer,
        "model": face.model,
        "vector": b64encode(content).decode(),
        "quality": face.quality,
        "enrolled_at": rfc3339(Instant(face.enrolled_at)),
    }
    return {**told, "sealed": True} if face.sealed else told
