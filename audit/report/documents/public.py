"""The public summary, for families and the press: small cells hidden, nothing that was given in confidence."""

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from audit.records import NOT_ASKED, Disparity, FixtureSet, GroupValue, Scorecard
from audit.report.blocks import Badge, Block, Callout, Document, Heading, Inline, Items, Paragraph, Runs, Soft, Strong, Table
from audit.report.documents.duties import condition_rows
from audit.report.documents.measured import Panel, panel_title, panels, pictured
from audit.report.documents.parts import (
    cut,
    findings_by_id,
    frame,
    group_name,
    role_name,
    runs,
    slug,
    status_name,
    stopped,
    tool_title,
    use_name,
    worst,
)
from audit.report.documents.reasons import always_the_same, plain_level, plain_reasons, same_answer, status_sentence
from audit.report.documents.sentences import plain_difference, plain_doubt, plain_margin, plain_range, plain_verdict
from audit.report.words import Words
from audit.wording import OTHERS

SMALL = 10
"""Base items, or people, below which a group is hidden."""
_MOST_REASONS = 6
_MOST_ROWS = 12
_LINE = 400


def public_document(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> Document:
    """Return the public summary. Files that were given in confidence are not named, nor are groups of fewer than ten."""
    cells = small_cells(card, sets)
    card = without_secrets(card, w)
    taken = {"about", "decision", "who", "results", "limits", "ask", "reply"}
    blocks: list[Block] = [
        *_about(card, w),
        Callout(card.decision.status, status_name(card.decision.status, w), (
            Heading(2, w("What the facts support"), "decision"), Paragraph((Strong(status_name(card.decision.status, w)),), "status"),
            Paragraph((status_sentence(card.decision.status, w),)),
            Items(tuple((r,) for r in plain_reasons(card, sets, w, _MOST_REASONS, hidden=lambda d: is_hidden(d, cells)))),
            Paragraph((w("This holds until {date}, and for this version only. Then we look again.", date=card.review_by),)),
        )),
        *_conditions(card, sets, w), *_who(card, sets, w), *_results(card, sets, cells, w, taken), *_limits(card, sets, w), *_ask(card, w),
        *_reply(w),
    ]
    return frame("public", card, w, w("What we found about {tool}", tool=tool_title(card)), blocks)


Cells = Mapping[tuple[str, ...], frozenset[str]]


def small_cells(card: Scorecard, sets: Mapping[str, FixtureSet], small: int = SMALL) -> Cells:
    """Return for each statistic the groups to hide: those of fewer than `small`, and where that is one alone also the next smallest.

    Of one alone the number could be worked out from the others and the whole.
    """
    sizes: dict[tuple[str, ...], dict[str, int]] = {}
    for d in (*card.disparities, *card.missingness):
        if d.set in sets and d.attribute in sets[d.set].attributes:
            _smaller(sizes.setdefault(_cell(d), {}), d.group, d.items, suppressed=d.suppressed)
    for g in card.groups:
        if g.set in sets and g.attribute in sets[g.set].attributes:
            _smaller(sizes.setdefault(_cell(g), {}), g.group, next((n for n in (g.items, g.n) if n is not None), None), suppressed=g.suppressed)
    return {key: _with_complement(own, small) for key, own in sizes.items()}


def _smaller(sizes: dict[str, int], group: str, size: int | None, *, suppressed: bool) -> None:
    """Note a group's size, the smallest that is told of it. One of which nothing could be read tells of nobody, and is no small group."""
    if size or suppressed:
        known = 0 if suppressed or size is None else size
        sizes[group] = min(known, sizes.get(group, known))


def _cell(one: Disparity | GroupValue) -> tuple[str, ...]:
    return one.set, one.attribute, one.measure, one.statistic.removesuffix("_difference"), str(sorted(one.by.items()))


def _with_complement(sizes: Mapping[str, int], small: int) -> frozenset[str]:
    hidden = {group for group, size in sizes.items() if size < small}
    rest = sorted((size, group) for group, size in sizes.items() if group not in hidden)
    if len(hidden) == 1 and rest:
        hidden.add(rest[0][1])
    return frozenset(hidden)


def is_hidden(d: Disparity, cells: Cells) -> bool:
    """Return whether a comparison must not be shown: it, its group or what it is compared with is hidden."""
    hidden = cells.get(_cell(d), frozenset())
    return d.suppressed or d.group in hidden or d.reference in hidden or (d.reference == OTHERS and bool(hidden))


def without_secrets(card: Scorecard, w: Words) -> Scorecard:
    """Return the card with no confidential file named in what the summary tells: conditions, waivers and whom to ask."""
    secret = [e.check.file for e in card.evidence if e.filed.confidential.casefold() in ("yes", "true")]
    forms = sorted({form for name in secret for form in (name, name.rsplit("/", 1)[-1]) if form}, key=len, reverse=True)
    if not forms:
        return card

    def masked(text: str) -> str:
        for form in forms:
            text = text.replace(form, w("a confidential document"))
        return text

    decision = replace(
        card.decision, conditions=tuple(replace(c, text=masked(w.plain(c.text)), owner=masked(c.owner)) for c in card.decision.conditions),
        waivers=tuple(replace(one, reason=masked(one.reason), by=masked(one.by)) for one in card.decision.waivers),
    )
    return replace(card, decision=decision, findings=tuple(replace(f, answer=masked(f.answer)) for f in card.findings))


def _about(card: Scorecard, w: Words) -> list[Block]:
    made_by = cut(str(card.tool["vendor"]), _LINE)
    said: list[Inline] = [stopped(w("This page is about {tool}, made by {vendor}.", tool=cut(tool_title(card), _LINE), vendor=made_by))]
    scope = card.decision.scope
    uses = [use_name(str(u), w) for u in (scope.use_cases if scope else card.tool.get("use_cases") or ())]
    made_for = [use_name(str(a), w) for a in (scope.audience if scope else card.tool.get("audience") or ())]
    if uses:
        said.append(stopped(w("We looked at it for: {uses}.", uses=cut(", ".join(uses), _LINE))))
    if made_for:
        said.append(stopped(w("It is made for: {people}.", people=cut(", ".join(made_for), _LINE))))
    return [Heading(2, w("What the tool is"), "about"), Paragraph(runs(*said))]


def _who(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    role = str(card.auditor["role"])
    organisation = cut(str(card.auditor.get("organisation") or ""), _LINE)
    who = stopped(w("{role}, by {name}.", role=role_name(role, w), name=organisation)) if organisation else w("{role}.", role=role_name(role, w))
    said: list[Inline] = [who, w("This is what they say of themselves. Nobody has checked it.")]
    if role == "vendor":
        said.append(w("The vendor looked at its own tool. Nobody else has done so here."))
    return [Heading(2, w("Who looked, and how"), "who"), Paragraph(runs(*said)), *_tested(card, sets, w), *_asked(card, w)]


def _tested(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    """Return how it was tested, by the designs of the sets that were."""
    designs = {sets[d.set].design for d in card.disparities if d.set in sets}
    said: list[Inline] = []
    if "matched" in designs:
        said.append(w("We gave the tool the same work many times. Each time we changed one thing that hints at a group."))
    if "sampled" in designs:
        said.append(w("We gave the tool work of the same kind from more than one group."))
    return [Paragraph(runs(*said, w("Then we looked at how far the answers differ.")))] if said else []


def _asked(card: Scorecard, w: Words) -> list[Block]:
    p = card.provenance
    blocks: list[Block] = []
    if p.get("planned"):
        never = sum(int(times) for reason, times in p.get("missing_reasons") or () if reason == NOT_ASKED)
        lost = int(p.get("missing") or 0) - never
        blocks.append(Paragraph(runs(
            w.plural("We asked the tool {n} time.", "We asked the tool {n} times.", int(p["planned"]) - never),
            w.plural("{n} time it gave no answer that we could read.", "{n} times it gave no answer that we could read.", lost),
            w.plural("{n} question was never put to the tool.", "{n} questions were never put to the tool.", never) if never else "")))
    answered = [f for f in card.findings if f.assurance != "measured" and f.outcome != "not_applicable"]
    if answered:
        done = sum(f.outcome in ("met", "not_met", "inconclusive") for f in answered)
        blocks.append(Paragraph((w("We also asked {all} questions on safety, access and use. So far, {done} have an answer.", all=len(answered), done=done),)))
    return blocks


def _conditions(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    rows = condition_rows(card, sets, w, _LINE, _MOST_ROWS)
    return [Table(caption=w("What must be done if the tool is used"), head=(w("What"), w("Who"), w("By when")), rows=rows)] if rows else []


def _results(card: Scorecard, sets: Mapping[str, FixtureSet], cells: Cells, w: Words, taken: set[str]) -> list[Block]:
    """Return for each thing that groups differ in what was seen, in words and with its range."""
    blocks: list[Block] = [Heading(2, w("What we found"), "results")]
    found = panels(card.disparities, sets)
    if not found:
        return [*blocks, Paragraph((w("Nothing was tested with the tool itself."),))]
    blocks.append(Paragraph(runs(
        w("The range shows where the true number may lie, since chance plays a part. “Too little data to tell” does not mean that all is well."),
        w("Where we say “No more than allowed”, the range is the 90% range that this rests on. Elsewhere it is the 95% range, with room for all comparisons."))))
    last, drawn = "", pictured(found)
    for panel in found:
        if panel.fixture_set.id != last:
            last = panel.fixture_set.id
            blocks.append(Heading(3, w.plain(panel.fixture_set.title), slug(f"set-{last}", taken)))
        blocks += _panel(panel, card.groups, cells, w, taken, drawn=id(panel) in drawn)
    return blocks


def _panel(panel: Panel, groups: Sequence[GroupValue], cells: Cells, w: Words, taken: set[str], *, drawn: bool) -> list[Block]:
    from audit.report.pictures import intervals_figure

    own, title = panel.fixture_set, panel_title(panel, w)
    shown = [d for d in panel.against if not d.negative_control and not is_hidden(d, cells)]
    some = any(is_hidden(d, cells) for d in panel.rows)
    blocks: list[Block] = [Heading(4, title, slug(f"{own.id}-{panel.attribute}", taken))]
    if not any(d.items or d.suppressed for d in panel.rows):
        return [*blocks, Paragraph((w("Not tested: the tool gave too few answers that we could read."),))]
    if shown:
        kind = worst([d for d in panel.rows if not is_hidden(d, cells)])
        blocks.append(Paragraph(runs(Badge(kind, plain_verdict(kind, w)), plain_margin(shown[0], w)), "lead"))
        figure = intervals_figure(shown, own, w, title) if drawn else None
        blocks += [figure] if figure else []
        blocks.append(Table(
            caption=w("{title}, next to {other}", title=title, other=group_name(own, panel.attribute, shown[0].reference, w)),
            head=(w("What we saw"), w("Range"), w("Is it more than allowed?")),
            rows=tuple(
                ((plain_difference(d, own, w),), (plain_range(d, w),), runs(Badge(d.outcome, plain_verdict(d.outcome, w)), plain_doubt(d, w))) for d in shown),
        ))
        constant = same_answer(w) if not some and always_the_same(groups, own, panel.attribute) else ""
        told = runs(plain_level(shown[0], groups, own, w), constant)
        blocks += [Paragraph(told)] if told else []
    if some:
        blocks.append(Paragraph((Soft(w("Some groups are too small to show, so that no one can be picked out. Hidden does not mean zero.")),)))
    return blocks


def _limits(card: Scorecard, sets: Mapping[str, FixtureSet], w: Words) -> list[Block]:
    still_open = sum(f.outcome == "not_assessed" and f.assurance != "measured" for f in card.findings)
    items: list[Runs] = [
        (w("We tested one version. A new version may act in another way."),), (w("Test work is not a real class. We did not watch real students use the tool."),),
        *([(w("The names hint at a group. They do not tell who a person is."),)] if _by_name(card, sets) else []), (w("This is no legal advice."),),
    ]
    if still_open:
        items.insert(0, (w.plural("{n} question has no answer yet.", "{n} questions have no answer yet.", still_open),))
    return [Heading(2, w("What this does not show"), "limits"), Items(tuple(items))]


def _by_name(card: Scorecard, sets: Mapping[str, FixtureSet]) -> bool:
    """Return whether names stood for the groups of anything that was tested."""
    tested = {(d.set, d.attribute) for d in card.disparities if d.set in sets and d.attribute in sets[d.set].attributes}
    return any(re.search(r"(?i)(?<![a-z])names?(?![a-z])", f"{key} {sets[name].attributes[key].title}") for name, key in tested)


def _ask(card: Scorecard, w: Words) -> list[Block]:
    known = findings_by_id(card)
    person = known.get("usable-responsible-person")
    organisation = cut(str(card.auditor.get("organisation") or ""), _LINE)
    said: list[Inline] = []
    if person is not None and person.answer:
        said.append(stopped(w("In the district, this person answers for the tool: {name}.", name=cut(person.answer, _LINE).rstrip("."))))
    if organisation:
        said.append(stopped(w("This page was made by {name}. Ask them for the full report.", name=organisation)))
    said.append(w("Have you seen the tool treat a student in a way that does not seem right? Please tell the school. You do not need proof."))
    return [Heading(2, w("Whom to ask"), "ask"), Paragraph(runs(*said))]


def _reply(w: Words) -> list[Block]:
    return [Heading(2, w("The vendor's reply"), "reply"), Paragraph((w(
        "Did you make this tool? You may reply. Send your reply in writing to those who made this page. Ask them to print it here in full, with its date."),))]
