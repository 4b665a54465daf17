"""This is where drivers are found by their entry points."""

from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from edge.driver.contract import Driver
from edge.errors import ConfigError

GROUP: Final = "store_edge.drivers"


def driver_names() -> tuple[str, ...]:
    """List the installed drivers, sorted; none of them is imported."""
    return tuple(sorted(_entries()))


def load_driver(name: str) -> type[Driver] | None:
    """Import a driver's class; None where no driver of that name is installed.

    Raises: ConfigError when it is installed and cannot be imported.
    """
    entry = _entries().get(name)
    if entry is None:
        return None
    try:
        return cast("type[Driver]", entry.load())
    except ImportError as error:
        raise ConfigError(
            "cannot load a driver",
            where=f"{entry.name} = {entry.value}",
            why=str(error),
            remedy="install the package that holds it again",
        ) from error


def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
