"""This is where it is looked up whether a source of the Wi-Fi link could listen."""

import asyncio
import os
import socket
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from drivers.wifi_link import control_words as words
from drivers.wifi_link.binding import binding_fault
from drivers.wifi_link.hostapd import control_line
from drivers.wifi_link.options import Address, Told, control_path, listen_address
from drivers.wifi_link.secret import read_secret, secret_path
from edge.driver.contract import Finding, Found, Level
from edge.errors import ConfigError, EdgeError

FOLDERS: Final = (Path("/run/hostapd"), Path("/var/run/hostapd"))
"""Where hostapd's example settings put its control sockets; often one is a link to the other."""

PING_S: Final = 1.5
"""Longest wait for hostapd; a whole check has 2 s."""


async def check_hostapd(told: Told, *, where: str) -> Finding:
    """Say whether hostapd answers."""
    control = control_path(told)
    try:
        async with asyncio.timeout(PING_S):
            async with control_line(control, where=where, on_event=lambda _: None) as line:
                answer = await line.ask(words.PING)
    except TimeoutError:
        restart = "sudo systemctl restart hostapd"
        return Finding(level=Level.FAIL, what=f"{control} does not answer", remedy=restart)
    except EdgeError as fault:
        return failure(fault)
    if answer != words.PONG:
        what = f"{control} is not hostapd's"
        return Finding(level=Level.FAIL, what=what, remedy="compare ctrl_interface in hostapd.conf")
    return Finding(level=Level.OK, what=f"hostapd answers at {control}")


def check_secret(told: Told, environment: Mapping[str, str], *, where: str) -> Iterator[Finding]:
    """Say whether the secret is there, and who may read it besides."""
    try:
        read_secret(told, environment, where=where)
    except ConfigError as fault:
        yield failure(fault)
        return
    if told.secret_file is not None:
        path = secret_path(told, environment)
        if path.stat().st_mode & stat.S_IRWXO:
            yield Finding(
                level=Level.WARN,
                what=f"every user of this machine may read the secret in {path}",
                remedy=f"sudo chmod o= {path}",
            )
            return
    yield Finding(level=Level.OK, what="the secret is there")


def check_address(told: Told, *, where: str) -> Iterator[Finding]:
    """Say whether the address is free, and whether it should be reached from outside."""
    address = listen_address(told)
    is_radius = told.source == "radius"
    try:
        _bind(address, socket.SOCK_DGRAM if is_radius else socket.SOCK_STREAM)
    except OSError as error:
        fault = binding_fault(error, address, where=where)
        yield Finding(
            level=Level.WARN,
            what=f"{fault.what}: {fault.why}, which may be store-edge itself",
            remedy=fault.remedy,
        )
    else:
        yield Finding(level=Level.OK, what=f"{address} is free")
    if not is_radius and not address.is_local:
        yield Finding(
            level=Level.WARN,
            what=f"the webhook at {address} is plain HTTP and can be reached from outside",
            remedy='set listen = "127.0.0.1:8787" and put a web server with TLS in front of it',
        )


def failure(fault: EdgeError) -> Finding:
    """Give the finding for an error."""
    why = f": {fault.why}" if fault.why else ""
    return Finding(level=Level.FAIL, what=f"{fault.what}{why}", remedy=fault.remedy)


def found_sockets(folders: tuple[Path, ...] = FOLDERS) -> tuple[Found, ...]:
    """List the control sockets of hostapd on this machine."""
    sockets = {
        path.resolve()
        for folder in folders
        if _is_listable(folder)
        for path in folder.iterdir()
        if path.is_socket()
    }
    return tuple(
        Found(
            driver="wifi_link",
            what=f"hostapd of {path.name}, at {path}",
            settings=f'[[source]]\nname = "link-{path.name}"\ndriver = "wifi_link"\n'
            f'options = {{ source = "hostapd", control = "{path}" }}\n',
        )
        for path in sorted(sockets)
    )


def _is_listable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)


def _bind(address: Address, kind: socket.SocketKind) -> None:
    """Take an address for a moment."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, kind) as one:
        if kind is socket.SOCK_STREAM:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((address.host, address.port))
