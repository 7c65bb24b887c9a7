"""What a report can be about: the numbers and levels of WCAG 2.0, 2.1 and 2.2, of the Revised 508 Standards, and OpenACR's catalogs.

WCAG 2.0 (W3C, 11 Dec 2008), 2.1 (5 Jun 2018), 2.2 (5 Oct 2023, which removes 4.1.1); 36 CFR 1194, Appendix C (18 Jan 2017).
Catalogs: GSA/openacr, `catalog/`, of 12 Mar 2024. Numbers only: the titles are the standards' own.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

LEVELS: Mapping[str, str] = {"success_criteria_level_a": "A", "success_criteria_level_aa": "AA", "success_criteria_level_aaa": "AAA"}
"""Chapter → its WCAG level."""

_WCAG_20 = {
    "A": "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 2.4.3 2.4.4 "
         "3.1.1 3.2.1 3.2.2 3.3.1 3.3.2 4.1.1 4.1.2",
    "AA": "1.2.4 1.2.5 1.4.3 1.4.4 1.4.5 2.4.5 2.4.6 2.4.7 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4",
    "AAA": "1.2.6 1.2.7 1.2.8 1.2.9 1.4.6 1.4.7 1.4.8 1.4.9 2.1.3 2.2.3 2.2.4 2.2.5 2.3.2 2.4.8 2.4.9 2.4.10 "
           "3.1.3 3.1.4 3.1.5 3.1.6 3.2.5 3.3.5 3.3.6",
}
_NEW_IN_21 = {
    "A": "2.1.4 2.5.1 2.5.2 2.5.3 2.5.4",
    "AA": "1.3.4 1.3.5 1.4.10 1.4.11 1.4.12 1.4.13 4.1.3",
    "AAA": "1.3.6 2.2.6 2.3.3 2.5.5 2.5.6",
}
_NEW_IN_22 = {"A": "3.2.6 3.3.7", "AA": "2.4.11 2.5.7 2.5.8 3.3.8", "AAA": "2.4.12 2.4.13 3.3.9"}
PARSING = "4.1.1"
"""The criterion that WCAG 2.2 removed: its catalogs still list it, and it is never asked for there."""


def _levels(*editions: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    return {level: frozenset(number for edition in editions for number in edition[level].split()) for level in ("A", "AA", "AAA")}


WCAG: Mapping[str, Mapping[str, frozenset[str]]] = {
    "2.0": _levels(_WCAG_20), "2.1": _levels(_WCAG_20, _NEW_IN_21), "2.2": _levels(_WCAG_20, _NEW_IN_21, _NEW_IN_22),
}
"""Version → level → criteria; 2.2 with 4.1.1, as its catalogs list it."""

_SECTION_508 = {
    "functional_performance_criteria": "302.1 302.2 302.3 302.4 302.5 302.6 302.7 302.8 302.9",
    "hardware": (
        "402.2.1 402.2.2 402.2.3 402.2.4 402.2.5 402.3.1 402.3.2 402.4 402.5 403.1 404.1 405.1 406.1 407.2 407.3.1 407.3.2 407.3.3 "
        "407.4 407.5 407.6 407.7 407.8.1 407.8.1.1 407.8.1.2 407.8.2 407.8.2.1 407.8.2.2 407.8.3 407.8.3.1 407.8.3.2 407.8.3.2.1 "
        "407.8.3.2.2 408.2 408.3 409.1 410.1 411.1 412.2.1 412.2.2 412.3.1 412.3.2 412.4 412.5 412.6 412.7 412.8.1 412.8.2 412.8.3 "
        "412.8.4 413.1.1 413.1.2 414.1.1 414.1.2 415.1.1 415.1.2"
    ),
    "software": (
        "502.2.1 502.2.2 502.3.1 502.3.2 502.3.3 502.3.4 502.3.5 502.3.6 502.3.7 502.3.8 502.3.9 502.3.10 502.3.11 502.3.12 502.3.13 "
        "502.3.14 502.4 503.2 503.3 503.4.1 503.4.2 504.2 504.2.1 504.2.2 504.3 504.4"
    ),
    "support_documentation_and_services": "602.2 602.3 602.4 603.2 603.3",
}
SECTION_508: Mapping[str, frozenset[str]] = {chapter: frozenset(numbers.split()) for chapter, numbers in _SECTION_508.items()}
"""Chapter → its numbers."""

EUROPEAN = "en_301_549_"
"""How the chapters of EN 301 549 begin; their numbers are not listed here."""

COMPONENTS = ("web", "electronic-docs", "software", "authoring-tool", "none")
ADHERENCE = ("supports", "partially-supports", "does-not-support", "not-applicable", "not-evaluated")


class Catalog(NamedTuple):
    """An edition of the form: its WCAG version, and whether it asks for the 508 and the European chapters."""

    wcag: str
    section_508: bool = False
    european: bool = False

    def criteria(self) -> Mapping[str, frozenset[str]]:
        """Return chapter → the numbers that it may hold; European chapters are left out."""
        return {chapter: WCAG[self.wcag][level] for chapter, level in LEVELS.items()} | (dict(SECTION_508) if self.section_508 else {})

    def asked(self, chapter: str) -> frozenset[str]:
        """Return the numbers that a chapter must hold: all but 4.1.1 under WCAG 2.2."""
        return self.criteria().get(chapter, frozenset()) - ({PARSING} if self.wcag == "2.2" else set())


CATALOGS: Mapping[str, Catalog] = {
    "2.4-edition-wcag-2.0-508-en": Catalog("2.0", section_508=True),
    "2.4-edition-wcag-2.1-en": Catalog("2.1"),
    "2.4-edition-wcag-2.1-508-en": Catalog("2.1", section_508=True),
    "2.4-edition-wcag-2.1-508-eu-en": Catalog("2.1", section_508=True, european=True),
    "2.5-edition-wcag-2.0-508-en": Catalog("2.0", section_508=True),
    "2.5-edition-wcag-2.1-508-en": Catalog("2.1", section_508=True),
    "2.5-edition-wcag-2.2-en": Catalog("2.2"),
    "2.5-edition-wcag-2.2-508-en": Catalog("2.2", section_508=True),
    "2.5-edition-wcag-2.2-508-eu-en": Catalog("2.2", section_508=True, european=True),
}


def inferred(numbers: Collection[str], *, european: bool) -> str:
    """Return the catalog that knows most of a report's criteria; of several the smallest, then the latest edition."""
    def fit(name: str) -> tuple[int, bool, int, str]:
        known = frozenset().union(*CATALOGS[name].criteria().values())
        return len(known & set(numbers)), CATALOGS[name].european == european, -len(known), name

    return max(CATALOGS, key=fit)
