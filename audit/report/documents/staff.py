"""The staff guide: one or two pages made from the findings, to have at hand when the tool is used."""

from collections.abc import Mapping, Sequence

from audit.records import Disparity, Finding, FixtureSet, Scorecard
from audit.report.blocks import Block, Callout, Document, Facts, Heading, Inline, Items, Paragraph, Runs, Strong, Table
from audit.report.documents.duties import condition_rows
from audit.report.documents.parts import (
    cut,
    findings_by_id,
    frame,
    group_name,
    runs,
    status_name,
    stopped,
    tool_title,
    use_name,
    worst,
)
from audit.report.documents.reasons import results_by_attribute
from audit.report.documents.sentences import about_attribute, all_gaps, gaps_of
from audit.report.words import Words
from audit.wording import OTHERS

_MOST = 6
_MOST_GROUPS = 8
_LINE = 200
_SHORT = 90
_NO = ("do_not_approve", "insufficient_evidence")
Known = Mapping[str, Finding]


def staff_document(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> Document:
    """Return the staff guide, in plain words; texts of others are cut, so that it stays on two pages."""
    known, results = findings_by_id(card), results_by_attribute(card, sets)
    blocks: list[Block] = [
        Callout(card.decision.status, status_name(card.decision.status, w), (
            Heading(2, w("The short answer"), "decision"), Paragraph((Strong(staff_sentence(card.decision.status, w)),), "lead"),
            *([Paragraph((w("The vendor tested its own tool. Ask if someone else has looked at it too."),))] if card.auditor["role"] == "vendor" else []),
        )),
        *_uses(card, known, w), *_limits(known, results, sets, w), *_checks(card, known, sets, w), *_care(results, sets, w),
        *_conditions(card, sets, w), *_tell(known, w), *_learning(known, w),
        Paragraph((stopped(w(
            "We look at this again by {date}. This guide holds for version {version}.", date=card.review_by, version=cut(str(card.tool["version"]), _SHORT))),), "soft"),
    ]
    return frame("staff", card, w, w("Staff guide: {tool}", tool=tool_title(card)), blocks)


def staff_sentence(kind: str, w: Words) -> str:
    """Return what a decision means for those who work with the tool."""
    return {
        "approve": w("The tool is fit for the uses named here. Use it for these, and for no others."),
        "approve_with_conditions": w("The tool is fit for the uses named here, once what is listed below is done."),
        "pilot": w("The tool is fit for a small trial. Use it only if you are in the trial."),
        "do_not_approve": w("The tool did not pass. Do not use it for now. Ask first."),
        "insufficient_evidence": w("We do not know yet if the tool is fit for use. Ask before you use it."),
    }[kind]


def _uses(card: Scorecard, known: Known, w: Words) -> list[Block]:
    scope, tool = card.decision.scope, card.tool
    uses = [use_name(str(u), w) for u in (scope.use_cases if scope else tool.get("use_cases") or ())]
    grades = [str(g) for g in (scope.grades if scope else tool.get("grades") or ())]
    items: list[Runs] = [(cut(use, _SHORT),) for use in uses[:_MOST]]
    if grades:
        items.append((stopped(w("Grades: {grades}.", grades=cut(", ".join(grades), _SHORT))),))
    allowed = known.get("usable-allowed-uses")
    if allowed is not None and allowed.answer:
        items.append((w("The list of the district: {answer}", answer=cut(allowed.answer, _LINE)),))
    elif allowed is not None:
        items.append((w("The district has no list yet of what the tool may be used for. Ask for one."),))
    title = w("What it was tested for") if card.decision.status in _NO else w("What you may use it for")
    return [Heading(2, title, "uses"), Items(tuple(items) or ((w("No use was named. Ask first."),),))]


def _limits(known: Known, results: Mapping[tuple[str, str], list[Disparity]], sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    """Return for what not to use it: other uses, its known limits, and where a gap was measured or too little is known."""
    items: list[Runs] = [(w("Any use that is not named above."),), (w("To decide about a student by the tool's word alone."),)]
    beyond = [_test(key, sets, w) for key, rows in results.items() if worst(rows) == "gap_found"]
    unclear = [_test(key, sets, w) for key, rows in results.items() if worst(rows) in ("inconclusive", "not_assessed")]
    if beyond:
        items.append((stopped(w("The tool did not treat all groups alike in: {tests}. Do not lean on it there.", tests=_some(beyond, w))),))
    if unclear:
        items.append((stopped(w("We do not know yet if it treats all groups alike in: {tests}.", tests=_some(unclear, w))),))
    items += [item for item in (_guidance(known.get("usable-when-not-to-use"), w), _known_limits(known.get("evidence-based-limits"), w)) if item]
    return [Heading(2, w("What not to use it for"), "limits"), Items(tuple(items))]


def _guidance(finding: Finding | None, w: Words) -> Runs:
    if finding is None:
        return ()
    if finding.outcome != "met":
        return (w("No one has shown written rules on when not to use it. Ask for them."),)
    return (w("There are written rules on when not to use it. Read them: {where}", where=_where(finding, w)),)


def _known_limits(finding: Finding | None, w: Words) -> Runs:
    if finding is None:
        return ()
    if finding.outcome != "met":
        return (w("The vendor has not shown what the tool does not do well."),)
    return (w("The vendor lists what the tool does not do well. Read it: {where}", where=_where(finding, w)),)


def _where(finding: Finding, w: Words) -> str:
    return cut(", ".join(e.what for e in finding.evidence[:2]), _SHORT) or w("ask for it.")


def _test(key: tuple[str, str], sets: Mapping[str, FixtureSet], w: Words) -> str:
    return cut(about_attribute(sets[key[0]], key[1], w), _SHORT)


def _some(names: Sequence[str], w: Words) -> str:
    shown = "; ".join(names[:_MOST])
    return shown if len(names) <= _MOST else w("{names}; and {n} more", names=shown, n=len(names) - _MOST)


def _checks(card: Scorecard, known: Known, sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    """Return what to tick off before an answer is trusted: for each group with a gap its largest first, then the others."""
    items: list[Runs] = [
        (w("I read all of it. I would stand by it with my own name."),), (w("I would say the same of any other student with the same work."),),
    ]
    rows = [d for d in (*card.disparities, *card.missingness) if d.set in sets and not d.suppressed]
    checks = dict.fromkeys(check for d in (*gaps_of(rows), *all_gaps(rows)) for check in gap_checks(d, sets[d.set], w))
    items += [(check,) for check in [*checks][:_MOST]]
    routine = known.get("usable-checking-routine")
    if routine is not None:
        items.append((w("I went through the checks of our district: {where}", where=_where(routine, w)),) if routine.outcome == "met" else (
            w("Our district has no set checks yet. I asked a second person where I was not sure."),))
    return [Heading(2, w("Before you trust an answer"), "checks"), Items(tuple(items), check=True)]


def gap_checks(d: Disparity, fixture_set: FixtureSet, w: Words) -> list[str]:
    """Return what a person does about one measured gap before the tool's answer is used; where a group has fewer misses, also for the other."""
    group, other = (cut(group_name(fixture_set, d.attribute, name, w), _SHORT) for name in (d.group, d.reference))
    if fixture_set.outcome == "decision" and d.statistic != "missing_rate":
        fewer = d.statistic == "false_negative_rate_difference" and (d.estimate or 0.0) < 0
        return [_decided(d, group, w, adverse=fixture_set.adverse), *([_unseen(other, w, adverse=fixture_set.adverse)] if fewer else [])]
    return [_answered(d, fixture_set, group, w)]


def _answered(d: Disparity, fixture_set: FixtureSet, group: str, w: Words) -> str:
    if d.statistic == "missing_rate":
        return w("{group}: I made sure that the tool gave an answer at all, and I have another way if not.", group=group)
    if fixture_set.outcome == "score":
        return w("{group}: I gave my own score first. Then I looked at the score of the tool.", group=group)
    return w("{group}: I read the text as if it were for any other student. I changed what I would not send to all.", group=group)


def _decided(d: Disparity, group: str, w: Words, *, adverse: bool) -> str:
    """More misses or fewer flags: what the tool let pass is to be looked at; fewer misses or more flags: what it flagged."""
    of_misses = d.statistic in ("false_negative_rate_difference", "non_selection_rate_ratio")
    up = (d.estimate or 0.0) > (1.0 if d.unit == "ratio" else 0.0)
    if of_misses == up:
        return _unseen(group, w, adverse=adverse)
    return w("{group}: I looked for myself before I acted on a flag of the tool.", group=group) if adverse else w(
        "{group}: I looked for myself where the tool said yes.", group=group)


def _unseen(group: str, w: Words, *, adverse: bool) -> str:
    return w("{group}: I looked for myself, also where the tool raised no flag.", group=group) if adverse else w(
        "{group}: I looked for myself where the tool said no.", group=group)


def _care(results: Mapping[tuple[str, str], list[Disparity]], sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    """Return the groups with a gap or without enough evidence: it is the tool that differs there, not the students."""
    beyond, unclear = _groups(results, sets, "gap_found", w), _groups(results, sets, "inconclusive", w)
    unclear = [name for name in unclear if name not in beyond]
    if not beyond and not unclear:
        return []
    pairs: list[tuple[str, Runs]] = []
    if beyond:
        pairs.append((w("Its answers were not alike for"), (_listed(beyond, w),)))
    if unclear:
        pairs.append((w("We do not know yet for"), (_listed(unclear, w),)))
    return [
        Heading(2, w("Where to take care"), "care"),
        Paragraph((w("Look twice at what the tool says in these cases. It is the tool that may differ here, not the students."),)), Facts(tuple(pairs)),
    ]


def _groups(results: Mapping[tuple[str, str], list[Disparity]], sets: Mapping[str, FixtureSet], outcome: str, w: Words) -> list[str]:
    found = [
        group_name(sets[name], attribute, d.group, w)
        for (name, attribute), rows in results.items() for d in rows
        if d.outcome == outcome and not d.negative_control and not d.suppressed and (d.reference != OTHERS or sets[name].attributes[attribute].reference is None)
    ]
    return [cut(name, _SHORT) for name in dict.fromkeys(found)]


def _listed(names: Sequence[str], w: Words) -> str:
    shown = "; ".join(names[:_MOST_GROUPS])
    return shown if len(names) <= _MOST_GROUPS else w("{names}; and {n} more", names=shown, n=len(names) - _MOST_GROUPS)


def _conditions(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    rows = condition_rows(card, sets, w, _LINE, _MOST)
    if not rows:
        return []
    return [Heading(2, w("What must be done"), "conditions"), Table(caption=w("Ask if this has been done"), head=(w("What"), w("Who"), w("By when")), rows=rows)]


def _tell(known: Known, w: Words) -> list[Block]:
    """Return whom to tell when something is not right."""
    person, channel = known.get("usable-responsible-person"), known.get("inclusive-reporting-channel")
    said: list[Inline] = []
    if person is not None and person.answer:
        said.append(stopped(w("In our district: {name}.", name=cut(person.answer, _LINE).rstrip("."))))
    else:
        said.append(w("No one is named yet who answers for the tool. Tell your school leader, and ask for a name."))
    if channel is not None and channel.outcome == "met":
        said.append(w("The tool has its own way to report a problem: {where}", where=_where(channel, w)))
    else:
        said.append(w("The tool has no known way to report a problem. Write down the day, what you asked and what it said."))
    return [Heading(2, w("Whom to tell"), "tell"), Paragraph(runs(*said))]


def _learning(known: Known, w: Words) -> list[Block]:
    """Return the plan for learning and who pays for it, as the district answered."""
    plan, hours = known.get("usable-learning-plan"), known.get("usable-learning-hours")
    pairs: list[tuple[str, Runs]] = [
        (w("The plan"), (_answer(plan, w),)),
        (w("Hours in the first year"), (w("{n} hours each", n=cut(hours.answer, 20)) if hours is not None and hours.answer else w("No answer yet."),)),
        (w("On the job, with follow-up"), (_yes(known.get("usable-job-embedded"), w),)),
        (w("How AI works, and how to judge what it says"), (_yes(known.get("usable-ai-literacy"), w),)),
        (w("Who pays"), (_answer(known.get("usable-funding"), w),)),
    ]
    return [Heading(2, w("What you will learn, and who pays"), "learning"), Facts(tuple(pairs))]


def _answer(finding: Finding | None, w: Words) -> str:
    return cut(finding.answer, _LINE) if finding is not None and finding.answer else w("No answer yet.")


def _yes(finding: Finding | None, w: Words) -> str:
    if finding is None or finding.outcome in ("not_assessed", "not_applicable"):
        return w("No answer yet.")
    return w("Yes") if finding.outcome == "met" else w("Not shown yet")
