"""This is where `edge drivers` lists what sensors can be read."""

import click

from edge.cli.output import EdgeCommand, json_option, write_json, write_table


@click.command(cls=EdgeCommand)
@json_option
def drivers(*, as_json: bool) -> None:
    """List the installed drivers."""
    from edge.daemon.registry import driver_names, load_driver  # noqa: PLC0415 - loads when asked

    kinds = {name: load_driver(name) for name in driver_names()}
    found = {name: kind for name, kind in kinds.items() if kind is not None}
    if as_json:
        write_json(
            [
                {"driver": name, "quiet_after_s": kind.quiet_after_s, "class": _path(kind)}
                for name, kind in sorted(found.items())
            ]
        )
        return
    rows = [
        (name, f"{kind.quiet_after_s:.0f} s", (kind.__doc__ or "").strip().splitlines()[0])
        for name, kind in sorted(found.items())
    ]
    write_table("Installed drivers", ("driver", "may be silent for", "what it reads"), rows)


def _path(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"
