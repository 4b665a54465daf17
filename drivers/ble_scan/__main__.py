"""This is where a technician asks what is on the air: `python -m drivers.ble_scan FILE`."""

import sys
from pathlib import Path

from drivers.ble_scan.survey import survey
from edge.errors import EdgeError


def main(arguments: list[str]) -> int:
    """Print the survey of a recording and give the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m drivers.ble_scan FILE\n")
        return 64  # EX_USAGE
    try:
        counts = survey(Path(arguments[0]))
    except EdgeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.writelines(f"{count:>9}  {kind}\n" for kind, count in counts.most_common())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
