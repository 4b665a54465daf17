"""A report is one page that shows what is known, hatches what is not, and names nobody."""

import itertools
import re
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.cli.reporting.health import StateSpan, source_changes, state_spans, watched_share
from edge.cli.reporting.hours import conversion_by_hour, footfall_by_hour
from edge.cli.reporting.page import make_page
from edge.cli.reporting.panels import make_panels
from edge.cli.reporting.presence import (
    CAME,
    MOST_POINTS,
    WENT,
    dwell_classes,
    gaps,
    occupancy_points,
    zone_flow,
)
from edge.cli.reporting.summary import summarise
from edge.cli.reporting.told import standing, tell_visits
from tests.cli.busy_day import busy_day
from tests.cli.tale import OPENING_S, Tale

BERLIN = ZoneInfo("Europe/Berlin")


def page_of(tale: Tale) -> str:
    summary = summarise(tale.rows, BERLIN)
    return make_page("toy-042", summary, panels=make_panels(summary, BERLIN), zone=BERLIN)


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(busy_day())


class Reader(HTMLParser):
    """Notes every tag with its attributes, and whether they are closed in order."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def test_the_same_events_give_the_same_page(page: str) -> None:
    assert page_of(busy_day()) == page


def test_the_page_is_well_formed_and_no_id_is_there_twice(page: str) -> None:
    reader = read(page)

    ids = [found for _, attrs in reader.tags if (found := attrs.get("id"))]
    links = re.findall(r'(?:url\(|href=")#([^")]+)', page)
    assert reader.open == []
    assert len(ids) == len(set(ids))
    assert set(links) <= set(ids)


def test_the_page_asks_for_nothing_from_outside(page: str) -> None:
    reader = read(page)

    loaded = [
        value
        for _, attrs in reader.tags
        for name in ("src", "href", "xlink:href", "action")
        if (value := attrs.get(name)) and not value.startswith("#")
    ]
    assert loaded == []
    assert not {"script", "iframe", "img", "link", "object"} & {tag for tag, _ in reader.tags}
    assert not re.search(r"@import|url\((?!#)", page)


def test_the_page_names_no_customer_visit_or_receipt(page: str) -> None:
    assert "secret" not in page
    assert "v-0000" not in page


def test_every_drawing_says_in_words_what_it_shows(page: str) -> None:
    drawings = [attrs for tag, attrs in read(page).tags if tag == "svg"]

    assert len(drawings) == 7
    assert all(attrs["role"] == "img" for attrs in drawings)
    assert all(len(attrs["aria-label"] or "") > 30 for attrs in drawings)


def test_drawings_take_all_their_colours_from_the_page(page: str) -> None:
    colours = {
        colour
        for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)
        for colour in re.findall(r"(?:fill|stroke): ([^;\"]+)", svg)
    }

    assert "var(--first)" in colours
    assert {colour for colour in colours if colour.startswith("#")} == set()


def test_foreign_text_is_shown_and_not_obeyed(page: str) -> None:
    assert "5 faults in 60 s: &lt;adapter gone&gt;" in page
    assert "<adapter" not in page


def test_the_leads_say_what_the_figures_are(page: str) -> None:
    assert "The busiest hour began at 17:00 with 30 people coming in." in page
    assert "for 1 h 25 min it is not known." in page
    assert "ble-floor watched least, 71.3% of the time." in page


def test_a_ledger_without_sensors_gives_a_page_of_unknowns_without_drawings() -> None:
    tale = Tale()
    tale.estimated(0, people=None)

    page = page_of(tale)

    assert "<svg" not in page
    assert "No door counter was alive in this time" in page
    assert "No estimate of the people inside could be made" in page
    assert page.count("<dd>unknown<") == 4


def test_an_hour_of_dead_counters_has_no_figure_and_an_alive_one_without_people_has_zero() -> None:
    tale = Tale()
    tale.counted(0, come=0, gone=0, length_s=3600)
    tale.counted(3600, come=0, gone=0, coverage=0.0, length_s=3600)

    quiet, dead = footfall_by_hour(tale.rows, BERLIN)

    assert (quiet.hour, quiet.come, quiet.gone) == (10, 0, 0)
    assert (dead.hour, dead.come, dead.gone, dead.coverage) == (11, None, None, 0)


def test_footfall_is_averaged_over_the_days_on_which_the_counters_lived() -> None:
    tale = Tale()
    for day, (come, coverage) in enumerate([(10, 1.0), (20, 1.0), (3, 0.2)]):
        tale.counted(day * 86_400, come=come, gone=1, coverage=coverage, length_s=3600)

    (hour,) = footfall_by_hour(tale.rows, BERLIN)

    assert (hour.come, hour.gone, hour.days) == (15, 1, 2)
    assert hour.coverage == pytest.approx(2.2 / 3)


def test_in_and_out_are_not_confused() -> None:
    tale = Tale()
    tale.counted(0, come=7, gone=2)

    (hour,) = footfall_by_hour(tale.rows, BERLIN)
    totals = summarise(tale.rows, BERLIN).totals

    assert (hour.come, hour.gone) == (7, 2) == (totals.come, totals.gone)


def test_gaps_are_unknown_intervals_and_those_that_nobody_told_of() -> None:
    tale = Tale()
    tale.estimated(0, people=1)
    tale.estimated(300, people=None)
    tale.estimated(900, people=2)

    found = gaps(occupancy_points(tale.rows))

    assert found == (((OPENING_S + 300) * 1000, (OPENING_S + 900) * 1000),)


@given(st.integers(0, 900), st.integers(0, 1800))
def test_a_long_curve_is_thinned_without_losing_its_mean(known: int, unknown: int) -> None:
    tale = Tale()
    for place in range(known):
        tale.estimated(place * 300, people=4)
    for place in range(known, known + unknown):
        tale.estimated(place * 300, people=None)

    points = occupancy_points(tale.rows)

    assert len(points) <= MOST_POINTS
    assert {point.people for point in points} <= {4, None}
    assert all(before.to_ms == after.from_ms for before, after in itertools.pairwise(points))


def test_conversion_of_few_people_is_no_share() -> None:
    tale = Tale()
    for number in range(5):
        tale.started(number, number)
    tale.started(9, 3600, people=4)
    tale.bought(60, receipt="R-1")
    tale.bought(3700, receipt="R-2")

    full, few = conversion_by_hour(
        tale.rows, standing(tell_visits(tale.rows).values()), zone=BERLIN
    )

    assert (full.hour, full.share) == (10, 0.2)
    assert (few.hour, few.people, few.purchases, few.share) == (11, 4, 1, None)


def test_ways_lead_from_the_door_through_the_known_zones_and_out() -> None:
    tale = Tale()
    tale.started(1, 0)
    tale.entered(1, 0, zone="entrance")
    tale.entered(1, 60, zone="unknown")
    tale.entered(1, 90, zone="toys")
    tale.ended(1, 120, duration_s=120)
    tale.started(2, 0)
    tale.entered(2, 0, zone="entrance")
    tale.counted(0, come=2, gone=1)

    flow = zone_flow(tell_visits(tale.rows).values())

    assert flow.places == ("entrance", "toys")
    assert flow.listed() == [(CAME, "entrance", 2), ("entrance", "toys", 1), ("toys", WENT, 1)]


def test_lengths_of_stay_fall_into_the_class_that_begins_at_them() -> None:
    tale = Tale()
    for number, minutes in enumerate((0, 1.99, 2, 89, 90, 600)):
        tale.started(number, 0)
        tale.ended(number, minutes * 60, duration_s=minutes * 60)

    found = {one.label: one.visits for one in dwell_classes(tell_visits(tale.rows).values())}

    assert {label: visits for label, visits in found.items() if visits} == {
        "0-2": 2,
        "2-5": 1,
        "60-90": 1,
        "90+": 2,
    }


def test_a_source_was_before_its_first_change_what_that_change_says() -> None:
    tale = Tale()
    tale.turned(60, source="ap", was="watching", now="deaf")
    tale.turned(90, source="ap", was="deaf", now="watching")
    begin_ms = OPENING_S * 1000

    (spans,) = state_spans(
        source_changes(tale.rows), from_ms=begin_ms, to_ms=begin_ms + 120_000
    ).values()

    assert spans == (
        StateSpan(state="watching", from_ms=begin_ms, to_ms=begin_ms + 60_000),
        StateSpan(state="deaf", from_ms=begin_ms + 60_000, to_ms=begin_ms + 90_000),
        StateSpan(state="watching", from_ms=begin_ms + 90_000, to_ms=begin_ms + 120_000),
    )
    assert watched_share(spans) == pytest.approx(0.75)


def test_few_visits_of_one_way_are_not_told_apart() -> None:
    tale = Tale()
    for number in range(6):
        tale.started(number, 0)
        tale.entered(number, 0, zone="entrance")
    tale.entered(0, 60, zone="toys")
    tale.ended(5, 120, duration_s=120)

    page = page_of(tale)

    assert ">6<" in page
    assert "&lt;5" in page
    assert "fewer than 5" in page
