"""This is where a report's panels become one HTML page that needs nothing from outside."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from edge.cli.reporting.panels import Panel
from edge.cli.reporting.summary import Summary, Totals
from edge.cli.reporting.words import spell_length, spell_moment

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""What the page allows itself: its own style, and nothing else."""

STYLE: Final = """
:root { color-scheme: light dark; --paper: #fff; --card: #f6f7f9; --ink: #1a1d21;
  --muted: #5b6470; --line: #d5dae0; --first: #2563a8; --second: #d98324; --third: #2f8f6b;
  --alarm: #c0362c; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --card: #1d2228; --ink: #e7eaee;
  --muted: #9aa5b1; --line: #363e48; --first: #6aa9ec; --second: #e8a657; --third: #58bd95;
  --alarm: #ef7a70; } }
@media print { :root { color-scheme: light; --paper: #fff; --card: #fff; --ink: #000;
  --muted: #444; --line: #bbb; --first: #2563a8; --second: #d98324; --third: #2f8f6b;
  --alarm: #c0362c; }
  section, dl div { break-inside: avoid; } details:not([open]), nav { display: none; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 56rem; padding: 2rem 1.25rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; } h2 { font-size: 1.15rem; margin: 0; }
header p, .lead, footer { color: var(--muted); margin: .25rem 0 0; }
nav { margin: 1rem 0 0; font-size: .875rem; } nav a { color: var(--first); margin-right: .9rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem;
  margin: 1.5rem 0 0; }
dl div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .7rem .9rem; }
dt { color: var(--muted); font-size: .8125rem; } dd { margin: 0; font-size: 1.375rem;
  font-weight: 600; font-variant-numeric: tabular-nums; }
dd small { display: block; font-size: .75rem; font-weight: 400; color: var(--muted); }
section { margin-top: 2.5rem; } figure { margin: .75rem 0 0; }
svg { display: block; width: 100%; height: auto; } svg text { font-family: inherit !important; }
details { margin-top: .5rem; font-size: .875rem; } summary { color: var(--muted); cursor: pointer; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .8125rem;
  margin-top: .5rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0;
  border-bottom: 1px solid var(--line); } th { color: var(--muted); font-weight: 600; }
footer { margin-top: 3rem; font-size: .8125rem; border-top: 1px solid var(--line);
  padding-top: .75rem; }
"""


def make_page(store: str, summary: Summary, *, panels: Sequence[Panel], zone: ZoneInfo) -> str:
    """Put the page together; the same figures give the same text.

    `store` is the store's name as the settings give it.
    """
    title = escape(f"Store {store}")
    period = f"{spell_moment(summary.from_ms, zone)} to {spell_moment(summary.to_ms, zone)}"
    links = "".join(f'<a href="#{panel.anchor}">{escape(panel.title)}</a>\n' for panel in panels)
    sections = "".join(_section(panel) for panel in panels)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{title}: {period}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{period} ({escape(zone.key)})</p>
<nav aria-label="Figures">
{links}</nav>
</header>
<main>
{_totals(summary.totals)}
{sections}</main>
<footer>Made from {summary.events:,} events of the ledger. Hatched times are not known; they are
never counted as zero. This page names no customer, visit or receipt.</footer>
</body>
</html>
"""


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
