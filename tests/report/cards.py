"""Scorecards for tests of documents, from the shipped questions and made-up measurements. All names and replies are invented."""

import datetime as dt
from functools import lru_cache
from pathlib import Path

from msgspec.structs import replace

from audit import checklists, scorecard, verdicts
from audit.checklists import Papers, Profile
from audit.checklists.answers import Answered
from audit.checklists.rules import is_good
from audit.plan import INDICATORS
from audit.policy import read_policy
from audit.records import (
    Answer,
    Attribute,
    CarryingWord,
    Claim,
    ClaimBeside,
    Contradiction,
    Disparity,
    EvidenceFile,
    FileCheck,
    Filed,
    FixtureSet,
    GroupValue,
    Omnibus,
    Problem,
    ReplyPair,
    Results,
    Scorecard,
    TextDifference,
    Validity,
)

TODAY = dt.date(2026, 11, 22)
HOSTILE = "</title><script>alert(1)</script>{{ 7*7 }}{n}#set page(1)$x$*_`\u202eevil\u0007" + "long " * 20 + "x" * 9_900
NO_PAPERS = scorecard.Papers()
GROUPS = {
    "dialect": ("Dialect", "SAE", {"SAE": "Standardized American English", "AAE": "African American English", "SAE_b": "Other words (control)"}),
    "label": ("Label", "none", {"none": "Left-handed", "foster": "In foster care", "blind": "Blind"}),
    "writer": ("Writer", "native", {"native": "Native writers of English", "learner": "English learners"}),
}


def a_set(name="essays", *, attributes=GROUPS, outcome="score", adverse=False, title="Essay scores", **fields) -> FixtureSet:
    about = {
        key: Attribute(groups=dict(groups), reference=reference, title=shown, negative_controls=("SAE_b",) if "SAE_b" in groups else ())
        for key, (shown, reference, groups) in attributes.items()
    }
    given = {
        "id": name, "title": title, "edition": "1", "use_case": "essay-scoring", "design": "matched", "outcome": outcome, "attributes": about, "rows": (),
        "digest": "d" * 64, "adverse": adverse, "licence": "CC0-1.0",
        "validity": Validity("To see if scores differ.", "It cannot show how people score.", "No teacher has read it yet."),
    }
    return FixtureSet(**(given | fields))


def a_row(one: FixtureSet, attribute: str, group: str, outcome="within_margin", **fields) -> Disparity:
    share = one.outcome == "decision"
    estimate = {"gap_found": -0.4, "within_margin": 0.01, "inconclusive": 0.12, "not_assessed": None}[outcome]
    half = 0.2 if outcome == "inconclusive" else 0.05
    known = estimate is not None
    given = {
        "set": one.id, "by": {}, "measure": "decision" if share else "score" if one.outcome == "score" else "tone",
        "statistic": "false_positive_rate_difference" if share else "mean_difference", "unit": "share" if share else "points", "attribute": attribute,
        "group": group, "reference": one.attributes[attribute].reference or "others", "design": one.design, "estimate": estimate,
        "low": estimate - half if known else None, "high": estimate + half if known else None, "low90": estimate - 0.9 * half if known else None,
        "high90": estimate + 0.9 * half if known else None, "level": 0.95, "simultaneous": True, "p_value": 0.001, "p_adjusted": 0.002, "margin": 0.1,
        "outcome": outcome, "certain": outcome == "gap_found", "detected": outcome == "gap_found", "items_needed": 240 if outcome == "inconclusive" else None,
        "items": 60, "clusters": 60, "responses": 360, "missing": 0, "detectable": 0.09, "family": "confirmatory",
        "negative_control": group in one.attributes[attribute].negative_controls, "because": "Measured so.",
    }
    return Disparity(**(given | fields))


def rows_of(one: FixtureSet, outcomes=None) -> tuple[Disparity, ...]:
    """Each group against the reference. outcomes: (attribute, group) → outcome; within the margin where none is given."""
    return tuple(
        a_row(one, name, group, (outcomes or {}).get((name, group), "within_margin"))
        for name, about in one.attributes.items() for group in about.groups if group != about.reference
    )


def missing_of(d: Disparity) -> Disparity:
    """The same comparison of missing replies: all there, but where nothing could be compared."""
    known = d.outcome != "not_assessed"
    return replace(
        d, statistic="missing_rate", unit="share", outcome="within_margin" if known else d.outcome, certain=False, detected=False, items_needed=None, margin=0.1,
        **dict.fromkeys(("estimate", "low", "high", "low90", "high90"), 0.0 if known else None))


def values_of(one: FixtureSet, rows) -> tuple[GroupValue, ...]:
    kinds = dict.fromkeys((d.attribute, d.measure, d.statistic.removesuffix("_difference")) for d in rows)
    return tuple(
        GroupValue(set=one.id, by={}, attribute=attribute, group=group, measure=measure, statistic=statistic, value=0.4, low=0.3, high=0.5, n=180, items=60, missing=0)
        for attribute, measure, statistic in kinds for group in one.attributes[attribute].groups
    )


@lru_cache
def the_lists():
    return tuple(checklists.load_checklists(INDICATORS, (), Path()))


def a_good_answer(criterion) -> str:
    """An answer that the question's own rule takes as good."""
    tried = [*criterion.choices, "yes", "no", "12", "0", "1", "1.3", "2", "100", "2026-10-01", "2027-12-01", "plan.pdf"]
    text = "Ms. Example, 555-0100, and Mr. Sample when she is away"
    if criterion.answer in ("text", "file"):
        return text if criterion.answer == "text" else "plan.pdf"
    return next(one for one in tried if _is_good(criterion, one))


def _is_good(criterion, answer) -> bool:
    try:
        return is_good(criterion, answer, TODAY)[0]
    except ValueError:
        return False


def good_answers(**changes) -> dict[str, Answer]:
    """Every question answered well. changes: id with _ for - → answer, or None to leave it out."""
    given = {c.id: Answer(a_good_answer(c), evidence="https://vendor.example/report", by="Example Vendor", date="2026-11-01") for one in the_lists() for c in one.criteria if c.answer != "measured"}
    for name, answer in changes.items():
        own = name.replace("_", "-")
        assert own in given, own
        given |= {own: replace(given[own], answer=answer)} if answer is not None else {}
        if answer is None:
            del given[own]
    return given


def a_card(one=None, rows=None, *, answers=None, role="district", name="Essay Helper", papers=NO_PAPERS, sets=None, results=None, **fields) -> Scorecard:
    """The scorecard of answers and comparisons, as the program derives it."""
    sets = sets or {one.id: one}
    results = results or Results("r", rows, values_of(one, rows), (), "All comparisons together.")
    results = replace(results, missingness=tuple(missing_of(d) for d in results.disparities))
    lists = the_lists()
    criteria = [c for checklist in lists for c in checklist.criteria]
    findings = [
        *verdicts.measured_findings(criteria, results, sets),
        *checklists.documentary_findings(
            lists, Answered(good_answers() if answers is None else answers), profile=Profile(), papers=Papers({e.check.file: e for e in papers.evidence}), today=TODAY),
    ]
    given = {
        "tool": {"name": name, "version": "4.2", "vendor": "Example Vendor", "use_cases": ["essay-scoring"], "audience": ["teachers"], "student_data": "record",
                 "grades": ["6-8"], "languages": ["en"]},
        "auditor": {"role": role, "organisation": "Example District"}, "titles": {c.id: c.title for c in lists}, "findings": findings, "results": results,
        "policy": read_policy(None)[0], "today": TODAY, "provenance": provenance(sets), "papers": papers, "sets": sets,
    }
    return scorecard.make_scorecard(**(given | fields))


def provenance(sets, **fields) -> dict:
    return {
        "collection": "c" * 64, "versions": {"edtech-equity-audit": "0.1.0"}, "seed": 1, "repeats": 3, "adapter": "http", "calls": 700, "replies": 690,
        "failures": 10, "collected_from": "2026-11-21", "collected_to": "2026-11-22", "models": ["model-1"], "planned": 700, "missing": 10,
        "missing_reasons": [["timeout", 10]], "policy": {"id": "default", "edition": "1", "digest": "p" * 64}, "checklists": {"safe": "1"},
        "personal_data": {"scanned": ["essays"], "found": {}}, "judges": [],
        "fixtures": {s.id: {"title": s.title, "edition": s.edition, "digest": s.digest, "licence": s.licence, "items": 60} for s in sets.values()},
    } | fields


def a_file(name="study.pdf", **filed) -> EvidenceFile:
    problem = Problem("warning", "study.groups", "page 2", "no result by group", "Ask for it.")
    return EvidenceFile(
        FileCheck(name, "a" * 64, 1000, "study", "A study", (problem,), 0, 1, 0, {}), Filed(name, what="a study", issuer="Example Lab", **filed), "2027-06-30", False)


def approving() -> tuple[Scorecard, dict[str, FixtureSet]]:
    """Everything is answered well, and every difference is within its margin."""
    one = a_set()
    return a_card(one, rows_of(one)), {one.id: one}


def failing(**fields) -> tuple[Scorecard, dict[str, FixtureSet]]:
    """A tool that wrongly flags one dialect, with two must-haves not met, a claim against it and a text difference."""
    one = a_set("flags", outcome="decision", adverse=True, title="Flags on student messages")
    rows = rows_of(one, {("dialect", "AAE"): "gap_found", ("label", "blind"): "inconclusive"})
    rows = tuple(replace(d, estimate=-d.estimate, low=-d.high, high=-d.low, low90=-d.high90, high90=-d.low90) if d.outcome == "gap_found" else d for d in rows)
    texts = (TextDifference(
        set=one.id, attribute="dialect", group="AAE", reference="SAE", design="matched", items=60, clusters=60, replies=360, told_apart=0.8, p_value=0.0001,
        p_adjusted=0.0001, outcome="differ", negative_control=False, between_repeats=0.1, between_guises=0.3,
        words=(CarryingWord("rude", 4.2, 40, 5, 30), CarryingWord("clear", -3.9, 4, 50, 28)),
        pairs=(ReplyPair("clearest", "i1", "This sounds rude.\nPlease stop.", "This is clear."),),
    ),)
    omnibus = (Omnibus(one.id, {}, "decision", "false_positive_rate_difference", "dialect", 3, 60, 0.001, 0.002, 0.4, "AAE", "SAE", 0.1),)
    results = Results("r", rows, values_of(one, rows), (), "All comparisons together.", texts=texts, omnibus=omnibus)
    papers = scorecard.Papers(
        (a_file(), a_file("secret-contract.pdf", confidential="yes")), (Contradiction("x", "safe-x", "measured", "The claim says one thing, the test another"),),
        (ClaimBeside(Claim("Works the same for everyone.", "website", "2026-01-01"), "gap_found", ("Dialect: measured.",)),), ("old-question: covered by law",),
    )
    required = [c for one in the_lists() for c in one.criteria if c.required and c.answer == "yes_no"]
    answers = good_answers() | {c.id: Answer("no" if c.good == "yes" else "yes", evidence="secret-contract.pdf", by="Example Vendor") for c in required[:2]}
    return a_card(one, rows, answers=answers, results=results, papers=papers, **fields), {one.id: one}


def insufficient() -> tuple[Scorecard, dict[str, FixtureSet]]:
    """Too few items to tell, and a third of the questions open; the vendor's own test."""
    one = a_set("letters", outcome="text", title="Letters to families")
    rows = rows_of(one, {(a, g): "inconclusive" for a, about in one.attributes.items() for g in about.groups})
    answers = dict(sorted(good_answers().items())[::3])
    return a_card(one, rows, answers=answers, role="vendor"), {one.id: one}


def all_missing() -> tuple[Scorecard, dict[str, FixtureSet]]:
    """Nobody answered anything, and no comparison could be made."""
    one = a_set()
    rows = tuple(replace(d, items=0, clusters=0, responses=0, missing=360, margin=None, p_adjusted=None, detectable=None, standardized=None)
                 for d in rows_of(one, {(a, g): "not_assessed" for a, about in one.attributes.items() for g in about.groups}))
    return a_card(one, rows, answers={}), {one.id: one}


def bare() -> tuple[Scorecard, dict[str, FixtureSet]]:
    """Nothing at all: no set, no answer, and only what every scorecard has."""
    card, _ = approving()
    decision = replace(card.decision, steps=(), scope=None, conditions=(), would_change=(), because=())
    empty = replace(
        card, decision=decision, findings=(), gates=(), disparities=(), groups=(), indicators={}, provenance={}, sensitivity=None, family="", review_because=(),
        tool={"name": "T", "version": "1", "vendor": "V"}, auditor={"role": "state"})
    return empty, {}


def enormous(sets=10, attributes=14) -> tuple[Scorecard, dict[str, FixtureSet]]:
    """Ten sets of fourteen attributes of six groups each; every third group shows a gap; all 130 questions are answered badly or not at all."""
    about = {f"a{i}": (f"Attribute {i} with a rather long name", "g0", {f"g{j}": f"Group {j} of attribute {i}" for j in range(6)}) for i in range(attributes)}
    own = {f"set{i}": a_set(f"set{i}", attributes=about, title=f"A set of probes with a long title, number {i}") for i in range(sets)}
    rows = [d for one in own.values() for d in rows_of(one, {(a, g): ("gap_found", "inconclusive", "within_margin")[int(g[1:]) % 3] for a in about for g in about[a][2]})]
    groups = [g for one in own.values() for g in values_of(one, [d for d in rows if d.set == one.id])]
    answers = {key: replace(a, answer="no" if a.answer == "yes" else a.answer, note="A long note. " * 20) for key, a in good_answers().items()}
    return a_card(sets=own, rows=tuple(rows), results=Results("r", tuple(rows), tuple(groups), (), "Together."), answers=answers), own


def hostile() -> tuple[Scorecard, dict[str, FixtureSet]]:
    """Markup, control characters and ten thousand characters in every text of a vendor, a set and a file."""
    card, sets = failing()
    (one,) = sets.values()
    about = {name: replace(a, title=HOSTILE, groups=dict.fromkeys(a.groups, HOSTILE)) for name, a in one.attributes.items()}
    findings = tuple(replace(f, because=HOSTILE, answer=HOSTILE, answered_by=HOSTILE, subject=f.subject and HOSTILE) for f in card.findings)
    decision = replace(
        card.decision, because=(HOSTILE,), conditions=tuple(replace(c, text=HOSTILE, owner=HOSTILE, due=HOSTILE) for c in card.decision.conditions),
        would_change=tuple(replace(c, text=HOSTILE) for c in card.decision.would_change))
    return replace(
        card, findings=findings, decision=decision, family=HOSTILE, retired=(HOSTILE,), review_by=card.review_by,
        tool={"name": HOSTILE, "version": HOSTILE, "vendor": HOSTILE, "use_cases": [HOSTILE], "audience": ["teachers"], "student_data": "record"},
        auditor={"role": "vendor", "organisation": HOSTILE}, gates=tuple(replace(g, question=HOSTILE, because=HOSTILE) for g in card.gates),
        claims=tuple(replace(c, claim=replace(c.claim, claim=HOSTILE, said_in=HOSTILE)) for c in card.claims),
        texts=tuple(replace(t, words=(replace(t.words[0], word=HOSTILE),), pairs=(replace(t.pairs[0], group=HOSTILE, reference=HOSTILE),)) for t in card.texts),
    ), {one.id: replace(one, title=HOSTILE, attributes=about)}
