"""This is where settings are loaded: defaults < file < drop-ins < the platform's, then checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from edge.config.checks import cross_faults
from edge.config.doors import add_doors
from edge.config.faults import raise_faults, schema_faults
from edge.config.layers import Layer, Layered, lay_over, read_layers
from edge.config.policies import policy_names
from edge.config.schema import Settings

PLATFORM: Final = Path("desired")
"""What faults call the platform's layer, which is no file."""


def load_settings(path: Path, *, above: Mapping[str, Any] | None = None) -> Settings:
    """Load the settings file and the drop-ins in `<name>.d/` beside it.

    `above` are the tables that the platform wants, which are laid over everything.
    Raises: ConfigError that lists every fault, with its place and what was expected.
    """
    layers = read_layers(path)
    if above:
        layers.append(Layer(file=PLATFORM, tables=dict(above)))
    layered = lay_over(layers)
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
