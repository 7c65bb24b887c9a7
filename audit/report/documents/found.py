"""Gates, indicators, claims, findings and the files they rest on, for the full report."""

from collections.abc import Mapping, Sequence

from audit.records import ClaimBeside, Evidence, EvidenceFile, Finding, Gate, Problem, Scorecard, Source
from audit.report.blocks import Block, Heading, Inline, Items, Paragraph, Runs, Soft, Strong, Table
from audit.report.documents.parts import RUNGS, Sets, assurance_name, badge, english, ladder, percent, runs, slug
from audit.report.documents.sentences import subject_name
from audit.report.words import Words

_ORDER = {"not_met": 0, "inconclusive": 1, "not_assessed": 2, "met": 3, "not_applicable": 4}
_DIGITS = 16
_MOST_PROBLEMS = 50


def indicators_blocks(card: Scorecard, w: Words, taken: set[str]) -> list[Block]:
    """Return the gates and the five indicators."""
    from audit.report.pictures import coverage_figure

    gates: Block = Table(
        caption=w("Requirements"), head=(w("Requirement"), w("Passed"), w("Why")), rows=tuple(_gate(gate, card.findings, w) for gate in card.gates),
    ) if card.gates else Paragraph((w("This audit had no required criteria."),))
    figure = coverage_figure(card.indicators, w, w("How much of each indicator is answered, and how"), card.findings)
    table = Table(
        caption=w("Scores and answers"), numbers=(1, 2, 3, 4, 5),
        head=(w("Indicator"), w("Score (0 to 100)"), w("Answered"), w("Met"), w("Not met"), w("Open"), w("How well backed")),
        rows=tuple((
            (w.data(i.title),), (w("not shown") if i.score is None else f"{i.score:g}",), (percent(i.coverage),), (str(i.met),), (str(i.not_met),),
            (str(i.open),), ("; ".join(w("{n} {how}", n=n, how=assurance_name(kind, w)) for kind, n in i.assurance.items()) or w("nothing yet"),),
        ) for i in card.indicators.values()),
    )
    return [
        Heading(2, w("Gates: what must be met"), slug("gates", taken)), gates,
        Heading(2, w("The five indicators"), slug("indicators", taken)), *([figure] if figure else []), table,
        Paragraph((w("A score is shown only when enough of an indicator's questions are answered. An unanswered question earns nothing."),), "soft"),
    ]


def _gate(gate: Gate, findings: Sequence[Finding], w: Words) -> tuple[Runs, ...]:
    """A gate's question is translated where it is a finding's own; a subject in brackets stays as it is."""
    own = next((f for f in findings if f.criterion == gate.criterion), None)
    subject = gate.question.removeprefix(own.question).strip() if own else ""
    question = runs(w.data(own.question), subject) if own and gate.question.startswith(own.question) else (w.data(gate.question),)
    return question, (badge(gate.outcome, w),), (english(gate.because, w),)


def claims_blocks(card: Scorecard, w: Words, taken: set[str]) -> list[Block]:
    """Return the vendor's claims beside what was measured, and what does not fit together."""
    blocks: list[Block] = []
    if card.claims:
        blocks += [
            Heading(2, w("What the vendor says, beside what was measured"), slug("claims", taken)),
            Table(caption=w("Claims"), head=(w("Claim"), w("Said in"), w("Measured here")), rows=tuple(_claim(c, w) for c in card.claims)),
        ]
    if card.contradictions:
        blocks += [
            Heading(2, w("What does not fit together"), slug("contradictions", taken)),
            Paragraph((w("Two things were said or shown that cannot both be so. Ask the vendor which holds."),)),
            Items(tuple((english(f"{c.because.rstrip('.')}.", w),) for c in card.contradictions)),
        ]
    return blocks


def _claim(c: ClaimBeside, w: Words) -> tuple[Runs, ...]:
    said = ", ".join(part for part in (c.claim.said_in, c.claim.date) if part) or w("not stated")
    seen = runs(badge(c.outcome, w), *(english(one, w) for one in c.measured)) if c.outcome else (w("Nothing of this kind was measured."),)
    return (c.claim.claim,), (said,), seen


def findings_blocks(card: Scorecard, sets: Sets, places: Mapping[tuple[str, str], str], w: Words, taken: set[str]) -> list[Block]:
    """Return every finding, by indicator and topic, what is not met first."""
    blocks: list[Block] = [
        Heading(2, w("Findings"), slug("findings", taken)), Heading(3, w("The ladder of assurance"), slug("ladder", taken)),
        Paragraph((w(
            "Beside each answer stands how well it is backed. The first three steps are what the vendor or the district says or hands in; only the last"
            " two were checked by a machine or stand in a third party's certificate:"),)),
        Items(tuple((ladder(rung, w),) for rung in RUNGS), ordered=True),
    ]
    if not card.findings:
        return [*blocks, Paragraph((w("There are no findings."),))]
    for name, indicator in card.indicators.items():
        own = [f for f in card.findings if f.indicator == name]
        for topic in dict.fromkeys(f.topic for f in own):
            title = w("{indicator}: {topic}", indicator=w.plain(indicator.title), topic=w.plain(topic.replace("-", " "))) if topic else w.plain(indicator.title)
            blocks.append(Heading(3, title, slug(f"{name}-{topic}", taken)))
            for together in _by_criterion([f for f in own if f.topic == topic]):
                blocks += _finding(together, sets, places, w)
    return blocks


def _by_criterion(own: Sequence[Finding]) -> list[list[Finding]]:
    """Return findings of one criterion together (one for each set and attribute that was measured), what is not met first."""
    found: dict[str, list[Finding]] = {}
    for f in sorted(own, key=lambda f: (_ORDER[f.outcome], not f.required)):
        found.setdefault(f.criterion, []).append(f)
    return list(found.values())


def _finding(together: Sequence[Finding], sets: Sets, places: Mapping[tuple[str, str], str], w: Words) -> list[Block]:
    """Return one criterion: its question, how it came out and why, what to do, and its basis."""
    f = together[0]
    blocks: list[Block] = [Heading(4, w.plain(f.question), places[f.criterion, f.subject]), Paragraph(_about(f, sets, w, alone=len(together) == 1))]
    if len(together) > 1:
        blocks.append(Table(
            caption=w.plain(f.question), head=(w("What was tested"), w("Outcome"), w("Why")),
            rows=tuple(((subject_name(one.subject, sets, w),), (badge(one.outcome, w),), (english(one.because, w),)) for one in together),
        ))
    else:
        blocks.append(Paragraph((english(f.because, w),)))
        if f.evidence:
            blocks.append(Items(tuple((_evidence(e, w),) for e in f.evidence)))
    if f.outcome in ("not_met", "inconclusive", "not_assessed"):
        blocks.append(Paragraph(runs(Strong(w("What to do:")), w.data(f.remedy))))
    if f.sources:
        blocks.append(Paragraph(runs(Soft(w("Basis:")), *(Soft(_source(s, w)) for s in f.sources)), "soft"))
    return blocks


def _about(f: Finding, sets: Sets, w: Words, *, alone: bool) -> Runs:
    """Return the outcome, how well it is backed, and who answered. alone: else the outcomes are in a table."""
    about: list[Inline] = [badge(f.outcome, w)] if alone else []
    about.append(Soft(w("required") if f.required else w("advisory")))
    if f.assurance:
        about.append(ladder(f.assurance, w))
    if f.subject and alone:
        about.append(Soft(subject_name(f.subject, sets, w)))
    if f.answered_by and f.assurance != "measured":
        about.append(Soft(w("answered by {name} on {date}", name=f.answered_by, date=f.answered_on) if f.answered_on else w("answered by {name}", name=f.answered_by)))
    return runs(*about)


def _evidence(e: Evidence, w: Words) -> str:
    if e.sha256 is None:
        return w("Evidence: {what}.", what=e.what)
    said = [w("Evidence: the file {what}.", what=e.what)]
    if e.supplied_by:
        said.append(w("Supplied by {name}.", name=e.supplied_by))
    if e.date:
        said.append(w("Date: {date}.", date=e.date))
    if e.expires:
        said.append(w("Holds until {date}.", date=e.expires))
    if e.checked:
        said.append(w("A machine checked it: {what}.", what=w.plain(e.checked)))
    return " ".join([*said, w("SHA-256 {digest}…", digest=e.sha256[:_DIGITS])])


def _source(s: Source, w: Words) -> str:
    title = f"{s.title}, {s.clause}" if s.clause else s.title
    sure = {"verified": w("verified"), "general knowledge": w("general knowledge"), "unresolved": w("unresolved")}[s.confidence]
    if s.date == s.as_of:
        return w("{title} (as known on {date}; {sure});", title=title, date=s.date, sure=sure)
    return w("{title} ({date}; {sure});", title=title, date=s.date, sure=sure)


def papers_blocks(card: Scorecard, w: Words, taken: set[str]) -> list[Block]:
    """Return the files and what a machine found in them, and the questions that were not asked."""
    blocks: list[Block] = []
    if card.evidence:
        blocks.append(Heading(2, w("The files, and what a machine found in them"), slug("evidence", taken)))
        for e in card.evidence:
            blocks += _file(e, w, taken)
    if card.retired:
        blocks += [
            Heading(2, w("Questions that were not asked here"), slug("retired", taken)), Items(tuple((english(r, w),) for r in card.retired)),
        ]
    return blocks


def _file(e: EvidenceFile, w: Words, taken: set[str]) -> list[Block]:
    check = e.check
    said: list[Inline] = [english(check.title, w) if check.title else w("A document: there is no standard to hold it to.")]
    if check.kind:
        said += [w.plural("{n} error.", "{n} errors.", check.errors), w.plural("{n} warning.", "{n} warnings.", check.warnings)]
    said += _registered(e, w)
    blocks: list[Block] = [
        Heading(3, check.file, slug(f"file-{check.file}", taken)), Paragraph(runs(*said, w("SHA-256 {digest}…", digest=check.sha256[:_DIGITS]))),
    ]
    shown = check.problems[:_MOST_PROBLEMS]
    if shown:
        blocks.append(Items(tuple(_problem(p, w) for p in shown)))
    more = len(check.problems) - len(shown)
    return [*blocks, Paragraph((w.plural("And {n} more like these.", "And {n} more like these.", more),), "soft")] if more else blocks


def _registered(e: EvidenceFile, w: Words) -> list[Inline]:
    filed = e.filed
    said: list[Inline] = []
    if filed.what:
        said.append(w("Registered as {what}.", what=w.plain(filed.what)))
    if filed.issuer:
        said.append(w("Issued by {name}.", name=filed.issuer))
    if filed.number:
        said.append(w("Number {number}.", number=filed.number))
    if filed.issued:
        said.append(w("Date: {date}.", date=filed.issued))
    if e.expires:
        said.append(w("Expired on {date}.", date=e.expires) if e.expired else w("Holds until {date}.", date=e.expires))
    if filed.supplied_by:
        said.append(w("Supplied by {name}.", name=filed.supplied_by))
    return said


def _problem(p: Problem, w: Words) -> Runs:
    level = {"personal": w("Personal data"), "error": w("Error"), "warning": w("Warning"), "note": w("Note")}[p.level]
    return runs(Strong(level), p.where, english(f"{p.what.rstrip('.')}.", w), english(p.fix, w))
