"""Several audits of one tool as a document: what was decided, where the assessors disagree, and what their replies show together."""

from collections.abc import Iterator, Sequence

import msgspec

from audit.records import Evidence, Json
from audit.records.merged import Disagreement, Elsewhere, Merged, MergedAudit, PooledGap, Said
from audit.report.blocks import Badge, Block, Document, Heading, Inline, Items, Paragraph, Runs, Soft, Strong, Table
from audit.report.documents.parts import (
    badge,
    difference,
    english,
    interval,
    outcome_name,
    percent,
    probability,
    role_name,
    runs,
    size,
    status_name,
    unit_name,
)
from audit.report.pictures.forest import Forest, ForestRow, forest_figure
from audit.report.pictures.svg import MOST_ROWS
from audit.report.words import Words
from audit.wording import OTHERS, one_line

_LONG = 200
_LONGER = 600
_MOST_ROWS = 300
_LINES = 26
"""What a picture holds and still fits on a sheet of paper, headings counted as two."""
_MISSING = "missing_rate"
_FIRST = {"gap_found": 0, "inconclusive": 1, "within_margin": 2, "not_assessed": 3}


def merged_document(found: Merged, w: Words) -> Document:
    """Return the document. Its data are what was merged; merged.json holds all of a large one."""
    roles = {a.role for a in found.audits}
    audited = "; ".join(dict.fromkeys(f"{role_name(a.role, w)}{f', {a.organisation}' if a.organisation else ''}" for a in found.audits))
    blocks = [*_decisions(found, w), *_disagreements(found, w), *_conditions(found, w), *_measured(found, w), *_elsewhere(found, w), *_refused(found, w), *_how(found, w)]
    return Document(
        name="merged", lang=w.lang, title=w("Several audits of one tool"), role="vendor" if any(a.vendor_test for a in found.audits) else next(iter(roles)) if len(roles) == 1 else "district",
        banner=audited, subtitle=one_line(f"{found.tool} {found.version}, {found.vendor}", _LONG), blocks=tuple(blocks), skip=w("Skip to the decisions"), data=_data(found),
    )


def _data(found: Merged) -> Json:
    """Return what is embedded for programs: of very much only what is pooled, so that the page stays light."""
    if len(found.pooled) + len(found.disagreements) > _MOST_ROWS:
        found = msgspec.structs.replace(found, disagreements=(), notes=(*found.notes, "No disagreements are embedded here; merged.json holds all."))
    return msgspec.to_builtins(found)


def _decisions(found: Merged, w: Words) -> list[Block]:
    lead = (w("All audits came to the same decision.") if found.same_decision else w("The audits did not come to the same decision."))
    head = (w("Audit"), w("Audited by"), w("Date"), w("Decision"), w("How the tool was asked"), w("Counts in what is pooled"))
    rows = tuple(
        ((a.label,), (role_name(a.role, w),), (a.as_of,), (Badge(a.decision, status_name(a.decision, w)),), (_asked(a, w),), _counts(a, w)) for a in found.audits
    )
    return [
        Heading(2, w("What the audits decided"), "decisions"), Paragraph((lead,), "lead"), Table(w("The audits"), head, rows),
        Paragraph((w("A decision is a district's own: it rests on its policy, its answers and its evidence. Nothing here decides for anybody."),), "soft"),
    ]


def _asked(a: MergedAudit, w: Words) -> str:
    days = a.from_day if a.from_day == a.to_day else w("{low} to {high}", low=a.from_day, high=a.to_day)
    said = [w("{adapter}, each probe {n} times, {days}", adapter=one_line(a.adapter, _LONG), n=a.repeats, days=days or "–")]
    if a.models:
        said.append(w("answered as: {models}", models=one_line(", ".join(a.models), _LONG)))
    if a.adopted_from:
        said.append(w("taken over from {name}", name=a.adopted_from))
    return "; ".join(said)


def _counts(a: MergedAudit, w: Words) -> Runs:
    mark: tuple[Inline, ...] = (Strong(w("Vendor's own test of its product")),) if a.vendor_test else ()
    if a.counted:
        return runs(*mark, w("yes"))
    return runs(*mark, w("no")) if a.vendor_test else runs(w("no"), english(one_line(a.not_counted, _LONG), w))


def _name(label: str, found: Merged, w: Words) -> str:
    """Return an audit's label; a vendor's own test is never without its mark."""
    vendor = next((a.vendor_test for a in found.audits if a.label == label), False)
    return w("{name} (vendor's own test)", name=label) if vendor else label


def _disagreements(found: Merged, w: Words) -> list[Block]:
    told = [d for d in found.disagreements if d.kind != "asked"]
    asked = [d for d in found.disagreements if d.kind == "asked"]
    lead = w.plural("The audits disagree on {n} criterion.", "The audits disagree on {n} criteria.", len(told)) if told else w("The audits disagree on no criterion that all of them were asked.")
    alike = w.plural("{n} criterion came out alike in all audits, with the same answer.", "{n} criteria came out alike in all audits, with the same answer.", found.agreed)
    blocks: list[Block] = [Heading(2, w("Where the audits disagree"), "disagreements"), Paragraph((lead,), "lead"), Paragraph((alike,))]
    rows = [row for d in told for row in _told(d, found, w)]
    if rows:
        head = (w("Criterion"), w("Audit"), w("Outcome"), w("Answer, and why"), w("Evidence"))
        caption = w("Who said what, and on what evidence")
        cut = caption if len(rows) <= _MOST_ROWS else w("{caption} (the first {shown} of {all}; all are in merged.json)", caption=caption, shown=_MOST_ROWS, all=len(rows))
        blocks.append(Table(cut, head, tuple(rows[:_MOST_ROWS])))
    if asked:
        said = w.plural("{n} criterion was not asked in every audit:", "{n} criteria were not asked in every audit:", len(asked))
        blocks += [Paragraph((said,)), Items(tuple(_partly(d, found, w) for d in asked[:_MOST_ROWS]))]
    return blocks


def _told(d: Disagreement, found: Merged, w: Words) -> Iterator[tuple[Runs, ...]]:
    about = runs(w.data(one_line(d.question, _LONGER)), Soft(one_line(d.subject, _LONG)) if d.subject else "", Soft(w("required")) if d.required else "",
                 Soft(w("worded differently in the audits")) if d.reworded else "")
    for s in d.said:
        yield about, (_name(s.audit, found, w),), (_outcome(s, w),), _why(s, w), _evidence(s.evidence, w)


def _outcome(s: Said, w: Words) -> Inline:
    return w("not asked") if s.outcome is None else Badge(s.outcome, outcome_name(s.outcome, w))


def _why(s: Said, w: Words) -> Runs:
    by = w("answered by {name}", name=one_line(f"{s.answered_by}{f', {s.answered_on}' if s.answered_on else ''}", _LONG)) if s.answered_by and s.assurance != "measured" else ""
    return runs(Strong(one_line(s.answer, _LONG)) if s.answer else "", english(one_line(s.because, _LONGER), w), Soft(by) if by else "")


def _evidence(rows: Sequence[Evidence], w: Words) -> Runs:
    shown = [
        w("measured in this audit") if e.kind == "run" else w("{name} (until {day})", name=one_line(e.what, _LONG), day=e.expires) if e.expires else one_line(e.what, _LONG)
        for e in rows if e.kind != "text"
    ]
    return ("; ".join(shown) or "–",)


def _partly(d: Disagreement, found: Merged, w: Words) -> Runs:
    names = ", ".join(_name(s.audit, found, w) for s in d.said if s.outcome is not None)
    return runs(w.data(one_line(d.question, _LONGER)), Soft(w("asked by: {names}", names=names)))


def _conditions(found: Merged, w: Words) -> list[Block]:
    if not found.conditions:
        return []
    head = (w("Condition"), w("Set by"), w("By whom"), w("Until"))
    rows = tuple(
        (runs(english(one_line(c.condition.text, _LONGER), w), Soft(one_line(c.condition.subject, _LONG)) if c.condition.subject not in c.condition.text else ""),
         (", ".join(_name(a, found, w) for a in c.audits),), (one_line(c.condition.owner, _LONG) or "–",), (c.condition.due or "–",))
        for c in found.conditions[:_MOST_ROWS]
    )
    return [Heading(2, w("The conditions of all audits"), "conditions"), Table(w("Each condition, and whose it is"), head, rows)]


def _measured(found: Merged, w: Words) -> list[Block]:
    blocks: list[Block] = [Heading(2, w("What the audits measured, taken together"), "measured")]
    if not found.pooled:
        return [*blocks, Paragraph((w("Nothing that was measured could be pooled: no two audits that count asked the same items and read and judged the replies alike."),), "lead")]
    shown, quiet = _worth_a_row(found)
    beyond = sum(g.average.outcome == "gap_found" and not g.average.negative_control for g in shown)
    lead = w.plural("In {n} comparison the average over these audits differs beyond the margin.", "In {n} comparisons the average over these audits differs beyond the margin.", beyond)
    differ = w.plural("In {n} comparison the audits are shown to differ from each other.", "In {n} comparisons the audits are shown to differ from each other.", sum(g.differ for g in shown))
    blocks += [Paragraph((f"{lead} {differ}",), "lead"), *_forests(shown, found, w), _averages(shown, found, w)]
    if quiet:
        said = w.plural("In {n} comparison of missing replies no reply was missing in any audit.", "In {n} comparisons of missing replies no reply was missing in any audit.", quiet)
        blocks.append(Paragraph((said,), "soft"))
    return blocks


def _worth_a_row(found: Merged) -> tuple[list[PooledGap], int]:
    """Return the comparisons in their order of weight, and how many are left out because no reply was missing."""
    quiet = [g for g in found.pooled if g.average.statistic == _MISSING and g.average.missing == 0]
    kept = [g for g in found.pooled if g not in quiet]
    return sorted(kept, key=lambda g: (g.average.negative_control, _FIRST[g.average.outcome], not g.differ, -abs(g.average.estimate or 0.0) / (g.average.margin or 1.0))), len(quiet)


def _forests(shown: Sequence[PooledGap], found: Merged, w: Words) -> Iterator[Block]:
    for unit in dict.fromkeys(g.average.unit for g in shown):
        own = [g for g in shown if g.average.unit == unit]
        forests = [_forest(g, found, w) for g in own[:_LINES]]
        drawn = max(1, _LINES // max(len(f.rows) + 2 for f in forests))
        title = w("The largest differences, audit by audit ({unit})", unit=unit_name(unit, w)) if len(own) > drawn else w("Differences, audit by audit ({unit})", unit=unit_name(unit, w))
        figure = forest_figure(forests[:drawn], unit, w, title)
        if figure is not None:
            yield figure


def _forest(g: PooledGap, found: Merged, w: Words) -> Forest:
    a, e = g.average, g.elsewhere
    audits = g.audits if len(g.audits) <= MOST_ROWS else ()  # more do not fit on a page; the table has all
    return Forest(
        _about(g, found, w), tuple(ForestRow(_name(o.audit, found, w), o.estimate, o.low, o.high, o.outcome or "") for o in audits),
        ForestRow(w("Average of these audits"), a.estimate, a.low, a.high, a.outcome, a.low90, a.high90),
        ForestRow(w("One more district"), None, e.predicted_low, e.predicted_high) if e else None, a.margin,
    )


def _about(g: PooledGap, found: Merged, w: Words) -> str:
    a = g.average
    start = f"{a.set}/{a.attribute}"
    group = w.plain(found.titles.get(f"{start}/{a.group}", a.group))
    reference = w("all other groups together") if a.reference == OTHERS else w.plain(found.titles.get(f"{start}/{a.reference}", a.reference))
    versus = w("{group} against {reference}", group=group, reference=reference)
    measure = f", {w.plain(a.measure.replace('_', ' '))}" if a.unit != "share" else ""
    said = f"{w.plain(found.titles.get(a.set, a.set))}, {w.plain(found.titles.get(start, a.attribute))}: {versus} ({w.plain(a.statistic.replace('_', ' '))}{measure})"
    return w("{comparison}; a control: should not matter", comparison=said) if a.negative_control else said


def _averages(shown: Sequence[PooledGap], found: Merged, w: Words) -> Table:
    head = (w("Comparison"), w("Each audit"), w("Average of these audits, 95% interval"), w("Outcome"), w("Do the audits differ?"))
    rows = tuple(
        ((_about(g, found, w),), ("; ".join(f"{_name(o.audit, found, w)}: {difference(o.estimate, g.average.unit, w)}" for o in g.audits),),
         (f"{difference(g.average.estimate, g.average.unit, w)} {unit_name(g.average.unit, w)} ({interval(g.average.low, g.average.high, g.average.unit, w)})",),
         runs(badge(g.average.outcome, w), english(f"Not cleared, because {g.held_back}.", w) if g.held_back else ""), (_differ(g, w),)) for g in shown[:_MOST_ROWS]
    )
    caption = w("What the audits of the same items show together")
    return Table(caption if len(shown) <= _MOST_ROWS else w("{caption} (the first {shown} of {all}; all are in merged.json)", caption=caption, shown=_MOST_ROWS, all=len(shown)), head, rows)


def _differ(g: PooledGap, w: Words) -> str:
    if g.p_differ is None:
        return w("no item tells them apart")
    p = probability(g.p_adjusted)
    return w("yes (p {p})", p=p if p.startswith("<") else f"= {p}") if g.differ else w("not shown (p {p})", p=p if p.startswith("<") else f"= {p}")


def _elsewhere(found: Merged, w: Words) -> list[Block]:
    rows = tuple(_beyond(g, g.elsewhere, found, w) for g in _worth_a_row(found)[0] if g.elsewhere is not None)[:_MOST_ROWS]
    if not rows:
        return []
    head = (w("Comparison"), w("Mean over districts like these, 95% interval"), w("Standard deviation between districts, 95% interval"), w("Not chance"), w("One more district, 95%"))
    return [
        Heading(2, w("What to expect in other districts"), "elsewhere"),
        Paragraph((w("The average above is about these audits. If they were a random choice of districts that set the tool up as these did, this is what they would say of others. With few audits that is little: the intervals are wide, and they decide nothing."),)),
        Table(w("Districts like these"), head, rows),
        Paragraph((w("“Not chance”: the share of the variance between the audits that no chance in the items or replies explains (I²)."),), "soft"),
    ]


def _beyond(g: PooledGap, e: Elsewhere, found: Merged, w: Words) -> tuple[Runs, ...]:
    unit = g.average.unit
    return (
        (_about(g, found, w),), (f"{difference(e.mean, unit, w)} {unit_name(unit, w)} ({interval(e.low, e.high, unit, w)})",),
        (f"{size(e.tau, unit, w)} ({w('{low} to {high}', low=size(e.tau_low, unit, w), high=size(e.tau_high, unit, w))})",), (percent(e.i2),), (interval(e.predicted_low, e.predicted_high, unit, w),),
    )


def _refused(found: Merged, w: Words) -> list[Block]:
    if not found.not_pooled:
        return []
    rows = tuple(((w.plain(r.what),), (", ".join(_name(a, found, w) for a in r.audits),), (english(one_line(r.because, _LONGER), w),)) for r in found.not_pooled)
    return [
        Heading(2, w("What is not pooled"), "refused"),
        Paragraph((w("Only replies to the same items, read in the same way and judged by the same margins, are put together. What differs is named here, and no number of it is pooled."),)),
        Table(w("Not pooled"), (w("What was measured"), w("Audits"), w("Why")), rows),
    ]


def _how(found: Merged, w: Words) -> list[Block]:
    said = [
        w("All these audits asked the same items. What chance made of the items it made for all of them, so several audits of the same items are not as much evidence as several sets of items: the average is as sure as its items are many, and two audits with the very same replies say no more than one."),
        w("Each audit counts the same, however often it asked. Each item's replies are averaged over the audits, and the averages are judged as those of one audit are, by the same margins and with the same tests."),
        w("Whether the audits differ is tested by exchanging the audits' labels within each item. Where they are shown to differ, or one of them by itself shows a difference beyond the margin, an average within the margin clears nobody."),
    ]
    notes = Items(tuple((english(one_line(n, _LONGER), w),) for n in found.notes))
    return [
        Heading(2, w("How the audits were put together"), "how"), *(Paragraph((s,)) for s in (said if found.pooled else [])), *([notes] if found.notes else []),
        Paragraph((english(found.family, w),)), Paragraph((w("Seed of the exchanges: {seed}.", seed=found.seed),), "soft"),
    ]
