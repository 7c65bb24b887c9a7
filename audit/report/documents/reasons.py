"""Why it came out so, in plain words: a sentence or two for each rule of the policy that speaks, from the findings that it rests on."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from audit.records import Disparity, Finding, FixtureSet, GroupValue, Scorecard
from audit.report.documents.parts import Sets, attribute_name, cut, group_name
from audit.report.documents.sentences import about_attribute, all_gaps, gaps_of, plain_difference, plain_margin
from audit.report.words import Words

_NAMED = 2
_LONGEST = 90
_SHORT = 40
_SAID_YES = {"selection_rate": True, "false_positive_rate": True, "false_negative_rate": False}
"""Rates of yes, and of no."""
_BOTH_KINDS = 2
Hidden = Callable[[Disparity], bool]


def status_sentence(kind: str, w: Words) -> str:
    """Return what a decision means, in a sentence for everybody."""
    return {
        "approve": w("The facts we have support a yes, for the uses named here."),
        "approve_with_conditions": w("The facts we have support a yes, if what is named below is done."),
        "pilot": w("The facts we have support a small trial, and no more."),
        "do_not_approve": w("The facts we have speak against the use of this tool."),
        "insufficient_evidence": w("We do not know enough yet to say yes or no."),
    }[kind]


def plain_reasons(card: Scorecard, sets: Sets, w: Words, most: int, *, hidden: Hidden | None = None) -> list[str]:
    """Return at most so many reasons, the weightiest first. hidden: comparisons that must not be named (small cells)."""
    told: list[str] = []
    for rule, findings in _by_rule(card).items():
        told += [reason for reason in _of_rule(rule, findings, card, sets, w, hidden) if reason not in told]
    return told[:most]


def _by_rule(card: Scorecard) -> dict[str, list[Finding]]:
    """Return the rules that speak, in the order of the derivation, with their findings; without a derivation, from the findings."""
    known: dict[tuple[str, str], Finding] = {(f.criterion, f.subject): f for f in card.findings}
    found: dict[str, list[Finding]] = {}
    for step in card.decision.steps:
        if step.rule == "band" and step.status == "approve":
            continue
        found.setdefault(step.rule, []).extend(known[key] for key in step.findings if key in known)
    if "band" in found:
        open_too = {f.indicator for f in found.get("coverage", ())}
        found["band"] = [f for f in found["band"] if f.indicator not in open_too]
    if not card.decision.steps:
        if card.auditor["role"] == "vendor":
            found["self-test"] = []
        for rule in ("gap", "gate-failed", "gate-open", "gate-inconclusive", "advisory-not-met"):
            own = [f for f in card.findings if _rule_of(f) == rule]
            found |= {rule: own} if own else {}
    return found


def _rule_of(f: Finding) -> str:
    if f.outcome == "not_met":
        return "gap" if f.assurance == "measured" else "gate-failed" if f.required else "advisory-not-met"
    return {"not_assessed": "gate-open", "inconclusive": "gate-inconclusive"}.get(f.outcome, "") if f.required else ""


def _of_rule(rule: str, findings: Sequence[Finding], card: Scorecard, sets: Sets, w: Words, hidden: Hidden | None) -> list[str]:
    told: Mapping[str, Callable[[], list[str]]] = {
        "gap": lambda: _gaps(card, sets, w, hidden), "gap-certain": lambda: _gaps(card, sets, w, hidden), "gate-failed": lambda: _named(findings, w),
        "required-indicator": lambda: _of_indicators(rule, findings, card, w), "band": lambda: _of_indicators(rule, findings, card, w),
        "coverage": lambda: _of_indicators(rule, findings, card, w),
        "self-test": lambda: [w("The vendor tested its own tool. Such a test cannot carry a yes.")],
        "waiver": lambda: [_waiver(one.by, one.expires, one.reason, w) for one in card.decision.waivers],
        "all-met": lambda: [w("All that was asked and tested came out well. No difference is more than this audit allows.")],
    }
    if rule in told:
        return told[rule]()
    return [_counted(rule, len(findings), w)] if findings and rule in _COUNTED else []


_COUNTED = ("contradiction", "gate-open", "gate-inconclusive", "advisory-open", "advisory-not-met", "advisory-inconclusive", "gate-dropped", "waiver-expired")


def _counted(rule: str, n: int, w: Words) -> str:
    """Return the reason that is told by how many findings it rests on."""
    return {
        "contradiction": lambda: w.plural("{n} must-have answer does not fit with other facts.", "{n} must-have answers do not fit with other facts.", n),
        "gate-open": lambda: w.plural("{n} must-have is still open.", "{n} must-haves are still open.", n),
        "gate-inconclusive": lambda: w.plural("{n} must-have test gave no clear result.", "{n} must-have tests gave no clear result.", n),
        "advisory-open": lambda: w.plural("{n} other point is still open.", "{n} other points are still open.", n),
        "advisory-not-met": lambda: w.plural("{n} other point is not met.", "{n} other points are not met.", n),
        "advisory-inconclusive": lambda: w.plural("{n} other test gave no clear result.", "{n} other tests gave no clear result.", n),
        "gate-dropped": lambda: w.plural("The policy does not insist on {n} must-have.", "The policy does not insist on {n} must-haves.", n),
        "waiver-expired": lambda: w.plural("{n} waiver has run out.", "{n} waivers have run out.", n),
    }[rule]()


def _waiver(by: str, until: str, reason: str, w: Words) -> str:
    return w("{name} answers for one must-have that is not met, until {date}, because: {reason}", name=cut(by, 60), date=until, reason=cut(reason, _LONGEST))


def _gaps(card: Scorecard, sets: Sets, w: Words, hidden: Hidden | None) -> list[str]:
    """Return the weightiest gaps of different statistics, and how many more groups there are."""
    rows = [d for d in (*card.disparities, *card.missingness) if d.set in sets and not d.suppressed and not (hidden and hidden(d))]
    first: dict[tuple[str, str, str], Disparity] = {}
    for d in sorted(all_gaps(rows), key=lambda d: not is_harm(d, sets[d.set])):
        first.setdefault((d.set, d.attribute, d.statistic), d)
    named = list(first.values())[:_NAMED]
    told = [" ".join(filter(None, (plain_difference(d, sets[d.set], w), plain_level(d, card.groups, sets[d.set], w), plain_margin(d, w)))) for d in named]
    more = len(gaps_of(rows)) - len({(d.set, d.attribute, d.group) for d in named})
    return [*told, w.plural("{n} more group met with more than the audit allows.", "{n} more groups met with more than the audit allows.", more)] if more > 0 else told


def is_harm(d: Disparity, fixture_set: FixtureSet) -> bool:
    """Return whether a difference is to the group's disadvantage: more wrong flags, misses or missing answers, lower scores, fewer chances."""
    up = (d.estimate or 0.0) > (1.0 if d.unit == "ratio" else 0.0)
    if d.statistic in ("missing_rate", "false_negative_rate_difference", "mean_absolute_error_difference"):
        return up
    if d.statistic in ("mean_difference", "mean_error_difference", "standardized_mean_difference"):
        return fixture_set.outcome == "score" and not up
    if d.statistic in ("accuracy_difference", "true_positive_rate_difference"):
        return not up
    chosen = up != d.statistic.startswith("non_selection")
    return fixture_set.outcome == "decision" and chosen == fixture_set.adverse


def plain_level(d: Disparity, groups: Iterable[GroupValue], fixture_set: FixtureSet, w: Words) -> str:
    """Return how high a rate is for those that a group is compared with; empty of anything else, and where it is not known."""
    if d.unit != "share" or fixture_set.outcome != "decision":
        return ""
    kind = d.statistic.removesuffix("_difference")
    value = next((g.value for g in groups if (g.set, g.attribute, g.group, g.statistic, g.measure, g.by, g.suppressed) == (
        d.set, d.attribute, d.reference, kind, d.measure, d.by, False)), None)
    if value is None:
        return ""
    other = cut(group_name(fixture_set, d.attribute, d.reference, w), _SHORT)
    return w("For {other} it was {n} of every 100 cases.", other=other, n=f"{100 * value:.1f}".removesuffix(".0"))


def always_the_same(groups: Iterable[GroupValue], fixture_set: FixtureSet, attribute: str) -> bool:
    """Return whether the tool said yes to all of an attribute's work, or no to all.

    Of rates of error alone it takes those of both kinds, since a tool that is always right has none either; where all work has one truth, one kind does.
    """
    if fixture_set.outcome != "decision":
        return False
    own: dict[str, set[float | None]] = {}
    for g in groups:
        if (g.set, g.attribute) == (fixture_set.id, attribute) and g.statistic in _SAID_YES:
            own.setdefault(g.statistic, set()).add(None if g.suppressed else g.value)
    if "selection_rate" not in own and len(own) < _BOTH_KINDS and len({row.truth for row in fixture_set.rows}) != 1:
        return False
    return bool(own) and any(all(values == {yes if _SAID_YES[name] else 1.0 - yes} for name, values in own.items()) for yes in (0.0, 1.0))


def same_answer(w: Words) -> str:
    """Return what it means that a tool always said the same."""
    return w("The tool gave the same answer every time. That it treats groups alike then says nothing about its use.")


def _named(findings: Sequence[Finding], w: Words) -> list[str]:
    """Return the first questions that are not met, and how many more there are."""
    told = [w("A must-have that is not met: {question}", question=cut(w.plain(f.question), _LONGEST)) for f in findings[:_NAMED]]
    more = len(findings) - len(told)
    return [*told, w.plural("{n} more must-have is not met.", "{n} more must-haves are not met.", more)] if more > 0 else told


def _of_indicators(rule: str, findings: Sequence[Finding], card: Scorecard, w: Words) -> list[str]:
    """Return the indicators in which too little is met, or nothing was judged."""
    names = [w.plain(i.title) for name, i in card.indicators.items() if any(f.indicator == name for f in findings)]
    if rule == "required-indicator":
        names = names or [w.plain(i.title) for i in card.indicators.values() if not i.met + i.not_met]
        return [w("Nothing could be judged under: {names}.", names=", ".join(names))]
    if not names:
        return []
    return [w("Too few points are met under: {names}.", names=", ".join(names))] if rule == "band" else [
        w("Too few questions have an answer under: {names}.", names=", ".join(names))]


def results_by_attribute(card: Scorecard, sets: Sets, *, hidden: Hidden | None = None) -> dict[tuple[str, str], list[Disparity]]:
    """Return (set, attribute) → its deciding comparisons, those of missing replies among them only where they show a gap."""
    found: dict[tuple[str, str], list[Disparity]] = {(s.id, a): [] for s in sets.values() for a in s.attributes}
    for d in (*card.disparities, *(d for d in card.missingness if d.outcome == "gap_found")):
        if d.family == "confirmatory" and (d.set, d.attribute) in found and not (hidden and hidden(d)):
            found[d.set, d.attribute].append(d)
    return {key: rows for key, rows in found.items() if rows}


def results_by_title(results: Mapping[tuple[str, str], list[Disparity]], sets: Sets, w: Words) -> dict[str, list[Disparity]]:
    """Return the same by what the attribute is called, with the set where there are several."""
    found: dict[str, list[Disparity]] = {}
    one = len({name for name, _ in results}) == 1
    for (name, attribute), rows in results.items():
        title = attribute_name(sets[name], attribute, w) if one else about_attribute(sets[name], attribute, w)
        found.setdefault(title, []).extend(rows)
    return found
