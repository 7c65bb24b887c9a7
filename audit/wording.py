"""Numbers in plain sentences: what was measured, never that a tool "is biased" or "is fair"."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from audit.records import Disparity, FixtureSet, Omnibus, Outcome, TextDifference

_HALF = 0.5
OTHERS = "others"
_MANY = 10_000
_UNITS: Mapping[str, str] = {"sd": "SD", "points²": "points squared", "kappa": "", "auc": "", "abroca": "", "r": ""}
"""Units that read otherwise, or are said by the statistic's own name."""
_UNSIGNED = ("ratio", "abroca")
_ROUNDING = 1e-9
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\u2028\u2029\u200b\ufeff\ud800-\udfff\U000e0000-\U000e007f]")


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
    return f"{value:.3g}" if unit == "ratio" else f"{value:.3g} {_UNITS.get(unit, unit)}".strip()


def group_title(fixture_set: FixtureSet, attribute: str, group: str) -> str:
    """Return a group's name for people, without what its title adds in brackets."""
    if group == OTHERS:
        return "all other groups together"
    return (fixture_set.attributes[attribute].groups.get(group) or group).split(" (")[0]


class _Words(NamedTuple):
    """What is compared, and what comes back."""

    items: str
    reply: str
    replies: str
    everything: str


_PROBES = _Words("base items", "reply", "replies", "the tool gave the same answer to everything")
_ROWS = _Words("items", "outcome", "outcomes", "every outcome is the same")


def _words(fixture_set: FixtureSet) -> _Words:
    """Return the words for probes or, where nothing was asked (no rows, no edition: a table of `audit analyze`), for its rows."""
    return _PROBES if fixture_set.rows or fixture_set.edition else _ROWS


def items_in_words(items: int) -> str:
    """Return a number of items, without a precision that an estimate near the margin does not have."""
    return f"about {items:,}" if items <= _MANY else f"more than {_MANY:,}"


def attribute_title(fixture_set: FixtureSet, attribute: str) -> str:
    """Return an attribute's name for people."""
    return fixture_set.attributes[attribute].title or attribute


_PHRASES: Mapping[str, str] = {
    "selection_rate_difference": "rate of being {flagged}",
    "false_positive_rate_difference": "rate of being {flagged} wrongly",
    "false_negative_rate_difference": "rate of being wrongly not {flagged}",
    "true_positive_rate_difference": "rate of being {flagged} rightly",
    "accuracy_difference": "rate of right decisions",
    "selection_rate_ratio": "rate of being {flagged}, as a ratio",
    "non_selection_rate_ratio": "rate of not being {flagged}, as a ratio",
    "missing_rate": "rate of missing {replies}",
    "mean_difference": "{mean}",
    "standardized_mean_difference": "mean score, in standard deviations,",
    "mean_error_difference": "mean error against the human score",
    "mean_absolute_error_difference": "mean size of the error against the human score",
    "human_mean_error_difference": "mean error of the second person against the first",
    "mean_error_beyond_human_difference": "mean error beyond a second person's own",
    "qwk_difference": "agreement with the human score (quadratic weighted kappa)",
    "qwk_beyond_human_difference": "agreement with the human score beyond a second person's (quadratic weighted kappa)",
    "dsm_difference": "standardized score less the standardized human score (DSM)",
    "auc_difference": "chance of scoring a yes above a no (AUC)",
    "abroca": "area between the two groups' ROC curves (ABROCA)",
    "osa": "squared error against the human score (overall score accuracy)",
    "osd": "error against the human score (overall score difference)",
    "csd": "error against the human score at the same human score (conditional score difference)",
    "impact_ratio": "rate of being {selected} over that of the most {selected} group",
    "risk_ratio": "rate of being {flagged} over that of all the others",
    "alternate_risk_ratio": "rate of being {flagged} over that of all the others in the State",
    "scoring_rate": "rate of scoring above everybody's median",
}


_RARER: Mapping[str, str] = {
    "auc_difference": " with the rarer truth", "qwk_difference": " with a score other than the usual one",
    "qwk_beyond_human_difference": " with a score other than the usual one",
}
"""Statistics that rest on some of the items only."""


def statistic_phrase(statistic: str, fixture_set: FixtureSet, measure: str) -> str:
    """Return what a statistic of a measure counts, as a noun phrase."""
    flagged = "flagged" if fixture_set.adverse else "selected"
    return _PHRASES.get(statistic, statistic).format(
        flagged=flagged, selected="not flagged" if fixture_set.adverse else "selected", replies=_words(fixture_set).replies,
        mean="mean score" if fixture_set.outcome == "score" else f"mean of {measure.replace('_', ' ')}",
    )


def verdict_sentence(
    verdict: Disparity, fixture_set: FixtureSet, minimum: int, *, undermined_by_missing: bool
) -> Disparity:
    """Return the verdict with its reason as one plain sentence in `because`."""
    return msgspec.structs.replace(verdict, because=_sentence(verdict, fixture_set, minimum, undermined=undermined_by_missing))


def _sentence(v: Disparity, fixture_set: FixtureSet, minimum: int, *, undermined: bool) -> str:
    group, reference = (group_title(fixture_set, v.attribute, name) for name in (v.group, v.reference))
    start, words = f"{group} against {reference}: the {statistic_phrase(v.statistic, fixture_set, v.measure)}", _words(fixture_set)
    if v.outcome == "not_assessed" and v.family == "confirmatory":
        few = min(v.items or 0, v.clusters or 0)
        which = f"{words.items}{_RARER.get(v.statistic, '')}"
        return f"{start} is not assessed: {few} independent {which}, and at least {minimum} are needed."
    if v.estimate is None:
        why = "is undefined, because the reference rate is zero" if v.unit == "ratio" else "cannot be worked out from these data"
        return f"{start} {why}."
    measured = f"{start} {'is' if v.unit in _UNSIGNED else 'differs by'} {_points(v.estimate, v.unit)}"
    if v.family == "exploratory":
        return f"{measured} {_wide(v)}; described, not judged."
    if v.margin is None:
        return f"{start} cannot be judged: {words.everything}."
    missing = f" {_lost(v, words)} {'is' if v.missing == 1 else 'are'} counted apart." if v.missing and not undermined else ""
    return f"{measured} {_judged(v, v.margin, fixture_set, undermined=undermined)}{missing}"


def _lost(v: Disparity, words: _Words) -> str:
    return f"{v.missing or 0:,} missing {words.reply if v.missing == 1 else words.replies}"


def _wide(v: Disparity) -> str:
    return f"(95% interval {_range(v.low, v.high, v.unit)})" if v.low is not None or v.high is not None else "(no interval)"


def _judged(v: Disparity, margin: float, fixture_set: FixtureSet, *, undermined: bool) -> str:
    """The interval that the verdict rests on, and the verdict."""
    wide, inner = _wide(v), f"(90% interval {_range(v.low90, v.high90, v.unit)})"
    size = f"{margin:.3g} to {1 / margin:.3g}" if v.unit == "ratio" else amount(margin, v.unit)
    lost = f"the {_lost(v, _words(fixture_set))} could have changed"
    if v.outcome == "gap_found":
        doubt = f" T{lost[1:]} this." if undermined else ""
        return f"{wide}, {'wholly beyond' if v.certain else 'at or beyond'} the margin of {size}.{doubt}"
    if v.outcome == "within_margin":
        small = " A small difference is there, below the margin." if v.detected else ""
        inside = "the ratio is within" if v.unit == "ratio" else "the difference is smaller than"
        return f"{inner}; {inside} the margin of {size}.{small}"
    if undermined:
        return f"{inner}: not enough evidence, because {lost} the verdict at the margin of {size}."
    real = " A difference is there, but its size is open." if v.detected else ""
    need = f" It would take {_needed(v.items_needed, fixture_set, v)} to settle it." if v.items_needed else ""
    if v.unit != "ratio" and v.low90 is not None and v.high90 is not None and -margin < v.low90 <= v.high90 < margin:
        return f"{inner}: not enough evidence, because the SD that the margin of {size} is a part of is not known closely enough.{need}"
    return f"{wide}: not enough evidence for the margin of {size}.{real}{need}"


def _needed(items: int, fixture_set: FixtureSet, d: Disparity) -> str:
    """Items alone do not settle what is to hold for other names, nor do more items of the same templates what these differ in."""
    more = ""
    if fixture_set.attributes[d.attribute].variants == "random":
        more = ", with as many more names,"
    elif fixture_set.rows and d.clusters is not None and d.items is not None and d.clusters < d.items:
        more = ", of as many more templates,"
    return f"{items_in_words(items)} {_words(fixture_set).items}{more}"


def _points(value: float, unit: str) -> str:
    return f"{_end(value, unit)} {'percentage points' if unit == 'share' else _UNITS.get(unit, '' if unit == 'ratio' else unit)}".strip()


def _range(low: float | None, high: float | None, unit: str) -> str:
    return f"{_end(low, unit)} to {_end(high, unit)}"


def _end(value: float | None, unit: str) -> str:
    if value is None:
        return "open"
    return f"{value:.2f}" if unit == "ratio" else f"{value:.3g}" if unit in _UNSIGNED else signed(value, unit)


def attribute_sentence(
    outcome: Outcome, disparities: Sequence[Disparity], fixture_set: FixtureSet, attribute: str, *, title: str | None = None
) -> str:
    """Return what was found for one attribute, in one or two sentences that a superintendent can repeat.

    title: what the sentence starts with in place of the attribute's own title.
    """
    title = title or attribute_title(fixture_set, attribute)
    own = [d for d in disparities if d.family == "confirmatory"]
    if outcome == "gap_found":
        return f"{title}: a difference beyond the margin was measured for {_gaps(own, fixture_set, attribute)}"
    if outcome == "within_margin":
        return f"{title}: for every group tested, the difference is smaller than the margin."
    if own and all(d.suppressed for d in own):
        return f"{title}: every comparison is hidden, so that no small number of people can be read or worked out. Hidden is not zero."
    if outcome == "not_assessed":
        return f"{title}: not assessed. {own[0].because if own else 'There was nothing to compare.'}"
    controls = [d for d in own if d.outcome == "gap_found" and d.negative_control]
    if controls:
        control = group_title(fixture_set, attribute, controls[0].group)
        return f"{title}: a control word that should not matter ({control}) moved the tool too, so no group can be singled out."
    return f"{title}: {_open_question(own, fixture_set)}"


def _gaps(own: Sequence[Disparity], fixture_set: FixtureSet, attribute: str) -> str:
    """The groups with a gap, and the largest of their gaps."""
    gaps = sorted((d for d in own if d.outcome == "gap_found" and not d.negative_control), key=lambda d: -abs(d.estimate or 0.0))
    named = [d for d in gaps if d.reference != OTHERS] or gaps
    groups = list(dict.fromkeys(group_title(fixture_set, attribute, d.group) for d in named))
    return f"{_listed(groups)}. The largest: {named[0].because}{_control_too(named[0], own, fixture_set)}"


def _control_too(gap: Disparity, own: Sequence[Disparity], fixture_set: FixtureSet) -> str:
    """Say where a control, which should not differ, moved the same way by half as much or more: the signal is then not the whole reason."""
    alike = [d for d in own if d.negative_control and (d.measure, d.statistic, d.reference, d.by) == (gap.measure, gap.statistic, gap.reference, gap.by)]
    moved = [d for d in alike if d.unit != "ratio" and _HALF * abs(gap.estimate or 0.0) <= (d.estimate or 0.0) * (1 if (gap.estimate or 0.0) > 0 else -1)]
    if not moved:
        return ""
    control = max(moved, key=lambda d: abs(d.estimate or 0.0))
    name = group_title(fixture_set, control.attribute, control.group)
    return f" The control ({name}), which should not differ, moved the same way, by {signed(control.estimate or 0.0, control.unit)}: part of this may come from any change of wording."


def _open_question(own: Sequence[Disparity], fixture_set: FixtureSet) -> str:
    """What is open, and what it would take."""
    needed = [d.items_needed for d in own if d.outcome == "inconclusive" and d.items_needed]
    shown = [d.items for d in own if d.items is not None and not d.suppressed]
    words, more = _words(fixture_set), ""
    if needed and shown:
        more = f" It would take {_needed(max(needed), fixture_set, own[0])} to settle it (now {min(shown):,})."
    if own[0].statistic == "missing_rate" and all(d.missing == 0 for d in own):
        size = amount(own[0].margin or 0.0, "share")
        return f"no {words.reply} is missing, in any group. So few items cannot rule out a difference of {size}.{more}"
    some, hidden = sum(d.outcome == "within_margin" for d in own), sum(d.suppressed for d in own)
    part = f" {some} of {len(own)} comparisons are within the margin." if some else ""
    return f"not enough evidence either way.{part}{f' {hidden} of {len(own)} comparisons are hidden.' if hidden else ''}{more}"


def omnibus_sentence(o: Omnibus, unit: str, questions: int, fixture_set: FixtureSet) -> str:
    """Return the answer to "are all groups alike?" and how far apart they lie; empty where neither is known.

    unit: of the statistic. questions: how many such tests were adjusted together.
    """
    together = f"after adjustment for {questions:,} such questions" if questions > 1 else "the only such question"
    tested = f"{_p(o.p_adjusted)}, {together}" if o.p_adjusted is not None else "not tested"
    if o.value is None or o.highest is None or o.lowest is None:
        return f"All groups alike? {tested}." if o.p_adjusted is not None else ""
    low, high = (group_title(fixture_set, o.attribute, group) for group in (o.lowest, o.highest))
    between = "" if o.between_sd is None else f"; between-group SD, corrected for chance, {_bare(o.between_sd, unit)}"
    return f"All groups alike? {tested}; largest minus smallest {amount(o.value, unit)} ({low} to {high}{between})."


def texts_sentence(d: TextDifference, fixture_set: FixtureSet) -> str:
    """Return whether the replies of a group and its reference differ at all, in one sentence."""
    sides = " and ".join(group_title(fixture_set, d.attribute, group) for group in (d.group, d.reference))
    if d.told_apart is None or d.p_adjusted is None:
        return f"Replies for {sides}: not assessed; {d.because}."
    sorted_rightly = f"a classifier trained on other items sorts {100 * d.told_apart:.0f}% of pairs of replies rightly (50% by chance; adjusted {_p(d.p_adjusted)})"
    if d.outcome == "differ":
        return f"Replies for {sides} differ: {sorted_rightly}. Whether the difference matters is for people to judge, from the words and the replies."
    return f"Replies for {sides}: no difference shown; {sorted_rightly}. Small or rare differences may remain."


def _p(p: float) -> str:
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.4f}"  # noqa: PLR2004 - a printing convention


def _bare(value: float, unit: str) -> str:
    return f"{100 * value:.1f}" if unit == "share" else f"{value:.3g}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
