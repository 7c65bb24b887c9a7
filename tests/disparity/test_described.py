"""Everything `compare_all` reports, against what RSMTool, scikit-learn and fairlearn say of the same rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, mean_prediction, selection_rate, true_positive_rate
from sklearn.metrics import accuracy_score, cohen_kappa_score, roc_auc_score

from audit.disparity import Audited, compare_all
from tests.disparity.columns import a_table, estimates, of_labels, readings, values

RSMTOOL = Path(__file__).parents[2] / "../shared/data/rsmtool"
TITLES = {"osa": "Overall score accuracy", "osd": "Overall score difference", "csd": "Conditional score difference"}
FEW = 199


@pytest.fixture(scope="module")
def rsmtool():
    if not RSMTOOL.exists():
        pytest.skip("RSMTool's files are not here: ../shared/data/rsmtool")
    table = pd.read_csv(RSMTOOL / "predictions_scaled_with_subgroups.csv")
    labels = {a: sorted(table[a].unique()) for a in ("L1", "QUESTION")}
    r = readings(
        table["score"].clip(1 - 0.49998, 6 + 0.49998), truth=table["h1"], second=table["h2"],
        groups={a: table[a].map(labels[a].index).to_numpy() for a in labels},
    )
    return table, compare_all([Audited(a_table(labels), "score", "points", r)], seed=1, draws=FEW)


@pytest.mark.parametrize("attribute", ["L1", "QUESTION"])
def test_agreement_by_group_is_what_rsmtool_stored(rsmtool, attribute):
    told = pd.read_csv(RSMTOOL / f"expected_eval_by_{attribute}.csv", index_col=0).drop(index="All data")
    told["mean_error"] = told["sys_mean.scale_trim"] - told["h_mean"]
    columns = {"qwk": "wtkappa.scale_trim", "corr": "corr.scale_trim", "rmse": "RMSE.scale_trim", "dsm": "DSM.scale_trim", "mean_error": "mean_error"}
    for statistic, column in columns.items():
        assert values(rsmtool[1], statistic, attribute) == pytest.approx(told[column].to_dict(), abs=1e-9)


@pytest.mark.parametrize("attribute", ["L1", "QUESTION"])
def test_smd_of_a_group_is_its_mean_error_over_everyones_human_sd(rsmtool, attribute):
    sd = float(pd.read_csv(RSMTOOL / "expected_eval.csv", index_col=0).loc["scale_trim", "h_sd"])
    errors = values(rsmtool[1], "mean_error", attribute)
    assert values(rsmtool[1], "smd", attribute) == pytest.approx({g: e / sd for g, e in errors.items()}, abs=1e-9)


@pytest.mark.parametrize("name", TITLES)
@pytest.mark.parametrize("attribute", ["L1", "QUESTION"])
def test_regressions_are_what_rsmtool_stored(rsmtool, attribute, name):
    overall = pd.read_csv(RSMTOOL / f"expected_fairness_metrics_by_{attribute}.csv", index_col=0)
    row = next(o for o in rsmtool[1].omnibus if (o.statistic, o.attribute) == (name, attribute))
    assert (row.value, row.p_value) == pytest.approx(tuple(overall[TITLES[name]]), abs=1e-9)
    assert 0 < row.p_cluster < 1
    stored = pd.read_csv(RSMTOOL / f"expected_estimates_{name}_by_{attribute}.csv", index_col=0)["estimate"]
    found = estimates(rsmtool[1], name, attribute)
    base = overall.loc["R2", "base_category"]
    assert {g: c.estimate for (g, r), c in found.items() if r == base} == pytest.approx(stored.drop(f"Intercept ({base})").to_dict(), abs=1e-9)


def test_two_peoples_kappa_by_group_is_scikit_learns(rsmtool):
    table, compared = rsmtool
    told = {g: cohen_kappa_score(rows["h1"], rows["h2"], weights="quadratic") for g, rows in table.groupby("L1")}
    assert values(compared, "qwk_human", "L1") == pytest.approx(told, abs=1e-9)


def test_the_gap_beyond_the_human_gap_is_the_tools_gap_less_theirs(rsmtool):
    table, compared = rsmtool
    qwk, human = (values(compared, s, "L1") for s in ("qwk", "qwk_human"))
    assert values(compared, "qwk_beyond_human", "L1") == pytest.approx({g: qwk[g] - human[g] for g in qwk}, abs=1e-9)
    errors, theirs = estimates(compared, "mean_error_difference", "L1"), estimates(compared, "human_mean_error_difference", "L1")
    for pair, c in estimates(compared, "mean_error_beyond_human_difference", "L1").items():
        assert c.estimate == pytest.approx(errors[pair].estimate - theirs[pair].estimate, abs=1e-9)
    for (group, _), c in estimates(compared, "qwk_beyond_human_difference", "L1").items():
        own, rest = table[table["L1"] == group], table[table["L1"] != group]
        gaps = [cohen_kappa_score(own["h1"], own["h2"], weights="quadratic") - cohen_kappa_score(rest["h1"], rest["h2"], weights="quadratic")]
        tool = estimates(compared, "qwk_difference", "L1")[group, "others"].estimate
        assert c.estimate == pytest.approx(tool - gaps[0], abs=1e-9)


def test_only_rows_with_two_people_count_for_the_gap_beyond_theirs():
    rng = np.random.default_rng(2)
    human = rng.integers(1, 6, 120).astype(float)
    system, second = human + rng.integers(-1, 2, 120), human + rng.integers(-1, 2, 120)
    second[::3] = np.nan
    labels = np.array(["g", "ref"])[np.arange(120) // 2 % 2]
    both = ~np.isnan(second)
    whole = compare_all([of_labels(labels, value=system, truth=human, second=second, reference="ref")], seed=1, draws=FEW)
    part = compare_all(
        [of_labels(labels[both], value=system[both], truth=human[both], second=second[both], reference="ref")], seed=1, draws=FEW
    )
    for statistic in ("qwk_beyond_human", "qwk_human", "human_mean_error", "mean_error_beyond_human"):
        assert values(whole, statistic) == pytest.approx(values(part, statistic), abs=1e-12)
    own, alone = (estimates(c, "qwk_beyond_human_difference")["g", "ref"] for c in (whole, part))
    assert (own.estimate, own.standard_error) == pytest.approx((alone.estimate, alone.standard_error), abs=1e-12)
    assert own.items == alone.items < estimates(whole, "qwk_difference")["g", "ref"].items


def test_exact_and_adjacent_agreement_of_whole_scores_are_shares_counted_by_hand():
    labels = ["g"] * 4 + ["ref"] * 5
    human = np.array([1.0, 2, 3, 4, 2, 2, 3, 3, 5])
    system = np.array([1.0, 2, 4, 6, 2, 4, 3, 3, 5])  # g: same, same, one off, two off; ref: one of five is two off
    compared = compare_all([of_labels(labels, value=system, truth=human, reference="ref")], seed=1, draws=FEW)
    assert values(compared, "exact_agreement") == pytest.approx({"g": 2 / 4, "ref": 4 / 5})
    assert values(compared, "adjacent_agreement") == pytest.approx({"g": 3 / 4, "ref": 4 / 5})
    told = [g for g in compared.groups if g.statistic in ("exact_agreement", "adjacent_agreement")]
    assert all(0 <= g.low < g.value < g.high <= 1 for g in told)
    assert not estimates(compared, "exact_agreement_difference")


def test_scores_between_whole_numbers_have_no_exact_agreement():
    for half in ({"value": 0.5}, {"truth": 0.5}):
        columns = {name: np.arange(12.0) % 5 + half.get(name, 0) * (np.arange(12) == 3) for name in ("value", "truth")}
        compared = compare_all([of_labels(["g", "ref"] * 6, **columns)], seed=1, draws=FEW)
        assert not {"exact_agreement", "adjacent_agreement"} & {g.statistic for g in compared.groups}
        assert values(compared, "qwk")


def test_auc_by_group_is_scikit_learns_and_differences_are_theirs():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 300).astype(float)
    score = np.clip(np.round(0.3 + 0.3 * truth + rng.normal(0, 0.2, 300), 2), 0, 1)
    labels = rng.choice(["g", "h", "ref"], 300)
    compared = compare_all([of_labels(labels, value=score, truth=truth, reference="ref")], seed=1, draws=FEW)
    told = {g: roc_auc_score(truth[labels == g], score[labels == g]) for g in ("g", "h", "ref")}
    assert values(compared, "auc") == pytest.approx(told, abs=1e-12)
    rest = roc_auc_score(truth[labels != "g"], score[labels != "g"])
    found = estimates(compared, "auc_difference")
    assert found["g", "ref"].estimate == pytest.approx(told["g"] - told["ref"], abs=1e-12)
    assert found["g", "others"].estimate == pytest.approx(told["g"] - rest, abs=1e-12)
    assert "qwk" not in {g.statistic for g in compared.groups}


def test_rates_by_group_are_fairlearns():
    rng = np.random.default_rng(4)
    truth, said = rng.integers(0, 2, 200).astype(float), rng.integers(0, 2, 200).astype(float)
    labels = rng.choice(["g", "h", "ref"], 200)
    compared = compare_all([of_labels(labels, value=said, truth=truth, measure="decision")], seed=1, draws=FEW)
    metrics = {
        "selection_rate": selection_rate, "false_positive_rate": false_positive_rate, "false_negative_rate": false_negative_rate,
        "true_positive_rate": true_positive_rate, "accuracy": accuracy_score,
    }
    frame = MetricFrame(metrics=metrics, y_true=truth, y_pred=said, sensitive_features=labels)
    for statistic in metrics:
        assert values(compared, statistic) == pytest.approx(frame.by_group[statistic].to_dict(), abs=1e-12)
    rows = {o.statistic: o for o in compared.omnibus}
    for statistic in ("false_positive_rate", "false_negative_rate"):
        assert rows[f"{statistic}_difference"].value == pytest.approx(frame.difference()[statistic], abs=1e-12)


def test_mean_prediction_by_group_is_fairlearns():
    rng = np.random.default_rng(5)
    score, labels = rng.random(90), rng.choice(["g", "ref"], 90)
    compared = compare_all([of_labels(labels, value=score)], seed=1, draws=FEW)
    frame = MetricFrame(metrics=mean_prediction, y_true=np.zeros(90), y_pred=score, sensitive_features=labels)
    assert values(compared, "mean") == pytest.approx(frame.by_group.to_dict(), abs=1e-12)


def test_a_standardized_difference_is_in_human_sd_or_in_the_references_and_tested_as_the_difference():
    rng = np.random.default_rng(6)
    human, labels = rng.integers(1, 6, 100).astype(float), np.array(["g", "ref"])[np.arange(100) % 2]
    system = human + rng.normal(0.3, 1, 100)
    gap = system[::2].mean() - system[1::2].mean()
    judged = compare_all([of_labels(labels, value=system, truth=human, reference="ref")], seed=1, draws=FEW)
    bare = compare_all([of_labels(labels, value=system, reference="ref")], seed=1, draws=FEW)
    for compared, sd in ((judged, human.std(ddof=1)), (bare, system[1::2].std(ddof=1))):
        one = estimates(compared, "standardized_mean_difference")["g", "ref"]
        assert one.estimate == pytest.approx(gap / sd, abs=1e-12)
        assert one.p_value == estimates(compared, "mean_difference")["g", "ref"].p_value
        assert one.unit == "sd"


def test_a_quantity_with_a_margin_joins_the_family_that_decides():
    rng = np.random.default_rng(7)
    human = rng.integers(1, 6, 100).astype(float)
    table = of_labels(np.array(["g", "ref"])[np.arange(100) % 2], value=human + rng.integers(-1, 2, 100), truth=human, reference="ref")
    plain, named = (compare_all([table], seed=1, draws=FEW, confirm=c) for c in ((), ("qwk_difference", "dsm_difference")))
    assert estimates(plain, "qwk_difference")["g", "ref"].family == "exploratory"
    one = estimates(named, "qwk_difference")["g", "ref"]
    assert (one.family, one.simultaneous) == ("confirmatory", True)
    assert one.high - one.low > estimates(plain, "qwk_difference")["g", "ref"].high - estimates(plain, "qwk_difference")["g", "ref"].low
    assert named.family_size == plain.family_size + 2
    assert "qwk_difference" in named.family
    assert named.family.startswith("4 comparisons decide")
