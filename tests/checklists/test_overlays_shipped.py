"""The overlays that ship: they fit the five lists, every fact has its source, and of several clocks the strictest counts."""

import datetime as dt
import re
from pathlib import Path

import pytest

from audit.checklists import load_checklists, shipped_overlays
from audit.checklists.overlays import read_overlay
from audit.checklists.rules import is_good
from audit.errors import ChecklistError
from audit.plan import INDICATORS

HERE, TODAY, AS_OF = Path(), dt.date(2026, 11, 30), "2026-11-22"
STATES = {"us-ca": "ca", "us-co": "co", "us-ct": "ct", "us-il": "il", "us-md": "md", "us-ny": "ny", "us-oh": "oh", "us-tx": "tx", "us-ut": "ut", "us-sopipa-core": "sopipa"}
# What was checked against a source when the overlays were written; everything else is general knowledge or unresolved.
VERIFIED = {
    "safe-ny-breach-families", "safe-il-state-guidance", "safe-co-decision-papers", "safe-co-decision-notice", "safe-ct-breach-families", "safe-ut-ai-grading",
    "safe-md-ai-coordinator", "safe-md-state-tools", "safe-oh-board-policy", "safe-human-review", "safe-local-policy",
}


def loaded(*overlays, base=HERE):
    return {c.id: c for one in load_checklists(INDICATORS, overlays, base) for c in one.criteria}


def of_all(kind):
    """Every entry of a kind ("add" or "tighten") in every shipped overlay, with the overlay."""
    overlays = [read_overlay(name, HERE) for name in STATES]
    return [(overlay, entry) for overlay in overlays for entry in getattr(overlay, kind)]


def a_local_overlay(folder, hours=72, unit="hours", name="district.toml"):
    (folder / name).write_text(f"""
id = "our-district"
title = "Our district (invented)"
edition = "2026-11-30"
[[tighten]]
criterion = "safe-breach-notice"
good = "<= {hours}"
unit = "{unit}"
because = "Our data agreement says so."
[[tighten.source]]
title = "Our data agreement (invented)"
clause = "section 5"
date = "2026"
""", encoding="utf-8")
    return name


def clauses(criterion):
    return [source.clause for source in criterion.source]


def test_the_overlays_of_nine_states_and_the_common_core_ship():
    assert set(shipped_overlays()) >= set(STATES)


@pytest.mark.parametrize("name", STATES)
def test_an_overlay_fits_the_five_lists_and_changes_nothing_that_it_does_not_name(name):
    plain, ours, overlay = loaded(), loaded(name), read_overlay(name, HERE)
    assert set(ours) - set(plain) == {c.id for c in overlay.add}
    assert {i for i in plain if ours[i] != plain[i]} <= {t.criterion for t in overlay.tighten}
    assert {ours[c.id].set_by for c in overlay.add} == {overlay.title}
    assert all(re.match(rf"({'|'.join(INDICATORS)})-{STATES[name]}-", c.id) and c.id.startswith(f"{c.indicator}-") for c in overlay.add)


def test_all_overlays_fit_together_in_any_order():
    forwards, backwards = loaded(*STATES), loaded(*reversed(STATES))
    assert set(forwards) == set(backwards)
    assert {i: (c.good, c.required) for i, c in forwards.items()} == {i: (c.good, c.required) for i, c in backwards.items()}


@pytest.mark.parametrize("name", STATES)
def test_an_overlay_says_what_it_covers_what_is_unresolved_and_that_it_is_no_legal_advice(name):
    overlay = read_overlay(name, HERE)
    assert (overlay.id, overlay.edition, overlay.as_of) == (name, AS_OF, AS_OF)
    assert overlay.jurisdiction == ("US" if name == "us-sopipa-core" else name.upper())
    assert "Not legal advice." in overlay.about


def test_every_added_or_tightened_question_has_sources_with_clause_date_confidence_and_day_of_the_look_up():
    entries = [(c.id, c.source) for _, c in of_all("add")] + [(t.criterion, t.source) for _, t in of_all("tighten")]
    for name, sources in entries:
        assert any(s.clause for s in sources), name
        assert all(s.title and re.match(r"\d{4}(-\d\d){0,2}$", s.date) and s.as_of == AS_OF for s in sources), name
        assert {s.confidence for s in sources} <= {"verified", "general knowledge", "unresolved"}, name
        assert all(s.clause or s.confidence != "verified" for s in sources), name
    assert {name for name, sources in entries if any(s.confidence == "verified" for s in sources)} == VERIFIED


def test_every_added_question_is_whole_in_a_topic_of_its_list_and_in_our_words():
    topics = {one.id: one.topics for one in load_checklists(INDICATORS, (), HERE)}
    for overlay, c in of_all("add"):
        assert c.topic in topics[c.indicator], c.id
        assert c.question.endswith("?"), c.id
        assert c.question.count("?") == 1, c.id
        assert all(text.strip() for text in (c.why, c.evidence, c.remedy)), c.id
        assert 1 <= c.weight <= 3, c.id
        words = f"{overlay.about} {c.question} {c.why} {c.evidence} {c.remedy}"
        assert not re.search(r"\b(bias(ed)?|fair|unfair|violates?|illegal)\b", words, re.IGNORECASE), c.id


def test_new_york_asks_for_seven_days_and_for_encryption_as_gates():
    plain, ours = loaded(), loaded("us-ny")
    assert (ours["safe-breach-notice"].good, ours["safe-breach-notice"].unit, ours["safe-breach-notice"].required) == ("<= 7", "days", True)
    assert "8 NYCRR 121.10(a)" in clauses(ours["safe-breach-notice"])
    for name in ("safe-encryption-transit", "safe-encryption-rest"):
        assert (plain[name].required, ours[name].required) == (False, True)
        assert "8 NYCRR 121.9" in clauses(ours[name])
    assert "safe-ny-encryption" not in ours
    assert {"safe-ny-bill-of-rights", "safe-ny-security-plan"} <= set(ours)
    assert all(ours[f"safe-ny-{name}"].since == "2026-11" for name in ("bill-of-rights", "security-plan"))


@pytest.mark.parametrize("states", [("us-ny", "us-il"), ("us-il", "us-ny"), ("us-il",), ("us-ct",), ("us-ct", "us-ny", "us-il")])
def test_longer_clocks_of_other_states_are_listed_and_seven_days_stay(states):
    """New York: 7 days. Illinois: 30. Connecticut: 30 and 60. The list itself: 7."""
    criterion = loaded(*states)["safe-breach-notice"]
    assert (criterion.good, criterion.unit) == ("<= 7", "days")
    assert criterion.set_by == ("New York: 8 NYCRR 121.10(a)" if "us-ny" in states else "")
    wanted = {"us-ny": "8 NYCRR 121.10(a)", "us-il": "105 ILCS 85/15", "us-ct": "CGS 10-234dd"}
    assert {wanted[state] for state in states} <= set(clauses(criterion))


@pytest.mark.parametrize("order", [("us-ny", "us-il", "district.toml"), ("district.toml", "us-ny", "us-il"), ("us-il", "district.toml", "us-ct")])
def test_a_district_that_agreed_on_72_hours_has_three_days_and_the_rule_says_who_set_it(tmp_path, order):
    a_local_overlay(tmp_path)
    criterion = loaded(*order, base=tmp_path)["safe-breach-notice"]
    assert (criterion.good, criterion.unit) == ("<= 3", "days")
    assert criterion.set_by == "Our district (invented): section 5"
    assert is_good(criterion, "3", TODAY)[0]
    good, why = is_good(criterion, "5 days", TODAY)
    assert not good
    assert "wanted is <= 3 days" in why
    assert "Our district (invented)" in why


def test_a_week_is_seven_days_and_two_weeks_change_nothing(tmp_path):
    one = loaded(a_local_overlay(tmp_path, 1, "weeks"), base=tmp_path)["safe-breach-notice"]
    two = loaded(a_local_overlay(tmp_path, 2, "weeks"), base=tmp_path)["safe-breach-notice"]
    assert one.good == two.good == "<= 7"


def test_business_days_cannot_tighten_a_clock_of_calendar_days(tmp_path):
    with pytest.raises(ChecklistError, match="business days cannot be compared with days"):
        loaded(a_local_overlay(tmp_path, 2, "business days"), base=tmp_path)


def test_clocks_in_business_days_are_questions_of_their_own_for_the_district():
    found = {c.id: (c.good, c.answered_by) for _, c in of_all("add") if c.unit == "business days"}
    assert found == {"safe-ca-parent-access": ("<= 5", "district"), "safe-ct-contract-notice": ("<= 5", "district"), "safe-ct-breach-families": ("<= 2", "district")}


@pytest.mark.parametrize(("name", "good", "unit"), [
    ("safe-ny-breach-families", "<= 60", "days"), ("safe-ny-breach-state", "<= 10", "days"), ("safe-il-breach-families", "<= 30", "days"), ("safe-oh-monitoring-notice", "<= 72", "hours"),
])
def test_clocks_that_bind_the_district_are_asked_of_the_district(name, good, unit):
    criterion = loaded(*STATES)[name]
    assert (criterion.good, criterion.unit, criterion.answered_by) == (good, unit, "district")


def test_ohios_ninety_days_for_deletion_leave_the_sixty_of_the_list():
    assert loaded("us-oh")["safe-deletion"].good == loaded()["safe-deletion"].good == "<= 60"
    assert "Ohio Revised Code 3319.326" in clauses(loaded("us-oh")["safe-deletion"])


def test_what_is_not_in_force_yet_says_so_and_is_no_gate():
    later = [c for _, c in of_all("add") if any("SB 26-189" in s.title for s in c.source)]
    assert {c.id for c in later} == {"safe-co-decision-papers", "safe-co-decision-notice"}
    assert all("January 1, 2027" in c.question and not c.required for c in later)
    assert all(any(s.confidence == "unresolved" for s in c.source) for c in later)


def test_the_duties_of_states_on_ai_are_asked():
    ours = loaded(*STATES)
    assert ours["safe-local-policy"].required
    assert "Ohio Revised Code 3301.24" in clauses(ours["safe-oh-board-policy"])
    asked = ("safe-md-tool-list", "safe-md-ai-coordinator", "safe-ut-metadata-dictionary", "safe-ut-data-manager", "safe-ut-ai-grading", "safe-tx-ai-disclosure",
             "safe-il-posted-operators", "safe-il-state-guidance", "safe-co-decision-papers")
    assert set(asked) <= set(ours)
    assert "vendor" not in {ours[name].answered_by for name in asked if name != "safe-co-decision-papers"}
