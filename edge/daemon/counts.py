"""This is where a day's counts are published from the ledger, once, within the day's budget."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Final, cast
from zoneinfo import ZoneInfo

import msgspec

from edge.daemon.auditing import AuditTrail
from edge.daemon.replay_store import STORE, TIMEZONE
from edge.errors import ConfigError
from edge.model.event import FootfallCounted
from edge.model.names import SECOND, Instant
from edge.privacy.audit import COUNTS_PUBLISHED
from edge.privacy.published import (
    DAY_BUDGET,
    THRESHOLD,
    Below,
    Cell,
    Release,
    decimal,
    publish,
)
from edge.store import budget, meta, reading
from edge.store.database import Store
from edge.store.engine import Connection

FINEST: Final = 1_000
"""Parts of epsilon: a budget in thousandths adds up exactly."""
HOUR: Final = timedelta(hours=1)


class CountsOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which figures are asked for."""

    day: str
    """As 2026-03-14, in the store's own time."""
    epsilon: str = "1"
    """What they may cost of the day's budget: more is nearer to the truth."""
    threshold: int = THRESHOLD
    """A figure below it is left out."""


class CountsDesk:
    """Publishes counts; it belongs to the event loop."""

    def __init__(
        self,
        store: Store,
        *,
        trail: AuditTrail,
        now: Callable[[], Instant],
        below: Below = secrets.randbelow,
    ) -> None:
        self._store = store
        self._trail = trail
        self._now = now
        self._below = below

    async def answer(self, order: CountsOrder) -> Release:
        """Give the figures of a day; those that were released before cost nothing and are the same.

        Raises: ConfigError where the day is not over, its budget is spent, or the order is wrong.
        """
        epsilon = read_epsilon(order)
        store, zone = await asyncio.to_thread(self._whose)
        day = read_day(order.day)
        start, end = bounds(day, zone)
        now = datetime.fromtimestamp(self._now() / SECOND, zone)
        if now < end:
            raise ConfigError(
                "the day is not over",
                where=order.day,
                why=f"its figures can be asked for from {end.isoformat()} on",
                remedy="ask for an earlier day",
            )
        cells = await asyncio.to_thread(self._cells, start, end)
        job = self._release(order, cells, store=store, epsilon=epsilon)
        return await asyncio.shield(asyncio.wrap_future(self._store.writer.submit(job)))

    def _release(
        self, order: CountsOrder, cells: tuple[Cell, ...], *, store: str, epsilon: Fraction
    ) -> Callable[[Connection], Release]:
        """Give the job that releases figures, with their cost: both are kept, or neither."""
        name = f"{decimal(epsilon)}.{order.threshold}"
        entry = self._trail.entry(
            COUNTS_PUBLISHED,
            detail={"day": order.day, "epsilon": decimal(epsilon), "threshold": order.threshold},
        )

        def job(conn: Connection) -> Release:
            kept = budget.release(conn, order.day, order=name)
            if kept is not None:
                return msgspec.json.decode(kept, type=Release)
            left = DAY_BUDGET - budget.spent(conn, order.day)
            if epsilon > left:
                raise spent_out(order.day, left)
            made = publish(
                cells,
                store=store,
                day=order.day,
                epsilon=epsilon,
                threshold=order.threshold,
                below=self._below,
            )
            budget.spend(conn, order.day, epsilon)
            budget.keep_release(conn, order.day, order=name, body=msgspec.json.encode(made))
            entry(conn)
            return made

        return job

    def _whose(self) -> tuple[str, ZoneInfo]:
        reader = self._store.reader()
        try:
            return meta.get(reader, STORE) or "", ZoneInfo(meta.get(reader, TIMEZONE) or "UTC")
        finally:
            reader.close()

    def _cells(self, start: datetime, end: datetime) -> tuple[Cell, ...]:
        reader = self._store.reader()
        try:
            since = Instant(round(start.timestamp()) * SECOND)
            rows = reading.events(reader, types=(FootfallCounted,), since=since)
            # A cast, not a check: the ledger was asked for this type alone.
            return cells_of((cast("FootfallCounted", row.data) for row in rows), start, end)
        finally:
            reader.close()


def read_epsilon(order: CountsOrder) -> Fraction:
    """Read what figures may cost.

    Raises: ConfigError where it is no number above 0, or above the day's budget.
    """
    try:
        epsilon = Fraction(order.epsilon)
    except (ValueError, ZeroDivisionError):
        epsilon = Fraction(0)
    if 0 < epsilon <= DAY_BUDGET and (epsilon * FINEST).denominator == 1 and order.threshold >= 0:
        return epsilon
    raise ConfigError(
        "cannot publish with this noise or threshold",
        why=f"epsilon is {order.epsilon!r:.20}, the threshold {order.threshold}",
        remedy=f"name an epsilon from 0.001 to {decimal(DAY_BUDGET)} in thousandths, "
        "and a threshold from 0 on",
    )


def read_day(text: str) -> date:
    """Read a day.

    Raises: ConfigError.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            "that is no day", why=f"{text!r:.20}", remedy="write it as 2026-03-14"
        ) from error


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the beginning and the end of a day in the store's time; it may have 23 to 25 hours."""
    start = datetime.combine(day, time(), zone)
    return start, datetime.combine(day + timedelta(days=1), time(), zone)


def cells_of(told: Iterable[FootfallCounted], start: datetime, end: datetime) -> tuple[Cell, ...]:
    """Add footfall up to hours: one cell for each hour of the day and each door that told of it."""
    zone = start.tzinfo
    sums: dict[tuple[datetime, str], list[float]] = {}
    doors: set[str] = set()
    for one in told:
        began, ended = datetime.fromisoformat(one.from_), datetime.fromisoformat(one.to)
        if not start <= began < end:
            continue
        doors.add(one.door)
        hour = began.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        cell = sums.setdefault((hour, one.door), [0, 0, 0.0])
        cell[0] += one.in_
        cell[1] += one.out
        cell[2] += one.coverage * (ended - began) / HOUR
    hours = [start.astimezone(UTC) + number * HOUR for number in range(_hours(start, end))]
    empty: list[float] = [0, 0, 0.0]
    return tuple(
        Cell(
            hour=hour.astimezone(zone).isoformat(),
            door=door,
            entered=int(sums.get((hour, door), empty)[0]),
            left=int(sums.get((hour, door), empty)[1]),
            coverage=round(min(1.0, sums.get((hour, door), empty)[2]), 3),
        )
        for hour in hours
        for door in sorted(doors)
    )


def spent_out(day: str, left: Fraction) -> ConfigError:
    """Say that a day's budget does not reach, and what can be asked for instead."""
    rest = f"ask again with --epsilon {decimal(left)}, or " if left > 0 else ""
    return ConfigError(
        "the day's privacy budget is spent",
        where=day,
        why=f"{decimal(left)} of {decimal(DAY_BUDGET)} is left, and what is spent never comes back",
        remedy=f"{rest}ask as before: figures that were released once cost nothing again",
    )


def _hours(start: datetime, end: datetime) -> int:
    return round((end.astimezone(UTC) - start.astimezone(UTC)) / HOUR)
