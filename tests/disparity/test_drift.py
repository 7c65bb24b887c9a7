"""Whether a tool stayed the same while it was asked."""

import random
from statistics import fmean

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from audit.disparity import find_drift
from audit.records import Measurement


def readings(*, items=24, repeats=3, moves=0.0, noise=1.0, seed=1, decision=False, measure="score"):
    """Readings in random order of time: the value has an item's level, noise, and `moves` from the first to the last."""
    rng = random.Random(seed)
    order = [(i, g, r) for i in range(items) for g in "ab" for r in range(repeats)]
    rng.shuffle(order)
    read, came = [], {}
    for place, (i, g, r) in enumerate(order):
        probe, time = f"p{i}{g}{r}", place / (len(order) - 1)
        value = i % 5 + rng.gauss(0, noise) + moves * time
        read.append(Measurement(probe, "s", f"i{i}", f"i{i}", {"x": g}, measure, float(value > 2) if decision else value, None, None))
        came[probe] = f"2026-11-22T10:{place // 60:02}:{place % 60:02}.000Z"
    return read, came


def test_a_tool_that_stays_the_same_is_rarely_said_to_move():
    shifted = sum(find_drift(*readings(seed=s), {}, 1).shifts[0].outcome == "shifted" for s in range(80))
    assert shifted <= 10   # 4 expected at 5%; P(more than 10) < 0.003


def test_a_shift_is_found_with_its_size_and_its_sign():
    found = [find_drift(*readings(moves=-1.5, seed=s), {}, 1).shifts[0] for s in range(15)]
    assert all(f.outcome == "shifted" for f in found)
    assert fmean(f.change for f in found) == pytest.approx(-1.5, abs=0.2)
    assert sum(f.low <= -1.5 <= f.high for f in found) >= 12


def test_the_slope_and_its_error_are_those_of_a_regression_with_an_effect_for_each_prompt():
    """statsmodels: OLS with a dummy for each prompt; its clustered errors, without its correction for the number of parameters."""
    read, came = readings(items=12, moves=0.8)
    order = {p: n / (len(came) - 1) for n, p in enumerate(sorted(came, key=came.get))}
    table = {"y": [m.value for m in read], "t": [order[m.probe] for m in read], "p": [f"{m.item}{m.groups['x']}" for m in read]}
    codes = np.unique([m.item for m in read], return_inverse=True)[1]
    fitted = smf.ols("y ~ t + C(p)", pd.DataFrame(table)).fit(cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False})
    shift = find_drift(read, came, {}, 1).shifts[0]
    assert shift.change == pytest.approx(fitted.params["t"], rel=1e-9)
    half = 2.2009851600916384 * fitted.bse["t"] * np.sqrt(12 / 11)   # t of 11 degrees of freedom, 0.975 (published tables: 2.201)
    assert (shift.high - shift.low) / 2 == pytest.approx(half, rel=1e-6)


def test_the_normal_law_agrees_with_exchanging(monkeypatch):
    read, came = readings(items=40, moves=0.5)
    exchanged = find_drift(read, came, {}, 1).shifts[0].p_value
    monkeypatch.setattr("audit.disparity.drift._MANY", 10)
    assert find_drift(read, came, {}, 1).shifts[0].p_value == pytest.approx(exchanged, abs=0.015)


def test_without_repeats_the_prompts_of_a_guise_stand_for_each_other():
    still, moved = (find_drift(*readings(items=120, repeats=1, moves=m, noise=0.5), {}, 1).shifts[0] for m in (0.0, 3.0))
    assert (still.outcome, moved.outcome) == ("not_shown", "shifted")


def test_a_tool_that_never_varies_does_not_move():
    read, came = readings()
    same = [Measurement(m.probe, m.set, m.item, m.cluster, m.groups, m.measure, 3.0, None, None) for m in read]
    shift = find_drift(same, came, {}, 1).shifts[0]
    assert (shift.change, shift.p_value, shift.outcome) == (0.0, 1.0, "not_shown")


@pytest.mark.parametrize("items", [0, 1, 9])
def test_of_too_few_items_nothing_is_said(items):
    read, came = readings(items=items) if items else ([], {})
    assert all(s.outcome == "not_assessed" and s.change is None for s in find_drift(read, came, {}, 1).shifts)


def test_a_version_that_changes_in_mid_run_is_said_with_its_times_and_what_moved():
    read, came = readings(moves=0.0, noise=0.3)
    late = {p for p, at in came.items() if at >= "2026-11-22T10:01:30"}
    changed = [Measurement(m.probe, m.set, m.item, m.cluster, m.groups, m.measure, m.value + 1.0 * (m.probe in late), None, None) for m in read]
    found = find_drift(changed, came, {p: "m-2" if p in late else "m-1" for p in came}, 1)
    assert [(v.version, v.replies) for v in found.versions] == [("m-1", 90), ("m-2", 54)]
    by_version = next(s for s in found.shifts if s.over == "version")
    assert by_version.outcome == "shifted"
    assert by_version.low <= 1.0 <= by_version.high
    assert "name 2 versions" in found.sentences[0]
    assert "m-1 in 90 replies, 2026-11-22T10:00:00.000Z to 2026-11-22T10:01:29.000Z" in found.sentences[0]
    assert any("from m-1 to m-2" in s for s in found.sentences)


def test_one_version_is_nothing_to_say():
    read, came = readings()
    found = find_drift(read, came, dict.fromkeys(came, "m-1"), 1)
    assert (len(found.versions), found.sentences) == (1, ())


def test_all_tests_of_a_run_are_adjusted_together():
    one, came = readings(moves=0.35)
    more = [Measurement(m.probe, m.set, m.item, m.cluster, m.groups, f"other-{n}", random.Random(n * 1000 + k).gauss(0, 1), None, None)
            for n in range(20) for k, m in enumerate(one)]
    alone, among = find_drift(one, came, {}, 1).shifts[0], find_drift([*one, *more], came, {}, 1)
    same = next(s for s in among.shifts if s.measure == "score")
    assert alone.p_adjusted == alone.p_value
    assert same.p_adjusted >= min(1.0, 10 * same.p_value)
