"""This is where a message bus of our own is started, with the rules a test wants."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

RULES: Final = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    {more}
  </policy>
</busconfig>
"""
NOBODY_ASKS: Final = '<deny send_destination="org.bluez"/>'
"""Policy of a machine on which the user is not in the group `bluetooth`."""


def has_bus() -> bool:
    """Whether a message bus can be started here."""
    return shutil.which("dbus-daemon") is not None


@contextmanager
def private_bus(policy: str = "") -> Iterator[str]:
    """Give the address of a message bus that is there while this is open, and then dies."""
    with tempfile.TemporaryDirectory(prefix="bus") as folder:
        rules = Path(folder) / "rules.xml"
        rules.write_text(RULES.format(socket=Path(folder) / "socket", more=policy))
        command = ["dbus-daemon", "--nofork", "--nopidfile", "--nosyslog", "--print-address=1"]
        with subprocess.Popen(
            [*command, f"--config-file={rules}"], stdout=subprocess.PIPE, text=True
        ) as daemon:
            try:
                assert daemon.stdout is not None
                yield daemon.stdout.readline().strip()
            finally:
                daemon.kill()
