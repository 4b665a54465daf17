"""This is where the options and profiles in a source's settings are checked by their names."""

from collections.abc import Iterable
from difflib import get_close_matches

from edge.driver.contract import SourceSpec
from edge.errors import ConfigError


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
