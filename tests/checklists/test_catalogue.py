"""The shipped questions, and overlays that add to them or replace them."""

import pytest
import tomli_w

from audit.checklists import load_checklists, shipped_checklists, shipped_overlays
from audit.errors import ChecklistError
from audit.evidence import CHECKERS
from audit.library import read_toml, shipped
from audit.plan import INDICATORS


def test_the_five_indicators_ship_with_ids_of_their_own_and_rules_that_fit():
    lists = load_checklists(INDICATORS, (), shipped("checklists"))
    assert [checklist.id for checklist in lists] == list(INDICATORS)
    assert shipped_checklists() == sorted(INDICATORS)
    ids = [c.id for checklist in lists for c in checklist.criteria]
    assert len(set(ids)) == len(ids) >= 50
    for checklist in lists:
        assert all(c.id.startswith(checklist.id + "-") and c.indicator == checklist.id for c in checklist.criteria)


def test_every_shipped_question_says_why_what_proves_it_what_to_do_and_whence():
    for checklist in load_checklists(INDICATORS, (), shipped("checklists")):
        for c in checklist.criteria:
            assert c.question.endswith("?") or c.answer == "measured", c.id
            assert all(text.strip() for text in (c.why, c.evidence, c.remedy)), c.id
            assert c.source, c.id
            assert 1 <= c.weight <= 3, c.id


def test_what_validates_an_answer_is_a_kind_of_evidence_that_is_checked_here():
    for checklist in load_checklists(INDICATORS, shipped_overlays(), shipped("checklists")):
        for c in checklist.criteria:
            assert set(c.checked_by) <= set(CHECKERS), c.id


def test_the_measured_questions_are_the_ones_that_the_audit_answers():
    measured = {c.measured: c for one in load_checklists(INDICATORS, (), shipped("checklists")) for c in one.criteria if c.measured}
    assert set(measured) == {"disparities", "missingness"}
    assert {c.answered_by for c in measured.values()} == {"audit"}


def an_overlay(folder, name="ours.toml", **changes):
    criterion = {
        "id": "safe-ours", "question": "Is it so?", "why": "Because.", "answered_by": "vendor", "answer": "yes_no", "good": "yes", "evidence": "A paper.",
        "required": True, "weight": 1, "remedy": "Mend it.", "source": [{"title": "A law", "date": "2026"}],
    } | changes
    table = {"id": "ours", "title": "Ours", "edition": "x1", "add": [{"indicator": "safe"} | {k: v for k, v in criterion.items() if v is not None}]}
    (folder / name).write_text(tomli_w.dumps(table), encoding="utf-8")
    return name


def test_an_overlay_adds_a_question(tmp_path):
    plain, with_ours = (load_checklists(["safe"], overlays, tmp_path)[0] for overlays in ((), (an_overlay(tmp_path),)))
    assert [c.id for c in with_ours.criteria] == [*[c.id for c in plain.criteria], "safe-ours"]
    assert with_ours.edition == plain.edition + "+ours x1"
    assert with_ours.criteria[-1].indicator == "safe"


def test_an_overlay_does_not_replace_a_question(tmp_path):
    with pytest.raises(ChecklistError, match=r"adds 'safe-breach-notice', which is there already. Use \[\[tighten\]\], or another id"):
        load_checklists(["safe"], (an_overlay(tmp_path, id="safe-breach-notice", answer="number", good="<= 3", unit="days"),), tmp_path)


@pytest.mark.parametrize(("changes", "said"), [
    ({"good": "maybe"}, "the rule good = 'maybe' does not fit yes_no"), ({"answer": "number", "good": "7"}, "does not fit number"),
    ({"answer": "choice", "good": ["a"], "choices": ["b"]}, "does not fit choice"), ({"answer": "choice", "good": [], "choices": ["b"]}, "does not fit choice"),
    ({"answer": "date", "good": "soon"}, "does not fit date"), ({"answer": "text", "good": "yes"}, "does not fit text"), ({"answer": "file", "good": ""}, "does not fit file"),
    ({"answer": "measured", "good": None}, "goes with a measured key"), ({"measured": "disparities"}, "goes with a measured key"),
    ({"when": {"student_data": ["recrod"]}}, "when.student_data names 'recrod'. Did you mean 'record'?"), ({"weight": 0}, "the weight is at least 1"),
    ({"wheight": 1}, "unknown key 'wheight' in [add[0]]. Did you mean 'weight'?"), ({"answer": "yesno"}, "add[0].answer = 'yesno' is none of its values. Did you mean 'yes_no'?"),
    ({"remedy": None}, "missing key 'remedy'"),
])
def test_a_question_that_cannot_work_is_refused(tmp_path, changes, said):
    with pytest.raises(ChecklistError) as caught:
        load_checklists(["safe"], (an_overlay(tmp_path, **changes),), tmp_path)
    assert said in str(caught.value)
    assert "ours.toml" in str(caught.value)


def test_an_overlay_of_a_list_not_in_use_adds_nothing_and_unknown_names_are_refused(tmp_path):
    (alone,) = load_checklists(["usable"], (an_overlay(tmp_path),), tmp_path)
    assert alone == load_checklists(["usable"], (), tmp_path)[0]
    with pytest.raises(ChecklistError, match=r"is of the unknown indicator 'sfae'. Did you mean 'safe'"):
        load_checklists(["safe"], (an_overlay(tmp_path, indicator="sfae"),), tmp_path)
    with pytest.raises(ChecklistError, match="unknown overlay 'us-xx'"):
        load_checklists(["safe"], ("us-xx",), tmp_path)
    with pytest.raises(ChecklistError, match=r"unknown checklist 'saef'. Did you mean 'safe'\?"):
        load_checklists(["saef"], (), tmp_path)


def test_an_id_used_twice_is_refused_within_a_list_and_across_lists(tmp_path):
    an_overlay(tmp_path)
    table = read_toml(tmp_path / "ours.toml", ChecklistError, "overlay")
    (tmp_path / "twice.toml").write_text(tomli_w.dumps(table | {"add": table["add"] * 2}), encoding="utf-8")
    with pytest.raises(ChecklistError, match="the overlay adds 'safe-ours', which is there already"):
        load_checklists(["safe"], ("twice.toml",), tmp_path)
    with pytest.raises(ChecklistError, match="appears twice"):
        load_checklists(["safe", "usable"], (an_overlay(tmp_path, id=_an_id_of("usable")),), tmp_path)


def _an_id_of(name):
    return read_toml(shipped("checklists") / f"{name}.toml", ChecklistError, "checklist")["criteria"][0]["id"]
