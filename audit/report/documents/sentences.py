"""What was measured, in whole sentences of each language: for people who do not know what a rate or a margin is, and for those who do."""

from collections.abc import Iterable, Mapping, Sequence

from audit.records import Disparity, FixtureSet, Omnibus
from audit.report.documents.parts import attribute_name, cut, difference, group_name, interval, listed, probability, size, unit_name, worst
from audit.report.words import Words
from audit.wording import OTHERS, attribute_title, items_in_words, statistic_phrase

_NOTHING = 5e-4
_LONGEST = 80


def statistic_name(d: Disparity, fixture_set: FixtureSet, w: Words) -> str:
    """Return what a statistic counts, as a heading names it."""
    if d.statistic == "mean_difference" and fixture_set.outcome != "score":
        return measure_name(d.measure, w)
    flagged = _flagged(d.statistic, w) if fixture_set.adverse else _selected(d.statistic, w)
    return flagged or _of_scores(d.statistic, w) or w.plain(statistic_phrase(d.statistic, fixture_set, d.measure))


def _flagged(statistic: str, w: Words) -> str:
    return {
        "selection_rate_difference": w("rate of being flagged"), "false_positive_rate_difference": w("rate of being flagged wrongly"),
        "false_negative_rate_difference": w("rate of being wrongly not flagged"), "true_positive_rate_difference": w("rate of being flagged rightly"),
        "selection_rate_ratio": w("rate of being flagged, as a ratio"), "non_selection_rate_ratio": w("rate of not being flagged, as a ratio"),
    }.get(statistic, "")


def _selected(statistic: str, w: Words) -> str:
    return {
        "selection_rate_difference": w("rate of being selected"), "false_positive_rate_difference": w("rate of being selected wrongly"),
        "false_negative_rate_difference": w("rate of being wrongly not selected"), "true_positive_rate_difference": w("rate of being selected rightly"),
        "selection_rate_ratio": w("rate of being selected, as a ratio"), "non_selection_rate_ratio": w("rate of not being selected, as a ratio"),
    }.get(statistic, "")


def _of_scores(statistic: str, w: Words) -> str:
    return {
        "accuracy_difference": w("rate of right decisions"), "missing_rate": w("rate of missing replies"), "mean_difference": w("mean score"),
        "standardized_mean_difference": w("mean score, in standard deviations"), "mean_error_difference": w("mean error against the human score"),
        "mean_absolute_error_difference": w("mean size of the error against the human score"),
    }.get(statistic, "")


def measure_name(measure: str, w: Words) -> str:
    """Return what a measure of a text counts; the measure's own name where we have no other."""
    return {
        "words": w("length of the reply"), "tone": w("tone"), "praise": w("sentences that praise"), "critique": w("sentences that name a problem"),
        "praise_balance": w("praise against critique"), "specificity": w("sentences that point at something in the work"),
        "actionability": w("sentences that tell what to do next"), "hedging": w("hedging words"), "directness": w("sentences that command"),
        "expectations": w("phrases that expect much, less those that expect little"), "deficit_language": w("words about what a person lacks"),
        "punitive_language": w("words of punishment"), "warmth": w("words of warmth"), "stereotypes": w("traits that nobody gave"),
        "reading_level": w("reading level"), "vocabulary_level": w("rare words"), "family_readability": w("reading difficulty"), "refusal": w("refusals"),
        "language_match": w("replies in the right language"), "facts_kept": w("facts that are kept"), "personal_pronouns": w("you and we"),
        "similarity": w("likeness of the replies"), "score": w("score"), "decision": w("decision"),
    }.get(measure) or w.plain(measure.replace("_", " "))


def plain_difference(d: Disparity, fixture_set: FixtureSet, w: Words) -> str:
    """Return what was seen for one group next to another, in a sentence without a technical term."""
    names = {"group": cut(group_name(fixture_set, d.attribute, d.group, w), _LONGEST), "other": cut(group_name(fixture_set, d.attribute, d.reference, w), _LONGEST)}
    if d.estimate is None:
        return w("{group}, next to {other}: no result.", **names)
    if abs(d.estimate) < _NOTHING:
        return w("{group}, next to {other}: no difference was seen.", **names)
    if d.unit == "share":
        return _in_100(d, fixture_set, d.estimate, names, w)
    return _in_points(d, fixture_set, d.estimate, names, w)


def _in_100(d: Disparity, fixture_set: FixtureSet, estimate: float, names: dict[str, str], w: Words) -> str:
    """A difference of shares, as so many of every 100."""
    slots = names | {"n": f"{100 * abs(estimate):.1f}".removesuffix(".0")}
    up = estimate > 0
    if d.statistic == "missing_rate":
        return w("{group}, next to {other}: the tool gave no answer in {n} more of every 100 cases.", **slots) if up else w(
            "{group}, next to {other}: the tool gave no answer in {n} fewer of every 100 cases.", **slots)
    if fixture_set.outcome == "decision":
        found = (_flags if fixture_set.adverse else _choices)(d.statistic, slots, w, up=up)
        if found:
            return found
    slots["what"] = statistic_name(d, fixture_set, w)
    return w("{group}, next to {other} ({what}): {n} more in every 100.", **slots) if up else w(
        "{group}, next to {other} ({what}): {n} fewer in every 100.", **slots)


def _flags(statistic: str, slots: dict[str, str], w: Words, *, up: bool) -> str:
    """Of a tool whose yes is bad news. up: for the group more often."""
    if statistic == "selection_rate_difference":
        return w("{group}, next to {other}: the tool flagged {n} more of every 100 cases.", **slots) if up else w(
            "{group}, next to {other}: the tool flagged {n} fewer of every 100 cases.", **slots)
    if statistic == "false_positive_rate_difference":
        return w("{group}, next to {other}: the tool flagged {n} more of every 100 cases by mistake.", **slots) if up else w(
            "{group}, next to {other}: the tool flagged {n} fewer of every 100 cases by mistake.", **slots)
    if statistic == "false_negative_rate_difference":
        return w("{group}, next to {other}: the tool missed {n} more of every 100 cases.", **slots) if up else w(
            "{group}, next to {other}: the tool missed {n} fewer of every 100 cases.", **slots)
    return ""


def _choices(statistic: str, slots: dict[str, str], w: Words, *, up: bool) -> str:
    """Of a tool whose yes is good news. up: for the group more often."""
    if statistic == "selection_rate_difference":
        return w("{group}, next to {other}: the tool said yes in {n} more of every 100 cases.", **slots) if up else w(
            "{group}, next to {other}: the tool said yes in {n} fewer of every 100 cases.", **slots)
    if statistic == "false_positive_rate_difference":
        return w("{group}, next to {other}: the tool said yes by mistake in {n} more of every 100 cases.", **slots) if up else w(
            "{group}, next to {other}: the tool said yes by mistake in {n} fewer of every 100 cases.", **slots)
    if statistic == "false_negative_rate_difference":
        return w("{group}, next to {other}: the tool said no by mistake in {n} more of every 100 cases.", **slots) if up else w(
            "{group}, next to {other}: the tool said no by mistake in {n} fewer of every 100 cases.", **slots)
    return ""


def _in_points(d: Disparity, fixture_set: FixtureSet, estimate: float, names: dict[str, str], w: Words) -> str:
    if d.unit == "ratio":
        slots = names | {"n": f"{estimate:.2f}", "what": statistic_name(d, fixture_set, w)}
        return w("{group}, next to {other} ({what}): {n} times as much.", **slots)
    slots, up = names | {"n": size(abs(estimate), d.unit, w)}, estimate > 0
    if d.statistic == "mean_difference" and fixture_set.outcome == "score":
        return w("{group}, next to {other}: the tool's score was {n} higher.", **slots) if up else w(
            "{group}, next to {other}: the tool's score was {n} lower.", **slots)
    if d.statistic == "mean_error_difference":
        return w("{group}, next to {other}: the tool's score was {n} higher than people's scores would suggest.", **slots) if up else w(
            "{group}, next to {other}: the tool's score was {n} lower than people's scores would suggest.", **slots)
    slots["what"] = statistic_name(d, fixture_set, w)
    return w("{group}, next to {other} ({what}): {n} higher.", **slots) if up else w("{group}, next to {other} ({what}): {n} lower.", **slots)


def plain_margin(d: Disparity, w: Words) -> str:
    """Return how much is allowed, in a sentence without a technical term; empty where there is no margin."""
    if d.margin is None:
        return ""
    if d.unit == "share":
        return w("This audit allows up to {n} in 100.", n=f"{100 * d.margin:.1f}".removesuffix(".0"))
    if d.unit == "ratio":
        return w("This audit allows no less than {n} times as much.", n=f"{d.margin:.2f}")
    return w("This audit allows up to {n}.", n=size(d.margin, d.unit, w))


def plain_range(d: Disparity, w: Words) -> str:
    """Return the interval as a range with its unit: of a difference within its margin the 90% interval, on which that verdict rests."""
    low, high = (d.low90, d.high90) if d.outcome == "within_margin" else (d.low, d.high)
    if low is None and high is None:
        return w("not known")
    ends = interval(low, high, d.unit, w)
    if d.unit == "ratio":
        return ends
    return w("{range} in 100", range=ends) if d.unit == "share" else w("{range} {unit}", range=ends, unit=unit_name(d.unit, w))


def plain_doubt(d: Disparity, w: Words) -> str:
    """Return why it is open although the range shown lies inside the margin: a margin in SD is itself estimated, or answers are missing."""
    if d.outcome != "inconclusive" or d.margin is None or d.low is None or d.high is None or d.unit == "ratio" or max(-d.low, d.high) >= d.margin:
        return ""
    if d.unit == "share":
        return w("Missing answers could have changed this.") if d.missing else ""
    return w("Missing answers could have changed this, or the margin itself is not known closely enough.") if d.missing else w(
        "The margin itself is not known closely enough.")


def plain_verdict(kind: str, w: Words) -> str:
    """Return a verdict as a table for everybody shows it."""
    return {
        "gap_found": w("More than allowed"), "within_margin": w("No more than allowed"), "inconclusive": w("Too little data to tell"),
        "not_assessed": w("Not tested"),
    }[kind]


def gaps_of(rows: Iterable[Disparity]) -> list[Disparity]:
    """Return what lies beyond its margin, the largest in its margins first, one for each group."""
    best: dict[tuple[str, str, str], Disparity] = {}
    for d in all_gaps(rows):
        best.setdefault((d.set, d.attribute, d.group), d)
    return list(best.values())


def all_gaps(rows: Iterable[Disparity]) -> list[Disparity]:
    """Return what lies beyond its margin, the largest in its margins first.

    Where a group differs from the attribute's reference, comparisons with all the others add nothing: the reference itself differs from them too.
    """
    found = [d for d in rows if d.family == "confirmatory" and d.outcome == "gap_found" and not d.negative_control]
    against = {(d.set, d.attribute) for d in found if d.reference != OTHERS}
    shown = [d for d in found if d.reference != OTHERS or (d.set, d.attribute) not in against]
    return sorted(shown, key=lambda d: (-_margins(d), d.set, d.attribute, d.group))


def _margins(d: Disparity) -> float:
    """How many margins wide a difference is; a ratio by its distance from 1."""
    distance = abs((d.estimate or 0.0) - (1.0 if d.unit == "ratio" else 0.0))
    return distance / d.margin if d.margin else distance


def attribute_result(rows: Sequence[Disparity], fixture_set: FixtureSet, w: Words) -> list[str]:
    """Return what was found for one attribute in one statistic, as one to three sentences."""
    attribute, verdict = rows[0].attribute, worst(rows)
    if verdict == "gap_found":
        return _gap_result(rows, fixture_set, w)
    if verdict == "within_margin":
        return [w("For every group tested, the difference is smaller than the margin.")]
    if all(d.suppressed for d in rows):
        return [w("Every comparison is hidden, so that no small number of people can be read or worked out. Hidden is not zero.")]
    if verdict == "not_assessed":
        return [w("Not assessed: there are too few independent base items, or a group was never seen.")]
    controls = [d for d in rows if d.outcome == "gap_found"]
    if controls:
        name = group_name(fixture_set, attribute, controls[0].group, w)
        return [w("A control that should not matter ({control}) moved the tool too, so no group can be singled out.", control=name)]
    return _open_result(rows, w)


def _gap_result(rows: Sequence[Disparity], fixture_set: FixtureSet, w: Words) -> list[str]:
    gaps = gaps_of(rows)
    names = [group_name(fixture_set, d.attribute, d.group, w) for d in gaps]
    first = gaps[0]
    slots = {
        "group": names[0], "other": group_name(fixture_set, first.attribute, first.reference, w), "margin": size(first.margin, first.unit, w),
        "value": difference(first.estimate, first.unit, w), "unit": unit_name(first.unit, w) or w("as a ratio"),
        "range": interval(first.low, first.high, first.unit, w),
    }
    largest = w("The largest: {group} against {other}, {value} ({unit}); 95% interval {range}, wholly beyond the margin of {margin}.", **slots) if first.certain else w(
        "The largest: {group} against {other}, {value} ({unit}); 95% interval {range}, measured at or beyond the margin of {margin}.", **slots)
    return [w("A difference beyond the margin was measured for: {groups}.", groups=listed(names)), largest, *_control_too(first, rows, fixture_set, w)]


def _control_too(gap: Disparity, rows: Sequence[Disparity], fixture_set: FixtureSet, w: Words) -> list[str]:
    """Say where a control moved the same way by half as much or more: the signal is then not the whole reason."""
    sign = 1 if (gap.estimate or 0.0) > 0 else -1
    moved = [d for d in rows if d.negative_control and d.reference == gap.reference and d.unit != "ratio"
             and 2 * sign * (d.estimate or 0.0) >= abs(gap.estimate or 0.0)]
    if not moved:
        return []
    control = max(moved, key=lambda d: abs(d.estimate or 0.0))
    name, by = group_name(fixture_set, control.attribute, control.group, w), difference(control.estimate, control.unit, w)
    return [w("The control ({control}), which should not differ, moved the same way, by {value}: part of this may come from any change of wording.", control=name, value=by)]


def _open_result(rows: Sequence[Disparity], w: Words) -> list[str]:
    needed = max((d.items_needed for d in rows if d.outcome == "inconclusive" and d.items_needed), default=0)
    shown = [d.items for d in rows if d.items is not None and not d.suppressed]
    some, hidden = sum(d.outcome == "within_margin" for d in rows), sum(d.suppressed for d in rows)
    found = [w("Not enough evidence either way."), *dict.fromkeys(doubt for d in rows if (doubt := plain_doubt(d, w)))]
    if some:
        found.append(w.plural("{n} of {all} comparisons is within the margin.", "{n} of {all} comparisons are within the margin.", some, all=len(rows)))
    if hidden:
        found.append(w.plural("{n} of {all} comparisons is hidden.", "{n} of {all} comparisons are hidden.", hidden, all=len(rows)))
    if needed and shown:
        found.append(w("Base items that would settle it: {needed}. Base items now: {now}.", needed=_about(needed, w), now=f"{min(shown):,}"))
    return found


def _about(items: int, w: Words) -> str:
    number = items_in_words(items).rsplit(" ", 1)[-1]
    return w("more than {n}", n=number) if items_in_words(items).startswith("more") else w("about {n}", n=number)


def alike_sentence(o: Omnibus, unit: str, questions: int, fixture_set: FixtureSet, w: Words) -> str:
    """Return the answer to "are all groups alike?"; empty where it was not asked. questions: such tests that were adjusted together."""
    if o.p_adjusted is None:
        return ""
    tested = w("Are all groups alike? p: {p}; the only such question.", p=probability(o.p_adjusted)) if questions == 1 else w(
        "Are all groups alike? p: {p}, adjusted for {n} such questions.", p=probability(o.p_adjusted), n=questions)
    if o.value is None or o.highest is None or o.lowest is None:
        return tested
    ends = {"low": group_name(fixture_set, o.attribute, o.lowest, w), "high": group_name(fixture_set, o.attribute, o.highest, w)}
    apart = w("Largest minus smallest: {value} ({low} to {high}).", value=size(o.value, unit, w), **ends)
    between = w("Standard deviation between groups, without chance: {sd}.", sd=size(o.between_sd, unit, w)) if o.between_sd is not None else ""
    return " ".join(part for part in (tested, apart, between) if part)


def about_attribute(fixture_set: FixtureSet, attribute: str, w: Words) -> str:
    """Return a set's attribute by name, with its set."""
    return w("{attribute} ({set})", set=w.plain(fixture_set.title), attribute=attribute_name(fixture_set, attribute, w))


def turns_sentence(fixture_set: FixtureSet, w: Words) -> str:
    """Return which of the tool's replies in a conversation is measured; empty where each probe is one question."""
    turns, reads = len(fixture_set.turns), fixture_set.reads
    if not turns:
        return ""
    if reads == "all":
        return w("Each was a conversation of {turns} turns. Measured are all of the tool's replies in it together.", turns=turns)
    number = {"first": 1, "last": turns}[reads] if isinstance(reads, str) else reads
    return w("Each was a conversation of {turns} turns. Measured is the tool's reply to turn {number}, and no other.", turns=turns, number=number)


def subject_name(subject: str, sets: Mapping[str, FixtureSet], w: Words) -> str:
    """Return what a measured finding is about, in the document's language where it is an attribute of a set that is at hand."""
    for one in sets.values():
        for attribute in one.attributes:
            if subject == f"{one.title}: {attribute_title(one, attribute)}":
                return about_attribute(one, attribute, w)
    return w.plain(subject)
