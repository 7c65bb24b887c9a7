"""The full report: everything on the scorecard, from the decision down to what each finding rests on."""

from collections.abc import Mapping

import msgspec

from audit.records import Change, FixtureSet, Json, Scope, Scorecard
from audit.report.blocks import Badge, Block, Callout, Document, Facts, Heading, Inline, Items, Link, Paragraph, Runs, Soft, Strong, Table
from audit.report.documents.behind import limits_blocks, provenance_blocks
from audit.report.documents.duties import due, owner_name, plain_change, plain_condition
from audit.report.documents.found import claims_blocks, findings_blocks, indicators_blocks, papers_blocks
from audit.report.documents.measured import measured_blocks
from audit.report.documents.parts import badge, english, frame, runs, slug, status_name, tool_title, use_name
from audit.report.documents.reasons import plain_reasons, status_sentence
from audit.report.words import SOURCE, Words

_MOST_LINKS = 6
_MOST_REASONS = 20
_LINE = 400
_MOST_DATA = 450_000
"""Bytes of JSON inside the page."""
_LONGEST_FIRST = ("missingness", "groups", "disparities", "texts", "findings", "gates", "evidence")
"""What is left out of a page that would be too large for mail; it is all in scorecard.json, and on the page in words."""


def report_document(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> Document:
    """Return the full report; the whole scorecard is its `data`, for programs."""
    taken = {"decision", "derivation", "sensitivity", "read", "provenance", "conditions"}
    criteria = {name: slug(f"finding-{name}", taken) for name in dict.fromkeys(f.criterion for f in card.findings)}
    places = {(f.criterion, f.subject): criteria[f.criterion] for f in card.findings}
    blocks: list[Block] = [
        _about_tool(card, w), _decision(card, sets, w), *_derivation(card, places, w), *_sensitivity(card, w), *_reading(card, w),
        *indicators_blocks(card, w, taken), *measured_blocks(card, sets, w, taken), *claims_blocks(card, w, taken),
        *findings_blocks(card, sets, places, w, taken), *papers_blocks(card, w, taken), *limits_blocks(card, sets, w, taken),
    ]
    return frame(
        "report", card, w, w("Scorecard: {tool}", tool=tool_title(card)), blocks, footer=provenance_blocks(card, w), data=_data(card),
    )


def _data(card: Scorecard) -> Json:
    """Return the scorecard for programs; of one too large for a page, without its longest tables, and `left_out` says which."""
    whole = msgspec.to_builtins(card)
    sizes = {name: len(msgspec.json.encode(part)) for name, part in whole.items()}
    left_out: list[str] = []
    for name in _LONGEST_FIRST:
        if sum(sizes.values()) > _MOST_DATA:
            left_out.append(name)
            del sizes[name], whole[name]
    return whole | ({"left_out": {"parts": left_out, "where": "scorecard.json"}} if left_out else {})


def _about_tool(card: Scorecard, w: Words) -> Block:
    tool = card.tool
    held = str(tool.get("student_data") or "")
    pairs: list[tuple[str, Runs]] = [(w("Tool"), (str(tool["name"]),)), (w("Version"), (str(tool["version"]),)), (w("From"), (str(tool["vendor"]),))]
    if tool.get("use_cases"):
        pairs.append((w("Uses"), (", ".join(use_name(str(u), w) for u in tool["use_cases"]),)))
    if tool.get("audience"):
        pairs.append((w("Made for"), (", ".join(use_name(str(a), w) for a in tool["audience"]),)))
    return Facts((*pairs, (w("Student data that it holds"), (use_name(held, w) if held else w("not stated"),))))


def _decision(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> Block:
    """Return the decision with its reasons, scope, conditions, what would change it, waivers and the day of the next look."""
    decision = card.decision
    blocks: list[Block] = [
        Heading(2, w("What the evidence supports"), "decision"),
        Paragraph((Strong(status_name(decision.status, w)),), "status"),
        Paragraph((status_sentence(decision.status, w),), "lead"),
        Paragraph((Strong(w("Because:")),)),
        Items(_because(card, sets, w)),
    ]
    if decision.scope:
        blocks += [Paragraph((Strong(w("What it is about, and nothing else:")),)), Facts(_scope(decision.scope, w))]
    if decision.conditions:
        blocks.append(Table(
            caption=w("If it is used all the same, these conditions"), head=(w("What has to be done"), w("Kind"), w("Who"), w("Until")),
            rows=tuple(((c.text if w.lang == SOURCE else plain_condition(c, card, sets, w, _LINE),), (_kind(c.kind, w),), (owner_name(c.owner, w),), (due(c.due, w),)) for c in decision.conditions),
        ))
    if decision.would_change:
        blocks += [Paragraph((Strong(w("What would change this:")),)), Items(tuple(_change(c, card, w) for c in decision.would_change))]
    if decision.waivers:
        blocks.append(Table(
            caption=w("Requirements that somebody answers for by name"), head=(w("Requirement"), w("Who"), w("Why"), w("Until")),
            rows=tuple(((one.gate,), (one.by,), (one.reason,), (one.expires,)) for one in decision.waivers),
        ))
    return Callout(decision.status, w("What the evidence supports"), (*blocks, *_review(card, w)))


def _because(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> tuple[Runs, ...]:
    """Return the reasons as the stage wrote them; in another language the plain ones, since those are sentences of the catalogue."""
    plain = [] if w.lang == SOURCE else plain_reasons(card, sets, w, _MOST_REASONS)
    return tuple((reason,) for reason in plain) or tuple((w.data(reason),) for reason in card.decision.because)


def _scope(scope: Scope, w: Words) -> tuple[tuple[str, Runs], ...]:
    def told(values: tuple[str, ...]) -> Runs:
        return (", ".join(use_name(v, w) for v in values) or w("not stated"),)

    return (
        (w("Version"), (scope.version or w("not stated"),)), (w("Uses"), told(scope.use_cases)), (w("Made for"), told(scope.audience)),
        (w("Grades"), (", ".join(scope.grades) or w("not stated"),)), (w("Student data that it holds"), told((scope.student_data,) if scope.student_data else ())),
        (w("Languages"), (", ".join(scope.languages) or w("not stated"),)), (w("Models"), (", ".join(scope.models) or w("not stated"),)),
    )


def _kind(kind: str, w: Words) -> str:
    return {
        "repair": w("repair"), "human_review": w("a person decides"), "limit_use": w("limited use"), "monitor": w("watch and measure again"),
        "agreement": w("agreement"),
    }[kind]


def _change(change: Change, card: Scorecard, w: Words) -> Runs:
    """A change, and what the decision would then be if nothing else changed."""
    own: list[Inline] = [change.text if w.lang == SOURCE else plain_change(change, card, w, _LINE)]
    if change.needed:
        own.append(Soft(w("Base items needed: {n}.", n=f"{change.needed:,}")))
    if change.would_be:
        own.append(Soft(w("If it came out well and nothing else changed: {decision}.", decision=status_name(change.would_be, w))))
    return runs(*own)


def _review(card: Scorecard, w: Words) -> list[Block]:
    text = w("Look at it again by {date}, or when the version changes.", date=card.review_by)
    return [Paragraph(runs(text, *(w.data(reason) for reason in card.review_because)), "soft")]


def _derivation(card: Scorecard, places: Mapping[tuple[str, str], str], w: Words) -> list[Block]:
    """Return the steps, each with its rule, what it allows at most, and links to its findings."""
    if not card.decision.steps:
        return []
    items = []
    for step in card.decision.steps:
        linked: list[Inline] = [
            Link(w("Finding: {name}", name=name), f"#{place}") for name, place in dict.fromkeys((key[0], places[key]) for key in step.findings if key in places)]
        more = len(linked) - _MOST_LINKS
        rest = w.plural("and {n} more finding", "and {n} more findings", more) if more > 0 else ""
        items.append(runs(Badge(step.status, status_name(step.status, w)), w.data(step.because), Soft(w("Rule: {rule}.", rule=step.rule)), *linked[:_MOST_LINKS], rest))
    return [
        Heading(2, w("How this was derived"), "derivation"),
        Paragraph((w("Each rule that speaks names the most that it allows. The decision is the most cautious of them. No score outweighs a gate."),), "soft"),
        Items(tuple(items), ordered=True),
    ]


def _sensitivity(card: Scorecard, w: Words) -> list[Block]:
    from audit.report.pictures import sensitivity_figure

    s = card.sensitivity
    if s is None:
        return []
    title = w("Does the decision hold under other weights and margins?")
    figure = sensitivity_figure(s, {name: w.plain(i.title) for name, i in card.indicators.items()}, w, title)
    said: Inline = english(s.sentence, w) if s.sentence else w("The decision holds.") if s.holds else w("The decision does not hold.")
    blocks: list[Block | None] = [Heading(2, title, "sensitivity"), Paragraph((said,), "lead"), figure]
    if s.scores:
        blocks.append(Table(
            caption=w("Scores under all weights from 1/{factor} to {factor} times the policy's", factor=f"{s.weight_factor:g}"),
            head=(w("Indicator"), w("Score (0 to 100)"), w("Lowest"), w("Highest")), numbers=(1, 2, 3),
            rows=tuple(((_title(card, r.indicator, w),), (_score(r.score, w),), (_score(r.low, w),), (_score(r.high, w),)) for r in s.scores),
        ))
    if s.margins:
        blocks.append(Table(
            caption=w("The decision under other margins"), head=(w("Margins, times the policy's"), w("Decision")),
            rows=tuple(((w("{low} to {high}", low=f"{m.from_factor:.3g}", high=f"{m.to_factor:.3g}"),), (Badge(m.status, status_name(m.status, w)),)) for m in s.margins),
        ))
    return [block for block in blocks if block is not None]


def _title(card: Scorecard, indicator: str, w: Words) -> str:
    found = card.indicators.get(indicator)
    return w.plain(found.title) if found else indicator


def _score(score: float | None, w: Words) -> str:
    return w("not shown") if score is None else f"{score:.1f}"


def _reading(card: Scorecard, w: Words) -> list[Block]:
    origin = card.provenance.get("adopted_from")
    late = isinstance(origin, dict) and bool(origin.get("late_margins"))
    return [
        Heading(2, w("How to read this"), "read"),
        Paragraph((w(
            "The same work was given to the tool many times, changed only in what shows the group a person belongs to, or comparable work from"
            " different groups was given to it. For each group we show the measured difference. The margin is how large a difference may be before"
            " it counts."), " ", w("It was chosen after the replies were known.") if late else w("It was fixed before the first question."), " ", w(
            "The interval is a range drawn so that, in 95 of 100 audits like this one, the intervals of all comparisons together hold the true differences."))),
        Items((
            runs(badge("gap_found", w), w("Chance alone does not explain the difference, and as measured it is at least as large as the margin. “Wholly beyond” means that the whole interval is.")),
            runs(badge("within_margin", w), w("The data show, at a 5% risk of error, that the difference is smaller than the margin.")),
            runs(badge("inconclusive", w), w("The data allow both. This is not a pass.")),
        )),
    ]
