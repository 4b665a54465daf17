"""This is where it is said which texts a language needs, so that a notice can be written in it."""

import msgspec


class NoticeWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The texts of one language; `{days}` and the like stand for figures of the settings."""

    name: str
    """The language's name in itself."""
    title: str
    lead: str
    """What the sign says first, in one sentence."""
    sensing_title: str
    purposes_title: str
    purposes_none: str
    """Where no purpose is permitted: nobody is recognised."""
    terms_title: str
    term_visits: str
    term_templates: str
    term_audit: str
    rights_title: str
    rights: str
    optouts_title: str
    contact_title: str
    controller: str
    contact: str
    more: str
    """Beside the code that leads to the whole notice."""
    version: str
    paused: str
    """Where all sensing but door counters is switched off."""
    sensing: dict[str, str]
    """By what a source senses; `other` holds for drivers that are not known here."""
    purposes: dict[str, str]
    """By purpose."""
    optouts: dict[str, str]
    """By opt-out."""
