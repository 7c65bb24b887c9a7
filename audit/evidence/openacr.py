"""OpenACR: an accessibility conformance report in YAML or JSON, schema 0.1.0 with its catalogs (GSA, 12 Mar 2024).

What counts for the scores: at levels A and AA the component `web` of every criterion of the catalog, and `authoring-tool`
as a line of its own for each criterion that gives it (teachers work there). A line is worth: supports 1, partially-supports
0.5, does-not-support 0. not-applicable is left out. A line without a level, not-evaluated at A or AA, and a criterion that
is not there are missing: they count 0 in the scores and lower the coverage, which is told apart from conformance.

    coverage   100 × lines with a level ÷ all lines of A and AA      a_score, aa_score   100 × Σ worth ÷ lines, without not-applicable

4.1.1 is skipped under WCAG 2.2. Of a criterion given twice the first counts. Chapters other than A and AA are never averaged in.
Facts of its own: wcag ("2.1"), components (names used), catalog_given (false: inferred).
"""

import re
from datetime import date, datetime
from typing import Any, NamedTuple

from audit.evidence.openacr_catalog import (
    ADHERENCE,
    CATALOGS,
    COMPONENTS,
    EUROPEAN,
    LEVELS,
    PARSING,
    SECTION_508,
    WCAG,
    Catalog,
    inferred,
)
from audit.evidence.places import Place, Tree, tree_of
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.library import nearest
from audit.wording import one_line

_TEXTS = (
    "report_date", "last_modified_date", "notes", "evaluation_methods_used", "legal_disclaimer", "license", "repository", "feedback", "catalog",
)
_CONTACT = ("name", "company_name", "address", "phone", "website")
_WORTH = {"supports": 1.0, "partially-supports": 0.5, "does-not-support": 0.0}
_NOTED = ("partially-supports", "does-not-support")
_MUST = ("success_criteria_level_a", "success_criteria_level_aa")
_SCORED = ("web", "authoring-tool")
_NUMBER = re.compile(r"\d+(?:\.\d+)+")
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_MOST_NAMED = 8
_SHORTEN = 200


class Line(NamedTuple):
    """One component of one criterion. level: empty where none is given."""

    number: str
    chapter: str
    component: str
    level: str


def recognises(specimen: Specimen) -> bool:
    """Return whether a JSON or YAML file has OpenACR's chapters."""
    tree = specimen.tree
    return isinstance(tree, dict) and isinstance(tree.get("chapters"), dict) and any(name in tree["chapters"] for name in (*LEVELS, *SECTION_508))


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what an OpenACR says, and note what its schema, its catalog and a careful reader object to."""
    tree = tree_of(specimen, problems)
    if not tree.is_kind(tree.value, dict, (), "report"):
        return {}
    facts = _heading(tree) | _dated(tree, specimen.today)
    chapters = tree.member(("chapters",), dict, "chapters", required=True) or {}
    name = _catalog(tree, chapters)
    catalog = CATALOGS[name]
    lines = [line for chapter in chapters for line in _chapter(tree, chapter, catalog)]
    for chapter in catalog.criteria():
        _missing(tree, chapters, chapter, catalog, lines)
    facts |= {"catalog": name, "catalog_given": tree.value.get("catalog") == name, "wcag": catalog.wcag}
    facts["components"] = [one for one in COMPONENTS if any(line.component == one for line in lines)]
    return facts | _scores(catalog, lines)


def _heading(tree: Tree) -> Facts:
    tree.member(("title",), str, "report", required=True)
    tree.member(("version",), int, "report")
    tree.member(("related_openacrs",), list, "report")
    for name in _TEXTS:
        tree.member((name,), str, "report")
    facts: Facts = {}
    if tree.member(("product",), dict, "report", required=True) is not None:
        for name, fact in (("name", "product"), ("version", "product_version"), ("description", "")):
            text = tree.member(("product", name), str, "product", required=name == "name")
            if text and fact:
                facts[fact] = one_line(text, _SHORTEN)
    author, vendor = _contact(tree, "author", required=True), _contact(tree, "vendor", required=False)
    return facts | ({"vendor": one_line(vendor or author, _SHORTEN)} if vendor or author else {})


def _contact(tree: Tree, who: str, *, required: bool) -> str:
    """Return a contact's company, else its name."""
    if tree.member((who,), dict, "report", required=required) is None:
        return ""
    tree.member((who, "email"), str, who, required=True)
    found = {name: tree.member((who, name), str, who) for name in _CONTACT}
    return (found["company_name"] or found["name"] or "").strip()


def _dated(tree: Tree, today: date) -> Facts:
    """Note a report's date that is missing, in the future or old: over 12 months a warning, over 24 an error (HECVAT ITAC-06 asks for 12)."""
    place, text = ("report_date",), tree.value.get("report_date")
    if not isinstance(text, str) or not text.strip():
        if text is None or text == "":
            tree.problems.warning("report_date.missing", tree.where(place), "there is no report_date, so the report's age is not known")
        return {}
    day = _day(text.strip())
    if day is None or text.strip() != day.isoformat():
        how = f"; read as {day.isoformat()}, month first" if day and _US_DATE.fullmatch(text.strip()) else ""
        tree.problems.warning("report_date.form", tree.where(place), f"report_date is not written as 2026-08-31{how}", "Write year-month-day.")
    if day is None:
        return {}
    if day > today:
        tree.problems.warning("report_date.future", tree.where(place), "report_date lies in the future")
    elif _older(day, today, 2):
        tree.problems.error("report_date.age", tree.where(place), "the report is older than 24 months", "Ask for a new report on the version in use.")
    elif _older(day, today, 1):
        tree.problems.warning("report_date.age", tree.where(place), "the report is older than 12 months", "Ask for a new report.")
    return {"issued": day.isoformat()}


def _day(text: str) -> date | None:
    american = _US_DATE.fullmatch(text)
    try:
        if american:
            month, day, year = map(int, american.groups())
            return date(year, month, day)
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _older(day: date, today: date, years: int) -> bool:
    return (today.year - years, today.month, today.day) > (day.year, day.month, day.day)


def _catalog(tree: Tree, chapters: dict[str, Any]) -> str:
    """Return the catalog that is given, else the one that the criteria fit best."""
    given = tree.value.get("catalog")
    if isinstance(given, str) and given in CATALOGS:
        return given
    numbers: set[str] = {
        one["num"] for chapter in chapters.values() if isinstance(chapter, dict) and isinstance(chapter.get("criteria"), list)
        for one in chapter["criteria"] if isinstance(one, dict) and isinstance(one.get("num"), str)
    }
    found = inferred(numbers, european=any(name.startswith(EUROPEAN) for name in chapters))
    if isinstance(given, str) and given.strip():
        tree.problems.error("catalog.unknown", tree.where(("catalog",)), f"no known catalog; held to {found}", nearest(given, CATALOGS))
    else:
        tree.problems.warning(
            "catalog.missing", tree.where(("catalog",)), f"no catalog is named; from its criteria it is held to {found}", f"Write catalog: {found}",
        )
    return found


def _chapter(tree: Tree, chapter: str, catalog: Catalog) -> list[Line]:
    """Return a chapter's lines; none of one that is disabled."""
    place: Place = ("chapters", chapter)
    if not tree.is_kind(tree.value["chapters"][chapter], dict, place, "chapter"):
        return []
    if chapter not in catalog.criteria() and not (catalog.european and chapter.startswith(EUROPEAN)):
        tree.problems.warning("chapter.unknown", tree.where(place), "this chapter is not part of the catalog")
    tree.member((*place, "notes"), str, "chapter")
    disabled = tree.member((*place, "disabled"), bool, "chapter")
    criteria = tree.member((*place, "criteria"), list, "chapter") or []
    if disabled and criteria:
        tree.problems.warning(
            "chapter.disabled", tree.where(place), f"the chapter is disabled and yet holds {len(criteria)} criteria; they are not read",
            "Take `disabled` out, or the criteria.",
        )
    if disabled:
        return []
    seen: set[str] = set()
    lines: list[Line] = []
    for one, at in tree.objects(criteria, (*place, "criteria"), "criterion"):
        number = _number(tree, one, at, chapter, catalog)
        if number is None:
            continue
        if number in seen:
            tree.problems.error("criterion.twice", tree.where(at), f"{number} stands twice in this chapter; the first counts", "Keep one of them.")
            continue
        seen.add(number)
        lines += _components(tree, at, Line(number, chapter, "", ""))
    return lines


def _number(tree: Tree, one: dict[str, Any], at: Place, chapter: str, catalog: Catalog) -> str | None:
    """Return a criterion's number when it is text and known; an unknown one is an error and left out."""
    number: str | None = tree.member((*at, "num"), str, "criterion", required=True)
    known = catalog.criteria().get(chapter)
    if number is None or (known is not None and number in known):
        return number
    where, said = tree.where((*at, "num")), one_line(number, 20) if _NUMBER.fullmatch(number) else "this"
    if known is None:   # a chapter whose numbers are not listed: only their form is known
        if _NUMBER.fullmatch(number):
            return number
        tree.problems.error("criterion.unknown", where, "the number of a criterion must be written as 5.1.2")
    elif any(number in level for level in WCAG[catalog.wcag].values()):
        tree.problems.error("criterion.chapter", where, f"{said} belongs to another level's chapter")
    else:
        tree.problems.error("criterion.unknown", where, f"{said} is no criterion of this chapter in the catalog (WCAG {catalog.wcag})")
    return None


def _components(tree: Tree, at: Place, criterion: Line) -> list[Line]:
    found: dict[str, Line] = {}
    parts = tree.member((*at, "components"), list, "criterion")
    for _, place in tree.objects(parts, (*at, "components"), "component"):
        name = tree.member((*place, "name"), str, "component", required=True)
        if name is None:
            continue
        if name not in COMPONENTS:
            tree.problems.error("component.unknown", tree.where((*place, "name")), "no known component", f"Known: {', '.join(COMPONENTS)}.")
        elif name in found:
            tree.problems.error("component.twice", tree.where(place), f"{name} stands twice in {criterion.number}; the first counts")
        else:
            found[name] = criterion._replace(component=name, level=_level(tree, place, criterion))
    if criterion.chapter in _MUST and "web" not in found:
        tree.problems.error("component.web", tree.where(at), f"{criterion.number} has no component `web`: it counts as missing")
    return list(found.values())


def _level(tree: Tree, place: Place, criterion: Line) -> str:
    """Return a known level, or an empty text: nothing given, or not evaluated where that is not allowed."""
    must = criterion.chapter in _MUST
    note, rule = (tree.problems.error, "level") if must else (tree.problems.warning, "other-level")
    at = (*place, "adherence")
    adherence = tree.member(at, dict, "component")
    level: str | None = tree.member((*at, "level"), str, "adherence") if adherence is not None else None
    if level is None or not level.strip():
        if adherence is None or adherence.get("level", "") == "":
            note(f"{rule}.missing", tree.where((*at, "level")), f"{criterion.number} has no level{': it counts as missing' if must else ''}")
        return ""
    if level not in ADHERENCE:
        tree.problems.error("level.unknown", tree.where((*at, "level")), "no known level", f"Known: {', '.join(ADHERENCE)}.")
        return ""
    if level == "not-evaluated" and criterion.chapter != "success_criteria_level_aaa":
        after = ": it counts as missing" if must else ""
        tree.problems.error("level.not-evaluated", tree.where((*at, "level")), f"not-evaluated is for level AAA only, and stands at {criterion.number}{after}")
        return ""
    text = tree.member((*at, "notes"), str, "adherence")
    if level in _NOTED and not (text or "").strip():
        note(f"{rule}.notes", tree.where(at), f"{criterion.number} is {level} and has no notes", "Say what does not work, for whom, and by when it will.")
    return level


def _missing(tree: Tree, chapters: dict[str, Any], chapter: str, catalog: Catalog, lines: list[Line]) -> None:
    """Note a chapter's criteria that are not there, in one line."""
    place: Place = ("chapters", chapter)
    given = chapters.get(chapter)
    if chapter not in _MUST and isinstance(given, dict) and given.get("disabled") is True:
        return
    absent = catalog.asked(chapter) - {line.number for line in lines if line.chapter == chapter}
    if not absent:
        return
    note = tree.problems.error if chapter in _MUST else tree.problems.warning
    if len(absent) == len(catalog.asked(chapter)):
        fix = "" if chapter in _MUST else "Give its criteria, or write disabled: true and why."
        note("chapter.empty", tree.where(place), f"{chapter} holds no criterion of the catalog that can be read", fix)
        return
    named = sorted(absent, key=_order)
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    note("criterion.missing", tree.where(place), f"{chapter} leaves out {', '.join(named[:_MOST_NAMED])}{more}")


def _scores(catalog: Catalog, lines: list[Line]) -> Facts:
    """Return coverage, scores (0 to 100, one decimal) and blockers, as the head of this file says."""
    facts: Facts = {}
    answered = total = 0
    for chapter, fact in zip(_MUST, ("a_score", "aa_score"), strict=True):
        asked = catalog.asked(chapter)
        told = {(line.number, line.component): line.level for line in lines if line.chapter == chapter and line.component in _SCORED}
        levels = [level for (number, _), level in told.items() if number in asked]
        levels += [""] * sum((number, "web") not in told for number in asked)
        answered, total = answered + sum(level != "" for level in levels), total + len(levels)
        counted = [_WORTH.get(level, 0.0) for level in levels if level != "not-applicable"]
        if counted:
            facts[fact] = round(100 * sum(counted) / len(counted), 1)
    blocking = {
        line.number for line in lines
        if line.chapter in _MUST and line.component in _SCORED and line.level == "does-not-support"
        and not (line.number == PARSING and catalog.wcag == "2.2")
    }
    return facts | {"coverage": 1000 * answered // total / 10, "blockers": sorted(blocking, key=_order)}


def _order(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))
