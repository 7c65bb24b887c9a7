"""A folder of audits → the site of the list: the listings pass by once, in bounded memory, and everything is drawn from them; what did not change is not written."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec
from msgspec import Struct

from audit.bundles import TrustedKey
from audit.errors import RegistryError
from audit.records.listings import AuditSummary, Listing
from audit.records.merged import Merged
from audit.registry.lists import Registry, open_registry
from audit.registry.site.badges import Badge, badge_svg
from audit.registry.site.drawers import Drawers
from audit.registry.site.feed import Changes
from audit.registry.site.machines import CSV_HEAD, JSON_END, csv_cells, csv_line, json_head, json_tool, published
from audit.registry.site.names import place
from audit.registry.site.output import Output, open_site
from audit.registry.site.pages import Row, list_pages, read_merged, row_of, tool_page
from audit.registry.site.rows import decided
from audit.registry.site.searching import search_data
from audit.registry.site.sitemap import sitemaps
from audit.registry.statuses import read_statuses
from audit.wording import one_line

Watch = Callable[[int, int], None]
"""Told how many tools of how many have been drawn."""


class Published(Struct, frozen=True):
    """What a build came to. written, unchanged, removed: files of the site; problems: what could not be listed, and histories that the policy does not know, a line each that names the file."""

    site: str
    as_of: str
    tools: int
    audits: int
    written: int
    unchanged: int
    removed: int
    problems: tuple[str, ...]


def publish_site(
    folder: Path, out: Path, today: date, trusted: Sequence[TrustedKey] = (), index: str | None = None, *, verify: bool = False, watch: Watch | None = None,
) -> Published:
    """Publish a folder of audits as a site, as of a day; the same folder and day give the same bytes. All of the site is in place afterwards, or none of it has changed.

    trusted: whose signatures count; index: where to remember what was read (SQLAlchemy's URL); verify: recompute every number of each audit first.
    Raises RegistryError: a folder that is no list, a site's folder that holds something else or is in use, a disk that is full.
    """
    _check_apart(folder, out)
    with open_site(out) as output, open_registry(folder, today, trusted, index, verify=verify) as registry:
        drawing = _Drawing(registry, output)
        rows = list(drawing.tools(watch))
        drawing.lists(rows)
        change = output.settle()
        return Published(out.as_posix(), registry.as_of, len(rows), sum(row.audits for row in rows), *change, problems=tuple(sorted((*registry.problems, *drawing.problems))))


class _Drawing:
    """One build: the tools' own files while the listings pass by, then what needs to know all of them."""

    def __init__(self, registry: Registry, output: Output) -> None:
        self._registry, self._output = registry, output
        self._publisher, self._as_of = registry.publisher, registry.as_of
        self._changes = Changes(registry.publisher, registry.as_of)
        self.problems: list[str] = []

    def tools(self, watch: Watch | None) -> Iterator[Row]:
        """Draw every tool's page, badge and line in the files for programs; yield its row."""
        put = self._output.put
        with self._output.pour("tools.json") as to_json, self._output.pour("tools.csv") as to_csv, Drawers(self._publisher, self._as_of, put) as drawers:
            to_json(json_head(self._publisher, self._as_of))
            to_csv(CSV_HEAD)
            for number, listing in enumerate(self._registry.listings()):
                tool = published(listing, self._publisher, self._as_of, self._passed_on)
                to_json((b",\n" if number else b"") + json_tool(tool))
                to_csv(csv_line(csv_cells(tool, self._as_of)))
                self._changes.see(listing)
                self._of_one(listing, drawers)
                if watch is not None:
                    watch(number + 1, len(self._registry.tools))
                yield row_of(listing, self._as_of)
            to_json(JSON_END)

    def _of_one(self, listing: Listing, drawers: Drawers) -> None:
        merged = self._merged(listing)
        page = tool_page(listing, self._publisher, self._as_of, merged)
        if not self._output.is_known(page.path, page.key):
            drawers.draw(listing, merged, page.key)
        self._output.put(f"badges/{place(listing.record.id)}.svg", badge_svg(_badge(listing, self._as_of), self._publisher))
        for audit in listing.audits:
            path = self._passed_on(audit)
            if path and path not in self._output.files:
                self._output.copy(path, self._registry.folder / audit.file)

    def _merged(self, listing: Listing) -> Merged | None:
        """What several audits show together; a file that cannot be read is a problem, and the tool's page stands without it."""
        try:
            return read_merged(self._registry.folder, listing)
        except RegistryError as bad:
            self.problems.append(f"{one_line(listing.merged, 400)}: {one_line(bad.what, 400)}.")
            return None

    def _passed_on(self, audit: AuditSummary) -> str:
        """Where a bundle lies in the site. A run folder is never passed on: nobody has decided what of it may be seen."""
        return f"audits/{audit.digest}.audit.zip" if audit.kind == "bundle" and self._publisher.pass_on_bundles else ""

    def lists(self, rows: Sequence[Row]) -> None:
        """Draw the pages of many tools, what the search reads, the feed and the sitemap."""
        for page in list_pages(rows, self._publisher, self._as_of):
            if not self._output.is_known(page.path, page.key):
                self._output.put(page.path, page.make().encode(), page.key)
        found = search_data(sorted(rows, key=lambda row: row.order), self._as_of)
        self._output.put("assets/search.json", msgspec.json.encode(found))
        self._output.put("feed.atom", self._changes.feed())
        for path, raw in sitemaps(sorted(path for path in self._output.files if path.endswith(".html")), self._publisher):
            self._output.put(path, raw)


def _badge(listing: Listing, as_of: str) -> Badge:
    last = decided(listing, as_of)
    until = last.until if last and last.status == listing.status else ""
    return Badge(listing.record.name, listing.status, read_statuses().meaning(listing.status).title, listing.status_since, until)


def _check_apart(folder: Path, out: Path) -> None:
    """Raise RegistryError where the site would lie around the list, or be it."""
    if folder.resolve().is_relative_to(out.resolve()):
        raise RegistryError("the list itself lies in that folder", where=str(out), fix="Name another folder for the site.")
