"""This is where the settings of a store are loaded: defaults < file < drop-ins, then checked."""

from pathlib import Path

from edge.config.checks import cross_faults
from edge.config.doors import add_doors
from edge.config.faults import raise_faults, schema_faults
from edge.config.layers import Layered, lay_over, read_layers
from edge.config.policies import policy_names
from edge.config.schema import Settings


def load_settings(path: Path) -> Settings:
    """Load the settings file and the drop-ins in `<name>.d/` beside it.

    Raises: ConfigError that lists every fault, with its place and what was expected.
    """
    layered = lay_over(read_layers(path))
    check(layered, path)
    add_doors(layered.tables)
    return Settings.model_validate(layered.tables)


def check(layered: Layered, path: Path) -> Settings:
    """Give the settings that the layers say.

    Raises: ConfigError that lists every fault, with its place and what was expected.
    """
    tables = layered.tables
    faults = [*schema_faults(tables), *cross_faults(tables, policies=policy_names())]
    raise_faults(faults, layered=layered, path=path)
    return Settings.model_validate(tables)
