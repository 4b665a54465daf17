"""This is where the option `gate` of a source is read, and held against the policy."""

from collections.abc import Mapping
from typing import Any, Final

from edge.config.schema import SourceSettings
from edge.driver.options import meant
from edge.errors import ConfigError
from edge.privacy import gate
from edge.privacy.policy import FaceMode, Policy

OPTION: Final = "gate"


def mode_of(options: Mapping[str, Any]) -> FaceMode | None:
    """Read a gate's mode; OFF where the options name none, None where the name is none."""
    told = options.get(OPTION, FaceMode.OFF.value)
    return FaceMode(told) if told in tuple(FaceMode) else None


def check_gate(source: SourceSettings, policy: Policy) -> None:
    """Let only sources pass whose gate the policy permits, and that stand where it can be opened.

    Raises: ConfigError with the remedy.
    """
    if OPTION not in source.options:
        return
    mode = mode_of(source.options)
    if mode is None:
        raise ConfigError(
            f"there is no gate {str(source.options[OPTION])!r:.40}",
            where=f"source {source.name}",
            remedy=meant(str(source.options[OPTION]), list(FaceMode)),
        )
    if gate.beyond(mode, policy):
        raise ConfigError(
            f"the policy {policy.name} does not permit a face gate {mode.value!r}",
            where=f"source {source.name}",
            why=f"it permits {policy.face.value!r} at the most",
            remedy=f'set gate = "{policy.face.value}" in the options of this source',
        )
    if mode in gate.OPENINGS and source.zone is None:
        raise ConfigError(
            f"a face gate {mode.value!r} needs a zone",
            where=f"source {source.name}",
            why="what opens it has to be given where the camera stands",
            remedy="name the zone that the card reader or the receiver beside the camera is in",
        )


def without_gate(source: SourceSettings) -> SourceSettings:
    """Give a source without its gate, for recordings: nobody is looked up while one runs."""
    kept = {name: value for name, value in source.options.items() if name != OPTION}
    return source.model_copy(update={"options": kept})
