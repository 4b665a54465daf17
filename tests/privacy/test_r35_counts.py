"""Published counts carry noise and a threshold, and cost a budget that never comes back."""

import asyncio
import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from edge.cli.main import main
from edge.daemon.auditing import AuditTrail
from edge.daemon.counts import CountsDesk, CountsOrder, bounds, cells_of
from edge.errors import ConfigError
from edge.model.event import Event, FootfallCounted
from edge.model.moment import rfc3339
from edge.model.names import SECOND, DoorName, Instant
from edge.privacy.published import Cell, Release, discrete_laplace, publish
from edge.store import audit, meta
from edge.store.database import Store
from tests.privacy.kit import NOW, SECRET, later

DAY = "2026-03-14"
BERLIN = ZoneInfo("Europe/Berlin")


def drawn(scale: Fraction, count: int) -> list[int]:
    below = random.Random(20261122).randrange
    return [discrete_laplace(scale, below=below) for _ in range(count)]


@pytest.mark.parametrize(
    ("epsilon", "sensitivity", "p95"), [("1", 1, 3), ("0.5", 1, 6), ("1", 4, 12)]
)
def test_r35_the_noise_is_the_discrete_laplace_distribution(
    epsilon: str, sensitivity: int, p95: int
) -> None:
    scale = sensitivity / Fraction(epsilon)
    a = math.exp(-1 / float(scale))
    mean = 2 * a / (1 - a * a)

    noise = drawn(scale, 30_000)

    sizes = sorted(map(abs, noise))
    assert sum(sizes) / len(sizes) == pytest.approx(mean, rel=0.03)
    assert sizes[int(0.95 * len(sizes))] == p95
    assert sum(noise) / len(noise) == pytest.approx(0, abs=5 * float(scale) / 100)
    seen = Counter(noise)
    for x in range(-2, 3):
        wanted = (1 - a) / (1 + a) * a ** abs(x)
        assert seen[x] / len(noise) == pytest.approx(wanted, rel=0.08)


def test_r35_a_scale_that_is_no_whole_number_is_drawn_exactly_too() -> None:
    scale = Fraction(7, 3)
    a = math.exp(-3 / 7)

    sizes = [abs(x) for x in drawn(scale, 20_000)]

    assert sum(sizes) / len(sizes) == pytest.approx(2 * a / (1 - a * a), rel=0.04)


def test_r35_a_figure_under_the_threshold_is_left_out_and_so_is_what_nothing_counted() -> None:
    cells = (
        Cell(hour="h", door="d", entered=1_000, left=0, coverage=1.0),
        Cell(hour="i", door="d", entered=1_000, left=1_000, coverage=0.0),
    )

    made = publish(
        cells,
        store="s",
        day=DAY,
        epsilon=Fraction(1),
        threshold=100,
        below=random.Random(1).randrange,
    )

    first, second = made.figures
    assert first.entered is not None
    assert abs(first.entered - 1_000) < 100
    assert (first.left, second.entered, second.left) == (None, None, None)
    assert (made.contribution, made.scale) == (4, "4")


def counted(at: Instant, entered: int, *, door: str = "main", coverage: float = 1.0) -> Event:
    end = Instant(at + 300 * SECOND)
    data = FootfallCounted(
        door=DoorName(door),
        from_=rfc3339(at),
        to=rfc3339(end),
        in_=entered,
        out=0,
        coverage=coverage,
        calibration=0,
    )
    return Event(at=end, recorded=end, data=data)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-14", 24), ("2026-03-29", 23), ("2026-10-25", 25)]
)
def test_r35_a_day_has_the_hours_that_the_stores_clock_gives_it(day: str, hours: int) -> None:
    start, end = bounds(datetime.fromisoformat(day).date(), BERLIN)
    at = Instant(round(start.timestamp()) * SECOND)

    cells = cells_of([counted(at, 1).data], start, end)  # type: ignore[list-item] # footfall

    assert len(cells) == hours
    assert cells[0].hour == start.isoformat()
    assert cells[0].entered == 1
    assert len({cell.hour for cell in cells}) == hours


def test_r35_intervals_are_added_up_by_hour_and_door_with_their_coverage() -> None:
    start, end = bounds(datetime(2026, 3, 14, tzinfo=UTC).date(), ZoneInfo("UTC"))
    begin = Instant(round(start.timestamp()) * SECOND)
    told = [counted(Instant(begin + n * 300 * SECOND), 2, coverage=0.5) for n in range(13)]
    told += [counted(begin, 7, door="back"), counted(Instant(begin - 300 * SECOND), 99)]

    cells = cells_of([one.data for one in told], start, end)  # type: ignore[misc] # footfall

    by = {(cell.hour[11:13], cell.door): cell for cell in cells}
    assert (by["00", "main"].entered, by["00", "main"].coverage) == (24, 0.5)
    assert (by["01", "main"].entered, by["00", "back"].entered) == (2, 7)
    assert by["05", "back"] == Cell(
        hour="2026-03-14T05:00:00+00:00", door="back", entered=0, left=0, coverage=0.0
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "edge.db") as opened:
        opened.writer.submit(lambda conn: meta.put(conn, "store", "toy-1")).result()
        opened.writer.submit(lambda conn: meta.put(conn, "timezone", "UTC")).result()
        opened.ledger.append([counted(NOW, 50)]).result()
        yield opened


class Desk:
    """A desk a day later, whose chance can be turned."""

    def __init__(self, store: Store, *, at: Instant | None = None) -> None:
        self.store = store
        now = later(86_400) if at is None else at
        self.trail = AuditTrail(store, device_key=SECRET, now=lambda: now)
        self.desk = CountsDesk(store, trail=self.trail, now=lambda: now)

    def ask(self, **order: Any) -> Release:
        return asyncio.run(self.desk.answer(CountsOrder(**{"day": DAY} | order)))


def test_r35_what_was_released_is_the_same_again_and_costs_nothing(store: Store) -> None:
    desk = Desk(store)

    first = desk.ask(epsilon="1")
    store.ledger.append([counted(NOW, 500)]).result()

    assert all(desk.ask(epsilon="1.0") == first for _ in range(5))


def test_r35_a_spent_budget_refuses_and_says_what_can_be_asked(store: Store) -> None:
    desk = Desk(store)
    desk.ask(epsilon="0.5")
    desk.ask(epsilon="0.25", threshold=9)

    with pytest.raises(ConfigError) as refusal:
        desk.ask(epsilon="0.5", threshold=0)

    assert refusal.value.why == "0.25 of 1 is left, and what is spent never comes back"
    assert "--epsilon 0.25" in refusal.value.remedy
    assert desk.ask(epsilon="0.25", threshold=1)
    with pytest.raises(ConfigError) as refusal:
        desk.ask(epsilon="0.001")
    assert refusal.value.remedy.startswith("ask as before")


def test_r35_a_budget_in_thousandths_adds_up_exactly(store: Store) -> None:
    desk = Desk(store)

    for threshold in range(10):
        desk.ask(epsilon="0.1", threshold=threshold)

    with pytest.raises(ConfigError, match="budget is spent"):
        desk.ask(epsilon="0.001")


def test_r35_each_day_has_a_budget_of_its_own(store: Store) -> None:
    desk = Desk(store)

    desk.ask(epsilon="1")

    assert desk.ask(day="2026-03-13", epsilon="1").figures == ()


def test_r35_a_day_that_is_not_over_is_refused_with_the_moment_it_is(store: Store) -> None:
    with pytest.raises(ConfigError) as refusal:
        Desk(store, at=later(3_600)).ask()

    assert "from 2026-03-15T00:00:00+00:00 on" in refusal.value.why


@pytest.mark.parametrize(
    "order",
    [
        {"epsilon": "0"},
        {"epsilon": "-1"},
        {"epsilon": "1.5"},
        {"epsilon": "0.0001"},
        {"epsilon": "1/0"},
        {"epsilon": "nan"},
        {"threshold": -1},
        {"day": "yesterday"},
    ],
)
def test_r35_a_wrong_order_costs_nothing(store: Store, order: dict[str, Any]) -> None:
    desk = Desk(store)

    with pytest.raises(ConfigError):
        desk.ask(**order)

    assert desk.ask(epsilon="1")


def test_r35_a_release_stands_in_the_audit_trail_once(store: Store) -> None:
    desk = Desk(store)
    desk.ask()
    desk.ask()

    reader = store.reader()
    (entry,) = audit.entries(reader)
    reader.close()
    assert entry.what == "counts.published"
    assert json.loads(entry.detail) == {"day": DAY, "epsilon": "1", "threshold": 5}


def edge(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["counts", "publish", *map(str, arguments)])


def test_r35_the_command_writes_csv_and_json_and_refuses_with_an_exit_code(
    store: Store, tmp_path: Path
) -> None:
    store.close()

    csv = edge("--day", DAY, "--state", tmp_path, "--out", tmp_path / "a.csv")
    same = edge("--day", DAY, "--state", tmp_path, "--out", tmp_path / "a.json")
    over = edge("--day", DAY, "--state", tmp_path, "--epsilon", "0.5")
    missing = edge("--day", DAY, "--state", tmp_path / "nowhere")
    lost = edge("--day", DAY, "--state", tmp_path, "--out", tmp_path / "nowhere" / "a.csv")

    assert (csv.exit_code, same.exit_code) == (0, 0), csv.output + same.output
    figures = json.loads((tmp_path / "a.json").read_text())["figures"]
    head, *lines = (tmp_path / "a.csv").read_text().splitlines()
    assert head == "hour,door,entered,left,coverage"
    assert len(lines) == len(figures) == 24
    assert f",{figures[10]['entered']}," in lines[10]
    assert (over.exit_code, missing.exit_code, lost.exit_code) == (78, 78, 78)
    assert "cannot write the figures" in lost.output
    assert timedelta(hours=24) == datetime.fromisoformat(figures[-1]["hour"]) - (
        datetime.fromisoformat(figures[0]["hour"]) - timedelta(hours=1)
    )
