"""Overlays: what they tighten, what they retire, and that the strictest rule wins and says who set it."""

import pytest
import tomli_w

from audit.checklists import load_checklists
from audit.checklists.rules import strictest
from audit.errors import ChecklistError
from tests.builders import a_criterion

SOURCE = [{"title": "An act", "clause": "1 X 2", "date": "2026", "confidence": "general knowledge", "as_of": "2026-11-22"}]


def an_overlay(folder, name, **parts):
    table = {"id": name, "title": name.title(), "edition": "2027-01"} | parts
    (folder / f"{name}.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
    return f"{name}.toml"


def tighten(criterion="safe-breach-notice", good="<= 3", unit="days", **more):
    return {"criterion": criterion, "good": good, "unit": unit, "because": "The act.", "source": SOURCE} | more


def the(lists, name):
    return next(c for one in lists for c in one.criteria if c.id == name)


@pytest.mark.parametrize(("mine", "unit", "theirs", "their_unit", "expected"), [
    ("<= 7", "days", "<= 72", "hours", ("<= 3", True)), ("<= 7", "days", "<= 30", "days", ("<= 7", False)), ("<= 7", "days", "<= 7", "days", ("<= 7", False)),
    ("<= 7", "days", "<= 1", "week", ("<= 7", False)), ("<= 7", "days", "< 7", "days", ("< 7", True)), ("< 7", "days", "<= 7", "days", ("< 7", False)),
    ("<= 24", "hours", "<= 2", "days", ("<= 24", False)), ("<= 48", "hours", "<= 1", "days", ("<= 24", True)), (">= 30", "days", ">= 60", "days", (">= 60", True)),
    (">= 30", "days", ">= 2", "weeks", (">= 30", False)), (">= 1.2", "TLS version", ">= 1.3", "", (">= 1.3", True)),
])
def test_of_two_clocks_the_stricter_wins_in_the_unit_of_the_question(mine, unit, theirs, their_unit, expected):
    assert strictest(a_criterion(answer="number", good=mine, unit=unit), theirs, their_unit, "x") == expected


@pytest.mark.parametrize(("criterion", "good", "unit", "said"), [
    (a_criterion(answer="number", good="<= 7", unit="days"), "<= 2", "business days", "business days cannot be compared with days"),
    (a_criterion(answer="number", good="<= 7", unit="days"), ">= 2", "days", "does not run the same way"),
    (a_criterion(answer="number", good="<= 7", unit="days"), "soon", "days", "does not fit number"),
    (a_criterion(good="yes"), "no", "", "contradicts the rule 'yes'"),
    (a_criterion(answer="choice", good=("a",), choices=("a", "b")), ("b",), "", "leaves no answer that is good for both"),
])
def test_rules_that_cannot_be_compared_are_refused(criterion, good, unit, said):
    with pytest.raises(ChecklistError, match=said):
        strictest(criterion, good, unit, "x")


def test_dates_and_choices_are_tightened_too():
    assert strictest(a_criterion(answer="date", good="within 12 months"), "within 6 months", "", "x") == ("within 6 months", True)
    assert strictest(a_criterion(answer="date", good="within 12 months"), "within 24 months", "", "x") == ("within 12 months", False)
    choice = a_criterion(answer="choice", good=("a", "b"), choices=("a", "b", "c"))
    assert strictest(choice, ("b", "c"), "", "x") == (("b",), True)


def test_the_strictest_of_several_overlays_wins_in_any_order_and_says_which_law_set_it(tmp_path):
    names = [an_overlay(tmp_path, "lax", tighten=[tighten(good="<= 30")]), an_overlay(tmp_path, "strict", tighten=[tighten(good="<= 72", unit="hours")]),
             an_overlay(tmp_path, "middle", tighten=[tighten(good="<= 5")])]
    for order in (names, names[::-1], [names[1], names[0], names[2]]):
        criterion = the(load_checklists(["safe"], order, tmp_path), "safe-breach-notice")
        assert (criterion.good, criterion.unit, criterion.set_by) == ("<= 3", "days", "Strict: 1 X 2")
        assert sum(s.clause == "1 X 2" for s in criterion.source) == 1   # the same source is named once


def test_tightening_can_make_a_question_required_and_never_makes_it_advisory(tmp_path):
    names = [an_overlay(tmp_path, "must", tighten=[tighten("safe-insurance", "", "", required=True)]), an_overlay(tmp_path, "may", tighten=[tighten(required=False)])]
    lists = load_checklists(["safe"], names, tmp_path)
    assert the(lists, "safe-insurance").required
    assert the(lists, "safe-breach-notice").required


def test_a_retired_question_is_gone_with_its_reason(tmp_path):
    name = an_overlay(tmp_path, "ours", retire=[{"criterion": "safe-insurance", "because": "The state insures.", "replaced_by": ""}])
    (safe,) = load_checklists(["safe"], (name,), tmp_path)
    assert "safe-insurance" not in {c.id for c in safe.criteria}
    (gone,) = [r for r in safe.retired if r.id == "safe-insurance"]
    assert (gone.because, gone.by, gone.edition) == ("The state insures.", "ours", "2027-01")


def test_what_one_overlay_retires_another_may_have_tightened_in_either_order(tmp_path):
    names = [an_overlay(tmp_path, "gone", retire=[{"criterion": "safe-breach-notice", "because": "x"}]), an_overlay(tmp_path, "strict", tighten=[tighten()])]
    for order in (names, names[::-1]):
        (safe,) = load_checklists(["safe"], order, tmp_path)
        assert "safe-breach-notice" not in {c.id for c in safe.criteria}


def test_a_misspelled_indicator_is_refused_too(tmp_path):
    with pytest.raises(ChecklistError, match="names the unknown criterion 'saef-breach-notice'"):
        load_checklists(["safe"], (an_overlay(tmp_path, "slip", tighten=[tighten("saef-breach-notice")]),), tmp_path)


@pytest.mark.parametrize("part", [{"tighten": [tighten("safe-braech-notice")]}, {"retire": [{"criterion": "safe-braech-notice", "because": "x"}]}])
def test_an_overlay_that_names_an_unknown_question_is_refused_with_the_nearest(tmp_path, part):
    name = an_overlay(tmp_path, "slip", **part)
    with pytest.raises(ChecklistError, match=r"names the unknown criterion 'safe-braech-notice'. Did you mean 'safe-breach-notice'\?"):
        load_checklists(["safe"], (name,), tmp_path)
    load_checklists(["usable"], (name,), tmp_path)   # of a list that is not in use nothing is known
