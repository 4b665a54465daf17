"""This is where settings become the rules, the floor and the figures that a store works by."""

from collections.abc import Mapping
from typing import Final

import msgspec

from edge.config.floor import to_floor
from edge.config.opening import parse_opening
from edge.config.schema import Settings, SourceSettings, StoreSettings
from edge.daemon.faces import FaceDesk
from edge.daemon.hours import OpeningHours
from edge.daemon.quiet import QuietZones
from edge.daemon.rules import Rules
from edge.driver.contract import Driver
from edge.fusion.tuning import Tuning
from edge.model.place import Floor
from edge.privacy.pepper import Peppers
from edge.privacy.policy import Policy
from edge.privacy.recogniser import Recogniser
from edge.privacy.templates import Templates

FLOOR_DBM: Final = -92
"""Signal floor where a source has none of its own: below it a receiver hears the street."""
SECRET_BYTES: Final = 32
"""Length of the secret that tokens are looked up under; it is drawn anew with each start."""


def rules_of(
    store: StoreSettings,
    *,
    policy: Policy,
    recogniser: Recogniser,
    peppers: Peppers,
    quiet: QuietZones | None = None,
) -> Rules:
    """Give what the doors of all sources share; without `quiet` no code silences a zone."""
    opening = None if store.opening is None else parse_opening(store.opening)
    return Rules(
        policy=policy,
        recogniser=recogniser,
        peppers=peppers,
        hours=OpeningHours(opening, timezone=store.timezone),
        quiet=quiet or QuietZones(),
        faces=FaceDesk(Templates(recogniser, policy=policy), policy=policy),
    )


def signal_floor(source: SourceSettings) -> int:
    """Give the received power in dBm below which a source hears nothing."""
    return FLOOR_DBM if source.rssi_floor_dbm is None else source.rssi_floor_dbm


def floor_of(settings: Settings, drivers: Mapping[str, type[Driver]]) -> Floor:
    """Give the floor, with what each driver takes for silence."""
    floor = to_floor(settings)
    sources = tuple(
        msgspec.structs.replace(source, quiet_after_s=drivers[source.driver].quiet_after_s)
        if source.driver in drivers
        else source
        for source in floor.sources
    )
    return msgspec.structs.replace(floor, sources=sources)


def tuning_of(settings: Settings, *, usual: Tuning | None = None) -> Tuning:
    """Give fusion's figures, or `usual`, with what the settings say in their place."""
    told = settings.fusion.model_dump(exclude_none=True)
    return msgspec.structs.replace(usual or Tuning(), **told)
