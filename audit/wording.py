"""Numbers in plain sentences: what was measured, never that a tool "is biased" or "is fair"."""

import re
from collections.abc import Sequence

import msgspec

from audit.records import Disparity, FixtureSet, Outcome

OTHERS = "others"
_MANY = 10_000
_ROUNDING = 1e-9
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """Return a vendor's text without control characters and direction overrides, for a page or a terminal."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(value: object, longest: int = 160) -> str:
    """Return a vendor's value on one line, made safe and cut."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = safe(" ".join(text.split()))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def signed(value: float, unit: str) -> str:
    """Return a difference as it reads: percentage points for shares, three digits for points."""
    if abs(value) < _ROUNDING:
        return "0"
    return f"{100 * value:+.1f}" if unit == "share" else f"{value:+.3g}"


def amount(value: float, unit: str) -> str:
    """Return a size with its unit in words."""
    if unit == "share":
        return f"{100 * value:.1f} percentage points"
    return f"{value:.3g}" if unit == "ratio" else f"{value:.3g} {unit}"


def group_title(fixture_set: FixtureSet, attribute: str, group: str) -> str:
    """Return a group's name for people, without what its title adds in brackets."""
    if group == OTHERS:
        return "all other groups together"
    return (fixture_set.attributes[attribute].groups.get(group) or group).split(" (")[0]


def items_in_words(items: int) -> str:
    """Return a number of base items, without a precision that an estimate near the margin does not have."""
    return f"about {items:,}" if items <= _MANY else f"more than {_MANY:,}"


def attribute_title(fixture_set: FixtureSet, attribute: str) -> str:
    """Return an attribute's name for people."""
    return fixture_set.attributes[attribute].title or attribute


def statistic_phrase(statistic: str, fixture_set: FixtureSet) -> str:
    """Return what a statistic counts, as a noun phrase."""
    flagged = "flagged" if fixture_set.adverse else "selected"
    return {
        "selection_rate_difference": f"rate of being {flagged}",
        "false_positive_rate_difference": f"rate of being {flagged} wrongly",
        "false_negative_rate_difference": f"rate of being wrongly not {flagged}",
        "selection_rate_ratio": f"rate of being {flagged}, as a ratio",
        "non_selection_rate_ratio": f"rate of not being {flagged}, as a ratio",
        "missing_rate": "rate of missing replies",
        "mean_difference": "mean score" if fixture_set.outcome == "score" else "mean of the measure",
        "mean_error_difference": "mean error against the human score",
    }.get(statistic, statistic)


def verdict_sentence(
    verdict: Disparity, fixture_set: FixtureSet, minimum: int, *, undermined_by_missing: bool
) -> Disparity:
    """Return the verdict with its reason as one plain sentence in `because`."""
    return msgspec.structs.replace(verdict, because=_sentence(verdict, fixture_set, minimum, undermined=undermined_by_missing))


def _sentence(v: Disparity, fixture_set: FixtureSet, minimum: int, *, undermined: bool) -> str:
    group, reference = (group_title(fixture_set, v.attribute, name) for name in (v.group, v.reference))
    start = f"{group} against {reference}: the {statistic_phrase(v.statistic, fixture_set)}"
    if v.outcome == "not_assessed" and v.family == "confirmatory":
        return f"{start} is not assessed: {min(v.items or 0, v.clusters or 0)} independent base items, and at least {minimum} are needed."
    if v.estimate is None:
        return f"{start} is undefined, because the reference rate is zero."
    if v.margin is None:
        return f"{start} cannot be judged: the tool gave the same answer to everything."
    if v.unit == "ratio":
        return f"{start} is {v.estimate:.2f} (95% interval {_open(v.low)} to {_open(v.high)})."
    missing = f" {v.missing} missing replies are counted apart." if v.missing and not undermined else ""
    return f"{start} differs by {_points(v.estimate, v.unit)} {_judged(v, v.margin, undermined=undermined)}{missing}"


def _judged(v: Disparity, margin: float, *, undermined: bool) -> str:
    """The interval that the verdict rests on, and the verdict."""
    wide = f"(95% interval {_range(v.low, v.high, v.unit)})"
    inner = f"(90% interval {_range(v.low90, v.high90, v.unit)})"
    size = amount(margin, v.unit)
    if v.outcome == "gap_found":
        doubt = f" The {v.missing} missing replies could have changed this." if undermined else ""
        return f"{wide}, {'wholly beyond' if v.certain else 'at or beyond'} the margin of {size}.{doubt}"
    if v.outcome == "within_margin":
        small = " A small difference is there, below the margin." if v.detected else ""
        return f"{inner}; the difference is smaller than the margin of {size}.{small}"
    if undermined:
        return (
            f"{inner}: not enough evidence, because the {v.missing} missing replies "
            f"could have changed the verdict at the margin of {size}."
        )
    if v.family == "exploratory":
        return f"{wide}; described, not judged."
    real = " A difference is there, but its size is open." if v.detected else ""
    need = f" It would take {items_in_words(v.items_needed)} base items to settle it." if v.items_needed else ""
    return f"{wide}: not enough evidence for the margin of {size}.{real}{need}"


def _points(value: float, unit: str) -> str:
    return f"{signed(value, unit)} percentage points" if unit == "share" else f"{signed(value, unit)} {unit}"


def _range(low: float | None, high: float | None, unit: str) -> str:
    return f"{_end(low, unit)} to {_end(high, unit)}"


def _end(value: float | None, unit: str) -> str:
    return "open" if value is None else signed(value, unit)


def _open(value: float | None) -> str:
    return "open" if value is None else f"{value:.2f}"


def attribute_sentence(
    outcome: Outcome, disparities: Sequence[Disparity], fixture_set: FixtureSet, attribute: str
) -> str:
    """Return what was found for one attribute, in one or two sentences that a superintendent can repeat."""
    title = attribute_title(fixture_set, attribute)
    own = [d for d in disparities if d.family == "confirmatory"]
    gaps = sorted(
        (d for d in own if d.outcome == "gap_found" and not d.negative_control), key=lambda d: -abs(d.estimate or 0.0)
    )
    named = [d for d in gaps if d.reference != OTHERS] or gaps
    if outcome == "gap_found":
        groups = list(dict.fromkeys(group_title(fixture_set, attribute, d.group) for d in named))
        most = f" The largest: {named[0].because}"
        return f"{title}: a difference beyond the margin was measured for {_listed(groups)}.{most}"
    if outcome == "within_margin":
        return f"{title}: for every group tested, the difference is smaller than the margin."
    if outcome == "not_assessed":
        return f"{title}: not assessed. {own[0].because if own else 'There was nothing to compare.'}"
    controls = [d for d in own if d.outcome == "gap_found" and d.negative_control]
    if controls:
        control = group_title(fixture_set, attribute, controls[0].group)
        return f"{title}: a control word that should not matter ({control}) moved the tool too, so no group can be singled out."
    needed = [d.items_needed for d in own if d.outcome == "inconclusive" and d.items_needed]
    shown = [d.items for d in own if d.items is not None]
    more = f" It would take {items_in_words(max(needed))} base items to settle it (now {min(shown):,})." if needed and shown else ""
    if own[0].statistic == "missing_rate" and all(d.missing == 0 for d in own):
        return f"{title}: no reply is missing, in any group. So few items cannot rule out a difference of {amount(own[0].margin or 0.0, 'share')}.{more}"
    some = sum(d.outcome == "within_margin" for d in own)
    part = f" {some} of {len(own)} comparisons are within the margin." if some else ""
    return f"{title}: not enough evidence either way.{part}{more}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
