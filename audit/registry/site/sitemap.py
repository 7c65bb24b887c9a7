"""sitemap.xml: every page of the site for search engines (sitemaps.org): 50,000 addresses a file, an index of files beyond."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from audit.records.listings import Publisher
from audit.registry.site.addresses import Addresses

MOST = 50_000
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemaps(paths: Sequence[str], publisher: Publisher, most: int = MOST) -> Iterator[tuple[str, bytes]]:
    """Yield (path, file): sitemap.xml alone, or as the index of sitemap-1.xml … where there are more pages than a file may hold.

    Nothing where registry.toml names no url: a sitemap holds whole addresses only.
    """
    to = Addresses(publisher)
    if not to.base:
        return
    if len(paths) <= most:
        yield "sitemap.xml", _file("urlset", "url", [to.of(path) for path in paths])
        return
    parts = [f"sitemap-{i + 1}.xml" for i in range(-(-len(paths) // most))]
    for i, part in enumerate(parts):
        yield part, _file("urlset", "url", [to.of(path) for path in paths[i * most:(i + 1) * most]])
    yield "sitemap.xml", _file("sitemapindex", "sitemap", [to.of(part) for part in parts])


def _file(root: str, one: str, addresses: Sequence[str]) -> bytes:
    rows = "".join(f"<{one}><loc>{escape(address)}</loc></{one}>\n" for address in addresses)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_SPACE}">\n{rows}</{root}>\n'.encode()
