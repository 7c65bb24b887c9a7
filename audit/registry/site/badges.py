"""badges/ID.svg: a tool's status as a picture that a district's or a vendor's own page may show. No script, nothing loaded from elsewhere, no color alone."""

from typing import NamedTuple
from xml.sax.saxutils import escape

from audit.records.listings import Publisher
from audit.registry.site.names import TONES, named
from audit.report.tables import storable

_HEIGHT, _PADDING = 28, 10
_LONGEST_LABEL, _LONGEST_NAME = 40, 80
_LABEL = "#3b3f45"
_COLORS = {"green": "#1a6b2c", "amber": "#8a4b00", "red": "#a11d21", "grey": "#55595f", "": "#274b8f"}
"""White on each of them has a contrast of at least 6:1."""
_FIRST_WIDE = "\u2e80"
"""From here on scripts are written in squares."""
_WIDTHS = {**dict.fromkeys("ijl.,:;'|!", 4.0), **dict.fromkeys("ft()[]/-r I", 5.2), **dict.fromkeys("mwMW@", 12.5)}


class Badge(NamedTuple):
    """What a badge says. title: the status in words; since, until: days, until empty where none is set."""

    name: str
    status: str
    title: str
    since: str
    until: str


def badge_svg(badge: Badge, publisher: Publisher) -> bytes:
    """Return the picture, UTF-8: the list's publisher on the left, the status and its days on the right; a title and a description for those who listen."""
    label = named(publisher.organisation or publisher.title or "Vetted list", _LONGEST_LABEL)
    days = f"until {badge.until}" if badge.until else f"since {badge.since}" if badge.since else ""
    said = f"{badge.title}, {days}" if days else badge.title
    left, right = _width(label), _width(said)
    title = f"{named(badge.name, _LONGEST_NAME)}: {said}"
    about = f"Status on the list of {named(publisher.organisation or publisher.title or 'a publisher that is not named')}{f', since {badge.since}' if badge.since else ''}."
    middle = _HEIGHT / 2 + 4.5
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" viewBox="0 0 {left + right} {_HEIGHT}" role="img">\n'
        f'<title>{_text(title)}</title>\n<desc>{_text(about)}</desc>\n'
        f'<rect width="{left}" height="{_HEIGHT}" fill="{_LABEL}"/>\n'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{_COLORS[TONES.get(badge.status, "")]}"/>\n'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="13">\n'
        f'<text x="{_PADDING}" y="{middle}" textLength="{left - 2 * _PADDING}" lengthAdjust="spacingAndGlyphs">{_text(label)}</text>\n'
        f'<text x="{left + _PADDING}" y="{middle}" textLength="{right - 2 * _PADDING}" lengthAdjust="spacingAndGlyphs" font-weight="bold">{_text(said)}</text>\n'
        "</g>\n</svg>\n"
    ).encode()


def _width(text: str) -> int:
    """About how wide a text is, in px at 13 px; `textLength` makes it exactly that in every font."""
    return round(sum(_WIDTHS.get(c, 13.0 if c >= _FIRST_WIDE else 9.2 if c.isupper() else 8.3) for c in text)) + 2 * _PADDING


def _text(text: str) -> str:
    return escape(storable(text))
