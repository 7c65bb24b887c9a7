"""The page that says what changed between two audits: every kind of change in words, in English and Spanish, accessible, deaf to hostile text."""

import json
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from audit.records.changes import (
    AnswerChange,
    AuditBrief,
    AuditChange,
    ConditionChange,
    ContradictionChange,
    EvidenceChange,
    EvidenceKind,
    FindingChange,
    GapChange,
    GapKind,
    GateChange,
    NotCompared,
    Reason,
    ReasonKind,
    ScoreChange,
    Setting,
    WaiverChange,
)
from audit.report.blocks import Foreign, Heading, Paragraph, Table
from audit.report.documents.change import change_document
from audit.report.documents.change_words import gap_sentence, kind_words, measured_sentence
from audit.report.drawn_html import html_of
from audit.report.drawn_pdf import pdf_of
from audit.report.words import Words
from tests.browsing import SIZES, breaches, chromium, watched
from tests.report.cards import HOSTILE

W = Words("en")
KINDS = get_args(GapKind)


def a_brief(**fields) -> AuditBrief:
    given = {
        "name": "Example Coach", "vendor": "Example Learning", "version": "1.0", "organisation": "Lakeside Unified", "role": "district", "as_of": "2026-01-15",
        "from_day": "2026-01-10T08:00:00Z", "to_day": "2026-01-11T08:00:00Z", "review_by": "2027-01-15", "decision": "approve_with_conditions", "models": ("m-1",),
        "collection": "c" * 64, "kind": "bundle", "digest": "d" * 64,
    }
    return AuditBrief(**(given | fields))


def a_gap(kind="grew", **fields) -> GapChange:
    given = {
        "set": "essays", "measure": "score", "statistic": "mean_difference", "unit": "points", "attribute": "dialect", "group": "AAE", "reference": "SAE", "design": "matched",
        "how": "same", "kind": kind, "other_side": False, "old": -0.1, "new": -0.5, "change": -0.4, "low": -0.62, "high": -0.18, "size": 0.4, "size_low": 0.18, "size_high": 0.62,
        "p_change": 0.001, "p_sum": 0.002, "old_outcome": "within_margin", "new_outcome": "gap_found", "items": 60, "clusters": 60, "missing": 0, "negative_control": False,
        "what": "mean score", "because": "In words.",
    }
    return GapChange(**(given | fields))


def a_change(**fields) -> AuditChange:
    """Every kind of change once; all names are invented."""
    finding = FindingChange("c", "Essay scores: Dialect", "inclusive", "Is it so?", True, "met", "not_met", "worse", tuple(Reason(kind, "x → y") for kind in get_args(ReasonKind)))
    given = {
        "schema": "edtech-equity-audit/change/1", "old": a_brief(), "new": a_brief(version="2.0", as_of="2026-09-01", decision="do_not_approve", models=()), "renamed": True,
        "same_replies": False, "worse": ("It is worse.",), "gaps": (*map(a_gap, KINDS), a_gap("grew", other_side=True, negative_control=True, reference="others")),
        "not_compared": (NotCompared("tutoring", "it was asked only in the older audit"),),
        "gates": tuple(GateChange("c", "Is it so?", "Essay scores: Dialect", kind, None, None) for kind in ("lost", "won", "failed", "open", "added", "dropped")),
        "conditions": tuple(ConditionChange(kind, "A person looks first.", "district", "before use") for kind in ("added", "gone", "due")),
        "scores": (ScoreChange("safe", "Safe", 50.0, None, 0.9, 0.4), ScoreChange("usable", "Usable", None, 70.0, None, 0.8)),
        "findings": (finding, replace(finding, old=None, new="inconclusive", direction="other", reasons=(Reason("unknown"), Reason("replies")))),
        "answers": tuple(AnswerChange("c", "Is it so?", kind, "no", "yes", reworded=True) for kind in ("added", "removed", "changed", "backed", "retired", "newly_asked", "reworded")),
        "evidence": (EvidenceChange("a.pdf", get_args(EvidenceKind), "a" * 64, "b" * 64, None, "2026-06-01", 0, 1, confidential=True),),
        "contradictions": (ContradictionChange("appeared", "r", "c", "Two things."), ContradictionChange("gone", "r", "c", "Two others.")),
        "waivers": tuple(WaiverChange(kind, "c", "A. Person", "pilot", "2026-06-01") for kind in ("added", "gone", "changed", "expired")),
        "settings": tuple(Setting(area, "a.b", "1", None) for area in ("tool", "auditor", "dates", "plan", "policy", "checklists", "fixtures", "program")),
        "family": "All together.", "level": 0.95, "seed": 1, "titles": {"essays": "Essay scores", "essays/dialect": "Dialect", "essays/dialect/AAE": "African American English",
                                                                      "essays/dialect/SAE": "Standardized American English"}, "notes": ("A note.",),
    }
    return AuditChange(**(given | fields))


def hostile() -> AuditChange:
    """Every text of others is hostile."""
    bad = HOSTILE
    return a_change(
        old=a_brief(name=bad, vendor=bad, version=bad, organisation=bad, models=(bad,), as_of=bad, from_day=bad, review_by=bad), new=a_brief(name=bad, version=bad, role="vendor"),
        gaps=(a_gap(set=bad, attribute=bad, group=bad, reference=bad, measure=bad, what=bad, unit=bad),), not_compared=(NotCompared(bad, bad),), titles={bad: bad, f"{bad}/{bad}": bad},
        gates=(GateChange(bad, bad, bad, "lost", True, None),), conditions=(ConditionChange("added", bad, bad, bad),), scores=(ScoreChange(bad, bad, 1.0, 2.0, 0.5, 0.5),),
        findings=(FindingChange(bad, bad, bad, bad, True, "met", "not_met", "worse", (Reason("answer", bad), Reason("contradiction", bad))),),
        answers=(AnswerChange(bad, bad, "changed", bad, bad),), evidence=(EvidenceChange(bad, ("added",), None, "a", None, bad, None, 0, confidential=False),),
        contradictions=(ContradictionChange("appeared", bad, bad, bad),), waivers=(WaiverChange("added", bad, bad, bad, bad),), settings=(Setting("plan", bad, bad, bad),),
        family=bad, notes=(bad,),
    )


def texts(document):
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield from block.runs
        elif isinstance(block, Table):
            yield from (run for row in block.rows for cell in row for run in cell)


def headings(document):
    return [b.text for b in document.blocks if isinstance(b, Heading)]


@lru_cache
def page(lang="en"):
    w = Words(lang)
    return html_of(change_document(a_change(), w), w)


def test_the_page_starts_with_what_became_worse_and_says_how_at_the_end():
    found = change_document(a_change(), W)
    assert headings(found) == [
        "In short", "The two audits", "Measured differences between groups", "What is not compared", "The decision and what it rests on", "Findings that came out otherwise",
        "Answers and evidence", "What was set or stated otherwise", "How the two audits were compared",
    ]
    assert "A change for the worse is shown." in page()
    assert "The decision was “Approve with conditions” and is “Do not approve”." in page()
    assert "1 required criterion that was met is not shown to be met now." in page()


def test_a_gap_is_told_in_a_sentence_with_its_numbers():
    assert gap_sentence(a_gap(), a_change(), W) == (
        "Essay scores, Dialect: African American English against Standardized American English (mean score): the measured gap grew, from -0.1 to -0.5 points "
        "(the change lies between -0.62 and -0.18)."
    )


def test_every_kind_of_change_has_its_own_words():
    said = {kind: kind_words(a_gap(kind), W) for kind in KINDS}
    assert len(set(said.values())) == len(KINDS)
    assert said["moved"] == "the measured gap moved to the other side"
    assert kind_words(a_gap("grew", other_side=True), W) == "grew, and points to the other side"


def test_nothing_that_is_shown_and_nothing_that_was_tested_are_told_apart():
    quiet = (a_gap("none"), a_gap("undone"))
    assert measured_sentence(a_change(gaps=quiet), W) == "2 measured gaps were compared, and no change of any is shown."
    assert measured_sentence(a_change(gaps=(a_gap("not_tested"),)), W) == "No change of a measured gap could be tested."
    assert "very same replies" in measured_sentence(a_change(same_replies=True, gaps=()), W)
    assert measured_sentence(a_change(gaps=(a_gap("shrank"), *quiet)), W) == "1 of 3 measured gaps is shown to have changed."


def test_two_audits_in_which_nothing_changed_make_a_short_page():
    nothing = dict.fromkeys(("gaps", "not_compared", "gates", "conditions", "scores", "findings", "answers", "evidence", "contradictions", "waivers", "settings", "notes", "worse"), ())
    found = change_document(a_change(new=a_brief(), renamed=False, **nothing), W)
    said = html_of(found, W)
    for sentence in ("No change for the worse is shown.", "No finding came out otherwise.", "No answer and no file is other than it was.", "The decision is the same: Approve with conditions."):
        assert sentence in said


def test_the_spanish_page_marks_what_it_could_not_say_in_spanish():
    document = change_document(a_change(), Words("es"))
    assert {"All together.", "A note.", "Two things.", "it was asked only in the older audit"} <= {t.text for t in texts(document) if isinstance(t, Foreign)}
    for english in ("Older audit", "the measured gap", "no change is shown", "Findings", "newly asked"):
        assert english not in re.sub(r'<script type="application/json".*?</script>|lang="en">[^<]*', "", page("es"), flags=re.DOTALL)


def test_very_many_comparisons_leave_the_page_light():
    many = tuple(a_gap("none") for _ in range(2_000))
    document = change_document(a_change(gaps=(*many, a_gap("grew"))), W)
    assert len(document.data["gaps"]) == 1
    tables = [b for b in document.blocks if isinstance(b, Table) and "Gaps of which" in b.caption]
    assert [len(t.rows) for t in tables] == [1, 300]
    assert "the first 300 of 2000; all are in change.json" in tables[1].caption


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("made", [a_change, hostile])
def test_the_page_is_accessible_in_every_size_and_no_hostile_text_runs(made, tmp_path, browser):
    w = Words("es")
    (tmp_path / "change.html").write_text(html_of(change_document(made(), w), w), encoding="utf-8")
    shown = watched(browser)
    shown.goto((tmp_path / "change.html").as_uri())
    for width, height in SIZES:
        shown.set_viewport_size({"width": width, "height": height})
        assert shown.dialogs == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        assert breaches(shown) == []
    shown.close()


def test_the_pdf_is_an_accessible_one_of_hostile_texts_too(tmp_path):
    for name, made in (("change", a_change), ("hostile", hostile)):
        (tmp_path / f"{name}.pdf").write_bytes(pdf_of(change_document(made(), W), W))
        checked = subprocess.run([Path(sys.executable).with_name("pdfua"), "check", tmp_path / f"{name}.pdf"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout


def test_the_data_on_the_page_are_the_change_itself():
    held = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page(), re.DOTALL)[1]
    assert json.loads(held)["gaps"][0]["kind"] == KINDS[0]
