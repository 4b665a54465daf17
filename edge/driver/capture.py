"""This is where a capture file of any of the field's formats is opened and read packet by packet.

pcap (both byte orders; microseconds, nanoseconds, "modified"), pcapng, and either one in gzip.
What a file is, its first bytes say, never its name. The link type numbers are those of
https://www.tcpdump.org/linktypes.html.
"""

from collections.abc import Iterator
from pathlib import Path

from edge.driver import capture_pcap, capture_pcapng
from edge.driver.capture_stream import Packet, Stream
from edge.errors import RecordingError

MAGIC_SIZE = 4


class Capture:
    """The packets of one capture file, in the order of the file.

    Iterating gives `(at_ns, link_type, data, original_length)`: nanoseconds since 1970 (0 where
    the record carries no time), the DLT of the packet's own interface, the captured bytes, and
    the length on the air, which is more where the capture was cut short. It may be iterated again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage: str | None = None
        """What was wrong with the file, in fixed words; None as long as nothing was."""

    def __iter__(self) -> Iterator[Packet]:
        """Read the file; it is open only while the iteration runs.

        A damaged or truncated file ends the iteration early and leaves the reason in `damage`.

        Raises: RecordingError when the file cannot be opened or is no capture.
        """
        self.damage = None
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise RecordingError(
                "cannot open the capture",
                where=str(self.path),
                why=error.strerror or type(error).__name__,
                remedy="name a pcap or pcapng file that this user may read",
            ) from error
        with file:
            stream = Stream(file)
            magic = stream.peek(MAGIC_SIZE)
            if magic == capture_pcapng.MAGIC:
                yield from capture_pcapng.packets(stream)
            elif magic in capture_pcap.LAYOUTS:
                yield from capture_pcap.packets(stream, capture_pcap.LAYOUTS[magic])
            else:
                raise RecordingError(
                    "cannot read the capture",
                    where=str(self.path),
                    why="its first bytes are those of no capture format",
                    remedy="record it as pcap or pcapng, for example with tcpdump -w",
                )
            self.damage = stream.damage
