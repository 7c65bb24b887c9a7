"""Several audits of one tool as a document: whose word stands where, what the picture says in words, and both languages."""

import io
from functools import lru_cache

import msgspec
import pikepdf
import pytest

from audit.records import Condition, Disparity, Evidence
from audit.records.merged import Disagreement, Elsewhere, Merged, MergedAudit, NotPooled, OwnEstimate, PooledGap, Said, SharedCondition
from audit.report.blocks import Figure, Heading, Table
from audit.report.documents.merged import merged_document
from audit.report.drawn_html import html_of
from audit.report.drawn_pdf import pdf_of
from audit.report.words import Words
from tests.report.test_documents import everything, flat, headings, pieces, under

W = Words("en")


def an_audit(label, *, vendor=False, decision="pilot", **fields) -> MergedAudit:
    given = {
        "organisation": label, "role": "vendor" if vendor else "district", "as_of": "2026-11-22", "because": (), "review_by": "2027-11-22", "kind": "bundle",
        "digest": "d", "collection": "c", "repeats": 2, "adapter": "http", "models": ("m-1",), "from_day": "2026-11-20", "to_day": "2026-11-21", "adopted_from": "",
        "counted": not vendor, "not_counted": "it is the vendor's own test of its product" if vendor else "",
    }
    return MergedAudit(label=label, decision=decision, vendor_test=vendor, **(given | fields))


def an_average(group="AAE", *, outcome="gap_found", estimate=0.12, statistic="selection_rate_difference", missing=0, control=False) -> Disparity:
    return Disparity(
        set="tiny", by={}, measure="decision", statistic=statistic, unit="share", attribute="dialect", group=group, reference="SAE", design="matched", estimate=estimate,
        low=estimate - 0.04, high=estimate + 0.04, level=0.95, simultaneous=True, p_value=0.001, p_adjusted=0.002, margin=0.05, outcome=outcome, certain=False, detected=True,
        items_needed=None, items=60, clusters=60, responses=480, missing=missing, detectable=None, low90=estimate - 0.03, high90=estimate + 0.03, family="confirmatory",
        negative_control=control, because="A sentence.",
    )


def a_gap(average=None, *, differ=False, elsewhere=True, held_back="", audits=("Hill", "Shore", "Lake")) -> PooledGap:
    average = average or an_average()
    own = tuple(OwnEstimate(a, average.estimate + 0.01 * i, 0.02, average.estimate - 0.05, average.estimate + 0.06, "inconclusive") for i, a in enumerate(audits))
    return PooledGap(average, own, 0.8, 3.2, len(audits) - 1, 0.02, 0.04 if differ else 0.4, differ=differ, held_back=held_back,
                     elsewhere=Elsewhere(0.13, 0.02, 0.2, 0.03, 0.0, 0.3, 0.4, -0.2, 0.4) if elsewhere else None)


DIFFERENT = Disagreement(
    "safe-breach-notice", "", "safe", "Does the vendor tell of a breach in time?", True, "outcome",
    (Said("Acme", "met", "yes", "Yes.", "claimed"), Said("Hill", "met", "24 hours", "In time.", "documented", "R. Example", "2026-11-01", (Evidence("file", "contract.pdf", expires="2027-05-01"),)),
     Said("Shore", "not_met", "30 days", "Too late."), Said("Lake", None)),
)


def a_merge(**fields) -> Merged:
    given = {
        "tool": "Stand-in", "vendor": "Nobody", "version": "3", "audits": (an_audit("Acme", vendor=True), an_audit("Hill"), an_audit("Shore"), an_audit("Lake", decision="do_not_approve")),
        "same_decision": False, "agreed": 17, "disagreements": (DIFFERENT, Disagreement("x", "", "safe", "Is it asked?", False, "asked", (Said("Acme", None), Said("Hill", "met"), Said("Shore", None), Said("Lake", None)))),
        "conditions": (SharedCondition(Condition("Watch it.", "monitor", "district", "2027-01-01", "a"), ("Acme", "Hill")),),
        "pooled": (a_gap(), a_gap(an_average(statistic="missing_rate", estimate=0.0, outcome="within_margin"), elsewhere=False)),
        "not_pooled": (NotPooled("everything measured", ("Acme",), "it is the vendor's own test of its product"),), "family": "One family.", "seed": 1,
        "titles": {"tiny": "A tiny set", "tiny/dialect": "dialect", "tiny/dialect/AAE": "African American English", "tiny/dialect/SAE": "Standardized American English"},
    }
    return Merged(schema="edtech-equity-audit/merged/1", **(given | fields))


@lru_cache
def document(lang="en"):
    return merged_document(a_merge(), Words(lang))


def table(doc, heading) -> Table:
    return next(b for b in under(doc, heading) if isinstance(b, Table))


def texts(doc, heading):
    cell = merged_cell
    return [[cell(c) for c in row] for row in table(doc, heading).rows]


def merged_cell(runs) -> str:
    return " ".join(r if isinstance(r, str) else r.text for r in runs if r != " ")


def test_a_disagreement_has_a_row_for_every_audit_with_its_answer_and_evidence():
    rows = texts(document(), "Where the audits disagree")
    assert [(r[1], r[2]) for r in rows] == [("Acme (vendor's own test)", "Met"), ("Hill", "Met"), ("Shore", "Not met"), ("Lake", "not asked")]
    assert rows[1][3] == "24 hours In time. answered by R. Example, 2026-11-01"
    assert rows[1][4] == "contract.pdf (until 2027-05-01)"
    said = everything(document())
    assert "17 criteria came out alike in all audits, with the same answer." in said
    assert "asked by: Hill" in said


def test_a_vendors_own_test_is_marked_wherever_it_is_named():
    doc = merged_document(a_merge(pooled=(a_gap(audits=("Acme", "Hill", "Shore")),)), W)
    named = [p for p in pieces(doc) if "Acme" in p]
    assert len(named) >= 4
    assert [p for p in named if "Acme (vendor's own test)" not in p and p != "Acme"] == []
    assert texts(doc, "What the audits decided")[0][5].startswith("Vendor's own test of its product")
    assert "Acme (vendor's own test)" in next(b for b in flat(doc.blocks) if isinstance(b, Figure)).alt
    assert doc.role == "vendor"


def test_the_picture_says_every_number_in_words():
    figure = next(b for b in flat(document().blocks) if isinstance(b, Figure))
    for said in ("Hill: not enough evidence. Measured +12.0; 95% interval +7.0 to +18.0.", "Average of these audits: beyond the margin. Measured +12.0; 95% interval +8.0 to +16.0.",
                 "One more district: -20.0 to +40.0.", "The shaded margin: -5.0 to +5.0."):
        assert said in figure.alt
    assert figure.svg.count("<text") > 8


def test_many_comparisons_are_drawn_as_the_largest_and_listed_as_all():
    rows = tuple(a_gap(an_average(group=f"g{i}", estimate=0.01 * i, outcome="inconclusive"), elsewhere=False) for i in range(1, 15))
    doc = merged_document(a_merge(pooled=rows), W)
    figure = next(b for b in flat(doc.blocks) if isinstance(b, Figure))
    assert "The table has all numbers." in figure.alt
    assert "g14" in figure.alt
    assert "g3 " not in figure.alt
    assert len(table(doc, "What the audits measured, taken together").rows) == 14


def test_comparisons_in_which_no_reply_was_missing_are_counted_and_not_listed():
    assert len(table(document(), "What the audits measured, taken together").rows) == 1
    assert "In 1 comparison of missing replies no reply was missing in any audit." in everything(document())


def test_an_average_that_is_held_back_says_why_and_a_difference_between_audits_is_told():
    held = a_gap(an_average(outcome="inconclusive"), differ=True, held_back="the audits are shown to differ")
    row = texts(merged_document(a_merge(pooled=(held,)), W), "What the audits measured, taken together")[0]
    assert "Not cleared, because the audits are shown to differ." in row[3]
    assert row[4] == "yes (p = 0.040)"


def test_a_control_is_no_difference_beyond_the_margin():
    said = everything(merged_document(a_merge(pooled=(a_gap(an_average(control=True)),)), W))
    assert "In 0 comparisons the average over these audits differs beyond the margin." in said
    assert "a control: should not matter" in said


def test_where_nothing_is_pooled_the_page_says_so_and_what_stands_in_the_way():
    doc = merged_document(a_merge(pooled=()), W)
    assert "Nothing that was measured could be pooled" in everything(doc)
    assert not any(isinstance(b, Figure) for b in flat(doc.blocks))
    assert "it is the vendor's own test" in everything(doc)


def test_what_other_districts_can_expect_is_told_apart_and_decides_nothing():
    rows = texts(document(), "What to expect in other districts")
    assert rows == [["A tiny set, dialect: African American English against Standardized American English (selection rate difference)", "+13.0 percentage points (+2.0 to +20.0)",
                     "3.0 percentage points (0.0 percentage points to 30.0 percentage points)", "40%", "-20.0 to +40.0"]]
    assert "they decide nothing" in everything(document())
    assert "What to expect in other districts" not in [h.text for h in headings(merged_document(a_merge(pooled=(a_gap(elsewhere=False),)), W))]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_each_place_has_one_id_and_the_page_and_the_paper_are_made(lang):
    doc = document(lang)
    ids = [b.id for b in flat(doc.blocks) if isinstance(b, Heading)]
    assert len(ids) == len(set(ids)) > 5
    page = html_of(doc, Words(lang))
    assert f'lang="{lang}"' in page
    with pikepdf.open(io.BytesIO(pdf_of(doc, Words(lang)))) as pdf:
        assert str(pdf.Root.Lang) == lang


def test_in_spanish_no_sentence_of_the_page_is_english():
    said = everything(document("es"))
    assert "Varias auditorías de una herramienta" in said
    assert "Acme (prueba del propio proveedor)" in said
    english = [p for p in pieces(document()) if len(p) > 60 and "tiny set" not in p]
    assert english
    assert [p for p in english if p in said] == []


def test_a_hostile_name_is_a_text():
    doc = merged_document(a_merge(tool="<script>alert(1)</script>\u202e", audits=(an_audit("<img src=x>"), an_audit("Hill"))), W)
    page = html_of(doc, W)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page


def test_a_page_of_very_many_disagreements_stays_light():
    many = tuple(msgspec.structs.replace(DIFFERENT, criterion=f"c{i}") for i in range(400))
    doc = merged_document(a_merge(disagreements=many), W)
    assert len(table(doc, "Where the audits disagree").rows) == 300
    assert "all are in merged.json" in everything(doc)
    assert doc.data["disagreements"] == ()
