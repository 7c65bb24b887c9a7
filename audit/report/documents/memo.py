"""The memo: one printed page for a school board, with what is to be decided, what the facts support, and where to sign."""

from collections.abc import Mapping

from audit.records import Finding, FixtureSet, Scorecard
from audit.report.blocks import Badge, Block, Callout, Document, Facts, Heading, Items, Paragraph, Runs, Strong, Table
from audit.report.documents.duties import condition_rows, plain_change
from audit.report.documents.parts import cut, findings_by_id, frame, group_name, status_name, stopped, tool_title, use_name, worst
from audit.report.documents.reasons import (
    always_the_same,
    plain_reasons,
    results_by_attribute,
    results_by_title,
    same_answer,
    status_sentence,
)
from audit.report.documents.sentences import gaps_of, plain_verdict
from audit.report.words import Words

_MOST_REASONS = 5
_MOST_CONDITIONS = 3
_MOST_ROWS = 4
_MOST_CHANGES = 2
_MOST_GROUPS = 2
_LINES = "_"
_LINE = 90
_SHORT = 50
_ORDER = ("gap_found", "inconclusive", "not_assessed", "within_margin")


def memo_document(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> Document:
    """Return the memo, in plain words; every text of others is cut, so that it stays on one page."""
    blocks: list[Block] = [
        Heading(2, w("To be decided"), "question"),
        Paragraph((w("May our schools use {tool}?", tool=cut(tool_title(card), _LINE)),), "lead"),
        Paragraph((_for_what(card, w),)),
        Callout(card.decision.status, status_name(card.decision.status, w), (
            Heading(2, w("What the facts support"), "decision"),
            Paragraph((Strong(status_name(card.decision.status, w)),), "status"),
            Paragraph((status_sentence(card.decision.status, w),)),
            Items(tuple((reason,) for reason in plain_reasons(card, sets, w, _MOST_REASONS))),
        )),
        *_conditions(card, sets, w), *_measured(card, sets, w), *_open(card, sets, w), *_money(card, w), *_signatures(card, w),
    ]
    return frame("memo", card, w, w("Memo to the board: {tool}", tool=cut(tool_title(card), _SHORT)), blocks)


def _for_what(card: Scorecard, w: Words) -> str:
    scope, tool = card.decision.scope, card.tool
    uses = list(scope.use_cases if scope else tool.get("use_cases") or ())
    grades = list(scope.grades if scope else tool.get("grades") or ())
    said = w("For: {uses}.", uses=cut(", ".join(use_name(str(u), w) for u in uses), _LINE)) if uses else w("No use was named.")
    return stopped(f"{said} {w('Grades: {grades}.', grades=cut(', '.join(map(str, grades)), _SHORT))}" if grades else said)


def _conditions(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    """Return what has to be done, by whom and until when."""
    rows = condition_rows(card, sets, w, _LINE, _MOST_CONDITIONS)
    if not rows:
        return []
    more = len(card.decision.conditions) - len(rows)
    table = Table(caption=w("If it is used, this must be done"), head=(w("What"), w("Who"), w("By when")), rows=rows)
    return [table, Paragraph((w.plural("The full report has {n} more.", "The full report has {n} more.", more),), "soft")] if more > 0 else [table]


def _measured(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    """Return the worst answer for each thing that groups differ in, the worst first."""
    results = results_by_title(results_by_attribute(card, sets), sets, w)
    ordered = sorted(results.items(), key=lambda one: _ORDER.index(worst(one[1])))
    blocks: list[Block] = [Heading(2, w("What we tested"), "measured")]
    if not ordered:
        return [*blocks, Paragraph((w("Nothing was tested with the tool itself."),))]
    rows: list[tuple[Runs, ...]] = []
    for title, compared in ordered[:_MOST_ROWS]:
        named = [group_name(sets[d.set], d.attribute, d.group, w) for d in gaps_of(compared)]
        kind = worst(compared)
        rows.append(((cut(title, _SHORT),), (Badge(kind, plain_verdict(kind, w)),), (_groups(named, w),)))
    blocks.append(Table(caption=w("Is the tool's answer the same for all groups?"), head=(w("Test"), w("Difference"), w("For whom")), rows=tuple(rows)))
    more = len(ordered) - len(rows)
    return [*blocks, Paragraph((w.plural("The full report has {n} more.", "The full report has {n} more.", more),), "soft")] if more > 0 else blocks


def _groups(names: list[str], w: Words) -> str:
    shown = "; ".join(cut(name, _SHORT) for name in names[:_MOST_GROUPS])
    if len(names) <= _MOST_GROUPS:
        return shown or "–"
    return w("{groups}; and {n} more", groups=shown, n=len(names) - _MOST_GROUPS)


def _open(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    """Return what nobody knows yet, and the first things that would alter the decision."""
    unanswered = sum(f.outcome == "not_assessed" and f.assurance != "measured" for f in card.findings)
    unclear = sum(worst(rows) in ("inconclusive", "not_assessed") for rows in results_by_attribute(card, sets).values())
    items: list[Runs] = []
    if unanswered:
        items.append((w.plural("{n} question has no answer.", "{n} questions have no answer.", unanswered),))
    if unclear:
        items.append((w.plural("{n} test gave no clear result, or could not be made.", "{n} tests gave no clear result, or could not be made.", unclear),))
    if any(always_the_same(card.groups, sets[name], attribute) for name, attribute in results_by_attribute(card, sets)):
        items.append((same_answer(w),))
    items.append((w("We looked at one version. We did not watch real classes."),))
    blocks: list[Block] = [Heading(2, w("What we do not know"), "unknown"), Items(tuple(items))]
    changes = list(dict.fromkeys(plain_change(c, card, w, _LINE) for c in card.decision.would_change))[:_MOST_CHANGES]
    return [*blocks, Heading(2, w("What would change this"), "change"), Items(tuple((change,) for change in changes))] if changes else blocks


def _money(card: Scorecard, w: Words) -> list[Block]:
    known = findings_by_id(card)
    return [Facts((
        (w("What it costs"), (_answered(known.get("usable-total-cost"), w),)),
        (w("Who pays"), (_answered(known.get("usable-funding"), w),)),
    ))]


def _answered(finding: Finding | None, w: Words) -> str:
    return cut(finding.answer, _LINE) if finding is not None and finding.answer else w("No answer yet.")


def _signatures(card: Scorecard, w: Words) -> list[Block]:
    return [
        Paragraph((w("Look at this again by {date}, or when the tool changes.", date=card.review_by),)),
        Items(((w("Yes"),), (w("Yes, with what is named above"),), (w("No"),)), check=True),
        Table(
            caption=w("Signatures"), head=(w("For"), w("Name and signature"), w("Date")),
            rows=(((w("The board"),), (_LINES * 45,), (_LINES * 15,)), ((w("The district"),), (_LINES * 45,), (_LINES * 15,))),
        ),
    ]
