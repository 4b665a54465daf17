"""This is where a notice is laid out for paper: a sign for the door, and the page behind its code.

Each is one self-contained HTML file, without scripts and without anything that is loaded.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from edge.privacy.notice import OTHER, Notice
from edge.privacy.notice_words import NoticeWords

STYLE: Final = """
@page { size: A4; margin: 18mm }
body { font: 12pt/1.45 system-ui, sans-serif; color: #111; background: #fff; max-width: 48rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 2em; margin: 0 0 .2em }
h2 { font-size: 1.15em; margin: 1.2em 0 .2em }
.sign h1 { font-size: 2.6em }
.lead { font-size: 1.3em; margin: .2em 0 .6em }
ul { margin: .2em 0; padding-left: 1.2em }
section + section { border-top: 1px solid #999; margin-top: 1.5em; padding-top: 1.5em }
.code { text-align: center; margin: 1.5em 0 }
.code svg { width: 45mm; height: 45mm }
footer { font-size: .75em; color: #444; margin-top: 2em; overflow-wrap: anywhere }
@media print { body { margin: 0; max-width: none } .page section { break-after: page } }
"""
Languages = Sequence[tuple[str, NoticeWords]]
"""Language and words, in the order in which they are to stand."""


def sign(notice: Notice, languages: Languages, *, version: str, code: str) -> str:
    """Give the sign for the door; `code` is an SVG that leads to the page, or empty."""
    parts = [_short(notice, words, language) for language, words in languages]
    first = languages[0][1]
    if code:
        parts.append(
            f'<div class="code">{code}<p>{escape(first.more)}: {escape(notice.url)}</p></div>'
        )
    return _document(notice, languages, kind="sign", parts=parts, version=version)


def page(notice: Notice, languages: Languages, *, version: str) -> str:
    """Give the whole notice, one part for each language."""
    parts = [_whole(notice, words, language) for language, words in languages]
    return _document(notice, languages, kind="page", parts=parts, version=version)


def _document(
    notice: Notice, languages: Languages, *, kind: str, parts: Sequence[str], version: str
) -> str:
    language, words = languages[0]
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(words.title)}: {escape(notice.store)}</title>\n"
        f"<style>{STYLE}</style>\n</head>\n"
        f'<body class="{kind}">\n{"".join(parts)}'
        f"<footer>{escape(notice.store)}. {escape(words.version)}: {version}</footer>\n"
        "</body>\n</html>\n"
    )


def _short(notice: Notice, words: NoticeWords, language: str) -> str:
    """Give what the door says: what, what for, whom to ask, how to get out of it."""
    return _section(
        language,
        f"<h1>{escape(words.title)}</h1>\n",
        f'<p class="lead">{escape(words.lead)}</p>\n',
        _paused(notice, words),
        _list(words.sensing_title, _sensing(notice, words)),
        _purposes(notice, words),
        _list(words.optouts_title, _optouts(notice, words)),
        _contact(notice, words),
    )


def _whole(notice: Notice, words: NoticeWords, language: str) -> str:
    return _section(
        language,
        f"<h1>{escape(words.title)}</h1>\n",
        f'<p class="lead">{escape(words.lead)}</p>\n',
        _paused(notice, words),
        _contact(notice, words),
        _list(words.sensing_title, _sensing(notice, words)),
        _purposes(notice, words),
        _list(words.terms_title, _terms(notice, words)),
        _list(words.rights_title, [words.rights]),
        _list(words.optouts_title, _optouts(notice, words)),
    )


def _section(language: str, *parts: str) -> str:
    return f'<section lang="{language}">\n{"".join(parts)}</section>\n'


def _list(title: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>\n" for line in lines)
    return f"<h2>{escape(title)}</h2>\n<ul>\n{items}</ul>\n"


def _paused(notice: Notice, words: NoticeWords) -> str:
    return f"<p><strong>{escape(words.paused)}</strong></p>\n" if notice.paused else ""


def _sensing(notice: Notice, words: NoticeWords) -> list[str]:
    told = []
    for kind in notice.sensing:
        known, _, driver = kind.partition(":")
        told.append(_filled(words.sensing[known or OTHER], {"driver": driver}))
    return told


def _purposes(notice: Notice, words: NoticeWords) -> str:
    told = [words.purposes[purpose] for purpose in notice.purposes]
    return _list(words.purposes_title, told) if told else f"<p>{escape(words.purposes_none)}</p>\n"


def _terms(notice: Notice, words: NoticeWords) -> list[str]:
    told = [_filled(words.term_visits, {"days": str(notice.visits_d)})]
    if notice.templates_d:
        told.append(_filled(words.term_templates, {"days": str(notice.templates_d)}))
    return [*told, _filled(words.term_audit, {"days": str(notice.audit_d)})]


def _optouts(notice: Notice, words: NoticeWords) -> list[str]:
    figures = {"seconds": str(notice.quiet_s)}
    return [_filled(words.optouts[one], figures) for one in notice.optouts]


def _contact(notice: Notice, words: NoticeWords) -> str:
    lines = [
        _filled(words.controller, {"controller": notice.controller}),
        _filled(words.contact, {"contact": notice.contact}),
    ]
    return _list(words.contact_title, lines)


def _filled(text: str, figures: Mapping[str, str]) -> str:
    """Put figures into a text; only these names are replaced, whatever else stands there."""
    for name, figure in figures.items():
        text = text.replace(f"{{{name}}}", figure)
    return text
