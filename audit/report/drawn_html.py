"""A document as one self-contained HTML page: no script runs, nothing is fetched, and it prints."""

import re
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from audit.report.blocks import Document
from audit.report.drawing import anchors, is_web, language, prepared, sign, tone
from audit.report.pictures.svg import PICTURE_CSS
from audit.report.words import Words
from audit.wording import safe

_FOLDER = Path(__file__).parent / "templates"
_SURROGATES = re.compile("[\ud800-\udfff]")
_IN_DATA = re.compile("[<>&\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def html_of(document: Document, w: Words) -> str:
    """Return the page. Every text is escaped; only the pictures' SVG, which we make, is not.

    w: the language of the page's own words (its skip link, steps of ladders). The data stand in `<script type="application/json" id="data">`,
    which no browser runs; `<` is escaped in them, so nothing in them can end the element.
    """
    ready, numbers = prepared(document), count(1)
    return _environment().get_template("document.html.j2").render(
        document=ready, w=w, css=Markup(_css()), data=Markup(_data(document.data)) if document.data is not None else "",  # noqa: S704 - our file; escaped
        places=frozenset(anchors((*ready.blocks, *ready.footer))), number=lambda: next(numbers),
    )


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("audit.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: _clean(value) if type(value) is str else value,
    )
    environment.filters |= {
        "kind": lambda value: type(value).__name__, "sign": sign, "tone": tone, "drawn": lambda svg: Markup(_clean(svg)),  # noqa: S704 - made by `pictures`
    }
    environment.tests |= {"web": is_web, "language": lambda tag: bool(language(tag)[0])}
    return environment


@lru_cache
def _css() -> str:
    return (_FOLDER / "document.css").read_text(encoding="utf-8") + PICTURE_CSS


def _clean(text: str) -> str:
    """Make a text safe for a page: no control characters, no direction overrides, no halves of characters."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", safe(text))


def _data(data: Any) -> str:
    """Return JSON that can neither end its element nor carry a control character onto the page; it parses back to the same."""
    return _IN_DATA.sub(lambda found: f"\\u{ord(found[0]):04x}", msgspec.json.encode(data).decode())
