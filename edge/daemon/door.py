"""This is where raw identifiers come in and do not come out: the privacy door.

What a driver hands over is looked up, bucketed or forgotten here; an observation leaves.
"""

from collections.abc import Callable

from edge.daemon.door_tally import Tally
from edge.daemon.faces import FaceDoor, PendingFace
from edge.daemon.quiet import QUIET
from edge.daemon.rules import Rules
from edge.driver.faces import FaceTrack
from edge.driver.outlet import CLOSED
from edge.model.customer import Role
from edge.model.names import SECOND, Instant, SourceName
from edge.model.observation import (
    AnyObservation,
    CustomerHeard,
    DoorCounted,
    ProbeHeard,
    PurchaseMade,
    SignOfLife,
    StaffHeard,
    WithdrawalMade,
)
from edge.privacy.face_key import FaceCode
from edge.privacy.face_key import read_code as read_face_code
from edge.privacy.policy import Probes
from edge.privacy.recogniser import Recognised
from edge.privacy.withdrawal import read_withdrawal

LIFE_BIN = 10 * SECOND
"""A source says at most this often that it is alive."""
WEAK = "below the signal floor"
HandOver = Callable[[AnyObservation], None]
NOT_PERMITTED = "not permitted by the policy"
UNKNOWN_CODE = "face code of nobody"
UNKNOWN_CARD = "withdrawal with the card of nobody"


class PrivacyDoor:
    """The outlet of one source; called from one thread at a time."""

    def __init__(
        self,
        source: SourceName,
        *,
        rules: Rules,
        floor_dbm: int,
        hand_over: HandOver,
        defer: Callable[[PendingFace], None] | None = None,
    ) -> None:
        """`defer` takes a recording's faces and their keys until their moment; live, it is now."""
        self._source = source
        self._rules = rules
        self._floor_dbm = floor_dbm
        self._hand_over = hand_over
        self._defer = defer
        self._faces = FaceDoor(source, desk=rules.faces, refuse=self.refuse)
        self._takes_probes = rules.policy.probes is not Probes.NONE
        self._heard = 0
        self._refused: dict[str, int] = {}
        self._told = Tally()
        self._life_bin = -1

    def probe(self, at: Instant, address: bytes, *, signal_dbm: int | None) -> None:
        """Turn a probing device into a bucket of the window's bitmap."""
        if not self._takes_probes:
            self.refuse(at, NOT_PERMITTED)
        elif self._may_listen(at, signal_dbm):
            bucket = self._rules.peppers.bucket(address, at)
            self._hand_over(
                ProbeHeard(at=at, source=self._source, bucket=bucket, signal_dbm=signal_dbm)
            )

    def advert(
        self,
        at: Instant,
        *,
        address: bytes,
        is_random: bool,
        ephemeral_id: bytes | None,
        signal_dbm: int | None,
    ) -> None:
        """Recognise a customer's or a badge's advertisement; forget a stranger's."""
        if not self._may_listen(at, signal_dbm):
            return
        recogniser = self._rules.recogniser
        known = None if ephemeral_id is None else recogniser.by_ephemeral_id(ephemeral_id, at)
        if known is None and is_random:
            known = recogniser.by_resolvable(address, at)
        if known is not None:
            self._tell(known, at, signal_dbm=signal_dbm)

    def link(self, at: Instant, address: bytes, *, joined: bool) -> None:
        """Recognise a customer's device that joined or left the store's Wi-Fi."""
        if not self._may_listen(at, None):
            return
        known = self._rules.recogniser.by_link(address, at)
        if known is not None:
            self._tell(known, at, is_leaving=not joined)

    def card(self, at: Instant, code: str) -> None:
        """Recognise the customer whose card or code was scanned; a face's key opens the gate."""
        if self._rules.quiet.take(self._source, code, at):
            return
        face_code = read_face_code(code)
        if face_code is not None:
            self._in_its_moment(at, lambda _hand_over: self._present(face_code, at))
            return
        is_kiosk = self._source == self._rules.withdraw_source
        card = read_withdrawal(code, is_kiosk=is_kiosk)
        if card is not None:
            self._withdraw(card, at)
            return
        known = self._rules.recogniser.by_card(code, at)
        if known is not None:
            self._tell(known, at)

    def _withdraw(self, code: str, at: Instant) -> None:
        """Let the customer whose card it is withdraw all of their consents.

        While customers are still being read, a card that nobody holds yet is asked about again.
        """
        if not self._has_withdrawn(code, at):
            self._rules.once_read(lambda: self._withdraw_known(code, at))

    def _withdraw_known(self, code: str, at: Instant) -> None:
        if not self._has_withdrawn(code, at):
            self.refuse(at, UNKNOWN_CARD)

    def _has_withdrawn(self, code: str, at: Instant) -> bool:
        customer = self._rules.recogniser.holder(code)
        if customer is None:
            return False
        self._hand_over(WithdrawalMade(at=at, source=self._source, customer=customer))
        return True

    def face(self, at: Instant, track: FaceTrack) -> None:
        """Hold a face in view against the consent gate; where that is closed, it is counted."""
        if not self._may_listen(at, None):
            return
        self._in_its_moment(at, lambda hand_over: self._faces.offer(at, track, hand_over))

    def _present(self, code: FaceCode, at: Instant) -> None:
        """Let a customer's own key open the gate of the zone it was shown in."""
        if not self._rules.faces.present(self._source, code, at):
            self.refuse(at, UNKNOWN_CODE)

    def _in_its_moment(self, at: Instant, act: Callable[[HandOver], None]) -> None:
        """Do what turns on how the gate stands: now, or when a recording has come to its moment."""
        if self._defer is None:
            act(self._hand_over)
            return

        def resolve() -> list[AnyObservation]:
            found: list[AnyObservation] = []
            act(found.append)
            return found

        self._defer(PendingFace(at=at, resolve=resolve))

    def door(self, at: Instant, *, entered: int = 0, left: int = 0) -> None:
        """Hand a door count on."""
        self._hand_over(DoorCounted(at=at, source=self._source, entered=entered, left=left))

    def receipt(
        self,
        at: Instant,
        *,
        receipt: str,
        total: float,
        currency: str,
        lane: str | None = None,
        card: str | None = None,
        items: tuple[str, ...] = (),
    ) -> None:
        """Hand a receipt on, with the customer in the place of the card."""
        known = self._rules.recogniser.by_card(card, at) if card else None
        if known is not None:
            self._tell(known, at)
        is_customer = known is not None and known.role is Role.CUSTOMER
        self._hand_over(
            PurchaseMade(
                at=at,
                source=self._source,
                receipt=receipt,
                total=total,
                currency=currency,
                items=items,
                lane=lane,
                customer=known.customer if known is not None and is_customer else None,
            )
        )

    def heard(self, at: Instant, count: int = 1) -> None:
        """Count what came in, and say at first and once in ten seconds that it is alive."""
        is_first = count > 0 and not self._told.heard + self._heard
        self._heard += count
        if is_first or at // LIFE_BIN != self._life_bin:
            self._life_bin = at // LIFE_BIN
            self._say_alive(at)

    def refuse(self, at: Instant, reason: str, count: int = 1) -> None:
        """Count what was not used."""
        del at  # a refusal is told with the next sign of life
        self._refused[reason] = self._refused.get(reason, 0) + count

    def tally(self) -> Tally:
        """Give what was taken in and what was not used, told or not."""
        return self._told.plus(self._untold())

    def close(self, at: Instant) -> None:
        """Tell the counts that were not told yet."""
        if self._untold() != Tally():
            self._say_alive(at)

    def _may_listen(self, at: Instant, signal_dbm: int | None) -> bool:
        if not self._rules.hours.is_open(at):
            self.refuse(at, CLOSED)
            return False
        if signal_dbm is not None and signal_dbm < self._floor_dbm:
            self.refuse(at, WEAK)
            return False
        if self._rules.quiet.is_quiet(self._source, at):
            self.refuse(at, QUIET)
            return False
        return True

    def _tell(
        self,
        known: Recognised,
        at: Instant,
        *,
        signal_dbm: int | None = None,
        is_leaving: bool = False,
    ) -> None:
        if known.role is Role.STAFF:
            self._hand_over(
                StaffHeard(
                    at=at,
                    source=self._source,
                    badge=known.badge,
                    signal_dbm=signal_dbm,
                    leaving=is_leaving,
                )
            )
            return
        self._hand_over(
            CustomerHeard(
                at=at,
                source=self._source,
                customer=known.customer,
                evidence=known.evidence,
                purposes=known.purposes,
                until=known.until,
                signal_dbm=signal_dbm,
                leaving=is_leaving,
            )
        )

    def _untold(self) -> Tally:
        return Tally(heard=self._heard, refused=self._refused, faces=self._faces.counts)

    def _say_alive(self, at: Instant) -> None:
        news = self._untold()
        self._hand_over(
            SignOfLife(
                at=at,
                source=self._source,
                heard=news.heard,
                refused=news.refused,
                faces=news.faces,
            )
        )
        self._told = self._told.plus(news)
        self._heard, self._refused, self._faces.counts = 0, {}, {}
