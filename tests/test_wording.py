"""Sentences: probes have replies and base items, rows of a table have outcomes and items; what only describes is not judged."""

import msgspec
import pytest

from audit.policy import read_policy
from audit.records import Attribute, Omnibus
from audit.suppression.hide import _COUNTED, _uncounted
from audit.verdicts import judge
from audit.wording import amount, attribute_sentence, omnibus_sentence, statistic_phrase
from tests.disparity.tables import a_set
from tests.test_verdicts import a_comparison

POLICY = read_policy(None)[0]
PROBES = a_set()
TABLE = msgspec.structs.replace(PROBES, edition="")


def sentence(of=TABLE, **changes):
    return judge([a_comparison(**changes)], POLICY, {"s": of})[0].because


OPEN = {"low90": -0.09, "high90": 0.09}


@pytest.mark.parametrize(("of", "items", "replies"), [(PROBES, "base items", "replies"), (TABLE, "items", "outcomes")])
def test_a_tables_rows_are_no_probes(of, items, replies):
    assert f" {items} to settle it." in sentence(of, **OPEN)
    assert f"9 independent {items}, and at least 10 are needed" in sentence(of, items=9)
    assert f"2 missing {replies} are counted apart." in sentence(of, missing=2, worst_low=-0.005, worst_high=0.005, low90=-0.02, high90=0.02)
    assert statistic_phrase("missing_rate", of, "decision") == f"rate of missing {replies}"


def test_one_missing_outcome_is_one():
    bounds = {"worst_low": -0.005, "worst_high": 0.005, "low90": -0.02, "high90": 0.02}
    assert sentence(missing=1, **bounds).endswith("1 missing outcome is counted apart.")
    assert sentence(PROBES, missing=1, **bounds).endswith("1 missing reply is counted apart.")
    assert "because the 1 missing outcome could have changed the verdict" in sentence(missing=1)


@pytest.mark.parametrize(("of", "missing"), [(PROBES, 1), (PROBES, 7), (TABLE, 1), (TABLE, 7), (TABLE, 1_234)])
@pytest.mark.parametrize("bounds", [{"worst_low": -0.005, "worst_high": 0.005, "low90": -0.02, "high90": 0.02}, {}])
def test_a_hidden_number_of_missing_ones_is_taken_out_of_every_such_sentence(of, missing, bounds):
    said = sentence(of, missing=missing, **bounds)
    left = _COUNTED.sub(_uncounted, said)
    assert f"{missing:,} " in said
    assert f"{missing:,} " not in left
    what = "replies" if of is PROBES else "outcomes"
    assert f"Missing {what} are counted apart." in left or f"the missing {what} could have changed" in left


def test_what_has_no_margin_is_described_and_not_said_to_be_the_same_everywhere():
    described = {"family": "exploratory", "statistic": "qwk_difference", "unit": "kappa", "estimate": 0.05, "low": -0.1, "high": 0.2}
    assert sentence(**described).endswith("(quadratic weighted kappa) differs by +0.05 (95% interval -0.1 to +0.2); described, not judged.")
    nothing = described | {"estimate": None, "low": None, "high": None}
    assert sentence(**nothing).endswith("cannot be worked out from these data.")
    area = described | {"statistic": "abroca", "unit": "abroca", "low": 0.01}
    assert "(ABROCA) is 0.05 (95% interval 0.01 to 0.2); described" in sentence(**area)


def test_where_only_the_sd_is_open_the_sentence_says_so():
    score = {"statistic": "mean_difference", "unit": "points", "scale_sd": 1.0, "low90": -0.08, "high90": 0.08, "standard_error": 0.048}
    assert sentence(**score).endswith("(90% interval -0.08 to +0.08); the difference is smaller than the margin of 0.1 points.")
    assert "(90% interval -0.08 to +0.08): not enough evidence, because the SD that the margin of 0.1 points is a part of is not known" in (
        said := sentence(**score, scale_sd_error=0.5)
    )
    assert said.endswith(" items to settle it.")
    inside_of_a_ratio = {"statistic": "selection_rate_ratio", "unit": "ratio", "estimate": 0.75, "low": 0.6, "high": 0.9, "low90": 0.7, "high90": 0.79}
    assert "the SD" not in sentence(**inside_of_a_ratio)


def test_only_where_nothing_varies_every_outcome_is_said_to_be_the_same():
    same = {"statistic": "mean_difference", "unit": "points", "estimate": 0.0, "scale_sd": None}
    assert sentence(**same).endswith("cannot be judged: every outcome is the same.")
    assert sentence(PROBES, **same).endswith("cannot be judged: the tool gave the same answer to everything.")


def test_a_ratio_is_said_with_both_ends_of_its_margin():
    ratio = {"statistic": "selection_rate_ratio", "unit": "ratio", "p_adjusted": 0.001}
    gap = sentence(**ratio, estimate=0.5, low=0.4, high=0.62, low90=0.42, high90=0.6)
    assert gap.endswith("as a ratio is 0.50 (95% interval 0.40 to 0.62), wholly beyond the margin of 0.8 to 1.25.")
    inside = sentence(**ratio, estimate=1.0, low=0.9, high=1.1, low90=0.95, high90=1.06)
    assert inside.endswith("(90% interval 0.95 to 1.06); the ratio is within the margin of 0.8 to 1.25.")


@pytest.mark.parametrize("statistic", [
    "selection_rate_difference", "true_positive_rate_difference", "accuracy_difference", "mean_absolute_error_difference", "qwk_difference",
    "dsm_difference", "auc_difference", "abroca", "standardized_mean_difference", "osa", "osd", "csd", "impact_ratio", "risk_ratio",
    "alternate_risk_ratio", "scoring_rate", "human_mean_error_difference", "mean_error_beyond_human_difference", "qwk_beyond_human_difference",
])
def test_every_statistic_has_words(statistic):
    phrase = statistic_phrase(statistic, TABLE, "score")
    assert "_" not in phrase
    assert "{" not in phrase


def test_all_groups_alike_says_p_and_how_far_apart_they_lie():
    one = msgspec.structs.replace(TABLE, attributes={"a": Attribute(groups={"g": "Group G (x)", "h": "H"})})
    o = Omnibus(
        set="s", by={}, measure="decision", statistic="selection_rate_difference", attribute="a", groups=3, items=60, p_value=0.001,
        p_adjusted=0.003, value=0.12, highest="g", lowest="h", between_sd=0.041,
    )
    assert omnibus_sentence(o, "share", 4, one) == (
        "All groups alike? p = 0.0030, after adjustment for 4 such questions; largest minus smallest 12.0 percentage points "
        "(H to Group G; between-group SD, corrected for chance, 4.1)."
    )
    assert omnibus_sentence(msgspec.structs.replace(o, p_adjusted=None), "share", 4, one).startswith("All groups alike? not tested; largest")
    assert omnibus_sentence(msgspec.structs.replace(o, p_adjusted=None, value=None), "share", 4, one) == ""


def test_hidden_comparisons_are_said_to_be_hidden_and_their_items_are_not_counted():
    open_one = judge([a_comparison(**OPEN)], POLICY, {"s": TABLE})[0]
    hidden = msgspec.structs.replace(open_one, suppressed=True, outcome="not_assessed", estimate=None, items=12, items_needed=None)
    said = attribute_sentence("inconclusive", [open_one, hidden], TABLE, "a", title="race · year = 1")
    assert said.startswith("race · year = 1: not enough evidence either way. 1 of 2 comparisons are hidden. It would take about")
    assert said.endswith("(now 60).")
    assert "every comparison is hidden" in attribute_sentence("not_assessed", [hidden], TABLE, "a")


def test_units_read_as_words():
    assert [amount(0.1, unit) for unit in ("share", "sd", "points", "kappa", "ratio")] == ["10.0 percentage points", "0.1 SD", "0.1 points", "0.1", "0.1"]



@pytest.mark.parametrize(("control", "said"), [(-0.3, True), (-0.1, False), (0.4, False)])
def test_a_gap_says_when_the_control_moved_the_same_way(control, said):
    (gap,) = judge([a_comparison()], POLICY, {"s": TABLE})
    gap = msgspec.structs.replace(gap, estimate=-0.5, outcome="gap_found")
    beside = msgspec.structs.replace(gap, estimate=control, outcome="inconclusive", negative_control=True)
    sentence = attribute_sentence("gap_found", [gap, beside], TABLE, gap.attribute)
    assert ("which should not differ, moved the same way" in sentence) is said
