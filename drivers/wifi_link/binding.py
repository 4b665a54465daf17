"""This is where it is said why a listener cannot listen at an address."""

import errno
from typing import Final

from drivers.wifi_link.options import Address
from edge.errors import EdgeError, SourceFault, SourceUnusable

FORBIDDEN: Final = {errno.EACCES, errno.EPERM}


def binding_fault(error: OSError, address: Address, *, where: str) -> EdgeError:
    """Give the error of a listener; one whose address is not there yet is tried again."""
    what = f"cannot listen at {address}"
    if error.errno in FORBIDDEN:
        return SourceUnusable(
            what,
            where=where,
            why="this user may not use so low a port",
            remedy="choose a port above 1023 in listen, here and at the other side",
        )
    if error.errno == errno.EADDRINUSE:
        return SourceFault(
            what,
            where=where,
            why="another program listens there",
            remedy=f"`sudo ss -lnpt -lnpu 'sport = :{address.port}'` names it",
        )
    return SourceFault(
        what,
        where=where,
        why=error.strerror or type(error).__name__,
        remedy="`ip address` lists the addresses of this machine; name one of them in listen",
    )
