"""This is where the whole day is decided before any sensor hears of it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from drivers.simulated.arrivals import make_visits
from drivers.simulated.deeds import Deeds, decide_deeds
from drivers.simulated.dice import Dice
from drivers.simulated.floor import TIMEZONE
from drivers.simulated.journeys import Visit
from drivers.simulated.outages import Outages, make_outages
from drivers.simulated.people import Cast, make_cast


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes, what they do, and which sensors fall silent."""

    dice: Dice
    started: datetime
    length_s: float
    cast: Cast
    visits: tuple[Visit, ...]
    """Staff included, in the order in which they enter."""
    deeds: tuple[Deeds, ...]
    """One for each visit, in the same order."""
    outages: Outages

    @property
    def epoch_s(self) -> int:
        """The day's beginning, UTC epoch seconds."""
        return int(self.started.timestamp())

    @property
    def epoch_us(self) -> int:
        """The day's beginning, UTC epoch microseconds."""
        return self.epoch_s * 1_000_000

    @property
    def ended(self) -> datetime:
        """The day's end."""
        return self.started + timedelta(seconds=self.length_s)


def write_script(dice: Dice, *, visitors: int, started: datetime, length_s: float) -> Script:
    """Decide a day from its seed."""
    cast = make_cast(dice.stream("people"), visitors=visitors)
    opens = started.astimezone(ZoneInfo(TIMEZONE))
    visits = make_visits(
        dice.stream("visits"), cast, opens_h=opens.hour + opens.minute / 60, length_s=length_s
    )
    chances = dice.stream("deeds")
    return Script(
        dice=dice,
        started=started,
        length_s=length_s,
        cast=cast,
        visits=visits,
        deeds=tuple(decide_deeds(chances, visit) for visit in visits),
        outages=make_outages(dice.stream("outages"), length_s=length_s),
    )
