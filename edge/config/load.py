"""This is where the settings of a store are loaded: defaults < file < drop-ins, then checked."""

from pathlib import Path

from edge.config.checks import cross_faults, is_door_counter
from edge.config.faults import raise_faults, schema_faults
from edge.config.layers import Layered, lay_over, read_layers
from edge.config.policies import policy_names
from edge.config.schema import DoorSettings, Settings


def load_settings(path: Path) -> Settings:
    """Load the settings file and the drop-ins in `<name>.d/` beside it.

    Raises: ConfigError that lists every fault, with its place and what was expected.
    """
    layered = lay_over(read_layers(path))
    return with_doors(check(layered, path))


def check(layered: Layered, path: Path) -> Settings:
    """Give the settings that the layers say.

    Raises: ConfigError that lists every fault, with its place and what was expected.
    """
    tables = layered.tables
    faults = [*schema_faults(tables), *cross_faults(tables, policies=policy_names())]
    raise_faults(faults, layered=layered, path=path)
    return Settings.model_validate(tables)


def with_doors(settings: Settings) -> Settings:
    """Add a door of the source's own name where none of the doors is at a door counter."""
    counters = {
        source.name: source
        for source in settings.sources
        if is_door_counter(source.driver, source.profile)
    }
    if any(door.source in counters for door in settings.doors):
        return settings
    doors = tuple(
        DoorSettings(name=name, source=name, zone=source.zone)
        for name, source in counters.items()
        if name not in {door.name for door in settings.doors}
    )
    return settings.model_copy(update={"doors": settings.doors + doors})
