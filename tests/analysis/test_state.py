"""--state: the alternate risk ratio of 34 CFR 300.647, worked by hand. All children are invented."""

import json

import pytest

from audit.analysis import write_folder
from audit.errors import AuditError
from tests.analysis.tables import ask, group_values, write

STATE = [("Black", 4_000, 40_000), ("White", 9_000, 200_000), ("Asian", 300, 30_000)]


def district(**counts):
    """One row a child: group=(with the outcome, enrolled)."""
    return [{"race": g, "sex": "FM"[i % 2], "placed": "yes" if i < k else "no"} for g, (k, n) in counts.items() for i in range(n)]


SMALL = district(Black=(40, 200), White=(3, 15), Asian=(1, 8))


def state(tmp_path, rows=STATE, name="state.csv"):
    return write(tmp_path / name, [dict(zip(("group", "outcome", "enrolled"), row, strict=True)) for row in rows])


def asked(tmp_path, rows=SMALL, *groups, of_state=STATE, **options):
    return ask(write(tmp_path / "t.csv", rows), *(groups or ("race",)), decision="placed", state=state(tmp_path, of_state), **options)


def test_a_small_comparison_group_is_replaced_by_the_states_others(tmp_path):
    results = asked(tmp_path).results
    risk, of_others = 40 / 200, (9_000 + 300) / (200_000 + 30_000)
    assert group_values(results, "alternate_risk_ratio") == {"Black": pytest.approx(risk / of_others), "White": None, "Asian": None}
    assert set(group_values(results, "risk_ratio").values()) == {None}


def test_the_ratio_is_within_the_district_where_its_others_are_enough_and_the_sizes_can_be_set(tmp_path):
    rows = district(Black=(40, 200), White=(12, 300))
    of_state = STATE[:2]
    results = asked(tmp_path, rows, of_state=of_state).results
    assert group_values(results, "risk_ratio") == {"Black": pytest.approx((40 / 200) / (12 / 300)), "White": pytest.approx((12 / 300) / (40 / 200))}
    larger = asked(tmp_path, rows, of_state=of_state, cell_size=20).results
    assert group_values(larger, "risk_ratio") == {"Black": None, "White": None}
    assert group_values(larger, "alternate_risk_ratio")["Black"] == pytest.approx((40 / 200) / (9_000 / 200_000))


def test_the_kind_of_file_does_not_matter(tmp_path):
    path = write(tmp_path / "t.csv", SMALL)
    found = [
        group_values(ask(path, "race", decision="placed", state=state(tmp_path, name=f"s.{kind}")).results, "alternate_risk_ratio")
        for kind in ("csv", "tsv", "jsonl", "parquet")
    ]
    assert found == [found[0]] * 4


def test_an_attribute_that_the_state_does_not_have_keeps_its_ratios_and_a_note_says_so(tmp_path):
    results = asked(tmp_path, SMALL, "race", "sex").results
    assert group_values(results, "risk_ratio", "sex")["F"] is not None
    assert "The State's file does not have every group of 'sex': its risk ratios are within the table only." in results.notes


def test_the_folder_names_the_states_file_and_its_digest(tmp_path):
    write_folder(tmp_path / "out", asked(tmp_path, cell_size=5))
    about = json.loads((tmp_path / "out" / "request.json").read_text(encoding="utf-8"))
    assert (about["options"]["state"], about["options"]["cell_size"], about["options"]["n_size"]) == ("state.csv", 5, 30)
    assert len(about["state_sha256"]) == 64


@pytest.mark.parametrize(("of_state", "said"), [
    (STATE[:2], "no group 'Asian' of 'race'"), ([*STATE, STATE[0]], "row 5: the group 'Black' is there twice"),
    ([("Black", 39, 40_000), *STATE[1:]], "39 children of 'Black' with the outcome are fewer than the table's 40"),
    ([("Black", 100, 150), *STATE[1:]], "150 children of 'Black' enrolled are fewer than the table's 200"),
    ([("Black", 50_000, 40_000), *STATE[1:]], "50,000 children with the outcome are more than the 40,000 enrolled"),
    ([("Black", "4,000", 40_000), *STATE[1:]], "'4,000' in 'outcome' is not a number of children"),
    ([("Black", -1, 40_000), *STATE[1:]], "'-1' in 'outcome' is not a number"), ([("", 1, 2), *STATE], "row 2: it names no group"),
    ([("Black", 4_000, 4.5e4), *STATE[1:]], "is not a number of children"),
])
def test_a_file_that_cannot_be_the_states_is_refused(tmp_path, of_state, said):
    with pytest.raises(AuditError) as caught:
        asked(tmp_path, of_state=of_state)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_column_and_children_who_are_there_twice_are_refused(tmp_path):
    path = write(tmp_path / "t.csv", [row | {"child": i // 2} for i, row in enumerate(SMALL)])
    for options, said in (
        ({"state": path}, "there is no column 'group' (--state)"), ({"state": state(tmp_path), "item": "child"}, "several rows have the same 'child'"),
        ({"state": tmp_path / "none.csv"}, "there is no file here"), ({"state": state(tmp_path), "n_size": 0}, "--n-size 0 is below 1"),
    ):
        with pytest.raises(AuditError) as caught:
            ask(path, "race", decision="placed", **options)
        assert said in str(caught.value)


def test_a_child_with_a_number_of_its_own_is_counted_once(tmp_path):
    path = write(tmp_path / "t.csv", [row | {"child": i, "year": y} for y in (1, 2) for i, row in enumerate(SMALL)])
    results = ask(path, "race", decision="placed", item="child", by=["year"], state=state(tmp_path)).results
    ratios = {g.by["year"]: g.value for g in results.groups if (g.statistic, g.group) == ("alternate_risk_ratio", "Black")}
    assert ratios == {"1": pytest.approx(0.2 / (9_300 / 230_000)), "2": pytest.approx(0.2 / (9_300 / 230_000))}
