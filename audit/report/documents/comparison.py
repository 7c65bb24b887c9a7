"""Tools side by side as a document: the order that is supported, what differs between tools, and what was answered."""

from collections.abc import Sequence

import msgspec

from audit.records import Json
from audit.records.comparisons import GapDifference, OwnGap, Ranking, ToolComparison
from audit.report.blocks import Badge, Block, Document, Heading, Items, Paragraph, Runs, Soft, Strong, Table
from audit.report.documents.parts import (
    badge,
    difference,
    english,
    interval,
    outcome_name,
    percent,
    role_name,
    runs,
    status_name,
    unit_name,
)
from audit.report.pictures.tools import ToolGroup, ToolValue, tools_figure
from audit.report.words import Words
from audit.wording import OTHERS, one_line

_LONG = 200
_MOST_ROWS = 300
_SAME_MARGIN = 1e-9
_MEASURED = ("replies", "missing")


def comparison_document(found: ToolComparison, w: Words) -> Document:
    """Return the document. Its data are the comparison itself; comparison.json holds all of a large one."""
    roles = {t.role for t in found.tools}
    names = "; ".join(one_line(t.label, _LONG) for t in found.tools)
    audited = "; ".join(dict.fromkeys(f"{role_name(t.role, w)}{f', {one_line(t.organisation, _LONG)}' if t.organisation else ''}" for t in found.tools))
    blocks = [*_order(found, w), *_tools(found, w), *_pictures(found, w), *_differences(found, w), *_answers(found, w), *_refused(found, w), *_how(found, w)]
    return Document(
        name="comparison", lang=w.lang, title=w("Tools side by side"), role=next(iter(roles)) if len(roles) == 1 else "vendor" if "vendor" in roles else "district",
        banner=audited, subtitle=names, blocks=tuple(blocks), skip=w("Skip to the order of the tools"), data=_data(found),
    )


def _data(found: ToolComparison) -> Json:
    """Return what is embedded for programs: of very many differences those that show something, so that the page stays light."""
    if len(found.differences) > _MOST_ROWS:
        shown = tuple(d for d in found.differences if d.smaller or d.differs or d.undermined)
        note = "Only differences that show something are embedded here, and no tool's own gaps; comparison.json holds all."
        found = msgspec.structs.replace(found, differences=shown, gaps=(), notes=(*found.notes, note))
    return msgspec.to_builtins(found)


def _order(found: ToolComparison, w: Words) -> list[Block]:
    tiers = found.overall.tiers
    lead = w("No order between the tools is supported: what was measured and answered shows none of them above the others.") if len(tiers) == 1 else w.plural(
        "The evidence supports an order of {n} tier.", "The evidence supports an order of {n} tiers.", len(tiers))
    rows = tuple(((str(place),), (", ".join(one_line(t, _LONG) for t in tier),)) for place, tier in enumerate(tiers, 1))
    return [
        Heading(2, w("The order that is supported"), "order"),
        Paragraph((lead,), "lead"),
        Table(w("Tiers, from the first to the last"), (w("Tier"), w("Tools")), rows, numbers=(0,)),
        Paragraph((w("Each tool of a tier is shown to stand above each tool of every later tier. Tools of one tier are tied: no order between them as a whole is shown, which is not the same as being alike."),), "soft"),
        Items(tuple(_pair(p.tool_a, p.tool_b, p.above, p.because, w) for p in found.overall.pairs)),
    ]


def _pair(a: str, b: str, above: str | None, because: str, w: Words) -> Runs:
    said = w("{one} and {other}: tied.", one=a, other=b) if above is None else w("{one} stands above {other}.", one=above, other=b if above == a else a)
    return runs(Strong(said), english(f"{because[:1].upper()}{because[1:]}.", w))


def _tools(found: ToolComparison, w: Words) -> list[Block]:
    head = (w("Tool"), w("Vendor"), w("Version"), w("Audited by"), w("Date"), w("Decision"))
    rows = tuple(
        ((one_line(t.label, _LONG),), (one_line(t.vendor, _LONG),), (one_line(t.version, _LONG),), runs(role_name(t.role, w), Soft(one_line(t.organisation, _LONG)) if t.organisation else ""),
         (t.as_of,), (Badge(t.decision, status_name(t.decision, w)),)) for t in found.tools
    )
    return [Heading(2, w("The tools"), "tools"), Table(w("Whose audits are compared"), head, rows)]


def _pictures(found: ToolComparison, w: Words) -> list[Block]:
    """The tools' own largest differences, question by question: one picture and one table for each unit."""
    blocks: list[Block] = [Heading(2, w("Each tool by itself"), "each"), _rankings(found, w)]
    by_unit: dict[str, list[tuple[Ranking, list[OwnGap]]]] = {}
    for ranking in found.rankings:
        if ranking.kind not in _MEASURED:
            continue
        for unit in dict.fromkeys(g.unit for g in found.gaps if _about(g, ranking)):
            by_unit.setdefault(unit, []).append((ranking, _largest([g for g in found.gaps if g.unit == unit and _about(g, ranking)])))
    for unit, shown in by_unit.items():
        title = w("The largest difference of each tool ({unit})", unit=unit_name(unit, w) or w("as a ratio"))
        figure = tools_figure([_group(r, own, found, w) for r, own in shown], unit, w, title)
        blocks += [figure] if figure is not None else []
        rows = tuple(
            ((_title(r, found, w),), (g.tool,), (_versus(g, found, w),), (difference(g.estimate, unit, w),), (interval(g.low, g.high, unit, w),), (badge(g.outcome, w),))
            for r, own in shown for g in own
        )
        blocks.append(Table(title, (w("Question"), w("Tool"), w("Group against reference"), w("Difference"), w("95% interval"), w("Outcome")), rows, numbers=(3,)))
    return blocks


def _title(r: Ranking, found: ToolComparison, w: Words) -> str:
    """Return what a ranking is about: the set and the attribute, each by its own title; anything else as it is called."""
    own, attribute = found.titles.get(r.set or ""), found.titles.get(f"{r.set}/{r.attribute}")
    if own is None or attribute is None:
        return w.plain(r.title)
    names = {"set": w.plain(own), "attribute": w.plain(attribute)}
    return w("{set}: {attribute}, missing replies", **names) if r.kind == "missing" else w("{set}: {attribute}", **names)


def _about(g: OwnGap, ranking: Ranking) -> bool:
    return (g.set, g.attribute) == (ranking.set, ranking.attribute) and (g.statistic == "missing_rate") == (ranking.kind == "missing") and g.tool in ranking.outcomes


def _largest(gaps: Sequence[OwnGap]) -> list[OwnGap]:
    """Return each tool's largest difference, measured in margins; controls count only where there is nothing else."""
    best: dict[str, OwnGap] = {}
    for g in gaps:
        if g.tool not in best or _size(g) > _size(best[g.tool]):
            best[g.tool] = g
    return list(best.values())


def _size(g: OwnGap) -> tuple[bool, float]:
    return not g.negative_control, abs(g.estimate or 0.0) / (g.margin or 1.0)


def _group(ranking: Ranking, own: Sequence[OwnGap], found: ToolComparison, w: Words) -> ToolGroup:
    values = tuple(ToolValue(g.tool, _versus(g, found, w), g.estimate, g.low, g.high, g.outcome) for g in own)
    margins = [g.margin for g in own if g.margin]
    same = margins[0] if margins and max(margins) - min(margins) < _SAME_MARGIN else None
    return ToolGroup(_title(ranking, found, w), values, tuple(t for t in ranking.tiers if len(t) > 1), same)


def _versus(g: OwnGap | GapDifference, found: ToolComparison, w: Words) -> str:
    start = f"{g.set}/{g.attribute}"
    group = w.plain(found.titles.get(f"{start}/{g.group}", g.group))
    reference = w("all other groups together") if g.reference == OTHERS else w.plain(found.titles.get(f"{start}/{g.reference}", g.reference))
    return w("{group} against {reference}", group=group, reference=reference)


def _rankings(found: ToolComparison, w: Words) -> Table:
    labels = [t.label for t in found.tools]
    rows = tuple(
        ((_title(r, found, w),), *((_outcome(r, label, w),) for label in labels), (_tiers(r, w),)) for r in found.rankings
    )
    return Table(w("Criterion by criterion"), (w("Criterion"), *labels, w("Order")), rows)


def _outcome(r: Ranking, label: str, w: Words) -> str | Badge:
    kind = r.outcomes.get(label)
    if kind is None:
        return w("not asked")
    if r.kind == "decision":
        return Badge(kind, status_name(kind, w))
    return badge(kind, w) if r.kind in _MEASURED else w("no score") if kind == "no score" else kind


def _tiers(r: Ranking, w: Words) -> str:
    return w("tied") if len(r.tiers) < 2 else " > ".join(" = ".join(tier) for tier in r.tiers)  # noqa: PLR2004 - one tier is no order


def _differences(found: ToolComparison, w: Words) -> list[Block]:
    shown = [d for d in found.differences if d.magnitude is not None]
    ordered = sorted(shown, key=lambda d: (d.smaller is None, not d.undermined, not d.differs))[:_MOST_ROWS]
    names = w("Differences between two tools"), w("The same comparison of groups, on the items that both tools answered")
    caption = names[1] if len(ordered) == len(shown) else w("{caption} (the first {shown} of {all}; all are in comparison.json)", caption=names[1], shown=_MOST_ROWS, all=len(shown))
    head = (w("Comparison"), w("Tools"), w("Differences of the two tools"), w("First minus second, 95% interval"), w("Size of the first minus size of the second, 95% interval"), w("Shown"))
    blocks: list[Block] = [Heading(2, names[0], "between")]
    if not ordered:
        return [*blocks, Paragraph((w("No difference between two tools could be tested."),))]
    said = w.plural("In {n} comparison one tool's difference is shown to be smaller than the other's.", "In {n} comparisons one tool's difference is shown to be smaller than the other's.", sum(d.smaller is not None for d in shown))
    if not any(d.differs or d.smaller or d.undermined for d in shown):
        return [*blocks, Paragraph((w("No comparison shows a difference between two tools. All of them are in comparison.json."),), "lead")]
    return [*blocks, Paragraph((said,), "lead"), Table(caption, head, tuple(_row(d, found, w) for d in ordered))]


def _row(d: GapDifference, found: ToolComparison, w: Words) -> tuple[Runs, ...]:
    about = found.titles.get(f"{d.set}/{d.attribute}", d.attribute)
    unit = f" {unit_name(d.unit, w)}".rstrip()
    gaps = w("{one} and {other}", one=difference(d.gap_a, d.unit, w), other=difference(d.gap_b, d.unit, w)) + unit
    return (
        (f"{w.plain(found.titles.get(d.set, d.set))}, {w.plain(about)}: {_versus(d, found, w)} ({w.plain(d.statistic.replace('_', ' '))}{f', {w.plain(d.measure)}' if d.unit != 'share' else ''})",),
        (w("{one} and {other}", one=d.tool_a, other=d.tool_b),), (gaps,),
        (f"{difference(d.difference, d.unit, w)}{unit} ({interval(d.low, d.high, d.unit, w)})",),
        (f"{difference(d.magnitude, d.unit, w)}{unit} ({interval(d.magnitude_low, d.magnitude_high, d.unit, w)})",), runs(*_said(d, w)),
    )


def _said(d: GapDifference, w: Words) -> list[str | Strong]:
    sides = w("The two differences point to opposite sides.") if d.changes_sign else ""
    if d.smaller:
        return [Strong(w("{tool}: smaller", tool=d.smaller)), sides]
    if d.undermined:
        return [w("the missing replies could undo it"), sides]
    return [w("they differ, not shown which is smaller") if d.differs else w("no difference shown"), sides]


def _answers(found: ToolComparison, w: Words) -> list[Block]:
    labels = [t.label for t in found.tools]
    scores = tuple(
        ((w.plain(one.title),), *((_score(one.scores.get(t), one.coverage.get(t), w),) for t in labels)) for one in found.indicators
    )
    unlike = [c for c in found.criteria if len({c.outcomes.get(t) for t in labels}) > 1]
    rows = tuple(
        (runs(w.data(c.question), Soft(c.subject) if c.subject else ""), *((_met(c.outcomes.get(t), w),) for t in labels)) for c in unlike[:_MOST_ROWS]
    )
    alike = len(found.criteria) - len(unlike)
    rest = w.plural("{n} other criterion came out alike for all tools.", "{n} other criteria came out alike for all tools.", alike)
    return [
        Heading(2, w("What was answered and judged"), "answers"),
        Table(w("Scores, and how much of each was answered"), (w("Indicator"), *labels), scores),
        Table(w("Criteria that came out differently"), (w("Criterion"), *labels), rows), Paragraph((rest,), "soft"),
        Paragraph((w("An order of two scores counts only where it holds on the same criteria for all weights from 1/{factor} to {factor} times the checklist's, and whatever the answers that are still open would be.", factor=f"{found.weight_factor:g}"),), "soft"),
    ]


def _score(score: float | None, coverage: float | None, w: Words) -> str:
    if coverage is None:
        return w("not asked")
    return w("{score} (answered: {share})", score=w("no score") if score is None else f"{score:g}", share=percent(coverage))


def _met(outcome: str | None, w: Words) -> str | Badge:
    return w("not asked") if outcome is None else Badge(outcome, outcome_name(outcome, w))


def _refused(found: ToolComparison, w: Words) -> list[Block]:
    if not found.refused:
        return []
    rows = tuple(((w.plain(r.what),), (w("{one} and {other}", one=r.tool_a, other=r.tool_b),), (english(r.because, w),)) for r in found.refused)
    return [
        Heading(2, w("What is not compared"), "refused"),
        Paragraph((w("Only what is the same for two tools is compared. What differs is named here, and no number of it is put together."),)),
        Table(w("Not compared"), (w("What"), w("Tools"), w("Why")), rows),
    ]


def _how(found: ToolComparison, w: Words) -> list[Block]:
    return [
        Heading(2, w("How the tools were compared"), "how"),
        Paragraph((w("Both tools got the same probes. Each item's difference between groups is taken for both tools, and one is subtracted from the other, so that what makes an item hard counts for neither."),)),
        Paragraph((english(found.family, w),)), *(Paragraph((english(note, w),)) for note in found.notes), Paragraph((w("Seed of the exchanges: {seed}.", seed=found.seed),), "soft"),
    ]
