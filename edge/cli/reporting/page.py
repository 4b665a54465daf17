"""This is where a report's panels become one HTML page that needs nothing from outside."""

from collections.abc import Iterable, Sequence
from html import escape
from zoneinfo import ZoneInfo

from edge.cli.html_page import html_page
from edge.cli.reporting.panels import Panel
from edge.cli.reporting.summary import Summary, Totals
from edge.cli.reporting.words import spell_length, spell_moment


def make_page(store: str, summary: Summary, *, panels: Sequence[Panel], zone: ZoneInfo) -> str:
    """Put the page together; the same figures give the same text.

    `store` is the store's name as the settings give it.
    """
    title = f"Store {store}"
    period = f"{spell_moment(summary.from_ms, zone)} to {spell_moment(summary.to_ms, zone)}"
    links = "".join(f'<a href="#{panel.anchor}">{escape(panel.title)}</a>\n' for panel in panels)
    sections = "".join(_section(panel) for panel in panels)
    return html_page(
        title,
        period,
        head=f"""<p>{period} ({escape(zone.key)})</p>
<nav aria-label="Figures">
{links}</nav>
""",
        main=f"{_totals(summary.totals)}\n{sections}",
        foot=f"""Made from {summary.events:,} events of the ledger.
Hatched times are not known; they are never counted as zero.
This page names no customer, visit or receipt.""",
    )


def _totals(totals: Totals) -> str:
    cards = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(note)}</small></dd></div>\n"
        for name, value, note in _cards(totals)
    )
    return f"<dl>\n{cards}</dl>"


def _cards(totals: Totals) -> list[tuple[str, str, str]]:
    """Give each figure on top: its name, its value, and what must be known with it."""
    alive = (
        "no door counter told"
        if totals.counter_coverage is None
        else f"counters alive {totals.counter_coverage:.0%}"
    )
    dwell = totals.median_dwell_s
    share = totals.purchases / totals.visits if totals.visits else None
    turnover = ", ".join(f"{total:,.2f} {currency}" for currency, total in totals.turnover.items())
    return [
        ("People in", _count(totals.come), alive),
        ("People out", _count(totals.gone), alive),
        ("People in visits", _count(totals.visits), f"taken back: {totals.taken_back}"),
        ("Visits recognised", _count(totals.identified), "consenting customers only"),
        ("Median stay", "unknown" if dwell is None else spell_length(dwell), "visits that ended"),
        ("Purchases", _count(totals.purchases), turnover or "no receipt"),
        (
            "Purchases by people",
            "unknown" if share is None else f"{share:.0%}",
            "of those in visits",
        ),
    ]


def _section(panel: Panel) -> str:
    figure = f"<figure>{panel.svg}</figure>\n" if panel.svg else ""
    table = _table(panel.columns, panel.rows) if panel.rows else ""
    if table and panel.folded:
        table = f"<details><summary>The figures</summary>{table}</details>\n"
    return f"""<section id="{panel.anchor}" aria-labelledby="{panel.anchor}-title">
<h2 id="{panel.anchor}-title">{escape(panel.title)}</h2>
<p class="lead">{escape(panel.lead)}</p>
{figure}{table}</section>
"""


def _table(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>'
        "</table></div>\n"
    )


def _count(value: int | None) -> str:
    return "unknown" if value is None else f"{value:,}"
