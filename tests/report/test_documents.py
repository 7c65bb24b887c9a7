"""The documents of one audit: all that is known in the report, plain words in the others, nothing small or secret in the public one."""

import ast
import io
import re
import time
from functools import lru_cache
from pathlib import Path

import msgspec
import pikepdf
import pytest
import textstat
from msgspec.structs import replace

import audit.report.documents as package
from audit import scorecard
from audit.records import Condition, Waiver
from audit.report.blocks import Badge, Callout, Facts, Figure, Foreign, Heading, Items, Link, Paragraph, Table
from audit.report.documents import DOCUMENTS, memo_document, public_document, report_document, staff_document
from audit.report.documents.duties import plain_condition
from audit.report.documents.parts import cut
from audit.report.documents.public import small_cells
from audit.report.documents.reasons import always_the_same, plain_reasons
from audit.report.documents.sentences import (
    alike_sentence,
    attribute_result,
    plain_difference,
    plain_doubt,
    plain_margin,
    plain_range,
    turns_sentence,
)
from audit.report.documents.staff import gap_checks
from audit.report.drawing import words_of
from audit.report.drawn_html import html_of
from audit.report.drawn_pdf import pdf_of
from audit.report.words import Words, languages
from tests.report import cards

W = Words("en")
CARDS = ("approving", "failing", "insufficient", "all_missing", "bare", "hostile", "enormous")
PLAIN = ("memo", "public", "staff")
REASONABLE = 450
"""Words on one printed page with tables."""


@lru_cache
def made(name):
    return getattr(cards, name)()


@lru_cache
def document(name, kind, lang="en"):
    return DOCUMENTS[kind](*made(name), Words(lang))


def flat(blocks):
    for block in blocks:
        yield block
        if isinstance(block, Callout):
            yield from flat(block.blocks)


def runs_of(block):
    if isinstance(block, Paragraph):
        return [block.runs]
    if isinstance(block, Items):
        return list(block.items)
    if isinstance(block, Table):
        return [cell for row in block.rows for cell in row]
    return [runs for _, runs in block.pairs] if isinstance(block, Facts) else []


def pieces(doc) -> list[str]:
    """Each paragraph, item and cell as a text."""
    return ["".join(map(words_of, runs)) for block in flat((*doc.blocks, *doc.footer)) for runs in runs_of(block)]


def headings(doc) -> list[Heading]:
    return [b for b in flat((*doc.blocks, *doc.footer)) if isinstance(b, Heading)]


def everything(doc) -> str:
    """All that a reader reads, also of pictures, captions, heads and names."""
    more = [getattr(b, name) for b in flat((*doc.blocks, *doc.footer)) for name in ("caption", "alt", "text", "label") if hasattr(b, name)]
    heads = [one for b in flat(doc.blocks) if isinstance(b, Table) for one in b.head]
    names = [name for b in flat((*doc.blocks, *doc.footer)) if isinstance(b, Facts) for name, _ in b.pairs]
    return "\n".join([doc.title, doc.banner, doc.subtitle, *pieces(doc), *more, *heads, *names])


def under(doc, heading) -> list:
    """The blocks between a heading and the next of its level or above."""
    blocks = list(flat(doc.blocks))
    start = next(i for i, b in enumerate(blocks) if isinstance(b, Heading) and b.text == heading)
    level = blocks[start].level
    end = next((i for i, b in enumerate(blocks) if i > start and isinstance(b, Heading) and b.level <= level), len(blocks))
    return blocks[start + 1:end]


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("name", CARDS)
def test_every_document_of_every_card_has_one_place_for_each_id_and_links_that_lead_somewhere(name, kind):
    doc = document(name, kind)
    ids = [h.id for h in headings(doc)]
    assert len(ids) == len(set(ids))
    links = [run.href for b in flat(doc.blocks) for runs in runs_of(b) for run in runs if isinstance(run, Link)]
    assert {href.removeprefix("#") for href in links if href.startswith("#")} <= set(ids)
    assert doc.name == kind
    assert all(h.text for h in headings(doc))
    assert all(len(row) == len(b.head) for b in flat(doc.blocks) if isinstance(b, Table) for row in b.rows)


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("name", ["approving", "failing", "insufficient", "all_missing", "bare"])
def test_who_audited_and_the_decision_stand_on_every_document(name, kind):
    card, _ = made(name)
    doc = document(name, kind)
    assert doc.role == card.auditor["role"]
    assert card.as_of in doc.banner
    assert any(isinstance(b, Callout) and b.kind == card.decision.status for b in doc.blocks)


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("name", ["approving", "failing", "insufficient", "all_missing"])
def test_the_plain_documents_read_at_or_below_grade_9_by_two_formulas(name, kind):
    said = [p if p.endswith((".", "?", "!")) else f"{p}." for p in pieces(document(name, kind)) if len(p.split()) > 3]
    text = " ".join(said)
    assert textstat.automated_readability_index(text) <= 9
    assert textstat.coleman_liau_index(text) <= 9


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("word", ["biased", "unbiased", "fair", "unfair", "violates", "discriminates"])
def test_no_document_passes_a_sentence_on_the_tool(kind, word):
    for name in ("approving", "failing", "insufficient"):
        card, _ = made(name)
        ours = everything(document(name, kind))
        for f in card.findings:
            for theirs in (f.question, f.remedy, f.because):
                ours = ours.replace(theirs, "")
        assert not re.search(rf"\b{word}\b", ours.lower())


@pytest.mark.parametrize("name", ["failing", "insufficient", "all_missing", "enormous"])
def test_the_memo_has_so_few_words_that_it_fits_one_page(name):
    doc = document(name, "memo")
    said = [*pieces(doc), *(h.text for h in headings(doc)), doc.title, doc.banner]
    said += [" ".join([b.caption, *b.head]) for b in flat(doc.blocks) if isinstance(b, Table)]
    assert len(" ".join(said).split()) <= REASONABLE
    assert max(map(len, said)) <= 320


def test_the_memo_says_what_is_decided_why_on_what_conditions_what_it_costs_and_where_to_sign():
    card, _ = made("failing")
    memo = document("failing", "memo")
    said = everything(memo)
    assert "May our schools use Essay Helper 4.2?" in said
    assert "Do not approve" in said
    assert "African American English, next to Standardized American English: the tool flagged 40 more of every 100 cases by mistake." in said
    assert "For Standardized American English it was 40 of every 100 cases. This audit allows up to 10 in 100." in said
    assert "More than allowed" in said
    assert "Ms. Example, 555-0100" in said, "the answers on cost and funding"
    assert card.review_by in said
    assert any(isinstance(b, Items) and b.check for b in memo.blocks)
    assert any(isinstance(b, Table) and b.caption == "Signatures" for b in memo.blocks)
    reasons = next(b for b in flat(memo.blocks) if isinstance(b, Items))
    assert 3 <= len(reasons.items) <= 5


def test_the_memo_of_a_vendors_own_test_says_first_that_it_carries_no_yes():
    memo = document("insufficient", "memo")
    assert next(b for b in flat(memo.blocks) if isinstance(b, Items)).items[0] == ("The vendor tested its own tool. Such a test cannot carry a yes.",)
    assert memo.role == "vendor"


def test_an_answer_on_cost_that_nobody_gave_is_said_to_be_missing():
    assert "No answer yet." in everything(document("all_missing", "memo"))


def test_a_waiver_is_told_with_its_name_reason_and_last_day():
    card, sets = made("failing")
    gate = next(f.criterion for f in card.findings if f.required and f.outcome == "not_met" and f.assurance != "measured")
    waiver = Waiver(gate, "Dr. Example", "the contract is being signed", "2027-01-31")
    steps = (*card.decision.steps, replace(card.decision.steps[0], rule="waiver", findings=()))
    waived = replace(card, decision=replace(card.decision, waivers=(waiver,), steps=steps))
    assert "Dr. Example answers for one must-have that is not met, until 2027-01-31, because: the contract is being signed" in everything(public_document(waived, sets, W))
    assert "the contract is being signed" in everything(report_document(waived, sets, W))


def test_the_report_shows_everything_of_the_scorecard():
    card, _ = made("failing")
    report = document("failing", "report")
    said = everything(report)
    for heading in (
        "What the evidence supports", "How this was derived", "Does the decision hold under other weights and margins?", "How to read this",
        "Gates: what must be met", "The five indicators", "What was measured", "Replies that never came", "What the vendor says, beside what was measured",
        "What does not fit together", "Findings", "The ladder of assurance", "The files, and what a machine found in them", "Questions that were not asked here",
        "The design, and what it could not have shown", "Provenance",
    ):
        assert heading in [h.text for h in headings(report)]
    for text in (
        *card.decision.because, *(c.text for c in card.decision.conditions), *(c.due for c in card.decision.conditions), *(c.text for c in card.decision.would_change),
        *(s.because for s in card.decision.steps), *(f.question for f in card.findings), *(f.remedy for f in card.findings if f.outcome == "not_met"),
        *(s.title for f in card.findings for s in f.sources), card.review_by, *card.review_because, card.sensitivity.sentence, "Works the same for everyone.",
        "The claim says one thing, the test another", "old-question: covered by law", "page 2", "Ask for it.", "a" * 16, "Registered as a study.", "Holds until 2027-06-30.",
        "This sounds rude.\nPlease stop.", "10 of 700 probes have no reply that could be read.", "It cannot show how people score.", "model-1", "c" * 64,
    ):
        assert text in said
    assert report.data == msgspec.to_builtins(card)


def test_the_report_shows_two_replies_side_by_side_with_their_line_breaks():
    pair = next(b for b in flat(document("failing", "report").blocks) if isinstance(b, Table) and b.quoted)
    assert pair.head == ("African American English", "Standardized American English")
    assert pair.rows == ((("This sounds rude.\nPlease stop.",), ("This is clear.",)),)


def test_each_step_of_the_derivation_links_to_the_finding_it_rests_on():
    card, _ = made("failing")
    report = document("failing", "report")
    steps = next(b for b in under(report, "How this was derived") if isinstance(b, Items))
    assert steps.ordered
    assert len(steps.items) == len(card.decision.steps)
    first = next(run for run in steps.items[0] if isinstance(run, Link))
    assert first.text == "Finding: inclusive-measured-outcomes"
    assert any(h.id == first.href[1:] and h.text == next(f.question for f in card.findings if f.criterion == "inclusive-measured-outcomes") for h in headings(report))


def test_every_picture_has_words_and_a_table_below_it():
    for kind in ("report", "public"):
        blocks = list(flat(document("failing", kind).blocks))
        figures = [i for i, b in enumerate(blocks) if isinstance(b, Figure)]
        assert figures
        assert all(isinstance(blocks[i + 1], Table) and blocks[i].alt for i in figures)


def test_a_finding_of_many_attributes_is_one_question_with_a_row_for_each():
    report = document("failing", "report")
    rows = next(b for b in under(report, "Findings") if isinstance(b, Table))
    assert [row[1][0].kind for row in rows.rows] == ["not_met", "inconclusive", "met"]


def test_a_card_too_large_for_a_page_says_what_its_data_leave_out():
    card, _ = made("enormous")
    data = document("enormous", "report").data
    left_out = data["left_out"]["parts"]
    assert left_out
    assert data["left_out"]["where"] == "scorecard.json"
    assert set(data) == {*msgspec.to_builtins(card), "left_out"} - set(left_out)
    assert data["decision"] == msgspec.to_builtins(card)["decision"]


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_an_enormous_audit_composes_in_half_a_second_and_stays_under_a_megabyte_and_a_half(kind):
    card, sets = made("enormous")
    assert len({(d.set, d.attribute) for d in card.disparities}) == 140
    took = []
    for _ in range(3):
        start = time.perf_counter()
        doc = DOCUMENTS[kind](card, sets, W)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.5
    assert len(html_of(doc, W).encode()) < 1_500_000


@pytest.mark.parametrize("name", ["failing", "insufficient", "all_missing", "enormous", "hostile"])
@pytest.mark.parametrize(("kind", "pages"), [("memo", 1), ("staff", 2)])
def test_the_memo_is_one_printed_page_and_the_staff_guide_at_most_two(name, kind, pages):
    with pikepdf.open(io.BytesIO(pdf_of(document(name, kind), W))) as printed:
        assert len(printed.pages) <= pages


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_hostile_text_is_text_in_every_document(kind):
    page = html_of(document("hostile", kind), W)
    assert "<script>alert(1)" not in page
    assert "{{ 7*7 }}" in page
    assert "{n}#set" in page, "what is filled into a sentence is not filled again"
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page)


@pytest.mark.parametrize("kind", PLAIN)
def test_ten_thousand_characters_do_not_swell_a_short_document(kind):
    assert max(len(p) for p in pieces(document("hostile", kind))) < 1_500


def test_the_public_summary_hides_a_group_of_fewer_than_ten_and_the_next_smallest_with_it():
    one = cards.a_set(attributes={"label": ("Label", "none", {"none": "Left-handed", "foster": "In foster care", "blind": "Blind", "deaf": "Deaf"})}, design="sampled")
    rows = cards.rows_of(one, {("label", "blind"): "gap_found"})
    values = tuple(replace(g, items={"none": 200, "foster": 50, "blind": 9, "deaf": 40}[g.group]) for g in cards.values_of(one, rows))
    card = replace(cards.a_card(one, rows), groups=values)
    sets = {one.id: one}
    assert small_cells(card, sets)["essays", "label", "score", "mean", "[]"] == {"blind", "deaf"}
    said = everything(public_document(card, sets, W))
    assert "Blind" not in said
    assert "Deaf" not in said
    assert "In foster care, next to Left-handed: the tool's score was 0.01 points higher." in said
    assert "Some groups are too small to show" in said
    assert "Blind" in everything(staff_document(card, sets, W)), "staff have to know"


def test_ten_are_enough_to_be_shown_and_two_groups_hide_each_other():
    one = cards.a_set(attributes={"writer": cards.GROUPS["writer"]}, design="sampled")
    rows = cards.rows_of(one)
    for items, hidden in ((10, set()), (9, {"native", "learner"})):
        card = replace(cards.a_card(one, rows), groups=tuple(replace(g, items=items if g.group == "learner" else 60) for g in cards.values_of(one, rows)))
        assert small_cells(card, {one.id: one})["essays", "writer", "score", "mean", "[]"] == hidden
        shown = "English learners, next to" in everything(public_document(card, {one.id: one}, W))
        assert shown is not bool(hidden)


def test_a_comparison_with_all_others_is_hidden_where_any_group_is_hidden():
    about = {"label": ("Label", None, {"a": "First label", "b": "Second label", "c": "Third label"})}
    one = cards.a_set(attributes=about, design="sampled")
    rows = tuple(cards.a_row(one, "label", group, reference="others") for group in "abc")
    card = replace(cards.a_card(one, rows), groups=tuple(replace(g, items=5 if g.group == "c" else 60) for g in cards.values_of(one, rows)))
    assert "label, next to" not in everything(public_document(card, {one.id: one}, W))


def test_the_public_summary_names_no_confidential_file():
    card, sets = made("failing")
    conditions = tuple(replace(c, text=f"Read secret-contract.pdf: {c.text}", criterion="") for c in card.decision.conditions)
    findings = tuple(replace(f, answer="See secret-contract.pdf") if f.criterion == "usable-responsible-person" else f for f in card.findings)
    said = everything(public_document(replace(card, findings=findings, decision=replace(card.decision, conditions=conditions)), sets, W))
    assert "secret-contract" not in said
    assert "Read a confidential document: " in said
    assert "this person answers for the tool: See a confidential document." in said
    assert "secret-contract.pdf" in everything(document("failing", "report"))


def test_the_public_summary_says_who_looked_how_whom_to_ask_and_how_the_vendor_can_reply():
    texts = [h.text for h in headings(document("failing", "public"))]
    for heading in ("What the tool is", "Who looked, and how", "What we found", "What this does not show", "Whom to ask", "The vendor's reply"):
        assert heading in texts
    said = everything(document("failing", "public"))
    assert "+35.0 to +45.0 in 100" in said
    assert "Send your reply in writing to those who made this page." in said


def test_the_staff_guide_has_a_check_for_each_gap_and_names_where_care_is_needed():
    staff = document("failing", "staff")
    checks = next(b for b in under(staff, "Before you trust an answer") if isinstance(b, Items))
    assert checks.check
    assert ("African American English: I looked for myself before I acted on a flag of the tool.",) in checks.items
    care = next(b for b in under(staff, "Where to take care") if isinstance(b, Facts))
    assert [runs for _, runs in care.pairs] == [("African American English",), ("Blind",)]
    said = everything(staff)
    assert "The tool did not treat all groups alike in: Dialect (Flags on student messages). Do not lean on it there." in said
    assert "We do not know yet if it treats all groups alike in: Label (Flags on student messages)." in said
    assert "In our district: Ms. Example, 555-0100" in said
    assert "12 hours each" in said
    assert "plan.pdf" in said


def test_the_staff_guide_without_gaps_has_no_part_on_care():
    assert "Where to take care" not in [h.text for h in headings(document("approving", "staff"))]


@pytest.mark.parametrize(("outcome", "adverse", "statistic", "estimate", "said"), [
    ("decision", True, "false_positive_rate_difference", 0.052, "the tool flagged 5.2 more of every 100 cases by mistake."),
    ("decision", True, "false_positive_rate_difference", -0.05, "the tool flagged 5 fewer of every 100 cases by mistake."),
    ("decision", True, "selection_rate_difference", 0.1, "the tool flagged 10 more of every 100 cases."),
    ("decision", True, "false_negative_rate_difference", 0.1, "the tool missed 10 more of every 100 cases."),
    ("decision", False, "selection_rate_difference", -0.1, "the tool said yes in 10 fewer of every 100 cases."),
    ("decision", False, "false_negative_rate_difference", 0.1, "the tool said no by mistake in 10 more of every 100 cases."),
    ("decision", False, "false_positive_rate_difference", 0.1, "the tool said yes by mistake in 10 more of every 100 cases."),
    ("decision", True, "missing_rate", 0.1, "the tool gave no answer in 10 more of every 100 cases."),
    ("decision", True, "selection_rate_difference", 0.0, "no difference was seen."),
    ("score", False, "mean_difference", -0.41, "the tool's score was 0.41 points lower."),
    ("score", False, "mean_error_difference", 0.41, "the tool's score was 0.41 points higher than people's scores would suggest."),
])
def test_a_difference_is_told_with_its_direction_size_and_unit(outcome, adverse, statistic, estimate, said):
    one = cards.a_set(outcome=outcome, adverse=adverse)
    unit = "share" if outcome == "decision" else "points"
    row = cards.a_row(one, "dialect", "AAE", statistic=statistic, unit=unit, estimate=estimate)
    assert plain_difference(row, one, W) == f"African American English, next to Standardized American English: {said}"


def test_margins_and_ranges_are_told_with_their_units():
    share = cards.a_row(cards.a_set(outcome="decision"), "dialect", "AAE", "inconclusive", low=-0.012, high=None, margin=0.05)
    points = cards.a_row(cards.a_set(), "dialect", "AAE", "inconclusive", low=-0.2, high=0.3, margin=0.25)
    assert (plain_margin(share, W), plain_range(share, W)) == ("This audit allows up to 5 in 100.", "-1.2 to no limit in 100")
    assert (plain_margin(points, W), plain_range(points, W)) == ("This audit allows up to 0.25 points.", "-0.2 to +0.3 points")


def test_a_range_of_a_difference_within_its_margin_is_the_90_percent_range_that_the_verdict_rests_on():
    row = cards.a_row(cards.a_set(), "dialect", "AAE", low=-0.2, high=0.3, low90=-0.04, high90=0.06, margin=0.1)
    assert plain_range(row, W) == "-0.04 to +0.06 points"


def test_a_difference_that_is_open_inside_its_margin_is_told_with_the_reason():
    inside = {"low": -0.05, "high": 0.05, "margin": 0.1}
    points, share = (cards.a_row(cards.a_set(outcome=kind), "dialect", "AAE", "inconclusive", **inside) for kind in ("score", "decision"))
    assert plain_doubt(points, W) == "The margin itself is not known closely enough."
    assert plain_doubt(replace(share, missing=3), W) == "Missing answers could have changed this."
    assert plain_doubt(replace(points, high=0.1), W) == ""
    assert plain_doubt(replace(points, outcome="within_margin"), W) == ""


def test_of_a_tool_that_gave_no_readable_reply_every_panel_is_not_tested_and_nothing_is_hidden():
    card, sets = made("all_missing")
    said = everything(public_document(replace(card, groups=tuple(replace(g, value=None, n=0, items=0, missing=180) for g in card.groups)), sets, W))
    assert said.count("Not tested: the tool gave too few answers that we could read.") == 3
    assert "Some groups are too small to show" not in said


def test_questions_that_were_never_put_to_the_tool_are_not_answers_that_it_failed_to_give():
    card, sets = made("failing")
    lost = card.provenance | {"planned": 700, "missing": 510, "missing_reasons": [["not asked yet", 500], ["timeout", 10]]}
    said = everything(public_document(replace(card, provenance=lost), sets, W))
    assert "We asked the tool 200 times. 10 times it gave no answer that we could read. 500 questions were never put to the tool." in said
    assert "never put to the tool" not in everything(document("failing", "public"))


@pytest.mark.parametrize(("adverse", "statistic", "estimate", "said"), [
    (True, "false_negative_rate_difference", 0.2, ["A: I looked for myself, also where the tool raised no flag."]),
    (True, "selection_rate_difference", -0.2, ["A: I looked for myself, also where the tool raised no flag."]),
    (True, "false_positive_rate_difference", 0.2, ["A: I looked for myself before I acted on a flag of the tool."]),
    (True, "false_negative_rate_difference", -0.2,
     ["A: I looked for myself before I acted on a flag of the tool.", "B: I looked for myself, also where the tool raised no flag."]),
    (False, "false_negative_rate_difference", 0.2, ["A: I looked for myself where the tool said no."]),
    (False, "selection_rate_difference", -0.2, ["A: I looked for myself where the tool said no."]),
    (False, "false_positive_rate_difference", 0.2, ["A: I looked for myself where the tool said yes."]),
])
def test_what_staff_check_follows_the_direction_of_the_difference(adverse, statistic, estimate, said):
    one = cards.a_set(outcome="decision", adverse=adverse, attributes={"g": ("G", "b", {"a": "A", "b": "B"})})
    assert gap_checks(cards.a_row(one, "g", "a", "gap_found", statistic=statistic, estimate=estimate), one, W) == said


def test_staff_check_both_ways_where_a_group_has_fewer_flags_and_more_wrong_ones():
    one = cards.a_set(outcome="decision", adverse=True, attributes={"g": ("G", "b", {"a": "A", "b": "B"})})
    rows = tuple(cards.a_row(one, "g", "a", "gap_found", statistic=f"{kind}_rate_difference", estimate=value)
                 for kind, value in (("selection", -0.5), ("false_positive", 0.25)))
    items = [words for (words,) in next(b for b in under(staff_document(cards.a_card(one, rows), {one.id: one}, W), "Before you trust an answer")).items]
    assert {"A: I looked for myself, also where the tool raised no flag.", "A: I looked for myself before I acted on a flag of the tool."} <= set(items)


def test_the_reasons_tell_more_wrong_flags_before_fewer_misses_and_how_high_the_rate_is_for_the_others():
    one = cards.a_set(outcome="decision", adverse=True, attributes={"writer": cards.GROUPS["writer"]})
    rows = tuple(
        cards.a_row(one, "writer", "learner", "gap_found", statistic=f"{kind}_rate_difference", estimate=value)
        for kind, value in (("false_negative", -0.5), ("false_positive", 0.25)))
    reasons = next(b for b in flat(memo_document(cards.a_card(one, rows), {one.id: one}, W).blocks) if isinstance(b, Items)).items
    level, allowed = "For Native writers of English it was 40 of every 100 cases.", "This audit allows up to 10 in 100."
    first, second = "the tool flagged 25 more of every 100 cases by mistake.", "the tool missed 50 fewer of every 100 cases."
    assert reasons[:2] == tuple((f"English learners, next to Native writers of English: {said} {level} {allowed}",) for said in (first, second))


@pytest.mark.parametrize(("rates", "same"), [
    ({"selection_rate": (0.0, 0.0)}, True), ({"selection_rate": (1.0, 1.0)}, True), ({"selection_rate": (0.0, 1.0)}, False),
    ({"false_positive_rate": (0.0, 0.0), "false_negative_rate": (1.0, 1.0)}, True),
    ({"false_positive_rate": (0.0, 0.0), "false_negative_rate": (0.0, 0.0)}, False), ({"false_positive_rate": (0.0, 0.0)}, False),
])
def test_a_tool_that_always_says_the_same_is_not_one_that_is_always_right(rates, same):
    one = cards.a_set(outcome="decision", attributes={"writer": cards.GROUPS["writer"]})
    values = tuple(
        replace(g, statistic=name, value=value)
        for name, own in rates.items() for g, value in zip(cards.values_of(one, cards.rows_of(one)), own, strict=True))
    assert always_the_same(values, one, "writer") is same
    card = replace(cards.a_card(one, cards.rows_of(one)), groups=values)
    for compose in (memo_document, public_document):
        assert ("The tool gave the same answer every time." in everything(compose(card, {one.id: one}, W))) is same


def test_the_public_summary_tells_the_design_that_was_used_and_speaks_of_names_only_where_there_were_any():
    same, kind = "Each time we changed one thing", "We gave the tool work of the same kind from more than one group."
    for design, there in (("matched", (True, False)), ("sampled", (False, True))):
        one = cards.a_set(design=design)
        said = everything(public_document(cards.a_card(one, cards.rows_of(one)), {one.id: one}, W))
        assert (same in said, kind in said) == there
        assert "The names hint at a group." not in said
        assert "This is what they say of themselves. Nobody has checked it." in said
    named = cards.a_set(attributes={"name": ("First name", "a", {"a": "A", "b": "B"})})
    assert "The names hint at a group." in everything(public_document(cards.a_card(named, cards.rows_of(named)), {named.id: named}, W))


def test_a_text_that_is_cut_leaves_no_bracket_open_and_no_four_dots():
    assert cut("A study of essays (with all of the groups that there are) and more", 40) == "A study of essays…"
    assert cut("The first ends here. Then a second sentence follows", 24) == "The first ends here…"
    assert cut("Short (yes).", 24) == "Short (yes)."


@pytest.mark.parametrize("kind", PLAIN)
def test_no_text_of_a_plain_document_ends_in_four_dots(kind):
    assert not any("…." in piece for piece in pieces(document("hostile", kind)))


def test_the_table_against_all_others_says_which_table_the_sentence_rests_on():
    one = cards.a_set(attributes={"label": cards.GROUPS["label"]})
    rows = cards.rows_of(one)
    both = (*rows, *(replace(d, reference="others") for d in rows))
    note = "The sentence above rests on the table against Left-handed."
    assert note in everything(report_document(cards.a_card(one, both), {one.id: one}, W))
    assert note not in everything(report_document(cards.a_card(one, rows), {one.id: one}, W))


def test_a_banner_quotes_and_cuts_what_an_organisation_calls_itself():
    card, sets = made("approving")
    long = replace(card, auditor=card.auditor | {"organisation": "State Board of " + "very " * 20 + "good schools"})
    name = re.search("by “(.*)”, 2026-11-22", public_document(long, sets, W).banner)
    assert name is not None
    assert len(name[1]) <= 60
    assert public_document(card, sets, W).banner == "District audit by “Example District”, 2026-11-22"


def test_the_memo_says_twice_nothing_that_would_change_the_decision():
    card, sets = made("failing")
    change = card.decision.would_change[0]
    twice = replace(card, decision=replace(card.decision, would_change=(change, change, *card.decision.would_change[1:])))
    items = next(b for b in under(memo_document(twice, sets, W), "What would change this") if isinstance(b, Items)).items
    assert len(items) == len(set(items)) == 2


def test_an_indicator_with_too_few_answers_is_not_also_said_to_have_too_few_points_met():
    card, sets = made("all_missing")
    step = replace(card.decision.steps[0], findings=tuple((f.criterion, f.subject) for f in card.findings), status="pilot")
    steps = (replace(step, rule="coverage"), replace(step, rule="band"))
    told = plain_reasons(replace(card, decision=replace(card.decision, steps=steps)), sets, W, 9)
    assert [one.split(":")[0] for one in told] == ["Too few questions have an answer under"]


def test_the_decision_of_a_report_in_another_language_is_in_that_language():
    card, _ = made("failing")
    lang = next((one for one in languages() if one != "en"), None)
    if lang is None:
        pytest.skip("there is no other language")
    callout = next(b for b in document("failing", "report", lang).blocks if isinstance(b, Callout))
    reasons = next(b for b in callout.blocks if isinstance(b, Items))
    assert not any(isinstance(run, Foreign) for item in reasons.items for run in item)
    assert not {run for item in reasons.items for run in item} & set(card.decision.because)


def test_a_gap_that_only_a_control_shows_counts_against_no_group():
    one = cards.a_set()
    rows = cards.rows_of(one, {("dialect", "SAE_b"): "gap_found"})
    own = [d for d in rows if d.attribute == "dialect"]
    assert attribute_result(own, one, W) == ["A control that should not matter (Other words) moved the tool too, so no group can be singled out."]
    card, sets = cards.a_card(one, rows), {one.id: one}
    assert "Other words" not in everything(public_document(card, sets, W))
    assert "Other words" not in everything(staff_document(card, sets, W))
    row = next(r for b in memo_document(card, sets, W).blocks if isinstance(b, Table) for r in b.rows if r[0] == ("Dialect",))
    assert isinstance(row[1][0], Badge)
    assert row[1][0].kind == "inconclusive"


def test_the_question_whether_all_groups_are_alike_is_answered_with_its_size():
    card, sets = made("failing")
    assert alike_sentence(card.omnibus[0], "share", 1, sets["flags"], W) == (
        "Are all groups alike? p: 0.002; the only such question. Largest minus smallest: 40.0 percentage points (Standardized American English to"
        " African American English). Standard deviation between groups, without chance: 10.0 percentage points.")


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_document_can_be_made_in_every_language(kind, lang):
    card, _ = made("failing")
    doc = document("failing", kind, lang)
    assert doc.lang == lang
    if lang != "en" and kind == "report":
        foreign = [run for b in flat(doc.blocks) for runs in runs_of(b) for run in runs if isinstance(run, Foreign)]
        assert any(run.text == card.findings[0].because and run.lang == "en" for run in foreign)


def sentences():
    """Every sentence of ours in the package: (file, line, its forms, the names that are filled in; None where they are not written out)."""
    for path in sorted(Path(package.__file__).parent.glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            plural = isinstance(call.func, ast.Attribute) and call.func.attr == "plural"
            if plural or (isinstance(call.func, ast.Name) and call.func.id == "w"):
                names = {k.arg for k in call.keywords} | ({"n"} if plural else set())
                yield path.name, call.lineno, call.args[:2 if plural else 1], None if None in names else names


def test_every_sentence_is_written_out_whole_and_has_a_place_for_every_name():
    seen = 0
    for file, line, forms, names in sentences():
        for form in forms:
            assert isinstance(form, ast.Constant), (file, line, "a sentence must stand in the source as it is")
            assert isinstance(form.value, str), (file, line)
            assert names is None or set(re.findall(r"{(\w+)}", form.value)) == names, (file, line, form.value)
            seen += 1
    assert seen > 300


def test_the_papers_of_a_scorecard_without_any_leave_no_empty_part():
    texts = [h.text for h in headings(document("approving", "report"))]
    assert made("approving")[0].evidence == scorecard.Papers().evidence
    for heading in ("The files, and what a machine found in them", "What does not fit together", "Questions that were not asked here"):
        assert heading not in texts


@pytest.mark.parametrize("kind", ["repair", "monitor"])
def test_a_condition_for_several_findings_together_names_none_of_them_and_ends_in_a_sentence(kind):
    card, sets = made("failing")
    criterion = next(f.criterion for f in card.findings if f.assurance == "measured")
    said = plain_condition(Condition("x", kind, "vendor", "2027-01-01", criterion), card, sets, W, 400)
    assert str(said).endswith(".")
    assert ":" not in str(said)


@pytest.mark.parametrize(("reads", "said"), [
    ("last", "Measured is the tool's reply to turn 3, and no other."), ("first", "Measured is the tool's reply to turn 1, and no other."),
    (2, "Measured is the tool's reply to turn 2, and no other."), ("all", "Measured are all of the tool's replies in it together."),
])
def test_of_a_conversation_the_report_says_which_turn_was_measured(reads, said):
    one = cards.a_set(turns=("a", "b", "c"), reads=reads)
    assert turns_sentence(one, W) == f"Each was a conversation of 3 turns. {said}"
    card, sets = made("failing")
    shown = pieces(report_document(card, {name: replace(own, turns=("a", "b", "c"), reads=reads) for name, own in sets.items()}, W))
    assert sum(said in text for text in shown) == 2 * len(sets), "where the differences stand, and where the design is told"


def test_of_single_questions_it_says_nothing_of_turns():
    assert turns_sentence(cards.a_set(), W) == ""
