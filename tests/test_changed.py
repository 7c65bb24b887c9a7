"""What two audits of one tool tell: which gaps changed, which items are the same, and what else is not what it was. On stand-ins given by hand."""

import itertools

import numpy as np
import pytest
from msgspec.structs import replace
from scipy import stats

from audit.between import (
    Inputs,
    Papers,
    answer_changes,
    condition_changes,
    contradiction_changes,
    evidence_changes,
    find_changes,
    finding_changes,
    gate_changes,
    score_changes,
    setting_changes,
    waiver_changes,
)
from audit.between.audits.apart import Apart
from audit.between.audits.twice import Matched, match_sets
from audit.between.contrasts import Quantity
from audit.between.flips import Spread
from audit.between.material import MISSING
from audit.records import Answer, Condition, Contradiction, Criterion, Evidence, EvidenceFile, FileCheck, Filed, Gate, Indicator, Waiver
from tests.between.stand_ins import a_disparity, a_finding, a_set, a_tool

SEED = 1
SCORE = {"measure": "score", "ranges": (-9.0, 9.0)}


def texts(own, mark, start=0):
    """The set with a text of its own for each item: `mark` and the item's number, counted from `start`."""
    return replace(own, rows=tuple(replace(row, input={"text": f"{mark} {int(row.item[1:]) + start}"}) for row in own.rows), digest=f"{mark}{start}{len(own.rows)}")


def scores(own, gap, seed, *, repeats=2, base=0):
    """(rows, repeats): the first group's scores are `gap` higher; what an item is worth by itself goes with its text."""
    rng, worth = np.random.default_rng(seed), np.random.default_rng(base).normal(size=1000)
    return np.array([worth[int(r.item[1:])] + gap * (r.groups["attr"] == "a") + 0.5 * rng.normal(size=repeats) for r in own.rows])


def score_set(items=40, mark="m", *, start=0, clusters=None, **fields):
    return texts(a_set(items, outcome="score", scale=(-9, 9), clusters=clusters, **fields), mark, start)


def tool(own, values, *, low=-1.0, high=1.0, **fields):
    about = replace(a_disparity(measure="score", statistic="mean_difference", unit="points", design=own.design), low=low, high=high)
    return a_tool("x", own, values, deciding=(about,), **SCORE, **fields)


def changed(old_gap, new_gap, *, seed=1, items=40, **fields):
    own = score_set(items)
    return find_changes(tool(own, scores(own, old_gap, seed), **fields), tool(own, scores(own, new_gap, seed + 1), **fields), SEED).gaps[0]


def drawn(mark, items=60, templates=20):
    return score_set(items, mark, clusters=[f"t{i % templates}" for i in range(items)])


# --- what is shown of a gap ---------------------------------------------------------------------------------------------------------


def test_a_gap_that_grew_is_shown_to_have_grown_with_an_interval_that_holds_the_truth():
    g = changed(0.0, 0.6)
    assert (g.kind, g.how, g.other_side) == ("grew", "same", False)
    assert g.low < 0.6 < g.high
    assert "the measured gap grew" in g.because


def test_a_gap_that_shrank_is_shown_to_have_shrunk():
    assert changed(0.8, 0.1).kind == "shrank"


def test_a_gap_that_is_what_it_was_is_not_shown_to_have_changed_and_the_interval_is_told():
    g = changed(0.5, 0.5)
    assert g.kind == "none"
    assert "no change is shown" in g.because
    assert f"(the change lies between {g.low:+.3g} and {g.high:+.3g})" in g.because


def test_a_gap_of_the_same_size_on_the_other_side_moved_where_both_audits_show_their_side():
    own = score_set()
    old = tool(own, scores(own, 0.6, 1), low=0.4, high=0.8)
    for (low, high), kind in (((-0.8, -0.4), "moved"), ((-0.8, 0.1), "changed")):
        g = find_changes(old, tool(own, scores(own, -0.6, 2), low=low, high=high), SEED).gaps[0]
        assert (g.kind, g.other_side) == (kind, kind == "moved")


def test_a_larger_gap_on_the_other_side_grew_and_says_so():
    own = score_set()
    g = find_changes(tool(own, scores(own, -0.3, 1), low=-0.5, high=-0.1), tool(own, scores(own, 1.2, 2), low=1.0, high=1.4), SEED).gaps[0]
    assert (g.kind, g.other_side) == ("grew", True)
    assert "grew and points to the other side" in g.because


def test_missing_replies_that_could_undo_a_change_are_said_to():
    own = score_set(60)
    values = scores(own, 0.7, 1)
    values[::4] = np.nan
    g = find_changes(tool(own, scores(own, 0.0, 2)), tool(own, values), SEED).gaps[0]
    assert (g.kind, g.missing) == ("undone", 60)
    assert "missing replies (60) could undo it" in g.because


def test_other_margins_and_other_repeats_do_not_stand_in_the_way_of_a_test_of_the_gap():
    own = score_set()
    new = tool(own, scores(own, 0.6, 2, repeats=5), margins={"mean_difference": {"value": 0.3, "unit": "sd"}})
    assert find_changes(tool(own, scores(own, 0.0, 1)), new, SEED).gaps[0].kind == "grew"


def test_too_few_independent_items_are_not_tested():
    g = changed(0.0, 3.0, items=8, minimum=10)
    assert (g.kind, g.change) == ("not_tested", None)
    assert "8 independent base items that both audits answered" in g.because


def test_a_tool_that_always_gives_one_score_has_an_interval_with_width():
    own = score_set()
    g = find_changes(*(tool(own, np.full((80, 1), 3.0)) for _ in range(2)), SEED).gaps[0]
    assert g.kind == "none"
    assert g.low < 0 < g.high


# --- which items are the same -------------------------------------------------------------------------------------------------------


def asked(own):
    return tool(own, np.zeros((len(own.rows), 1))).sets["tiny"]


def match(old, new, minimum=10):
    return match_sets(asked(old), asked(new), minimum)


def test_items_in_common_are_paired_by_their_content_and_not_by_their_names():
    old, new = score_set(40, "m"), score_set(40, "m", start=10)  # the newer i000 is the older i010
    found = match(old, new)
    assert (found.kind, found.items) == ("common", (40, 40, 30))
    assert [row.input for row in found.new.fixture_set.rows] == [row.input for row in old.rows if int(row.item[1:]) >= 10]
    values = scores(old, 0.0, 0, repeats=1)
    both = match_sets(tool(old, values).sets["tiny"], tool(new, np.roll(values, -20, axis=0)).sets["tiny"], 10)
    held = [{m.item + m.groups["attr"]: m.value for m in own.measurements["score"]} for own in (both.old, both.new)]
    assert held[0] == held[1]
    assert len(held[0]) == 60


def test_the_same_names_with_other_texts_are_not_the_same_items():
    because = match(score_set(40, "m"), score_set(40, "other"))
    assert "0 of 40 and 40 are in both" in because
    assert "no change of the tool" in because


def test_two_draws_of_the_same_templates_are_compared_as_independent_estimates():
    found = match(drawn("m"), drawn("other"))
    assert (found.kind, found.items) == ("draws", (60, 60, 0))
    assert found.old.drawn_from == found.new.drawn_from != ""


def test_a_draw_of_other_templates_or_of_another_edition_is_not_compared():
    assert isinstance(match(drawn("m"), replace(drawn("other"), edition="2")), str)
    assert isinstance(match(drawn("m"), score_set(60, "other", clusters=[f"u{i % 20}" for i in range(60)])), str)


def test_what_is_asked_otherwise_is_not_compared():
    for change in ({"prompt": "Now: {{ text }}"}, {"scale": (0, 4)}, {"positive_when": "> 0.7"}):
        assert next(iter(change)) in match(score_set(), replace(score_set(), digest="x", **change))


def test_an_attribute_whose_groups_or_reference_changed_is_left_out_and_named():
    one = score_set()
    about = one.attributes["attr"]
    for other, word in ((replace(about, groups={"a": "A", "c": "C"}), "groups"), (replace(about, reference="a"), "reference")):
        new = replace(one, digest="x", attributes={"attr": other})
        assert word in match(one, new)


def test_a_withheld_text_is_compared_only_where_the_digest_is_the_same():
    hidden = replace(score_set(), rows=tuple(replace(row, input={"withheld": "0" * 64}) for row in score_set().rows))
    assert isinstance(match(score_set(), hidden), Matched)
    assert "withheld" in match(score_set(), replace(hidden, digest="x"))


def test_a_set_that_lies_about_its_digest_is_not_compared():
    assert "damaged" in match(score_set(40), replace(score_set(30), digest=score_set(40).digest))


def test_a_set_that_only_one_audit_asked_is_named():
    own = score_set()
    new = tool(own, scores(own, 0.0, 1))
    found = find_changes(replace(new, sets={}), new, SEED)
    assert (found.gaps, found.not_compared[0].because) == ((), "it was asked only in the newer audit")


def test_draws_show_a_planted_change_and_say_how_they_were_compared():
    old, new = drawn("m"), drawn("other")
    found = find_changes(tool(old, scores(old, 0.0, 1)), tool(new, scores(new, 0.8, 2, base=5)), SEED)
    assert (found.gaps[0].kind, found.gaps[0].how) == ("grew", "draws")
    assert "two draws of the same templates (60 and 60, 0 of them the same)" in found.how[0]


# --- the test of two draws, against SciPy -------------------------------------------------------------------------------------------


def a_spread(values):
    """Of items' own differences, one item a cluster."""
    values, nothing = np.asarray(values, dtype=float), np.zeros(len(values))
    return Spread(Quantity(values, nothing, np.ones(len(values)), nothing, None), share=False, step=1.0)


@pytest.mark.parametrize("seed", range(3))
def test_the_statistic_of_two_draws_is_that_of_welchs_test_and_the_interval_too(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0.4, 1, 25), rng.normal(0, 2, 40)
    difference, expected = Apart(a_spread(a), a_spread(b), -1.0), stats.ttest_ind(a, b, equal_var=False)
    assert 2 * stats.norm.sf(difference.statistic) == pytest.approx(expected.pvalue)
    assert difference.freedom == pytest.approx(expected.df)
    critical = stats.norm.isf(0.005)  # of one comparison at 99%
    assert difference.interval(critical, 1) == pytest.approx(tuple(expected.confidence_interval(0.99)))
    total = Apart(a_spread(a), a_spread(b), 1.0)
    assert 2 * stats.norm.sf(total.statistic) == pytest.approx(stats.ttest_ind(a, -b, equal_var=False).pvalue)


# --- the promise: at most 5% of audits claim any change where nothing changed ----------------------------------------------------------


def five_groups(kind, mark, gaps, rng, base):
    """A tool of three groups and five comparisons in 30 items of 15 templates: `paired` has the same texts, `draws` others."""
    own = texts(a_set(30, groups=("a", "b", "c"), outcome="score", scale=(-9, 9), reference="c", clusters=[f"t{i % 15}" for i in range(30)]), mark if kind == "draws" else "m")
    deciding = tuple(a_disparity(g, r, measure="score", statistic="mean_difference", unit="points") for g, r in (*itertools.product("ab", ["c"]), *itertools.product("abc", ["others"])))
    values = [base[int(r.item[1:])] + gaps.get(r.groups["attr"], 0.0) + 0.5 * rng.normal(size=2) for r in own.rows]
    return a_tool("x", own, np.array(values), deciding=deciding, **SCORE)


def claims(kind, old, new, times):
    """How many of `times` pairs of audits claim any change, and how many that the gap of a against c grew."""
    any_, grew = 0, 0
    for k in range(times):
        rng = np.random.default_rng([7, k])
        base = [rng.normal(size=30), rng.normal(size=30)]
        tools = [five_groups(kind, mark, gaps, rng, base[place if kind == "draws" else 0]) for place, (mark, gaps) in enumerate((("m", old), ("n", new)))]
        kinds = {(g.group, g.reference): g.kind for g in find_changes(*tools, k).gaps}
        any_ += bool({"grew", "shrank", "moved", "changed"} & set(kinds.values()))
        grew += kinds["a", "c"] == "grew"
    return any_, grew


@pytest.fixture
def fewer_exchanges(monkeypatch):
    """499 in place of 9,999: as exact, and quicker."""
    monkeypatch.setattr("audit.between.differences.DRAWS", 499)


@pytest.mark.usefixtures("fewer_exchanges")
@pytest.mark.parametrize("kind", ["paired", "draws"])
@pytest.mark.parametrize("gap", [0.0, 0.5])
def test_at_most_5_percent_of_audits_claim_a_change_where_nothing_changed(kind, gap):
    """One hundred and twenty pairs, with and without a gap that stays: no more than 0.05 and two standard errors (0.02) of these."""
    assert claims(kind, {"a": gap}, {"a": gap}, 120)[0] <= 120 * (0.05 + 2 * 0.02)


@pytest.mark.usefixtures("fewer_exchanges")
@pytest.mark.parametrize("kind", ["paired", "draws"])
def test_a_planted_change_is_found(kind):
    assert claims(kind, {}, {"a": 0.8}, 20)[1] >= 18


# --- answers, evidence, contradictions, waivers -----------------------------------------------------------------------------------------


def a_criterion(name, **fields):
    given = {"question": f"Is {name} so?", "why": "", "answered_by": "vendor", "answer": "yes_no", "evidence": "", "required": False, "weight": 1, "remedy": "", "source": (), "good": "yes"}
    return Criterion(id=name, **(given | fields))


def a_file(sha="a", *, expired=False, expires=None, errors=0, **filed):
    return EvidenceFile(FileCheck("x.pdf", sha * 64, 1, None, "", (), errors, 0, 0, {}), Filed("x.pdf", **filed), expires, expired, "x.pdf")


def papers(criteria=(), answers=None, *, files=None, contradictions=(), waivers=(), as_of="2026-01-01", retired=None):
    return Papers({c.id: c for c in criteria}, answers or {}, retired or {}, files or {}, tuple(contradictions), tuple(waivers), as_of)


def test_every_way_in_which_an_answer_can_change_is_told_apart():
    names = ("kept", "added", "removed", "changed", "backed", "reworded")
    old = papers([*map(a_criterion, names), a_criterion("gone")], {
        "kept": Answer("yes"), "removed": Answer("yes"), "changed": Answer("no"), "backed": Answer("yes", evidence="a.pdf"), "reworded": Answer("yes"), "gone": Answer("yes"),
    })
    new = papers([*map(a_criterion, names[:-1]), a_criterion("reworded", good="no"), a_criterion("asked")], {
        "kept": Answer(" YES "), "added": Answer("no"), "changed": Answer("yes"), "backed": Answer("yes", evidence="b.pdf"), "reworded": Answer("yes"), "asked": Answer("no"),
    }, retired={"gone": "nobody needs it"})
    found = {a.criterion: (a.kind, a.old, a.new) for a in answer_changes(old, new)}
    assert found == {
        "added": ("added", None, "no"), "removed": ("removed", "yes", None), "changed": ("changed", "no", "yes"), "backed": ("backed", "yes", "yes"),
        "reworded": ("reworded", "yes", "yes"), "asked": ("newly_asked", None, "no"), "gone": ("retired", "yes", None),
    }
    assert next(a.because for a in answer_changes(old, new) if a.kind == "retired") == "nobody needs it"


def test_every_way_in_which_a_file_can_change_is_told_apart():
    old = {"kept": a_file(), "gone": a_file(), "content": a_file("a"), "ran": a_file(), "again": a_file(expired=True), "found": a_file(), "both": a_file("a")}
    new = {
        "kept": a_file(), "added": a_file(expired=True, confidential="yes"), "content": a_file("b"), "ran": a_file(expired=True), "again": a_file(), "found": a_file(errors=2),
        "both": a_file("b", expired=True),
    }
    assert {e.file: e.kinds for e in evidence_changes(old, new)} == {
        "gone": ("gone",), "added": ("added", "expired"), "content": ("content",), "ran": ("expired",), "again": ("renewed",), "found": ("checked",), "both": ("content", "expired"),
    }
    assert [e.file for e in evidence_changes(old, new) if e.confidential] == ["added"]


def test_a_contradiction_appears_or_is_gone():
    one, other = Contradiction("r1", "c1", "evidence", "x"), Contradiction("r2", "c2", "answer", "y")
    assert [(c.kind, c.rule) for c in contradiction_changes([one], [other])] == [("appeared", "r2"), ("gone", "r1")]


def test_a_waiver_that_ran_out_between_the_days_of_the_audits_is_said_to_have():
    kept, late = Waiver("g1", "A. Person", "pilot", "2026-12-31"), Waiver("g2", "A. Person", "pilot", "2026-06-01")
    old = papers(waivers=(kept, late, replace(kept, gate="g3")), as_of="2026-01-01")
    new = papers(waivers=(replace(kept, by="B. Person"), late, replace(kept, gate="g4")), as_of="2026-07-01")
    assert {w.gate: w.kind for w in waiver_changes(old, new)} == {"g1": "changed", "g2": "expired", "g3": "gone", "g4": "added"}


def test_settings_are_told_place_by_place_and_lists_whole():
    found = setting_changes("plan", {"a": {"b": 1, "c": ["x"]}, "d": True, "same": 0.5}, {"a": {"b": 2, "c": ["x", "y"]}, "e": "new", "same": 0.5})
    assert [(s.name, s.old, s.new) for s in found] == [("a.b", "1", "2"), ("a.c", "x", "x, y"), ("d", "true", None), ("e", None, "new")]


# --- what came out otherwise, and what else changed ------------------------------------------------------------------------------------


def inputs(old, new, **fields):
    given = {
        "answers": tuple(answer_changes(old, new)), "evidence": tuple(evidence_changes(old.files, new.files)), "contradictions": (), "settings": (), "gaps": (),
        "places": {"A tiny set: An attribute": ("tiny", "attr")}, "same_replies": False, "titles": {"tiny/attr/a": "Group A"},
    }
    return Inputs(old=old, new=new, **(given | fields))


def reasons(old, new, given):
    (found,) = finding_changes([old], [new], given)
    return found.direction, [(r.kind, r.what) for r in found.reasons]


def test_an_answered_finding_names_the_answer_the_file_and_the_rule_that_changed():
    before, after = (a_finding("c", outcome, evidence=(Evidence("file", "x.pdf"),)) for outcome in ("met", "not_met"))
    asked_ = a_criterion("c")
    old, new = papers([asked_], {"c": Answer("yes")}, files={"x.pdf": a_file()}), papers([asked_], {"c": Answer("no")}, files={"x.pdf": a_file(expired=True)})
    assert reasons(before, after, inputs(old, new)) == ("worse", [("answer", "yes → no"), ("expired", "x.pdf")])
    other = papers([a_criterion("c", good="no", edition="2")], {"c": Answer("yes")}, files={"x.pdf": a_file("b")})
    assert reasons(before, after, inputs(papers([a_criterion("c", edition="1")], {"c": Answer("yes")}, files=old.files), other)) == (
        "worse", [("question", "1 → 2"), ("evidence", "x.pdf")])


def test_a_finding_of_which_nothing_changed_says_so_or_names_the_programs_version():
    same = papers([a_criterion("c")], {"c": Answer("yes")})
    assert reasons(a_finding("c", "not_met"), a_finding("c", "met"), inputs(same, same)) == ("better", [("unknown", "")])
    version = tuple(setting_changes("program", {"edtech-equity-audit": "0.1"}, {"edtech-equity-audit": "0.2"}))
    assert reasons(a_finding("c", "not_met"), a_finding("c", "met"), inputs(same, same, settings=version)) == ("better", [("program", "0.1 → 0.2")])


def measured(outcome, table="disparities"):
    return a_finding("m", outcome, subject="A tiny set: An attribute", assurance="measured", evidence=(Evidence("run", f"results.json: {table}, set tiny, attribute attr"),))


def test_a_measured_finding_names_the_gap_that_changed_or_that_none_is_shown_to_have():
    nothing = papers()
    grew, same = changed(0.0, 0.8), changed(0.5, 0.5)
    assert reasons(measured("met"), measured("not_met"), inputs(nothing, nothing, gaps=(grew,))) == ("worse", [("gap", "Group A")])
    assert reasons(measured("met"), measured("inconclusive"), inputs(nothing, nothing, gaps=(same,))) == ("worse", [("replies", "")])
    margin = tuple(setting_changes("policy", {"margins": {"mean_difference": {"value": 0.1}, "missing_rate": {"value": 0.1}}}, {"margins": {"mean_difference": {"value": 0.2}, "missing_rate": {"value": 0.2}}}))
    assert reasons(measured("inconclusive"), measured("met"), inputs(nothing, nothing, gaps=(same,), settings=margin, same_replies=True)) == (
        "better", [("margin", "margins.mean_difference.value: 0.1 → 0.2")])


def test_a_gap_of_replies_is_no_reason_for_a_finding_about_missing_ones():
    nothing, lost = papers(), a_disparity(statistic=MISSING)
    assert lost.statistic == "missing_rate"
    assert reasons(measured("met", "missingness"), measured("not_met", "missingness"), inputs(nothing, nothing, gaps=(changed(0.0, 0.8),))) == ("worse", [("replies", "")])


def test_a_gate_that_was_passed_and_is_open_is_lost_whatever_its_question_reads_now():
    def gates(passed, words):
        return [Gate("c", f"{words} (Subject)", passed, "met", "")], [a_finding("c", "met", question=words, subject="Subject")]

    kinds = {(True, False): "lost", (True, None): "lost", (False, True): "won", (None, True): "won", (None, False): "failed", (False, None): "open"}
    for (old, new), kind in kinds.items():
        assert [(g.kind, g.question, g.subject) for g in gate_changes(gates(old, "Is it?"), gates(new, "Is it really?"))] == [(kind, "Is it really?", "Subject")]
    assert [g.kind for g in gate_changes(([], []), gates(True, "Is it?"))] == ["added"]
    assert [g.kind for g in gate_changes(gates(True, "Is it?"), ([], []))] == ["dropped"]


def test_conditions_and_scores_that_are_other_are_told():
    one = Condition("Do this.", "repair", "vendor", "2026-05-01", "c")
    found = condition_changes([one, replace(one, text="Old.")], [replace(one, due="2026-06-01"), replace(one, text="New.")])
    assert {(c.kind, c.text, c.due) for c in found} == {("due", "Do this.", "2026-06-01"), ("gone", "Old.", "2026-05-01"), ("added", "New.", "2026-05-01")}
    score = Indicator("Safe", 50.0, 0.9, {}, 1, 1, 0)
    assert [(s.indicator, s.old, s.new) for s in score_changes({"safe": score, "usable": score}, {"safe": replace(score, score=60.0), "usable": score})] == [("safe", 50.0, 60.0)]
