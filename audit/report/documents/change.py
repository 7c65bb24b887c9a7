"""Two audits of one tool as a document: what is shown to have changed, what came out otherwise and why, and what was asked and answered otherwise."""

from collections.abc import Sequence

import msgspec

from audit.records import Json
from audit.records.changes import AnswerChange, AuditBrief, AuditChange, EvidenceChange, FindingChange, GapChange, Setting
from audit.report.blocks import Badge, Block, Document, Heading, Inline, Items, Paragraph, Runs, Soft, Strong, Table
from audit.report.documents.change_words import (
    SHOWN,
    answer_words,
    area_name,
    cut_line,
    decision_sentence,
    evidence_words,
    gap_about,
    gap_sentence,
    gate_words,
    kind_words,
    lost_sentences,
    measured_sentence,
    reason_runs,
    subject_words,
)
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
from audit.report.words import Words
from audit.wording import OTHERS

_FIRST = 5
_MOST_ROWS = 300
_MOST_SETTINGS = 100
_DAY = 10
_NONE = "–"


def change_document(found: AuditChange, w: Words) -> Document:
    """Return the document. Its data are the change itself; change.json holds all of a large one."""
    roles = [found.old.role, found.new.role]
    blocks = [*_short(found, w), *_audits(found, w), *_measured(found, w), *_refused(found, w), *_decision(found, w), *_findings(found, w), *_papers(found, w),
              *_settings(found, w), *_how(found, w)]
    return Document(
        name="change", lang=w.lang, title=w("What changed between two audits"), role=roles[1] if len(set(roles)) == 1 else "vendor" if "vendor" in roles else "district",
        banner="; ".join(dict.fromkeys(_who(one, w) for one in (found.old, found.new))),
        subtitle=_versions(found, w),
        blocks=tuple(blocks), skip=w("Skip to what changed"), data=_data(found),
    )


def _versions(found: AuditChange, w: Words) -> str:
    name, old, new = (cut_line(text) for text in (found.new.name, found.old.version, found.new.version))
    return w("{name}, version {version} both times", name=name, version=new) if old == new else w("{name}, version {old} and version {new}", name=name, old=old, new=new)


def _who(one: AuditBrief, w: Words) -> str:
    return f"{role_name(one.role, w)}{f', {cut_line(one.organisation)}' if one.organisation else ''}"


def _data(found: AuditChange) -> Json:
    """Return what is embedded for programs: of very many comparisons those that show something, so that the page stays light."""
    if len(found.gaps) > _MOST_ROWS:
        note = "Only comparisons that show something are embedded here; change.json holds all."
        found = msgspec.structs.replace(found, gaps=tuple(g for g in found.gaps if g.kind in SHOWN), notes=(*found.notes, note))
    return msgspec.to_builtins(found)


def _short(found: AuditChange, w: Words) -> list[Block]:
    said = [(decision_sentence(found, w),), *((s,) for s in lost_sentences(found, w)), (measured_sentence(found, w),)]
    worse: Inline = Strong(w("A change for the worse is shown.")) if found.worse else w("No change for the worse is shown.")
    grew = sorted((g for g in found.gaps if g.kind == "grew" and not g.negative_control), key=lambda g: (g.reference == OTHERS, -abs(g.size or 0.0)))
    first = [(gap_sentence(g, found, w),) for g in grew[:_FIRST]]
    rest = [(w.plural("{n} more measured gap grew.", "{n} more measured gaps grew.", len(grew) - _FIRST),)] if len(grew) > _FIRST else []
    return [Heading(2, w("In short"), "short"), Paragraph((worse,), "lead"), Items((*said, *first, *rest))]


def _audits(found: AuditChange, w: Words) -> list[Block]:
    both = found.old, found.new
    rows: list[tuple[str, list[Inline]]] = [
        (w("Tool"), [cut_line(one.name) for one in both]), (w("Vendor"), [cut_line(one.vendor) for one in both]), (w("Version"), [cut_line(one.version) for one in both]),
        (w("Models that answered"), [cut_line(", ".join(one.models)) or w("not stated") for one in both]), (w("Audited by"), [_who(one, w) for one in both]),
        (w("As of"), [one.as_of for one in both]), (w("Replies collected"), [_days(one) for one in both]),
        (w("Decision"), [Badge(one.decision, status_name(one.decision, w)) for one in both]), (w("Look again by"), [one.review_by for one in both]),
    ]
    table = Table(w("Whose audits are compared"), (w("What"), w("Older audit"), w("Newer audit")), tuple(((name,), *((cell,) for cell in cells)) for name, cells in rows))
    renamed = [Paragraph((w("The two audits name the tool or its vendor differently. Whoever compared them says that it is one tool."),))] if found.renamed else []
    return [Heading(2, w("The two audits"), "audits"), table, *renamed]


def _days(one: AuditBrief) -> str:
    days = dict.fromkeys(day[:_DAY] for day in (one.from_day, one.to_day) if day)
    return cut_line(" – ".join(days)) or _NONE


def _measured(found: AuditChange, w: Words) -> list[Block]:
    ordered = sorted((g for g in found.gaps if g.kind in SHOWN), key=lambda g: (g.negative_control, SHOWN.index(g.kind)))
    rest = [g for g in found.gaps if g.kind == "none"]
    few = sum(g.kind == "not_tested" for g in found.gaps)
    blocks: list[Block] = [Heading(2, w("Measured differences between groups"), "measured"), Paragraph((measured_sentence(found, w),), "lead")]
    blocks += [_gaps(ordered, w("Gaps of which something is shown"), found, w)] if ordered else []
    blocks += [_gaps(rest, w("Gaps of which no change is shown"), found, w)] if rest else []
    if rest:
        blocks.append(Paragraph((w("That no change is shown does not mean that there is none: the interval says how large one could be."),), "soft"))
    if few:
        blocks.append(Paragraph((w.plural("{n} comparison has too few independent base items to be tested.", "{n} comparisons have too few independent base items to be tested.", few),), "soft"))
    return [*blocks, *(Paragraph((english(note, w),)) for note in found.notes)]


def _gaps(rows: Sequence[GapChange], caption: str, found: AuditChange, w: Words) -> Table:
    head = (w("Comparison"), w("Older audit"), w("Newer audit"), w("Change, 95% interval"), w("Shown"))
    return Table(_capped(caption, len(rows), _MOST_ROWS, w), head, tuple(_gap(g, found, w) for g in rows[:_MOST_ROWS]))


def _gap(g: GapChange, found: AuditChange, w: Words) -> tuple[Runs, ...]:
    unit = f" {unit_name(g.unit, w)}".rstrip()
    said: Inline = kind_words(g, w) if g.kind in ("none", "undone") else Strong(kind_words(g, w))
    values = [runs(f"{difference(value, g.unit, w)}{unit}", badge(outcome, w)) for value, outcome in ((g.old, g.old_outcome), (g.new, g.new_outcome))]
    control = w("control: should not matter") if g.negative_control else ""
    return (gap_about(g, found, w),), *values, (f"{difference(g.change, g.unit, w)}{unit} ({interval(g.low, g.high, g.unit, w)})",), runs(said, Soft(control) if control else "")


def _capped(caption: str, number: int, most: int, w: Words) -> str:
    return caption if number <= most else w("{caption} (the first {shown} of {all}; all are in change.json)", caption=caption, shown=most, all=number)


def _refused(found: AuditChange, w: Words) -> list[Block]:
    if not found.not_compared:
        return []
    rows = tuple(((w.plain(one.what),), (english(one.because, w),)) for one in found.not_compared[:_MOST_ROWS])
    return [
        Heading(2, w("What is not compared"), "refused"),
        Paragraph((w("Where other things were asked, a difference is no change of the tool. What differs is named here, and no number of it is compared."),)),
        Table(w("Not compared"), (w("What"), w("Why")), rows),
    ]


def _decision(found: AuditChange, w: Words) -> list[Block]:
    conditions = {"added": w("new"), "gone": w("no more"), "due": w("due on another day")}
    blocks: list[Block] = [Heading(2, w("The decision and what it rests on"), "decision"), Paragraph((decision_sentence(found, w),), "lead")]
    if found.gates:
        rows = tuple((runs(w.data(g.question), Soft(subject_words(g.subject, found, w)) if g.subject else ""), (Strong(gate_words(g.kind, w)) if g.kind == "lost" else gate_words(g.kind, w),)) for g in found.gates[:_MOST_ROWS])
        blocks.append(Table(w("Requirements that changed"), (w("Requirement"), w("Change")), rows))
    if found.conditions:
        due = tuple(((english(c.text, w),), (conditions[c.kind],), (w.plain(c.due),)) for c in found.conditions[:_MOST_ROWS])
        blocks.append(Table(w("Conditions that changed"), (w("Condition"), w("Change"), w("Due")), due))
    if found.scores:
        scores = tuple(
            ((w.data(s.title),), (_score(s.old, s.old_coverage, w),), (_score(s.new, s.new_coverage, w),)) for s in found.scores
        )
        blocks.append(Table(w("Scores, and how much of each was answered"), (w("Indicator"), w("Older audit"), w("Newer audit")), scores))
    return blocks


def _score(score: float | None, coverage: float | None, w: Words) -> str:
    if coverage is None:
        return w("not asked")
    return w("{score} (answered: {share})", score=w("no score") if score is None else f"{score:g}", share=percent(coverage))


def _findings(found: AuditChange, w: Words) -> list[Block]:
    head = (w("Criterion"), w("Older audit"), w("Newer audit"), w("What else changed"))
    blocks: list[Block] = [Heading(2, w("Findings that came out otherwise"), "findings")]
    if not found.findings:
        return [*blocks, Paragraph((w("No finding came out otherwise."),))]
    rows = tuple(_finding(f, found, w) for f in found.findings[:_MOST_ROWS])
    said = w("Beside each finding stands what changed of what it rests on. That need not be the whole reason; where only the replies are others, it may be chance.")
    return [*blocks, Paragraph((said,)), Table(_capped(w("Findings, the worse first"), len(found.findings), _MOST_ROWS, w), head, rows)]


def _finding(f: FindingChange, found: AuditChange, w: Words) -> tuple[Runs, ...]:
    outcomes: list[Runs] = [(w("not asked"),) if o is None else (Badge(o, outcome_name(o, w)),) for o in (f.old, f.new)]
    why: list[Inline] = []
    for r in f.reasons:
        why += ["; ", *reason_runs(r, w)] if why else reason_runs(r, w)
    return runs(w.data(f.question), Soft(subject_words(f.subject, found, w)) if f.subject else ""), *outcomes, tuple(why)


def _papers(found: AuditChange, w: Words) -> list[Block]:
    blocks: list[Block] = [Heading(2, w("Answers and evidence"), "papers")]
    if found.answers:
        head = (w("Question"), w("Change"), w("Older answer"), w("Newer answer"))
        blocks.append(Table(_capped(w("Answers that changed"), len(found.answers), _MOST_ROWS, w), head, tuple(_answer(a, w) for a in found.answers[:_MOST_ROWS])))
    if found.evidence:
        files = (w("File"), w("Change"), w("Holds until"))
        blocks.append(Table(_capped(w("Files that changed"), len(found.evidence), _MOST_ROWS, w), files, tuple(_file(e, w) for e in found.evidence[:_MOST_ROWS])))
    kinds = {"appeared": w("new"), "added": w("new"), "gone": w("no more"), "changed": w("changed"), "expired": w("ran out")}
    if found.contradictions:
        doubts = tuple(((english(c.because, w),), (kinds[c.kind],)) for c in found.contradictions[:_MOST_ROWS])
        blocks.append(Table(w("What does not fit together"), (w("What"), w("Change")), doubts))
    if found.waivers:
        waived = tuple(((one.gate,), (kinds[one.kind],), (one.by,), (one.reason,), (one.expires,)) for one in found.waivers)
        blocks.append(Table(w("Waivers"), (w("Requirement"), w("Change"), w("By"), w("Reason"), w("Until")), waived))
    return blocks if len(blocks) > 1 else [*blocks, Paragraph((w("No answer and no file is other than it was."),))]


def _answer(a: AnswerChange, w: Words) -> tuple[Runs, ...]:
    return runs(w.data(a.question)), (answer_words(a, w),), (cut_line(a.old or "") or _NONE,), (cut_line(a.new or "") or _NONE,)


def _file(e: EvidenceChange, w: Words) -> tuple[Runs, ...]:
    secret = Soft(w("confidential")) if e.confidential else ""
    return runs(cut_line(e.file), secret), (evidence_words(e, w),), (_NONE if e.new_expires is None else e.new_expires,)


def _settings(found: AuditChange, w: Words) -> list[Block]:
    blocks: list[Block] = [Heading(2, w("What was set or stated otherwise"), "settings")]
    for area in dict.fromkeys(s.area for s in found.settings):
        own = [s for s in found.settings if s.area == area]
        head = (w("Place"), w("Older audit"), w("Newer audit"))
        blocks.append(Table(_capped(area_name(area, w), len(own), _MOST_SETTINGS, w), head, tuple(_setting(s) for s in own[:_MOST_SETTINGS])))
    return blocks if len(blocks) > 1 else [*blocks, Paragraph((w("Nothing."),))]


def _setting(s: Setting) -> tuple[Runs, ...]:
    return (cut_line(s.name),), (cut_line(s.old or "") or _NONE,), (cut_line(s.new or "") or _NONE,)


def _how(found: AuditChange, w: Words) -> list[Block]:
    return [
        Heading(2, w("How the two audits were compared"), "how"),
        Paragraph((w("Where both audits asked the same base items, each item's difference between groups in the older audit is subtracted from that in the newer one. Where they asked two draws of the same templates, the two results are compared as independent ones. Anything else is not compared."),)),
        Paragraph((w("If nothing had changed, at most 5 of 100 such comparisons of two audits would say that any gap changed."),)),
        Paragraph((english(found.family, w),)), Paragraph((w("Seed of the exchanges: {seed}.", seed=found.seed),), "soft"),
    ]
