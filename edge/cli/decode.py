"""This is where `edge decode` says what a recorded file holds, in counts."""

from pathlib import Path

import click

from edge.cli.output import EdgeCommand, json_option, write_json, write_table
from edge.errors import ConfigError


@click.command(cls=EdgeCommand)
@click.argument("driver")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--profile", help="Device profile, for serial_line: a name in config/devices/.")
@json_option
def decode(*, driver: str, file: Path, profile: str | None, as_json: bool) -> None:
    """Decode FILE with DRIVER, as a replay would, and count what is in it.

    No address, code or name is shown: there is no option for it.
    """
    from edge.daemon.decoding import decode_file  # noqa: PLC0415 - drivers load when asked for

    found = decode_file(driver, file, profile=profile)
    if found is None:
        raise _unknown(driver)
    if as_json:
        write_json(found)
        return
    rows = [("taken in", f"{found.heard:,}")]
    rows += [(kind, f"{count:,}") for kind, count in found.handed_over.items()]
    rows += [("first", found.first or "-"), ("last", found.last or "-")]
    write_table(f"{file.name}, read by {driver}", ("what", "how much"), rows, right=(1,))
    if found.refused:
        refused = [(reason, f"{count:,}") for reason, count in found.refused.items()]
        write_table("Not used", ("reason", "count"), refused, right=(1,))


def _unknown(driver: str) -> ConfigError:
    from edge.daemon.registry import driver_names  # noqa: PLC0415 - for this answer only
    from edge.driver.options import meant  # noqa: PLC0415 - likewise

    return ConfigError(
        "cannot decode the file",
        where=driver,
        why="no driver of this name is installed",
        remedy=meant(driver, driver_names()),
    )
