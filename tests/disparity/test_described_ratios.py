"""Ratios that rules name, ABROCA, and max − min, as `compare_all` reports them."""

import numpy as np
import pytest
from scipy import integrate
from sklearn.metrics import roc_curve

from audit.disparity import State, compare_all
from audit.disparity.frames import frame
from audit.disparity.statistics import statistics_for
from audit.disparity.summary import between
from tests.disparity.columns import estimates, of_labels, values

FEW = 19


def counted(counts, **changes):
    """People by group: (selected, not selected), as classes of alike rows."""
    rows = [(g, value, n) for g, both in counts.items() for value, n in zip((1.0, 0.0), both, strict=True) if n]
    labels, value, weight = zip(*rows, strict=True)
    return of_labels(labels, value=value, weight=weight, measure="decision", changes=changes)


def rows_of(compared, statistic):
    return {g.group: g for g in compared.groups if g.statistic == statistic}


def test_impact_ratios_are_those_of_new_yorks_own_example():
    """6 RCNY 5-301, the sample table of the rule: 1,390 men, 667 selected; 1,181 women, 555 selected; impact ratio 0.979."""
    compared = compare_all([counted({"men": (667, 723), "women": (555, 626)})], seed=1, draws=FEW)
    found = rows_of(compared, "impact_ratio")
    assert round(found["women"].value, 3) == 0.979
    assert (found["men"].value, found["men"].high) == (1.0, 1.0)
    assert found["men"].low < 1
    assert (found["women"].n, found["women"].items) == (1181, 1181)
    assert found["women"].low < 0.979 < found["women"].high <= 1


def test_the_impact_ratio_of_an_adverse_decision_is_of_those_spared():
    compared = compare_all([counted({"g": (30, 70), "ref": (10, 90)}, adverse=True)], seed=1, draws=FEW)
    assert values(compared, "impact_ratio") == pytest.approx({"g": 70 / 90, "ref": 1.0})
    assert values(compared, "risk_ratio") == pytest.approx({"g": 3.0, "ref": 1 / 3})


def test_where_nobody_was_selected_there_is_no_impact_ratio():
    compared = compare_all([counted({"g": (0, 20), "ref": (0, 30)})], seed=1, draws=FEW)
    assert values(compared, "impact_ratio") == {"g": None, "ref": None}
    assert values(compared, "risk_ratio") == {"g": None, "ref": None}


def test_ratios_of_repeated_decisions_are_of_means_with_the_clusters_interval():
    rng = np.random.default_rng(1)
    item = np.repeat(np.arange(60), 3)
    value = (rng.random(180) < 0.4).astype(float)
    table = of_labels(np.array(["g", "ref"])[item % 2], value=value, item=item, measure="decision", reference="ref")
    compared = compare_all([table], seed=1, draws=FEW)
    rates = values(compared, "selection_rate")
    assert values(compared, "risk_ratio")["g"] == pytest.approx(rates["g"] / rates["ref"])
    same, row = estimates(compared, "selection_rate_ratio")["g", "ref"], rows_of(compared, "risk_ratio")["g"]
    assert (row.value, row.low, row.high) == pytest.approx((same.estimate, same.low, same.high), abs=1e-12)
    assert max(values(compared, "impact_ratio").values()) == 1


def test_a_scoring_rate_is_of_scores_above_the_median_of_everyone():
    labels = np.array(["g"] * 4 + ["ref"] * 4 + ["g"] * 3)
    value = np.array([1, 2, 5, 6, 3, 4, 7, 8, 9, 9, 9.0])
    table = of_labels(labels, value=value, reference="ref")
    places = table.readings.groups["a"]
    places[8:] = -1  # of unknown category: they count for the median, which is 6, and in no category
    compared = compare_all([table], seed=1, draws=FEW)
    assert values(compared, "scoring_rate") == {"g": 0.0, "ref": 0.5}
    assert values(compared, "impact_ratio") == {"g": 0.0, "ref": 1.0}


def test_scores_that_a_truth_judges_have_no_scoring_rate():
    compared = compare_all([of_labels(["g", "ref"] * 20, value=np.arange(40) % 7, truth=np.arange(40) % 5)], seed=1, draws=FEW)
    assert values(compared, "scoring_rate") == {}


def test_a_comparison_group_too_small_in_the_lea_is_compared_with_the_states():
    counts = {"g": (40, 160), "h": (12, 88), "small": (3, 20)}
    of_state = State(outcome={"g": 400, "h": 200, "small": 60}, enrolled={"g": 4000, "h": 3000, "small": 1000})
    told = compare_all([counted(counts)], seed=1, draws=FEW, state=of_state)
    # g: the others have 15 of 123, enough; small has 3, below the minimum of 10 with the outcome; h: the others have 43 of 223
    assert values(told, "risk_ratio") == pytest.approx({"g": (40 / 200) / (15 / 123), "h": (12 / 100) / (43 / 223), "small": None})
    assert values(told, "alternate_risk_ratio") == {"g": None, "h": None, "small": None}
    few = {"g": (40, 160), "h": (3, 88), "small": (3, 20)}
    told = compare_all([counted(few)], seed=1, draws=FEW, state=of_state)
    assert values(told, "risk_ratio")["g"] is None  # the others have 6 of 114
    assert values(told, "alternate_risk_ratio")["g"] == pytest.approx((40 / 200) / (260 / 4000))
    # the State's other children are all of them, also those of a group that the LEA has not
    wider = State(outcome=of_state.outcome | {"elsewhere": 40}, enrolled=of_state.enrolled | {"elsewhere": 2000})
    told = compare_all([counted(few)], seed=1, draws=FEW, state=wider)
    assert values(told, "alternate_risk_ratio")["g"] == pytest.approx((40 / 200) / (300 / 6000))


def probabilities(n, seed, gap=0.0):
    rng = np.random.default_rng(seed)
    truth, group = rng.integers(0, 2, n).astype(float), np.arange(n) % 2
    skill = 0.35 - gap * group
    return truth, np.clip(np.round(0.3 + skill * truth + rng.normal(0, 0.2, n), 2), 0, 1), np.array(["ref", "g"])[group]


def test_abroca_is_the_area_between_scikit_learns_curves():
    truth, score, labels = probabilities(200, 2)
    one = estimates(compare_all([of_labels(labels, value=score, truth=truth, reference="ref")], seed=1, draws=FEW), "abroca")["g", "ref"]
    curves = [roc_curve(truth[labels == g], score[labels == g], drop_intermediate=False)[:2] for g in ("g", "ref")]
    at = np.linspace(0, 1, 400_001)
    area = integrate.trapezoid(np.abs(np.interp(at, *curves[0]) - np.interp(at, *curves[1])), at)
    assert one.estimate == pytest.approx(area, abs=1e-4)
    assert one.low <= one.estimate <= one.high


@pytest.mark.parametrize("design", ["matched", "sampled"])
def test_abrocas_permutation_finds_a_gap_in_ranking_and_none_where_there_is_none(design):
    found = []
    for gap in (0.0, 0.35):
        truth, score, labels = probabilities(240, 3, gap)
        columns = {"item": np.arange(240) // 2, "truth": np.repeat(truth[::2], 2)} if design == "matched" else {"truth": truth}
        if design == "matched":
            rng = np.random.default_rng(4)
            score = np.clip(0.3 + (0.35 - gap * (labels == "g")) * columns["truth"] + rng.normal(0, 0.2, 240), 0, 1)
        table = of_labels(labels, value=score, reference="ref", design=design, **columns)
        found.append(estimates(compare_all([table], seed=1, draws=FEW), "abroca")["g", "ref"].p_value)
    assert found[0] > 0.05
    assert found[1] <= 0.01


def test_rows_of_one_cluster_in_several_groups_leave_abroca_untested():
    truth, score, labels = probabilities(80, 5)
    table = of_labels(labels, value=score, truth=truth, reference="ref", cluster=np.arange(80) // 4, item=np.arange(80))
    one = estimates(compare_all([table], seed=1, draws=FEW), "abroca")["g", "ref"]
    assert one.p_value is None
    assert one.low < one.estimate < one.high


def of_frame(table):
    statistic = statistics_for(table.set, table.measure, table.unit, table.readings)[0]
    return frame(table, statistic, "a", np.arange(len(table.readings.weight)))


def test_variance_between_groups_of_single_people_is_lums():
    labels = np.repeat(["g", "h", "ref"], [10, 20, 30])
    value = np.concatenate([np.arange(10) < 3, np.arange(20) < 10, np.arange(30) < 6]).astype(float)
    rates, n = np.array([0.3, 0.5, 0.2]), np.array([10, 20, 30])
    spread = between(of_frame(of_labels(labels, value=value, measure="decision")))
    assert spread.variance == pytest.approx(rates.var(ddof=1) - (rates * (1 - rates) / (n - 1)).mean(), abs=1e-12)
    row = next(o for o in compare_all([of_labels(labels, value=value, measure="decision")], seed=1, draws=FEW).omnibus)
    assert (row.value, row.highest, row.lowest) == (pytest.approx(0.3), "h", "ref")
    assert row.between_sd == pytest.approx(max(0, spread.variance) ** 0.5, abs=1e-12)


def test_what_the_guises_of_an_item_share_is_no_noise_between_groups():
    rng = np.random.default_rng(6)
    found = []
    for _ in range(300):
        value = (rng.normal(0, 3, 20)[:, None] + rng.normal(0, 1, (20, 3)) + [0.0, 0.0, 0.9]).ravel()
        table = of_labels(np.tile(["g", "h", "ref"], 20), value=value, item=np.repeat(np.arange(20), 3), design="matched")
        found.append(between(of_frame(table)).variance)
    true = np.array([0, 0, 0.9]).var(ddof=1)
    assert np.mean(found) == pytest.approx(true, abs=4 * np.std(found) / 300**0.5)
    assert np.std(found) / 300**0.5 < 0.02
