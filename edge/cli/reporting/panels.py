"""This is where each figure of a report gets its sentence, its drawing and its table."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from edge.cli.reporting.bars import (
    draw_conversion,
    draw_dwell,
    draw_flow,
    draw_footfall,
    draw_grades,
)
from edge.cli.reporting.health import state_spans, watched_share
from edge.cli.reporting.hours import FEW
from edge.cli.reporting.presence import gaps
from edge.cli.reporting.summary import ANONYMOUS, Summary
from edge.cli.reporting.timelines import draw_occupancy, draw_sources
from edge.cli.reporting.words import spell_clock, spell_length, spell_moment

GRADES: Final = ("confirmed", "probable", ANONYMOUS)
MOST_CHANGES: Final = 200
"""Rows of the table of changes; the newest are kept."""


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One section of the page."""

    anchor: str
    title: str
    lead: str
    """What there is to see, in a sentence."""
    svg: str = ""
    """Empty where there is nothing to draw."""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    folded: bool = True
    """False where the table is the figure itself."""


def make_panels(summary: Summary, zone: ZoneInfo) -> tuple[Panel, ...]:
    """Draw every section, in the order of reading; times are in the store's zone."""
    return (
        footfall_panel(summary),
        occupancy_panel(summary, zone),
        dwell_panel(summary),
        flow_panel(summary),
        conversion_panel(summary),
        grades_panel(summary),
        sources_panel(summary, zone),
        changes_panel(summary, zone),
    )


def footfall_panel(summary: Summary) -> Panel:
    """Show people in and out by hour."""
    anchor, title, hours = "footfall", "People in and out", summary.footfall
    told = [(hour.come, hour.hour) for hour in hours if hour.come is not None]
    if not told:
        lead = "No door counter was alive in this time, so nobody knows how many people came."
        return Panel(anchor=anchor, title=title, lead=lead)
    most, busiest = max(told)
    days = max(hour.days for hour in hours)
    lead = f"The busiest hour began at {busiest:02d}:00 with {most:.0f} people coming in"
    lead += f", averaged over up to {days} days." if days > 1 else "."
    return Panel(
        anchor=anchor,
        title=title,
        lead=lead,
        svg=draw_footfall(hours, f"Bars of people in and out by hour. {lead}"),
        columns=("hour", "in", "out", "counters alive", "days"),
        rows=tuple(
            (
                f"{hour.hour:02d}:00",
                _number(hour.come),
                _number(hour.gone),
                f"{hour.coverage:.0%}",
                str(hour.days),
            )
            for hour in hours
        ),
    )


def occupancy_panel(summary: Summary, zone: ZoneInfo) -> Panel:
    """Show people inside along time."""
    anchor, title, points = "occupancy", "People inside", summary.occupancy
    known = [point for point in points if point.people is not None]
    if not known:
        lead = "No estimate of the people inside could be made in this time."
        return Panel(anchor=anchor, title=title, lead=lead)
    peak = max(known, key=lambda point: point.people or 0.0)
    unknown_s = sum(to_ms - from_ms for from_ms, to_ms in gaps(points)) / 1000
    lead = f"At most {peak.people:.0f} people were inside, at {spell_clock(peak.from_ms, zone)[:5]}"
    lead += f"; for {spell_length(unknown_s)} it is not known." if unknown_s else "."
    return Panel(
        anchor=anchor,
        title=title,
        lead=lead,
        svg=draw_occupancy(points, f"Curve of people inside with its interval. {lead}", zone=zone),
    )


def dwell_panel(summary: Summary) -> Panel:
    """Show how long visits lasted."""
    anchor, title, classes = "dwell", "Length of stay", summary.dwell
    length_s = summary.totals.median_dwell_s
    if length_s is None:
        return Panel(anchor=anchor, title=title, lead="No visit ended in this time.")
    lead = f"Half of the visits lasted longer than {spell_length(length_s)}."
    return Panel(
        anchor=anchor,
        title=title,
        lead=lead,
        svg=draw_dwell(classes, f"Bars of visits by length. {lead}"),
        columns=("minutes", "visits"),
        rows=tuple((one.label, str(one.visits)) for one in classes),
    )


def flow_panel(summary: Summary) -> Panel:
    """Show the ways between zones."""
    anchor, title, flow = "flow", "Ways between zones", summary.flow
    if not flow.ways:
        return Panel(anchor=anchor, title=title, lead="No visit was followed between zones.")
    before, after, most = max(flow.listed(), key=lambda way: way[2])
    lead = f"The most frequent way was from “{before}” to “{after}”, {_few(most)} times."
    return Panel(
        anchor=anchor,
        title=title,
        lead=lead,
        svg=draw_flow(flow, f"Table of ways from zone to zone, tinted by frequency. {lead}"),
        columns=("from", "to", "visits"),
        rows=tuple((start, end, _few(visits)) for start, end, visits in flow.listed()),
    )


def conversion_panel(summary: Summary) -> Panel:
    """Show purchases by people who came."""
    anchor, title, hours = "conversion", "Purchases by people who came", summary.conversion
    told = [(hour.share, hour.hour) for hour in hours if hour.share is not None]
    if not summary.totals.purchases or not told:
        lead = (
            f"In no hour did {FEW} people or more come."
            if summary.totals.purchases
            else "No purchase was recorded in this time."
        )
        return Panel(anchor=anchor, title=title, lead=lead)
    best, hour = max(told)
    lead = f"The share was highest in the hour from {hour:02d}:00, at {best:.0%}."
    return Panel(
        anchor=anchor,
        title=title,
        lead=lead,
        svg=draw_conversion(hours, f"Bars of purchases by people, by hour. {lead}"),
        columns=("hour", "people", "purchases", "share"),
        rows=tuple(
            (
                f"{one.hour:02d}:00",
                _few(one.people),
                _few(one.purchases),
                "-" if one.share is None else f"{one.share:.0%}",
            )
            for one in hours
        ),
    )


def grades_panel(summary: Summary) -> Panel:
    """Show how many visits were identified, and how surely."""
    anchor, title = "grades", "Recognised customers"
    names = [*GRADES, *sorted(summary.grades.keys() - set(GRADES))]
    grades = [(name, summary.grades[name]) for name in names if summary.grades.get(name)]
    visits = sum(count for _, count in grades)
    if not visits:
        return Panel(anchor=anchor, title=title, lead="There was no visit in this time.")
    share = summary.totals.identified / visits
    lead = f"In {share:.0%} of {visits} visits a consenting customer was recognised."
    return Panel(
        anchor=anchor,
        title=title,
        lead=lead,
        svg=draw_grades(grades, f"Bar of visits by grade of identification. {lead}"),
    )


def sources_panel(summary: Summary, zone: ZoneInfo) -> Panel:
    """Show when which source watched."""
    anchor, title = "sources", "When the sources watched"
    spans = state_spans(summary.changes, from_ms=summary.from_ms, to_ms=summary.to_ms)
    shares = {
        str(source): share
        for source, found in spans.items()
        if (share := watched_share(found)) is not None
    }
    if not shares:
        return Panel(anchor=anchor, title=title, lead="No source told of its health.")
    share, worst = min((share, source) for source, share in shares.items())
    lead = (
        "Every source watched all the time."
        if share == 1
        else f"{worst} watched least, {share:.1%} of the time."
    )
    return Panel(
        anchor=anchor,
        title=title,
        lead=lead,
        svg=draw_sources(spans, f"Timeline of each source's health. {lead}", zone=zone),
        columns=("source", "watched"),
        rows=tuple((source, f"{watched:.1%}") for source, watched in shares.items()),
    )


def changes_panel(summary: Summary, zone: ZoneInfo) -> Panel:
    """List the changes of the sources' health."""
    changes: Sequence[tuple[str, ...]] = [
        (
            spell_moment(change.at_ms, zone),
            change.said.source,
            change.said.from_,
            change.said.to,
            change.said.reason,
            change.said.remedy,
        )
        for change in summary.changes[-MOST_CHANGES:]
    ]
    hidden = len(summary.changes) - len(changes)
    lead = f"{len(summary.changes)} changes of health were told of"
    lead += f"; the oldest {hidden} are left out here." if hidden else "."
    return Panel(
        anchor="changes",
        title="Changes of the sources",
        lead=lead,
        columns=("time", "source", "from", "to", "reason", "remedy"),
        rows=tuple(changes),
        folded=False,
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def _few(count: int) -> str:
    """Write a count; a few people are not told apart."""
    return str(count) if count >= FEW or not count else f"fewer than {FEW}"
