"""This is where a radio is listened to until somebody says that it is enough."""

import asyncio
from functools import partial
from typing import Final

from drivers.wifi_monitor.channels import ChannelPlan
from drivers.wifi_monitor.decode import Decoder
from drivers.wifi_monitor.ear import listening
from drivers.wifi_monitor.intake import BATCH_FRAMES, Intake
from drivers.wifi_monitor.interface import Interface, look, received
from drivers.wifi_monitor.iw import iw
from drivers.wifi_monitor.options import Options
from drivers.wifi_monitor.rights import Right, has
from drivers.wifi_monitor.watch import Watch
from edge.driver.contract import Clock, Tape
from edge.driver.outlet import Outlet
from edge.errors import SourceFault, SourceUnusable

DRAIN_EVERY_S: Final = 0.05
"""Taking frames in batches costs less than half of waking up for each (2026-11-22)."""
NEVER_NS: Final = 1 << 63
INTERFACE_REMEDY: Final = 'add interface = "…" to its options; edge sources discover lists them'


async def listen(
    options: Options, outlet: Outlet, *, clock: Clock, tape: Tape | None = None
) -> None:
    """Take in what the radio hears, until cancelled.

    Raises: SourceFault when the interface is not there, down, away or silent; SourceUnusable when
    the settings or this process's rights do not allow to listen.
    """
    interface = _interface(options)
    plan = _plan(options, interface.name)
    decoder = Decoder(fcs=options.fcs, bad_fcs=options.bad_fcs)
    intake = Intake(decoder, outlet, earliest=0, latest=NEVER_NS)
    count = received(interface.name) or 0
    with listening(interface) as ear:
        watch = Watch(ear, outlet, now=clock.now(), count=count)
        outlet.heard(clock.now(), 0)
        while True:
            await plan.keep(clock.now())
            now = clock.now()
            packets = ear.take(BATCH_FRAMES, now=now)
            if tape is not None:
                for at, _, frame, _ in packets:
                    tape.write(at, frame)
            if packets:
                intake.take(packets, now)
                watch.note(len(packets))
            watch.look(now)
            await asyncio.sleep(DRAIN_EVERY_S if len(packets) < BATCH_FRAMES else 0)


def channel_remedy(name: str) -> str:
    """Say how a channel is set without the daemon having the right to."""
    return (
        "take channels out of its options;"
        f" echo CHANNEL=1 > /etc/store-edge/radio-{name}.env; systemctl restart edge-radio@{name}"
    )


def _interface(options: Options) -> Interface:
    if options.interface is None:
        raise SourceUnusable(
            "cannot listen for probe requests",
            why="the source names no interface",
            remedy=INTERFACE_REMEDY,
        )
    interface = look(options.interface)
    if interface is None:
        raise SourceFault(
            "cannot listen for probe requests",
            where=options.interface,
            why="there is no such interface",
            remedy="look whether the adapter is plugged in; edge sources discover",
        )
    return interface


def _plan(options: Options, name: str) -> ChannelPlan:
    if options.channels and not has(Right.CAP_NET_ADMIN):
        raise SourceUnusable(
            "cannot set the channel of a radio",
            where=name,
            why="this process lacks CAP_NET_ADMIN",
            remedy=channel_remedy(name),
        )
    tune = partial(_tune, name)
    return ChannelPlan(options.channels, dwell_s=options.dwell_s, tune=tune)


async def _tune(name: str, channel: int) -> None:
    await iw("dev", name, "set", "channel", str(channel))
