"""A page from a template: every text is escaped and cleaned; no script or style stands in a page, so that a strict content security policy fits."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from audit import __version__
from audit.library import shipped
from audit.records.listings import Publisher
from audit.registry.site.addresses import mailbox, web_address
from audit.registry.site.facets import funding_words
from audit.registry.site.names import (
    SIGNS,
    TONES,
    bundle_name,
    data_words,
    date_words,
    grade_words,
    grades_of,
    is_date,
    language_tag,
    language_words,
    listed,
    named,
    role_words,
    slug,
    use_words,
)
from audit.registry.site.rows import Line, Row, line_of
from audit.registry.statuses import Meaning, read_statuses
from audit.report.documents.parts import status_name
from audit.report.drawing import sign, tone
from audit.report.words import Words
from audit.wording import safe

FOLDER = Path(__file__).parent
NAV = (
    ("index.html", "Home"), ("tools/index.html", "All tools"), ("by/index.html", "Browse"), ("compare/index.html", "Compare"),
    ("methods.html", "How we decide"), ("changes.html", "Changes"),
)


@lru_cache
def edition() -> str:
    """Return what identifies the code, templates and words that pages are drawn with: a change of any of them makes every page anew."""
    files = [*sorted(p for p in FOLDER.rglob("*") if p.suffix in (".py", ".j2", ".css", ".js")), shipped("checklists") / "statuses.toml"]
    parts = [__version__.encode(), *(part for path in files for part in (path.name.encode(), path.read_bytes()))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def key_of(*parts: Any) -> str:
    """Return a digest of what a page is made from, the edition of its templates included."""
    return hashlib.sha256(edition().encode() + msgspec.json.encode(parts)).hexdigest()[:32]


def draw(template: str, path: str, title: str, publisher: Publisher, **values: Any) -> str:
    """Return the page at `path`. Its links lead to other files of the site from where it stands, so a site works in any folder and from a disk."""
    head = {"path": path, "root": "../" * path.count("/"), "title": title, "publisher": publisher, "nav": NAV}
    return _environment().get_template(f"{template}.html.j2").render(**head, **values)


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("audit.registry.site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_clean,
    )
    environment.filters |= {
        "sign": lambda status: SIGNS.get(status, "○"), "tone": lambda status: TONES.get(status, "blue"), "outcome_sign": sign, "outcome_tone": tone,
        "meaning": _meaning, "role": role_words, "use": use_words, "funding": funding_words, "data": data_words, "language_name": language_words, "grades": grades_of, "grade": grade_words, "date": date_words,
        "named": named, "web": web_address, "listed": listed, "lang": language_tag, "slug": slug, "file": bundle_name, "decision": lambda kind: status_name(kind, Words("en")),
        "mailbox": mailbox, "item": _item, "lines": lambda text: text.replace("\r\n", "\n").replace("\r", "\n"),
    }
    environment.tests |= {"date": is_date}
    return environment


def _clean(value: Any) -> Any:
    """Make a text safe for a page: no control characters, no direction overrides. Most texts are plain, and are told so fast."""
    if type(value) is not str or (value.isascii() and value.isprintable()):
        return value
    return safe(value)


@lru_cache
def _meaning(status: str) -> Meaning:
    return read_statuses().meaning(status)


def _item(row: Row, root: str) -> Any:
    """Return a tool as lists show it: the same in many lists, so it is drawn once for each depth of folders."""
    return _drawn_item(line_of(row), root)


@lru_cache(maxsize=20_000)
def _drawn_item(line: Line, root: str) -> Any:
    module: Any = _environment().get_template("parts.html.j2").module
    return module.tool(line, root)
