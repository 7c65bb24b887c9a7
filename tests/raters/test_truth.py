"""People's scores as a set's truth; the second truth on its way to the measurements; the commands as users meet them."""

import json

import pytest

from audit.errors import AuditError, FixtureError
from audit.fixtures import check_set, load_set, make_probes
from audit.measures import Reading, check_readable, measure_all
from audit.raters import Rule, report_on, with_truth, write_rated
from audit.records import Response
from tests.audits import audit
from tests.fixtures.sets import matched_rows, sampled_rows, write
from tests.raters.ratings import SCALE, code, exported, fill, long_set, score_set, set_cells, taken


def rated(tmp_path, answer, *, raters, rule=None, fixture_set=None, **order):
    exported(tmp_path / "out", fixture_set or score_set(tmp_path / "set"), raters=raters, **order)
    fill(tmp_path / "out", answer)
    key, original, collected = taken(tmp_path / "out")
    return with_truth(original, collected, key, report_on(collected, key, original), rule)


def test_of_two_raters_both_scores_are_carried_and_neither_is_always_first(tmp_path):
    new, done = rated(tmp_path, lambda rater, _row, _again: 2 + 3 * rater, raters=2, fixture_set=long_set(tmp_path / "set"))
    assert {(row.truth, row.second_truth) for row in new.rows} == {(2.0, 5.0), (5.0, 2.0)}
    assert 8 <= sum(row.truth == 2.0 for row in new.rows) <= 32
    assert (done.rule, done.truths, done.second) == (Rule.TWO, 40, 40)


def test_of_three_raters_the_median_is_the_truth_and_one_odd_rater_does_not_move_it(tmp_path):
    new, done = rated(tmp_path, lambda rater, _row, _again: (2, 3, 6)[rater], raters=3)
    assert {(row.truth, row.second_truth) for row in new.rows} == {(3.0, None)}
    assert (done.rule, done.second) == (Rule.CONSENSUS, 0)


def test_of_three_raters_two_are_drawn_where_two_scores_are_wanted(tmp_path):
    new, done = rated(tmp_path, lambda rater, _row, _again: 1 + rater, raters=3, rule=Rule.TWO, fixture_set=long_set(tmp_path / "set"))
    drawn = {(row.truth, row.second_truth) for row in new.rows}
    assert drawn == {(a, b) for a in (1.0, 2.0, 3.0) for b in (1.0, 2.0, 3.0) if a != b}
    assert done.second == 40


def test_a_majority_decides_and_a_tie_is_no_truth(tmp_path):
    decisions = score_set(tmp_path / "set", outcome="decision", scale=None)
    new, done = rated(tmp_path, lambda rater, row, _again: "yes" if rater <= row % 4 else "no", raters=4, fixture_set=decisions, rule=Rule.CONSENSUS)
    assert [row.truth for row in new.rows[:4]] == [False, None, True, True]   # 1, 2, 3 and 4 of 4 say yes
    assert (done.truths, done.tied) == (9, 3)


def test_work_without_a_score_has_no_truth_and_keeps_not_the_old_one(tmp_path):
    new, done = rated(tmp_path, lambda rater, row, _again: None if row == 4 or (row == 5 and rater) else 2, raters=2)
    assert (new.rows[4].truth, new.rows[4].second_truth) == (None, None)
    assert (new.rows[5].truth, new.rows[5].second_truth) == (2.0, None)
    assert (done.truths, done.second, done.unscored) == (11, 10, 1)


def test_the_same_sheets_give_the_same_truth(tmp_path):
    first = rated(tmp_path / "a", lambda rater, _row, _again: 2 + 3 * rater, raters=2, fixture_set=long_set(tmp_path / "set"))
    assert rated(tmp_path / "b", lambda rater, _row, _again: 2 + 3 * rater, raters=2, fixture_set=long_set(tmp_path / "set")) == first


def test_a_rating_without_a_score_gives_no_set(tmp_path):
    with pytest.raises(FixtureError, match="no work has a score"):
        rated(tmp_path, lambda *_: None, raters=2)


def test_the_new_set_loads_has_no_error_and_says_where_its_truth_is_from(tmp_path):
    new, _ = rated(tmp_path, lambda rater, row, _again: 1 + (row + rater) % 6, raters=2)
    write_rated(new, tmp_path / "new")
    loaded = load_set(tmp_path / "new")
    assert loaded.rows == new.rows
    assert not [p for p in check_set(loaded) if p.level == "error"]
    old = load_set(tmp_path / "set")
    assert loaded.source.startswith(old.source)
    assert old.digest in loaded.source
    assert "2 raters" in loaded.source
    assert "Krippendorff's alpha (ordinal)" in loaded.source
    assert (loaded.edition, old.edition) == ("1+raters", "1")
    with pytest.raises(FixtureError, match="not empty"):
        write_rated(new, tmp_path / "new")


# ---------------------------------------------------------------- the second truth on its way


def test_a_second_truth_reaches_the_measurement_as_a_number(tmp_path):
    rows = [row | {"truth": 4, "second_truth": 5 if n else None} for n, row in enumerate(sampled_rows())]
    fixture_set = load_set(write(tmp_path, rows, design="sampled", **SCALE))
    probes = make_probes([fixture_set], repeats=1, seed=1, salt="s")
    answers = {p.id: Response(p.id, 3, None, "", 0.0, 1, "") for p in probes}
    measured = {m.item: (m.truth, m.second_truth) for m in measure_all(fixture_set, probes, answers, Reading())}
    assert measured == {f"i{n}": (4.0, 5.0 if n else None) for n in range(12)}


def test_a_decisions_second_truth_is_read_as_its_truth_is(tmp_path):
    rows = [row | {"truth": True, "second_truth": "ok"} for row in sampled_rows()]
    fixture_set = load_set(write(tmp_path, rows, design="sampled", positive="flag"))
    probes = make_probes([fixture_set], repeats=1, seed=1, salt="s")
    assert {(m.truth, m.second_truth) for m in measure_all(fixture_set, probes, {}, Reading())} == {(1.0, 0.0)}


def test_a_second_truth_that_cannot_be_read_is_refused_and_so_is_one_without_a_first(tmp_path):
    rows = [row | {"truth": 4, "second_truth": 9} for row in sampled_rows()]
    with pytest.raises(AuditError, match=r"the truth 9\.0 cannot be read: 9 is outside the scale 1 to 6"):
        check_readable(load_set(write(tmp_path / "a", rows, design="sampled", **SCALE)))
    with pytest.raises(FixtureError, match="item 'i0' has a second_truth and no truth"):
        load_set(write(tmp_path / "b", [row | {"truth": None, "second_truth": True} for row in matched_rows()]))


def test_a_second_truth_changes_the_digest_and_its_absence_does_not(tmp_path):
    rows = [row | {"truth": 4} for row in sampled_rows()]
    plain = load_set(write(tmp_path / "a", rows, design="sampled", **SCALE)).digest
    assert load_set(write(tmp_path / "b", [row | {"second_truth": None} for row in rows], design="sampled", **SCALE)).digest == plain
    assert load_set(write(tmp_path / "c", [row | {"second_truth": 4} for row in rows], design="sampled", **SCALE)).digest != plain


# ---------------------------------------------------------------- the commands


def test_a_rating_from_a_shipped_set_to_a_set_with_a_new_truth(tmp_path):
    out, new = tmp_path / "rating", tmp_path / "new"
    done = audit("raters", "export", "writing-samples", "--raters", 3, "--items", 24, "--seed", 3, "--out", out, "--question", "Did an AI write this?")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    empty = audit("raters", "import", out)
    assert empty.returncode == 3
    assert "cannot be measured" in empty.stdout
    fill(out, lambda rater, row, _again: "yes" if (row + (rater == 2 and row % 8 == 0)) % 2 else "no")
    read = audit("raters", "import", out, "--out", new, "--format", "json")
    assert read.returncode == 0, read.stderr
    report = json.loads(read.stdout)
    assert report["report"]["works"] == report["truth"]["truths"] == 24
    assert report["report"]["alpha"]["nominal"]["low"] < report["report"]["alpha"]["nominal"]["value"] < 1
    assert not [g for g in ("english_learner", "native") if g in read.stdout]
    assert audit("fixtures", "check", new).returncode == 0
    text = audit("raters", "import", out)
    assert text.returncode == 0
    assert "Krippendorff's alpha (nominal)" in text.stdout
    assert "rater-1 and rater-3" in text.stdout


def test_a_wrong_score_is_one_line_exit_code_2_and_nothing_is_written(tmp_path):
    exported(tmp_path / "out", score_set(tmp_path / "set"))
    fill(tmp_path / "out", lambda *_: 3)
    set_cells(tmp_path / "out" / "sheets" / "rater-2.xlsx", {code(tmp_path / "out", 1, 0): 12})
    result = audit("raters", "import", tmp_path / "out", "--out", tmp_path / "new")
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert "rater-2.xlsx, row 2: the score '12'" in result.stderr
    assert not (tmp_path / "new").exists()


def test_an_unfinished_rating_is_reported_and_written_with_exit_code_3(tmp_path):
    exported(tmp_path / "out", score_set(tmp_path / "set"))
    fill(tmp_path / "out", lambda rater, row, _again: None if rater and row == 3 else 1 + row % 6)
    result = audit("raters", "import", tmp_path / "out", "--out", tmp_path / "new")
    assert result.returncode == 3
    assert "Not finished: rater-2" in result.stdout
    assert load_set(tmp_path / "new").rows[3].second_truth is None


@pytest.mark.parametrize("command", ["export", "import"])
def test_the_help_of_both_commands_explains_every_option(command):
    lines = audit("raters", command, "--help").stdout
    assert all(len(part.split()) > 3 for part in lines.split("\n  --")[1:])
