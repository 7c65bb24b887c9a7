"""scorecard.html: one self-contained page, readable by a board member, without scripts."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from audit.records import Disparity, Finding, FixtureSet, GroupValue, Scorecard, TextDifference
from audit.report.picture import Picture, picture
from audit.wording import (
    OTHERS,
    amount,
    attribute_sentence,
    attribute_title,
    group_title,
    omnibus_sentence,
    safe,
    signed,
    statistic_phrase,
)

STATUS = {
    "approve": "Approve",
    "approve_with_conditions": "Approve with conditions",
    "pilot": "Pilot only",
    "do_not_approve": "Do not approve",
    "insufficient_evidence": "Not enough evidence to decide",
}
OUTCOME = {
    "gap_found": "Difference beyond the margin",
    "within_margin": "Within the margin",
    "inconclusive": "Not enough evidence",
    "not_assessed": "Not assessed",
    "met": "Met",
    "not_met": "Not met",
    "not_applicable": "Does not apply",
}
ASSURANCE = {
    "claimed": "claimed by the one who answered",
    "documented": "a place or link is named",
    "supplied": "a file was supplied",
    "validated": "a file was checked",
    "measured": "measured in this audit",
    "certified": "certified by a third party",
}
RUNGS = ("claimed", "documented", "supplied", "validated", "certified")
"""The ladder of assurance, from the bottom. What was measured stands beside it."""
ROLE = {
    "district": "District audit", "state": "State audit", "vendor": "Vendor's own test of its product",
    "independent": "Independent audit",
}


TEXTS = {"differ": "The replies differ", "not_shown": "No difference shown", "not_assessed": "Not assessed"}
_MOST_EXPLORED = 60


class Panel(Struct, frozen=True):
    """One attribute of one set in one statistic: the sentence, the picture and its rows."""

    title: str
    what: str
    sentence: str
    picture: Picture | None
    rows: tuple[Disparity, ...]
    others: tuple[Disparity, ...]
    groups: tuple[GroupValue, ...]
    reference: str
    alike: str


def scorecard_page(card: Scorecard, sets: Mapping[str, FixtureSet]) -> str:
    """Return the page. All text from vendors and files is escaped; there is no script."""
    return _environment().get_template("scorecard.html.j2").render(
        card=card, sets=sets, status=STATUS, outcome=OUTCOME, assurance=ASSURANCE, rungs=RUNGS, role=ROLE, told=TEXTS,
        panels={name: _panels(card, s, [d for d in card.disparities if d.family == "confirmatory"]) for name, s in sets.items()},
        exploratory=_exploratory(card), described=sum(d.family == "exploratory" for d in card.disparities), texts=_texts(card),
        findings=_by_indicator(card), limits=_limits(card, sets),
        group_title=lambda d: group_title(sets[d.set], d.attribute, d.group),
        reference_title=lambda d: group_title(sets[d.set], d.attribute, d.reference),
        attribute_title=lambda d: attribute_title(sets[d.set], d.attribute),
        phrase=lambda d: statistic_phrase(d.statistic, sets[d.set], d.measure),
    )


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("audit.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=lambda value: safe(value) if isinstance(value, str) and type(value) is str else value,
    )
    environment.filters |= {
        "value": _value, "interval": lambda d: _interval(d.low, d.high, d.unit), "inner": lambda d: _interval(d.low90, d.high90, d.unit), "percent": lambda share: f"{100 * share:.0f}%", "amount": amount, "p": _p,
    }
    return environment


def _value(number: float | None, unit: str) -> str:
    if number is None:
        return "undefined"
    return f"{number:.2f}" if unit == "ratio" else signed(number, unit)


def _interval(low: float | None, high: float | None, unit: str) -> str:
    if low is None:
        return "–"
    return f"{_value(low, unit)} to {'open' if high is None else _value(high, unit)}"


def _p(p: float | None) -> str:
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"  # noqa: PLR2004 - a printing convention


def _panels(card: Scorecard, fixture_set: FixtureSet, disparities: Sequence[Disparity]) -> list[Panel]:
    panels = []
    for attribute, about in fixture_set.attributes.items():
        own = [d for d in disparities if d.set == fixture_set.id and d.attribute == attribute]
        for measure, statistic in dict.fromkeys((d.measure, d.statistic) for d in own):
            rows = [d for d in own if (d.measure, d.statistic) == (measure, statistic)]
            panels.append(_panel(card, fixture_set, attribute, about.reference, rows))
    return panels


def _panel(
    card: Scorecard, fixture_set: FixtureSet, attribute: str, reference: str | None, rows: list[Disparity]
) -> Panel:
    first = rows[0]
    against = [d for d in rows if d.reference != OTHERS]
    others = [d for d in rows if d.reference == OTHERS]
    shown = against or others
    what = statistic_phrase(first.statistic, fixture_set, first.measure)
    compared = group_title(fixture_set, attribute, reference if against and reference else OTHERS)
    name = first.statistic.removesuffix("_difference")
    unit = "percentage points" if first.unit == "share" else first.unit
    outcomes = {d.outcome for d in rows}
    worst = next((o for o in ("gap_found", "inconclusive", "not_assessed", "within_margin") if o in outcomes), "not_assessed")
    return Panel(
        title=f"{attribute_title(fixture_set, attribute)}: {what}",
        what=what, sentence=attribute_sentence(worst, rows, fixture_set, attribute),  # type: ignore[arg-type]
        picture=picture(shown, fixture_set, f"Difference in the {what}, {unit}, against {compared}"),
        rows=tuple(shown), others=tuple(others if against else ()),
        groups=tuple(g for g in card.groups if (g.set, g.attribute, g.measure, g.statistic) == (fixture_set.id, attribute, first.measure, name)),
        reference=compared, alike=_alike(card, rows, fixture_set),
    )


def _alike(card: Scorecard, rows: Sequence[Disparity], fixture_set: FixtureSet) -> str:
    """Return the answer to "are all groups alike?"; empty where it was not asked."""
    d = rows[0]
    own = [o for o in card.omnibus if (o.set, o.by, o.measure, o.attribute, o.statistic) == (d.set, d.by, d.measure, d.attribute, d.statistic)]
    return omnibus_sentence(own[0], d.unit, len([o for o in card.omnibus if o.p_adjusted is not None]), fixture_set) if own else ""


def _exploratory(card: Scorecard) -> list[Disparity]:
    """Return what only describes, the most remarkable first, so many that a page can hold them."""
    own = [d for d in card.disparities if d.family == "exploratory"]
    return own if len(own) <= _MOST_EXPLORED else sorted(own, key=lambda d: 1.0 if d.p_adjusted is None else d.p_adjusted)[:_MOST_EXPLORED]


def _texts(card: Scorecard) -> dict[str, list[tuple[str, list[TextDifference]]]]:
    """Return set → (attribute, the comparisons of its replies)."""
    found: dict[str, dict[str, list[TextDifference]]] = {}
    for d in card.texts:
        found.setdefault(d.set, {}).setdefault(d.attribute, []).append(d)
    return {name: list(own.items()) for name, own in found.items()}


def _by_indicator(card: Scorecard) -> list[tuple[str, list[Finding]]]:
    order = {"not_met": 0, "inconclusive": 1, "not_assessed": 2, "met": 3, "not_applicable": 4}
    return [
        (indicator.title, sorted((f for f in card.findings if f.indicator == name), key=lambda f: (order[f.outcome], not f.required)))
        for name, indicator in card.indicators.items()
    ]


def _limits(card: Scorecard, sets: Mapping[str, FixtureSet]) -> list[dict[str, Any]]:
    """What the design could not have shown: for each set and statistic, the smallest gap found 4 times of 5."""
    rows = []
    for d in card.disparities:
        if d.family != "confirmatory" or (d.reference == OTHERS and sets[d.set].attributes[d.attribute].reference):
            continue
        rows.append({
            "set": sets[d.set].title, "attribute": attribute_title(sets[d.set], d.attribute),
            "group": group_title(sets[d.set], d.attribute, d.group), "phrase": statistic_phrase(d.statistic, sets[d.set], d.measure),
            "detectable": d.detectable, "margin": d.margin, "unit": d.unit, "items": d.items, "needed": d.items_needed,
        })
    return rows
