"""The promises, in short: a few stand-ins of benchmarks/calibration.py, with tolerances that chance allows.

The full run is `python benchmarks/calibration.py`. Bounds: the 99.9% point of a binomial at the promise.
"""

import importlib.util
from pathlib import Path

import msgspec
import pytest
from scipy import stats

AUDITS = 60
_spec = importlib.util.spec_from_file_location("calibration", Path(__file__).parents[2] / "benchmarks" / "calibration.py")
calibration = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(calibration)

CELLS = [
    calibration.Cell("matched", "decision", 60, 4, 0.5, 0.2, 1.0),
    calibration.Cell("matched", "decision", 60, 3, 0.5, 0.02, 0.0),
    calibration.Cell("matched", "score", 30, 4, 0.5, shared=1.0),
    calibration.Cell("sampled", "decision", 60, 3, 0.5, 0.2, 0.0),
]


def audits(cell):
    return [calibration.one_audit((cell, seed)) for seed in range(AUDITS)]


def at_most(share):
    return stats.binom.ppf(0.999, AUDITS, share)


@pytest.mark.parametrize("cell", CELLS)
def test_a_fair_tool_is_accused_in_at_most_5_percent_of_audits(cell):
    assert sum(accused for accused, *_ in audits(cell)) <= at_most(0.05)


@pytest.mark.parametrize("cell", CELLS)
def test_a_tool_with_its_gap_at_the_margin_is_cleared_in_at_most_5_percent_of_audits(cell):
    assert sum(cleared for _, cleared, *_ in audits(calibration.at_the_margin(cell))) <= at_most(0.05)


@pytest.mark.parametrize("cell", [CELLS[0], CELLS[3]])
def test_a_large_gap_is_found_in_nearly_every_audit(cell):
    assert sum(found for found, *_ in audits(msgspec.structs.replace(cell, gap=0.45))) >= 0.95 * AUDITS
