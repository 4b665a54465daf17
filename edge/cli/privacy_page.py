"""This is where the rules' statement becomes one HTML page that needs nothing from outside."""

from html import escape
from typing import TYPE_CHECKING, Final

from edge.cli.html_page import html_page

if TYPE_CHECKING:
    from edge.daemon.verify.ruling import Ruling
    from edge.daemon.verify.statement import Statement

MARKS: Final = {
    "holds": "✔",
    "does not hold": "✘",
    "not seen": "?",
    "not applicable here": "·",
}


def make_page(said: "Statement") -> str:
    """Put the page together; the same statement gives the same text."""
    rows = "".join(_row(one) for one in said.rulings)
    verdict = "Every" if said.proven else "Not every"
    return html_page(
        f"Privacy rules of store {said.store}",
        said.at,
        head=f"<p>{verdict} rule that applies here was looked at and holds.</p>\n",
        main=f"""{_facts(said)}
<section>
<h2>The rules</h2>
<div class="scroll"><table><thead><tr><th scope="col">Rule</th><th scope="col">Outcome</th>
<th scope="col">Evidence</th></tr></thead>
<tbody>
{rows}</tbody></table></div>
</section>
""",
        foot=f"""SHA-256 of the content as <code>edge privacy verify --json</code> gives it, without
<code>digest</code>, keys sorted: <code>{said.digest}</code>. This page names no customer.
Not legal advice.""",
    )


def _facts(said: "Statement") -> str:
    facts = (
        ("Looked at", said.at),
        ("Policy in force", said.policy),
        ("Version", said.version),
        ("Daemon", said.daemon),
    )
    told = "".join(
        f"<div><dt>{name}</dt><dd><small>{escape(value)}</small></dd></div>\n"
        for name, value in facts
    )
    return f"<dl>\n{told}</dl>"


def _row(one: "Ruling") -> str:
    outcome = one.outcome.value
    remedy = f"<br>To do: {escape(one.remedy)}" if one.remedy else ""
    return (
        f"<tr><td>{one.rule}<br>{escape(one.title)}</td><td>{MARKS[outcome]} {outcome}</td>"
        f"<td>{escape(one.evidence)}{remedy}</td></tr>\n"
    )
