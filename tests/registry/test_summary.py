"""What of an audit everybody may read: nothing of small groups, of confidential files, or that the audit does not say."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from audit.checklists import Checklist, load_checklists, shipped_checklists
from audit.errors import RegistryError
from audit.fixtures.load import SetFile
from audit.records import Condition, Scope, When
from audit.registry.catalogue import newer_questions
from audit.registry.summary import Origin, summary_of
from tests.builders import a_criterion
from tests.registry.made import SET, a_card_of
from tests.report.cards import a_card, a_file, a_set, rows_of, values_of

HEADS = {"essays": msgspec.convert(SET, SetFile)}
ORIGIN = Origin("d" * 64, "x.audit.zip", "bundle")


def summary(card=None, *, heads=HEADS, small=10):
    return summary_of(ORIGIN, card or a_card_of(), heads, small)


def sized(sizes, outcomes=None):
    """A card whose groups have so many base items: attribute label, group → items."""
    one = a_set()
    rows = tuple(replace(d, items=sizes.get(d.group, 60)) for d in rows_of(one, outcomes or {}))
    groups = tuple(replace(g, items=sizes.get(g.group, 60), n=sizes.get(g.group, 60)) for g in values_of(one, rows))
    card = a_card(one, rows)
    return replace(card, groups=groups, missingness=())


def test_a_summary_says_what_the_scorecard_says():
    found = summary()
    assert (found.name, found.vendor, found.version, found.organisation, found.role) == ("Bright Tutor", "Acorn Learning", "2.1", "Lakeside Unified", "district")
    assert (found.as_of, found.review_by, found.digest, found.file, found.kind) == ("2026-11-22", "2027-11-22", "d" * 64, "x.audit.zip", "bundle")
    assert found.attributes == {"Dialect": "within_margin", "Label": "gap_found", "Writer": "within_margin"}
    assert sum(found.gates) == len(a_card_of().gates)
    assert found.student_data == "record"
    assert found.fixtures == {"essays": "1"}


def test_a_gap_is_told_with_its_names_in_words_and_its_statistic_by_its_own_name():
    gap, = [row for row in summary().measured if row.outcome == "gap_found"]
    assert (gap.set, gap.attribute, gap.group, gap.reference) == ("Essay scores", "Label", "Blind", "Left-handed")
    assert (gap.measure, gap.statistic, gap.what, gap.unit, gap.estimate, gap.margin) == ("score", "mean_difference", "mean score", "points", -0.4, 0.1)


def test_one_small_group_is_hidden_together_with_the_next_smallest():
    """Of blind (9) alone the number could be worked out from foster (12) and the whole."""
    rows = {r.group: r for r in summary(sized({"blind": 9, "foster": 12})).measured if r.attribute == "Label"}
    assert rows["Blind"].hidden
    assert rows["In foster care"].hidden
    assert (rows["Blind"].estimate, rows["Blind"].low, rows["Blind"].high90, rows["Blind"].margin, rows["Blind"].outcome) == (None, None, None, None, "not_assessed")


def test_two_small_groups_hide_nobody_else():
    rows = {r.group: r.hidden for r in summary(sized({"blind": 3, "foster": 4})).measured}
    assert rows == {"African American English": False, "Other words": False, "In foster care": True, "Blind": True, "English learners": False}


def test_the_publisher_says_below_which_number_a_group_is_hidden():
    card = sized({"blind": 9, "foster": 12})
    assert not any(r.hidden for r in summary(card, small=9).measured)
    assert all(r.hidden for r in summary(card, small=1000).measured)


def test_no_reason_and_no_condition_names_a_hidden_group_or_its_number():
    card = sized({"blind": 3, "foster": 60}, {("label", "blind"): "gap_found"})
    found = summary(card)
    assert "Blind" in " ".join(card.decision.because)   # the audit's own words do
    said = msgspec.json.encode(replace(found, measured=())).decode()
    assert "Blind" not in said
    assert "0.4" not in said
    assert found.attributes["Label"] == "not_assessed"


def test_a_group_of_a_set_whose_head_is_withheld_is_hidden_all_the_same():
    rows = {r.group: r for r in summary(sized({"blind": 9, "foster": 12}), heads={}).measured}
    assert rows["blind"].hidden
    assert rows["foster"].hidden
    assert rows["AAE"].estimate == 0.01


def test_the_name_of_a_confidential_file_is_nowhere_in_a_summary():
    secret = a_file("deal-with-acme.pdf", confidential="yes")
    condition = Condition("See deal-with-acme.pdf, page 3.", "agreement", "owner of deal-with-acme.pdf", "2027-01-01", "")
    card = a_card_of(evidence=(secret, a_file("open-study.pdf")), review_because=("deal-with-acme.pdf expires on 2027-06-30.",))
    card = replace(card, decision=replace(card.decision, conditions=(condition,)))
    found = summary(card)
    assert "deal-with-acme" not in msgspec.json.encode(found).decode()
    assert {e.name for e in found.expiries} == {"a confidential document", "A study"}
    assert found.review_because == ("a confidential document expires on 2027-06-30.",)


def test_a_strangers_text_is_one_short_line_without_marks_that_turn_writing():
    found = summary(a_card_of(name="Line\nbreak\u202e" + "x" * 900, vendor="\x00\x07"))
    assert "\n" not in found.name
    assert "\u202e" not in found.name
    assert len(found.name) <= 160
    assert found.vendor == "\ufffd\ufffd"


def test_an_audit_whose_day_is_none_is_refused():
    for change in ({"as_of": "soon"}, {"review_by": "2027-13-01"}):
        with pytest.raises(RegistryError, match="is no date"):
            summary(a_card_of(**change))


def test_only_standards_of_which_a_file_was_read_without_an_error_are_named():
    good = replace(a_file("roster.zip"), check=replace(a_file("roster.zip").check, kind="oneroster"))
    bad = replace(a_file("saml.xml"), check=replace(a_file("saml.xml").check, kind="saml", errors=1))
    other = replace(a_file("notes.csv"), check=replace(a_file("notes.csv").check, kind="table"))
    assert summary(a_card_of(evidence=(good, bad, other))).standards == ("OneRoster CSV export",)


def test_what_lies_in_a_scorecard_of_no_use_is_passed_over():
    card = a_card_of(provenance={"fixtures": [1], "checklists": 3, "models": "x"})
    assert summary(replace(card, decision=replace(card.decision, scope=Scope("2.1", models=("model-1",))))).models == ("model-1",)


def test_questions_of_a_later_edition_are_new_to_an_audit_where_they_apply():
    card = a_card_of()
    asked = next(f for f in card.findings if f.indicator == "safe" and f.assurance != "measured")
    card = replace(card, provenance=card.provenance | {"checklists": {"safe": "2026-11-22"}})
    criteria = (
        a_criterion(id=asked.criterion, since="2026-11", revised="2027-02-01"), a_criterion(id="safe-new", since="2027-03-01"),
        a_criterion(id="safe-old", since="2026-01-01"),
        a_criterion(id="safe-elsewhere", since="2027-03-01", when=When(student_data=("none",))),
    )
    lists = [Checklist("safe", "Safe", "2027-03-01", criteria)]
    assert newer_questions(card, lists) == {asked.criterion: "2027-02-01", "safe-new": "2027-03-01"}


def test_an_audit_by_the_shipped_questions_of_today_has_no_newer_ones():
    editions = {one.id: one.edition for one in load_checklists(shipped_checklists(), (), Path())}
    assert summary(a_card_of(provenance={"checklists": editions})).newer == {}


def test_a_tool_whose_own_words_are_unknown_to_us_is_asked_every_question():
    card = a_card_of(tool={"audience": ["robots"]}, provenance={"checklists": {"safe": "2000-01-01"}})
    lists = [Checklist("safe", "Safe", "2027-03-01", (a_criterion(id="safe-new", since="2027-03-01", when=When(audience=("teachers",))),))]
    assert newer_questions(card, lists) == {"safe-new": "2027-03-01"}
