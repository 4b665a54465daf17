"""This is where it is said whether a radio could be listened to, and what stands in the way."""

import os
import socket
from collections.abc import Iterator

from drivers.wifi_monitor.bpf import PROGRAMS, attach
from drivers.wifi_monitor.ear import RAW_REMEDY, radio_remedy
from drivers.wifi_monitor.interface import Interface, look
from drivers.wifi_monitor.iw import INSTALL_REMEDY, find_iw
from drivers.wifi_monitor.live import INTERFACE_REMEDY, channel_remedy
from drivers.wifi_monitor.options import Options
from drivers.wifi_monitor.rights import Right, has
from edge.driver.contract import Finding, Level


def findings(options: Options) -> Iterator[Finding]:
    """Look at everything that listening needs; nothing is changed and nothing listened to."""
    if options.interface is None:
        yield _fail("the source names no interface", INTERFACE_REMEDY)
        return
    interface = look(options.interface)
    if interface is None:
        remedy = "plug the adapter in, or name another: edge sources discover"
        yield _fail(f"there is no interface {options.interface}", remedy)
    else:
        yield from _of_interface(interface)
    if has(Right.CAP_NET_RAW):
        yield _ok("this process may listen (CAP_NET_RAW)")
    else:
        yield _fail("this process may not listen: it lacks CAP_NET_RAW", RAW_REMEDY)
    if options.channels:
        yield from _of_channels(options.interface)


def _of_interface(interface: Interface) -> Iterator[Finding]:
    name, link_type = interface.name, interface.link_type
    if not interface.is_up:
        yield _fail(f"{name} is down", radio_remedy(name))
    if link_type is None:
        yield _fail(f"{name} is not in monitor mode", radio_remedy(name))
        return
    if interface.is_up:
        yield _ok(f"{name} is a monitor interface of link type {link_type} and up")
    yield _of_filter(link_type)


def _of_filter(link_type: int) -> Finding:
    """Let the kernel check the filter on a socket that hears nothing; that needs no rights."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        try:
            attach(deaf, PROGRAMS[link_type])
        except OSError as error:
            why = os.strerror(error.errno or 0)
            return _fail(
                f"the kernel does not take the filter: {why}",
                "let the unit permit setsockopt: systemctl cat store-edge",
            )
    return _ok("the kernel takes the filter for probe requests")


def _of_channels(name: str) -> Iterator[Finding]:
    if not has(Right.CAP_NET_ADMIN):
        remedy = channel_remedy(name)
        yield _fail("this process may not set channels: it lacks CAP_NET_ADMIN", remedy)
    if find_iw() is None:
        yield _fail("channels are set with iw, which is not installed", INSTALL_REMEDY)


def _ok(what: str) -> Finding:
    return Finding(level=Level.OK, what=what)


def _fail(what: str, remedy: str) -> Finding:
    return Finding(level=Level.FAIL, what=what, remedy=remedy)
