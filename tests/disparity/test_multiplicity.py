"""Adjusted p-values, against statsmodels."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from audit.disparity.multiplicity import benjamini_hochberg, holm

p_values = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=40)


@settings(max_examples=200, deadline=None)
@given(p_values)
def test_holm_equals_statsmodels(ps):
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1], abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(p_values)
def test_benjamini_hochberg_equals_statsmodels(ps):
    assert benjamini_hochberg(ps) == pytest.approx(multipletests(ps, method="fdr_bh")[1], abs=1e-12)


def test_an_empty_family_has_no_p_values():
    assert holm([]) == []
    assert benjamini_hochberg([]) == []
