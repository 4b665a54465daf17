"""This is where the options and profiles in a source's settings are checked and read."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TypeVar

import msgspec

from edge.driver.contract import SourceSpec
from edge.errors import ConfigError

Options = TypeVar("Options", bound=msgspec.Struct)


def convert_options(
    spec: SourceSpec,
    kind: type[Options],
    *,
    remedy: str = "the driver's README explains every option",
) -> Options:
    """Read a source's options into the struct that describes a driver's.

    Raises: ConfigError naming an option that is unknown, or whose value cannot be.
    """
    check_options(spec, kind.__struct_fields__)
    try:
        return msgspec.convert(spec.options, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"an option of the driver {spec.driver} cannot be",
            where=f"source {spec.name}",
            why=str(error),
            remedy=remedy,
        ) from error


def check_options(spec: SourceSpec, known: Iterable[str] = ()) -> None:
    """Let only the options pass that a driver has.

    Raises: ConfigError naming the first option that is unknown.
    """
    names = sorted(known)
    for option in sorted(set(spec.options) - set(names)):
        raise ConfigError(
            f"the driver {spec.driver} has no option {option!r}",
            where=f"source {spec.name}",
            remedy=meant(option, names) if names else "take the option out",
        )


def check_no_profile(spec: SourceSpec) -> None:
    """Let only sources without a profile pass, for drivers that have none.

    Raises: ConfigError.
    """
    if spec.profile is not None:
        raise ConfigError(
            f"the driver {spec.driver} takes no profile",
            where=f"source {spec.name}",
            remedy="take the profile out, or name the driver it belongs to",
        )


def meant(name: str, known: Iterable[str]) -> str:
    """Say which known name somebody may have meant, and what is there to choose from."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    guess = f"did you mean {close[0]!r}? " if close else ""
    return f"{guess}known: {', '.join(names) or 'none'}"
