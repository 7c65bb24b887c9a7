"""Where the shapes of the pictures lie; every place worked out by hand."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from audit.records import MarginRange, ScoreRange
from audit.report.pictures import (
    ToolGroup,
    ToolValue,
    coverage_figure,
    intervals_figure,
    rates_figure,
    sensitivity_figure,
    tools_figure,
    words_figure,
)
from audit.report.pictures.scale import difference_scale, value_scale
from audit.report.pictures.svg import num, patterned, text_width, wrap
from tests.report.test_pictures import (
    NS,
    W,
    a_difference,
    a_finding,
    a_gap,
    a_sensitivity,
    a_value,
    a_word,
    an_indicator,
    of_groups,
    texts,
)


def shapes(figure, tag, kind):
    return [e for e in ET.fromstring(figure.svg).findall(NS + tag) if kind in e.get("class").split()]


def ends(lines, width):
    return [(float(e.get("x1")), float(e.get("x2"))) for e in lines if e.get("stroke-width") == width]


def test_an_interval_is_drawn_to_scale_around_zero_in_the_middle():
    """The axis runs from -10 points at 218 px to +10 points at 580 px: 18.1 px a point, zero at 399 px."""
    row = a_gap(group="g0", estimate=0.05, low=0.0, high=0.1, low90=0.02, high90=0.08, margin=0.05)
    figure = intervals_figure([row], of_groups("A"), W, "t")
    assert (399.0, 580.0) in ends(shapes(figure, "line", "s-gap"), "1.5")
    assert ends(shapes(figure, "line", "s-gap"), "5") == [(435.2, 543.8)]
    diamond = shapes(figure, "polygon", "f-gap")[0].get("points").split()
    assert [float(corner.split(",")[0]) for corner in diamond] == [489.5, 496.5, 489.5, 482.5]
    band = shapes(figure, "rect", "f-band")[0]
    assert (float(band.get("x")), float(band.get("width"))) == (308.5, 181.0)
    assert [t.text for t in texts(figure) if t.text[-1].isdigit()] == ["-10", "-5", "0", "+5", "+10"]


def test_an_outcome_is_told_by_shape_and_by_words():
    drawn = {}
    for outcome in ("gap_found", "within_margin", "inconclusive", "not_assessed"):
        figure = intervals_figure([a_gap(group="g0", outcome=outcome, certain=False)], of_groups("A"), W, "t")
        diamond, full = shapes(figure, "polygon", "f-gap"), shapes(figure, "circle", "f-within")
        hollow, square = shapes(figure, "circle", "f-paper"), shapes(figure, "rect", "f-paper")
        drawn[outcome] = (len(diamond), len(full), len(hollow), len(square), texts(figure)[2].text)
    assert drawn == {
        "gap_found": (2, 0, 0, 0, "beyond the margin"), "within_margin": (0, 2, 0, 0, "within the margin"),
        "inconclusive": (0, 0, 2, 0, "not enough evidence"), "not_assessed": (0, 0, 0, 2, "not assessed"),
    }


def test_an_exploratory_row_is_described_and_not_judged():
    assert "described, not judged" in intervals_figure([a_gap(group="g0", outcome="not_assessed", family="exploratory")], of_groups("A"), W, "t").alt


def test_one_wide_interval_is_cut_with_arrows_and_does_not_squeeze_the_others():
    usual = [a_gap(group="g0", outcome="inconclusive", estimate=0.0, low=-0.1, high=0.1) for _ in range(4)]
    wide = a_gap(group="g1", outcome="inconclusive", estimate=0.0, low=-0.95, high=0.95)
    figure = intervals_figure([*usual, wide], of_groups("A", "B"), W, "t")
    arrows = shapes(figure, "polygon", "f-open")
    assert [a.get("points").split(",")[0] for a in arrows] == ["210", "588"]
    assert "+30" in [t.text for t in texts(figure)]
    assert figure.caption.endswith("An arrow: the line goes on.")
    assert "-95.0 to +95.0" in figure.alt


def test_an_open_end_is_an_arrow_at_the_axis_end():
    figure = intervals_figure([a_gap(group="g0", low=None)], of_groups("A"), W, "t")
    assert "95% interval no limit to +19.0" in figure.alt
    assert [p.get("points").split(",")[0] for p in shapes(figure, "polygon", "f-gap") if len(p.get("points").split()) == 3] == ["210"]


def test_a_share_never_reaches_beyond_100_points():
    scale = difference_scale([(0.5, -0.9, 1.9)], 0.05, "share", 0, 100)
    assert (scale.low, scale.high) == (-1.0, 1.0)
    assert scale.above(1.9)


def test_ratios_lie_on_a_logarithmic_axis_around_one():
    """The axis runs from 1/4 to 4: 0.5 is a quarter of the way, 1 half, 2 three quarters."""
    scale = difference_scale([(2.0, 0.3, 3.5)], 0.8, "ratio", 0, 100)
    assert [scale.x(v) for v in (0.25, 0.5, 1, 2, 4, 0, -1, 9)] == pytest.approx([0, 25, 50, 75, 100, 0, 0, 100])
    assert [label for _, label in scale.ticks] == ["0.25", "0.5", "1", "2", "4"]


@pytest.mark.parametrize(("values", "share", "labels"), [
    ([0.12, 0.31], True, ["0%", "10%", "20%", "30%", "40%"]),
    ([0.0], True, ["0%", "0.2%", "0.4%", "0.6%", "0.8%", "1%"]),
    ([0.9, 1.0], True, ["0%", "20%", "40%", "60%", "80%", "100%"]),
    ([2.7, 3.3], False, ["2.6", "2.8", "3", "3.2", "3.4"]),
    ([-1.0, 1.0], False, ["-1", "-0.5", "0", "0.5", "1"]),
])
def test_ticks_are_numbers_that_read_well(values, share, labels):
    assert [label for _, label in value_scale(values, share=share, left=0, right=400).ticks] == labels


def test_a_rate_lies_where_its_axis_says():
    """0 to 40% between 218 and 580 px: 25% lies at 218 + 362 * 0.625 = 444.25."""
    figure = rates_figure([a_value("ref", 0.1), a_value("g0", 0.25, 0.2, 0.31)], of_groups("A"), "share", W, "t")
    assert [float(c.get("cx")) for c in shapes(figure, "circle", "f-side")] == [444.2]
    assert (399.0, 498.5) in ends(shapes(figure, "line", "s-side"), "1.5")
    assert figure.alt.endswith("Reference (reference): 10.0%. A: 25.0% (20.0% to 31.0%).")


def test_a_word_has_a_bar_on_each_side_in_proportion():
    """The most, 44 replies, is 220 px: 5 px a reply, from 290 leftwards and from 470 rightwards."""
    figure = words_figure(a_difference(a_word("grammar", -2.9, 10, 44, 22), a_word("effort", 3.2, 33, 18, 19)), of_groups("A"), W, "t")
    right = [(float(r.get("x")), float(r.get("width"))) for r in shapes(figure, "rect", "f-side")]
    left = [(float(r.get("x")), float(r.get("width"))) for r in shapes(figure, "rect", "s-axis")]
    assert right == [(470, 165), (470, 50)]
    assert left == [(200, 90), (70, 220)]
    assert "“effort”: 33 replies for A, 18 for Reference, in 19 items." in figure.alt


def test_a_coverage_bar_counts_what_does_not_fit_together_apart_from_what_is_open():
    """30 questions on 499 px from 1 on: 20 met, 6 not met, 1 that does not fit together, 3 open."""
    found = [a_finding(), a_finding(assurance="measured"), a_finding(indicator="usable"), a_finding(outcome="met")]
    figure = coverage_figure({"safe": an_indicator()}, W, "t", found)
    bars = [r for r in ET.fromstring(figure.svg).findall(f"{NS}rect") if r.get("height") == "18" and r.get("stroke") and float(r.get("x")) < 500]
    assert [float(r.get("width")) for r in bars] == pytest.approx([499 * n / 30 for n in (20, 6, 1, 3)], abs=0.05)
    assert [float(r.get("x")) for r in bars] == pytest.approx([1 + 499 * n / 30 for n in (0, 20, 26, 27)], abs=0.05)
    assert figure.alt == ("Safe: 72.3 of 100; met: 20; not met: 6; does not fit together: 1; open: 3; answered, by weight: 93%; "
                          "backed by: 12 claimed, 1 certified, 2 measured in this audit.")


def test_an_indicator_without_a_score_says_so_and_not_zero():
    figure = coverage_figure({"safe": an_indicator(score=None, assurance={})}, W, "t")
    assert "Safe: score not shown;" in figure.alt
    assert "backed by: nothing yet." in figure.alt
    assert "score not shown" in [t.text for t in texts(figure)]


def test_the_segments_of_the_strip_fill_it_and_the_policys_own_margin_is_marked():
    """0.5 to 2 on 10 to 750 px: 0.9 lies at 10 + 740 * 0.4 / 1.5 = 207.3, and 1 at 256.7."""
    s = a_sensitivity(scores=(), margins=(MarginRange(0.5, 0.9, "do_not_approve"), MarginRange(0.9, 2.0, "approve")))
    figure = sensitivity_figure(s, {}, W, "t")
    strip = [r for r in ET.fromstring(figure.svg).findall(f"{NS}rect") if r.get("height") == "26" and r.get("stroke")]
    assert [(float(r.get("x")), float(r.get("width"))) for r in strip] == [(10, 197.3), (207.3, 542.7)]
    assert ends(shapes(figure, "line", "s-ink"), "2.5") == [(256.7, 256.7)]
    assert figure.alt == ("The decision, were every margin so many times the policy's: Do not approve, from 0.5 to 0.9 times. "
                          "Approve, from 0.9 to 2 times.")


def test_a_margin_range_without_an_end_is_drawn_and_said():
    s = a_sensitivity(scores=(), margins=(MarginRange(0.0, 1.5, "pilot"), MarginRange(1.5, float("inf"), "approve")))
    assert "Approve, from 1.5 times up." in sensitivity_figure(s, {}, W, "t").alt


def test_a_score_range_and_its_bands_lie_on_an_axis_from_0_to_100():
    """3.62 px a point from 218 on: 61 at 438.8, 80.2 at 508.3, the band from 50 at 399."""
    s = a_sensitivity(scores=(ScoreRange("safe", 72.3, 61.0, 80.2),), margins=())
    figure = sensitivity_figure(s, {"safe": "Safe"}, W, "t", [(50, "good")])
    assert ends(shapes(figure, "line", "s-side"), "5") == [(438.8, 508.3)]
    assert ends(shapes(figure, "line", "s-edge"), "1.5") == [(399.0, 399.0)]
    assert figure.alt == "Scores, with weights up to 2 times larger or smaller. Safe: 72.3 (61.0 to 80.2). From 50: good."


def test_tied_tools_share_a_bracket_with_a_foot_at_each():
    values = tuple(ToolValue(t, "", 0.01, -0.1, 0.1, "inconclusive") for t in "abc")
    figure = tools_figure([ToolGroup("h", values, (("a", "c"), ("b",)), 0.05)], "share", W, "t")
    bracket = shapes(figure, "line", "s-ink")
    assert len(bracket) == 3
    assert float(bracket[0].get("y2")) - float(bracket[0].get("y1")) == 60
    assert "tied" in [t.text for t in texts(figure)]
    assert "Tied: a, c." in figure.alt
    assert "Tied: b" not in figure.alt


def test_without_a_tie_nobody_is_called_tied():
    figure = tools_figure([ToolGroup("h", (ToolValue("a", "", 0.01, -0.1, 0.1, "met"),))], "sd", W, "t")
    assert "tied" not in [t.text for t in texts(figure)]


def test_wrapped_lines_fit_and_keep_every_word_while_there_is_room():
    words = "American Indian or Alaska Native students"
    lines = wrap(words, 120, most=5)
    assert " ".join(lines) == words
    assert all(text_width(line) <= 120 for line in lines)
    assert wrap(words, 120, most=2)[-1].endswith("…")
    assert all(text_width(line) <= 100 for line in wrap("W" * 200, 100, most=3))
    assert wrap("", 100) == ()


def test_the_estimate_of_a_width_is_seldom_less_than_a_common_faces():
    """DejaVu Sans is wider than Arial, Helvetica and Liberation Sans."""
    font = pytest.importorskip("PIL.ImageFont")
    try:
        face = font.truetype("DejaVuSans.ttf", 100)
    except OSError:
        pytest.skip("DejaVu Sans is not installed here")
    for words in ("not enough evidence", "Hispanic or Latino", "American Indian or Alaska Native", "+12.3 (-4.0 to +5.0)", "más bajo que el grupo"):
        assert text_width(words, 100) >= 0.97 * face.getlength(words)


def test_places_are_written_to_a_tenth_without_a_minus_zero():
    assert [num(v) for v in (-0.01, 0.05001, 12.34, 400.0, 1e6)] == ["0", "0.1", "12.3", "400", "0"]


def test_segments_that_are_too_narrow_for_a_number_are_still_in_the_key():
    margins = tuple(MarginRange(0.5 + 0.01 * i, 0.51 + 0.01 * i, ("pilot", "approve")[i % 2]) for i in range(20))
    figure = sensitivity_figure(a_sensitivity(scores=(), margins=(*margins, MarginRange(0.7, 9.0, "pilot"))), {}, W, "t")
    keys = [t.text for t in texts(figure) if t.text[0].isdigit() and ": " in t.text]
    assert len(keys) == 21
    numbers = [float(t.get("x")) for t in texts(figure) if t.get("font-weight") and t.text.isdigit()]
    assert all(b - a > 8 for a, b in itertools.pairwise(numbers))


def test_each_margin_has_its_own_band_and_one_margin_has_one():
    rows = [a_gap(group="g0", margin=0.05), a_gap(group="g1", margin=0.05), a_gap(group="g2", margin=0.1)]
    figure = intervals_figure(rows, of_groups("A", "B", "C"), W, "t")
    assert [float(r.get("height")) for r in shapes(figure, "rect", "f-band")] == [88, 44]
    assert figure.alt.count("Its margin: -5.0 to +5.0.") == 2


def test_stripes_end_at_the_sides_of_their_rectangle():
    """A pattern is drawn line by line: none may stick out of 10 to 40 by 5 to 15 px."""
    for pattern in ("crossed", "striped", "dotted"):
        root = ET.fromstring(f'<svg xmlns="{NS[1:-1]}">{patterned(10, 5, 30, 10, "gap", pattern)}</svg>')
        for path in root.findall(f"{NS}path"):
            starts = [tuple(map(float, pair.split())) for pair in re.findall(r"[ML]([\d.]+ [\d.]+)", path.get("d"))]
            assert starts
            assert all(10 <= x <= 40 and 5 <= y <= 15 for x, y in starts)
