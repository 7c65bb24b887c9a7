"""The interval picture: what is drawn where."""

import msgspec
import pytest

from audit.report.picture import picture
from tests.disparity.tables import a_set
from tests.test_verdicts import verdict


def drawn(**changes):
    return picture([msgspec.structs.replace(verdict(), **changes)], a_set(), "axis")


def test_zero_lies_in_the_middle_and_the_margin_around_it():
    p = drawn()
    assert p.zero == pytest.approx((p.left + p.right) / 2)
    assert p.margin[0] + p.margin[1] == pytest.approx(2 * p.zero)


def test_an_interval_is_drawn_to_scale():
    p = drawn(estimate=0.05, low=0.0, high=0.1, low90=0.02, high90=0.08)
    bar = p.bars[0]
    assert bar.low == pytest.approx(p.zero)
    assert bar.high - bar.low == pytest.approx(2 * (bar.point - bar.low), abs=0.2)
    assert p.margin[1] - p.zero == pytest.approx(bar.point - bar.low, abs=0.2)


def test_a_share_never_reaches_beyond_100_points():
    p = drawn(estimate=0.5, low=-0.9, high=1.9)
    assert p.bars[0].cut_high
    assert p.bars[0].high == pytest.approx(p.right)
    assert p.ticks[-1][1] == "+100.0"


def test_what_cannot_be_drawn_is_not():
    assert drawn(estimate=None, low=None, high=None) is None


def test_the_picture_says_in_words_what_it_shows():
    assert drawn().alt == "g: within the margin"
