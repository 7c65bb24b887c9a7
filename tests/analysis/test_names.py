"""--name: what one name does is not what a group does. All names are invented."""

import pytest

from audit.analysis import analyze, make_request
from audit.errors import TableError
from audit.wording import attribute_sentence
from tests.analysis.tables import ask, question, write


def letters(n=50, flagged=lambda _, i: i % 5 == 0, names=("1", "2", "3", "4")):
    """n letters with each name of each group, in one value of `verdict`."""
    return [
        {"group": g, "sender": g + k, "verdict": "flag" if flagged(g + k, i) else "ok"}
        for g in "AB" for k in names for i in range(n)
    ]


def one_name(name, i):
    """Of group A the name A1 is flagged nine times of ten; every other name is flagged once in five."""
    return i % 10 != 0 if name == "A1" else i % 5 == 0


def found(results):
    return {(d.group, d.reference): d.outcome for d in results.disparities if d.family == "confirmatory"}


def test_one_name_that_is_treated_otherwise_is_a_gap_of_its_group_only_where_names_are_not_told(tmp_path):
    path = write(tmp_path / "t.csv", letters(flagged=one_name))
    options = {"decision": "verdict", "positive": "flag", "references": ["B"]}
    assert found(ask(path, "group", **options).results) == {("A", "B"): "gap_found"}
    named = ask(path, "group", **options, name="sender")
    assert found(named.results) == {("A", "B"): "inconclusive"}
    assert named.size.names == 8
    assert "with as many more names, to settle it" in attribute_sentence("inconclusive", named.results.disparities, named.table, "group")


def test_what_every_name_of_a_group_shows_is_found_with_names_too(tmp_path):
    path = write(tmp_path / "t.csv", letters(flagged=lambda name, i: i % 2 == 0 if name[0] == "A" else i % 10 == 0, names="12345678"))
    results = ask(path, "group", decision="verdict", positive="flag", references=["B"], name="sender").results
    assert found(results) == {("A", "B"): "gap_found"}


def test_the_estimate_is_the_same_with_names_and_items_that_repeat(tmp_path):
    rows = [row | {"item": f"i{i % 40}"} for i, row in enumerate(letters(flagged=one_name))]
    path = write(tmp_path / "t.csv", rows)
    options = {"decision": "verdict", "positive": "flag", "references": ["B"], "item": "item"}
    plain, named = (ask(path, "group", **options, **more).results.disparities[0] for more in ({}, {"name": "sender"}))
    assert (named.estimate, named.items, named.responses) == (pytest.approx(plain.estimate), plain.items, plain.responses)
    assert named.high - named.low > plain.high - plain.low


def test_names_stand_for_every_group_column_and_their_crossing(tmp_path):
    rows = [row | {"class": "xy"[i % 2]} for i, row in enumerate(letters())]
    analysis = ask(write(tmp_path / "t.csv", rows), "group", "class", decision="verdict", positive="flag", name="sender", intersect=True)
    assert {a.variants for a in analysis.table.attributes.values()} == {"random"}


def test_a_group_with_one_name_says_nothing_about_other_names_and_a_note_says_so(tmp_path):
    rows = [row for row in letters(flagged=one_name) if row["group"] == "B" or row["sender"] == "A1"]
    results = ask(write(tmp_path / "t.csv", rows), "group", decision="verdict", positive="flag", references=["B"], name="sender").results
    assert found(results) == {("A", "B"): "not_assessed"}
    assert "'group': only one name in 'sender' stands for 'A', so nothing can be said about other names." in results.notes


@pytest.mark.parametrize(("empty", "said"), [(1, "1 row has no name"), (3, "3 rows have no name")])
def test_rows_without_a_name_are_refused_with_their_number(tmp_path, empty, said):
    rows = letters(5)
    for row in rows[:empty]:
        row["sender"] = " "
    with pytest.raises(TableError, match=said):
        ask(write(tmp_path / "t.csv", rows), "group", decision="verdict", positive="flag", name="sender")


def test_texts_and_scores_take_names_too(tmp_path):
    rows = [row | {"score": i % 7, "text": "good work " * (1 + i % 3)} for i, row in enumerate(letters(12))]
    path = write(tmp_path / "t.parquet", rows)
    for outcome in ({"score": "score"}, {"text": "text"}):
        analysis = analyze(make_request(path, groups=["group"], outcomes=outcome, name="sender"))
        assert analysis.size.names == 8
    assert question(path, "group", score="score", name="sender").columns == ("group", "score", "sender")
