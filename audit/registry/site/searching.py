"""What the search in the browser reads (assets/search.json), and the words by which tools are found without it."""

from collections.abc import Sequence
from typing import Any

from audit.registry.site.facets import facet_counts
from audit.registry.site.names import folded, letter, named
from audit.registry.site.rows import Row

SCHEMA = "edtech-equity-audit/search/1"
_LONGEST_WORD = 40


def search_data(rows: Sequence[Row], as_of: str) -> dict[str, Any]:
    """Return what search.js reads. rows: in order of names.

    {"schema", "facets": [[key, title, [[value, title], …]], …], "tools": [[place, name, vendor, [numbers of its values]], …]}: a value's number is its place
    among the values of all facets, counted from 0. The first number is always that of the status.
    """
    facets: list[list[Any]] = []
    numbers: dict[str, list[int]] = {row.id: [] for row in rows}
    count = 0
    for facet, own in facet_counts(rows, as_of):
        facets.append([facet.key, facet.title, [[shelf.value.key, shelf.value.title] for shelf in own]])
        for shelf in own:
            for row in shelf.rows:
                numbers[row.id].append(count)
            count += 1
    return {"schema": SCHEMA, "facets": facets, "tools": [[row.place, row.name, row.vendor, numbers[row.id]] for row in rows]}


def words_of(row: Row) -> set[str]:
    """Return the words of a tool's name and its vendor's, without case and accents."""
    text = "".join(c if c.isalnum() else " " for c in folded(f"{row.name} {row.vendor}"))
    return {word[:_LONGEST_WORD] for word in text.split()}


def by_word(rows: Sequence[Row]) -> dict[str, dict[str, list[Row]]]:
    """Return letter → word → the tools that have it, all in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        for word in words_of(row):
            found.setdefault(named(word), []).append(row)
    letters: dict[str, dict[str, list[Row]]] = {}
    for word in sorted(found):
        letters.setdefault(letter(word), {})[word] = found[word]
    return {key: letters[key] for key in sorted(letters, key=lambda key: (len(key) > 1, key))}
