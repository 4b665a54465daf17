"""This is where an answer becomes one HTML page that needs nothing from outside."""

from html import escape
from typing import Final

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


def html_page(title: str, subject: str, *, head: str, main: str, foot: str) -> str:
    """Put a page together; the same parts give the same text.

    `title` and `subject` are plain words, the other parts are HTML; `subject` stands in the
    window's title alone.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{escape(title)}: {escape(subject)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
{head}</header>
<main>
{main}</main>
<footer>{foot}</footer>
</body>
</html>
"""
