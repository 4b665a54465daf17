"""A store with a camera, a scanner and a receiver, in which drawn faces come into view."""

from typing import Any

import numpy as np

from edge.config.schema import SourceSettings
from edge.daemon.door import PrivacyDoor
from edge.daemon.faces import FaceDesk
from edge.daemon.hours import OpeningHours
from edge.daemon.rules import Rules
from edge.driver.faces import FaceTrack, Gallery, Match, Tell
from edge.model.customer import Customer, Face, Purpose
from edge.model.names import CustomerId, SourceName
from edge.model.observation import AnyObservation, CustomerHeard, EvidenceKind, SignOfLife
from edge.privacy.pepper import Peppers, derived_peppers
from edge.privacy.policy import FaceMode, Policy, TemplateKey
from edge.privacy.recogniser import Recogniser
from edge.privacy.templates import Templates, Unseal
from tests.privacy.kit import SECRET, customer, policy

ENGINE = "resnet-1/affine/blaze"
CAMERA = SourceName("kiosk-cam")
FACE_PURPOSES = (Purpose.FACE_RECOGNITION, Purpose.VISIT_HISTORY, Purpose.PRESENCE_BLE)


def vector(seed: int) -> bytes:
    """Give a template of unit length."""
    drawn = np.random.default_rng(seed).normal(size=128).astype("<f4")
    return bytes((drawn / np.linalg.norm(drawn)).astype("<f4").tobytes())


def enrolled(name: str, *, seed: int = 1, engine: str = ENGINE, **changes: Any) -> Customer:
    """Give a customer who consented to be recognised by their face."""
    whole: dict[str, Any] = {
        "customer": CustomerId(name),
        "faces": (Face(model=engine, vector=vector(seed), quality=0.9),),
        "tokens": (),
    }
    return customer(*changes.pop("purposes", FACE_PURPOSES), **(whole | changes))


class Encoder:
    """Stands for an encoder: counts its calls, and says what the next outcomes are."""

    def __init__(self, *outcomes: Match | None) -> None:
        self.galleries: list[Gallery] = []
        self.outcomes = list(outcomes)
        self.waiting: list[Tell] = []
        self.is_slow = False

    @property
    def calls(self) -> int:
        return len(self.galleries)


class View(FaceTrack):
    """A face in view of a camera with such an encoder."""

    def __init__(self, encoder: Encoder, *, engine: str = ENGINE) -> None:
        super().__init__(engine)
        self.encoder = encoder

    def compare(self, gallery: Gallery, tell: Tell) -> None:
        self.encoder.galleries.append(gallery)
        if self.encoder.is_slow:
            self.encoder.waiting.append(tell)
        else:
            tell(self.encoder.outcomes.pop(0) if self.encoder.outcomes else None)


def match(slot: int = 0, *, llr: float = 6.5) -> Match:
    return Match(slot=slot, score=0.97, llr=llr, quality=0.8)


class Shop:
    """Doors of a camera, a scanner and a receiver; time is what they are told."""

    def __init__(
        self,
        *people: Customer,
        gate: str = "kiosk",
        under: Policy | None = None,
        unseal: Unseal | None = None,
        zone: str | None = "kiosk",
    ) -> None:
        self.out: list[AnyObservation] = []
        self.policy = under or policy(template_key=TemplateKey.DEVICE, face=FaceMode.OPEN)
        self.recogniser = Recogniser(people, policy=self.policy, secret=SECRET)
        self.templates = Templates(self.recogniser, policy=self.policy)
        for one in people:
            self.templates.put(one)
        self.desk = FaceDesk(self.templates, policy=self.policy, unseal=unseal)
        self.settings = SourceSettings(
            name=CAMERA, driver="camera_face", zone=zone, options={"gate": gate}
        )
        self.desk.place(
            [
                self.settings,
                SourceSettings(name="scanner", driver="serial_line", zone="kiosk"),
                SourceSettings(name="till", driver="serial_line", zone="checkout"),
                SourceSettings(name="receiver", driver="ble_scan", zone="kiosk"),
            ]
        )
        self.camera = self.door(CAMERA)

    def door(self, source: SourceName) -> PrivacyDoor:
        rules = Rules(
            policy=self.policy,
            recogniser=self.recogniser,
            peppers=Peppers(period_s=300, draw=derived_peppers(b"test")),
            hours=OpeningHours(None, timezone="UTC"),
            faces=self.desk,
        )
        return PrivacyDoor(source, rules=rules, floor_dbm=-92, hand_over=self.out.append)

    def sign(
        self, who: str, at: int, *, by: EvidenceKind = EvidenceKind.CARD, source: str = "scanner"
    ) -> None:
        """Let a customer give a sign."""
        self.desk.hear(
            CustomerHeard(
                at=at,  # type: ignore[arg-type] # moments of tests are numbers
                source=SourceName(source),
                customer=CustomerId(who),
                evidence=by,
                purposes=(),
                until=at + 1,  # type: ignore[arg-type] # likewise
            )
        )

    @property
    def recognised(self) -> list[CustomerHeard]:
        return [one for one in self.out if isinstance(one, CustomerHeard)]

    def counts(self) -> dict[str, int]:
        """Give the proof counters as the door tells them."""
        self.camera.close(self.out[-1].at if self.out else 0)  # type: ignore[arg-type] # likewise
        total: dict[str, int] = {}
        for one in self.out:
            if isinstance(one, SignOfLife):
                for what, count in one.faces.items():
                    total[what] = total.get(what, 0) + count
        return total
