"""Every page of the site. A tool's page needs its whole listing and is made as the listings pass by; all others need light rows only."""

from collections.abc import Iterable, Iterator

from audit.records.listings import Listing, Publisher
from audit.records.merged import Merged
from audit.registry.site.drawing import FOLDER, draw, key_of
from audit.registry.site.facets import facet_counts
from audit.registry.site.indexes import az_pages, shelf_pages, word_pages
from audit.registry.site.measured import parts_of
from audit.registry.site.names import check_language, named
from audit.registry.site.overview import one_of_each
from audit.registry.site.page import Page
from audit.registry.site.rows import Row, row_of
from audit.registry.site.side_by_side import compare_pages
from audit.registry.site.together import Together, read_merged, together_of
from audit.registry.site.tools import View, coverage_words, in_full, replied_to, signatures, verdict, view_of

__all__ = ["Page", "Row", "list_pages", "pages", "read_merged", "row_of", "tool_page"]

_ASSETS = ("site.css", "search.js")


def pages(listings: Iterable[Listing], publisher: Publisher, as_of: str) -> Iterator[Page]:
    """Yield every page of the site: the tools' own as the listings come, then the lists, then the style sheet and the script.

    Raises RegistryError: the site's words are not written in the publisher's language.
    """
    rows = []
    for listing in listings:
        yield tool_page(listing, publisher, as_of)
        rows.append(row_of(listing, as_of))
    yield from list_pages(rows, publisher, as_of)


def tool_page(listing: Listing, publisher: Publisher, as_of: str, merged: Merged | None = None) -> Page:
    """Return the page of one tool as of a day. merged: what `listing.merged` holds (`read_merged`). Raises RegistryError as `pages` does."""
    check_language(publisher.language)
    row, view, together = row_of(listing, as_of), view_of(listing, as_of), together_of(merged, listing, publisher.small)
    path = f"tools/{row.place}/index.html"
    return Page(path, lambda: _tool(path, listing, row, view, together, publisher), key_of("tool", listing, row, sorted(view.passed), together, publisher))


def list_pages(rows: Iterable[Row], publisher: Publisher, as_of: str) -> Iterator[Page]:
    """Yield all pages but the tools' own, in whatever order the rows come. Raises RegistryError as `pages` does."""
    check_language(publisher.language)
    ordered = sorted(rows, key=lambda row: row.order)
    counted = facet_counts(ordered, as_of)
    yield from one_of_each(ordered, counted, publisher, as_of)
    yield from az_pages(ordered, publisher)
    yield from shelf_pages(counted, publisher)
    yield from word_pages(ordered, publisher)
    yield from compare_pages(next((own for facet, own in counted if facet.key == "use"), ()), publisher)
    for name in _ASSETS:
        path = FOLDER / "assets" / name
        yield Page(f"assets/{name}", lambda path=path: path.read_text(encoding="utf-8"), key_of("asset", name))  # type: ignore[misc]


def _tool(path: str, listing: Listing, row: Row, view: View, together: Together | None, publisher: Publisher) -> str:
    audit, entry = view.audit, view.entry
    conditions = entry.conditions if entry and entry.status == listing.status else ()
    return draw(
        "tool", path, named(listing.record.name), publisher, listing=listing, row=row, view=view, together=together, conditions=conditions,
        measured=parts_of(audit.measured) if audit else (), signed={one.digest: signatures(one) for one in listing.audits}, toc=_toc(listing, view, conditions), covers=_covers(view),
        about=lambda reply: replied_to(reply, listing.audits), full=in_full, coverage=coverage_words, verdict=verdict,
    )


def _covers(view: View) -> str:
    return "What the decision covers" if view.decided else "What is looked at"


def _toc(listing: Listing, view: View, conditions: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return what stands on a tool's page: (id, heading)."""
    audit = view.audit
    every = [
        ("scope", _covers(view), True), ("conditions", "Conditions", bool(conditions or (audit and audit.conditions))),
        ("findings", "What the evidence supports", audit is not None), ("indicators", "Five indicators", audit is not None),
        ("measured", "Measured differences", audit is not None), ("limits", "What this does not show", True),
        ("agreements", "Agreements on student data", bool(listing.record.agreements)), ("papers", "Documents that run out", bool(audit and audit.expiries)),
        ("audits", "The audits", bool(listing.audits)), ("history", "History of decisions", True), ("replies", "The vendor's reply", True),
        ("corrections", "Corrections", True), ("object", "How to object", True),
    ]
    return [(id, words) for id, words, there in every if there]
