"""What every picture promises: well-formed and inert SVG, safe with any text, all numbers in words, no text on another."""

import itertools
import math
import re
import xml.etree.ElementTree as ET

import msgspec
import pytest

from audit.records import Attribute, CarryingWord, Finding, GroupValue, Indicator, MarginRange, ScoreRange, Sensitivity, TextDifference
from audit.report.pictures import (
    PICTURE_CSS,
    ToolGroup,
    ToolValue,
    coverage_figure,
    intervals_figure,
    rates_figure,
    sensitivity_figure,
    tools_figure,
    words_figure,
)
from audit.report.pictures.svg import KINDS, text_width
from audit.report.words import Words
from tests.disparity.tables import a_set
from tests.test_verdicts import verdict

W = Words("en")
NS = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>&\"'\u202e\x07 ]]> <b>"


class Longer(Words):
    """A language whose every word is half as long again, as Spanish can be."""

    def __init__(self):
        super().__init__("en")

    def __call__(self, sentence, /, **slots):
        return super().__call__(longer(sentence), **slots)

    def plural(self, one, many, number, /, **slots):
        return super().plural(longer(one), longer(many), number, **slots)


def longer(sentence):
    return re.sub(r"\{\w+\}|[A-Za-z]{4,}", lambda m: m[0] if m[0].startswith("{") else f"{m[0]}mente", sentence)


def a_gap(**changes):
    fields = {"estimate": 0.12, "low": 0.06, "high": 0.19, "low90": 0.08, "high90": 0.17, "margin": 0.05, "outcome": "gap_found", "certain": True}
    return msgspec.structs.replace(verdict(), **(fields | changes))


def of_groups(*names, controls=()):
    groups = {f"g{i}": name for i, name in enumerate(names)}
    return a_set(groups=(), attributes={"a": Attribute(groups=groups | {"ref": "Reference"}, reference="ref", negative_controls=controls)})


def a_value(group, value, low=None, high=None, *, suppressed=False):
    return GroupValue(
        set="s", by={}, attribute="a", group=group, measure="decision", statistic="selection_rate", value=value, low=low, high=high,
        n=10, items=10, missing=0, suppressed=suppressed,
    )


def a_difference(*words):
    return TextDifference(
        set="s", attribute="a", group="g0", reference="ref", design="matched", items=60, clusters=60, replies=120, told_apart=0.7,
        p_value=0.001, p_adjusted=0.01, outcome="differ", negative_control=False, words=words,
    )


def a_word(word="effort", z=3.0, group=33, reference=18, items=19):
    return CarryingWord(word=word, z=z, group=group, reference=reference, items=items)


def an_indicator(title="Safe", **changes):
    fields = {"score": 72.3, "coverage": 0.93, "assurance": {"claimed": 12, "certified": 1, "measured": 2}, "met": 20, "not_met": 6, "open": 4}
    return Indicator(title=title, **(fields | changes))


def a_finding(**changes):
    fields = {"criterion": "c", "indicator": "safe", "question": "", "outcome": "inconclusive", "because": "", "required": False, "weight": 1,
              "assurance": "supplied", "evidence": (), "remedy": ""}
    return Finding(**(fields | changes))


def a_sensitivity(**changes):
    fields = {
        "holds": False, "weight_factor": 2.0, "scores": (ScoreRange("safe", 72.3, 61.0, 80.2), ScoreRange("usable", None, None, None)),
        "status_by_weights": ("pilot",), "sentence": "",
        "margins": (MarginRange(0.5, 0.52, "insufficient_evidence"), MarginRange(0.52, 0.53, "do_not_approve"), MarginRange(0.53, 1.4, "pilot"),
                    MarginRange(1.4, 1.7, "approve_with_conditions"), MarginRange(1.7, 2.0, "approve")),
    }
    return Sensitivity(**(fields | changes))


def pictures(w=W, name="Group"):
    """One of each kind of picture, with `name` in every text that is not ours."""
    sets = of_groups(*(f"{name} {i}" for i in range(6)), controls=("g5",))
    outcomes = ("gap_found", "within_margin", "inconclusive", "not_assessed", "inconclusive", "inconclusive")
    rows = [a_gap(group=f"g{i}", outcome=o, negative_control=i == 5, estimate=None if i == 4 else 0.03 * i, by={"grade": name}) for i, o in enumerate(outcomes)]
    values = [a_value("ref", 0.1, 0.05, 0.2), a_value("g0", 0.3, 0.2, 0.4), a_value("g1", None), a_value("g2", None, 0.0, 0.3, suppressed=True)]
    indicators = {k: an_indicator(f"{name} {k}", score=s) for k, s in (("safe", 72.3), ("usable", None))}
    tools = tuple(ToolValue(f"{name} {i}", name, 0.04 * i, -0.1, 0.2, o) for i, o in enumerate(outcomes[:3]))
    big = of_groups(*(f"{name} {i}" for i in range(24)))
    return {
        "intervals": intervals_figure(rows, sets, w, name),
        "twenty": intervals_figure([a_gap(group=f"g{i}", unit="sd", estimate=0.01 * i) for i in range(24)], big, w, name),
        "ratio": intervals_figure([a_gap(unit="ratio", margin=0.8, group="g0", estimate=0.7, low=0.5, high=0.9, low90=0.6, high90=0.8)], sets, w, name),
        "rates": rates_figure(values, sets, "share", w, name),
        "means": rates_figure([a_value(f"g{i}", 1e6 + i, 1e6, 1e6 + 40) for i in range(24)], big, "points", w, name),
        "words": words_figure(a_difference(a_word(name, 3.0), a_word(f"{name}2", -2.0, 0, 41)), sets, w, name),
        "more words": words_figure(a_difference(*(a_word(f"{name}{i}", 12.5 - i) for i in range(25))), sets, w, name),
        "coverage": coverage_figure(indicators, w, name, [a_finding()]),
        "sensitivity": sensitivity_figure(a_sensitivity(), {"safe": name, "usable": name}, w, name, [(0, name), (60, name), (70, name)]),
        "tools": tools_figure([ToolGroup(name, tools, ((tools[0].tool, tools[1].tool), (tools[1].tool, tools[2].tool)), 0.05)], "share", w, name),
    }


EVERY = list(pictures())
CASES = {"plain": (W, "Group"), "long": (Longer(), "Estudiantes multilingües de origen hispanohablante"), "hostile": (W, HOSTILE),
         "unbroken": (Longer(), "W" * 80), "wide": (W, "漢字" * 20)}
DRAWN = {case: pictures(*how) for case, how in CASES.items()}


def box(t):
    """The corners of a text, by its width, anchor and size."""
    size, x, y = float(t.get("font-size")), float(t.get("x")), float(t.get("y"))
    wide = text_width(t.text or "", size, bold=t.get("font-weight") is not None)
    left = x - {"start": 0, "middle": wide / 2, "end": wide}[t.get("text-anchor", "start")]
    return left, y - 0.75 * size, left + wide, y + 0.22 * size


def texts(figure):
    return ET.fromstring(figure.svg).findall(f"{NS}text")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("which", EVERY)
def test_no_text_lies_on_another_or_leaves_the_picture(which, case):
    root = ET.fromstring(DRAWN[case][which].svg)
    width, height = (float(v) for v in root.get("viewBox").split()[2:])
    boxes = [(box(t), t.text) for t in root.iter(f"{NS}text")]
    for (left, top, right, bottom), words in boxes:
        assert left >= -0.5, words
        assert right <= width + 0.5, words
        assert top >= -0.5, words
        assert bottom <= height, words
    for (a, first), (b, second) in itertools.combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (first, second)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("which", EVERY)
def test_a_picture_is_well_formed_inert_and_760_wide(which, case):
    root = ET.fromstring(DRAWN[case][which].svg)
    assert root.get("viewBox").startswith("0 0 760 ")
    assert {e.tag.removeprefix(NS) for e in root.iter()} <= {"svg", "text", "line", "rect", "circle", "polygon", "path"}
    allowed = {"class", "fill", "stroke", "stroke-width", "stroke-dasharray", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy",
               "r", "points", "d", "font-size", "font-weight", "text-anchor", "viewBox", "role", "aria-label", "font-family"}
    assert {name for e in root.iter() for name in e.attrib} <= allowed
    assert not re.search(r"url\(|javascript|<!|<\?", DRAWN[case][which].svg.replace("http://www.w3.org/2000/svg", ""))


@pytest.mark.parametrize("which", EVERY)
def test_a_hostile_name_stays_text_and_loses_its_control_characters(which):
    figure = DRAWN["hostile"][which]
    for made in (figure.svg, figure.alt, figure.caption):
        assert "\u202e" not in made
        assert "\x07" not in made
    assert "<script" not in figure.svg
    assert "<b>" not in figure.svg
    assert "<script>" in figure.alt + figure.caption


@pytest.mark.parametrize("which", EVERY)
def test_the_accessible_name_of_a_picture_is_its_alt_text(which):
    figure = DRAWN["plain"][which]
    root = ET.fromstring(figure.svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == figure.alt
    assert figure.alt.endswith(".")


@pytest.mark.parametrize("which", EVERY)
def test_the_same_data_give_the_same_bytes(which):
    assert pictures()[which] == DRAWN["plain"][which]


@pytest.mark.parametrize("which", EVERY)
def test_every_shape_has_a_class_that_css_knows_and_a_color_for_paper(which):
    for e in ET.fromstring(DRAWN["plain"][which].svg):
        names = e.get("class").split()
        assert names
        for name in names:
            prefix, kind = name.split("-")
            assert e.get("fill" if prefix == "f" else "stroke") == KINDS[kind][0]
            assert f".{name}{{" in PICTURE_CSS


@pytest.mark.parametrize("which", ["intervals", "ratio", "rates", "words", "coverage", "sensitivity", "tools"])
def test_every_number_in_a_small_picture_stands_in_its_alt_text(which):
    figure = DRAWN["plain"][which]
    ticks = {t.text for t in texts(figure) if t.get("text-anchor") == "middle"}
    shown = {number for t in texts(figure) if t.text not in ticks for number in re.findall(r"\d+(?:\.\d+)?", t.text)}
    told = set(re.findall(r"\d+(?:\.\d+)?", figure.alt + figure.caption))
    keys = {"0", "1", "2", "3", "4", "5"}
    assert shown - told <= keys


def test_every_number_of_a_comparison_is_said():
    alt = intervals_figure([a_gap(group="g0")], of_groups("Group A"), W, "title").alt
    assert alt == ("Differences against Reference, percentage points. The shaded margin: -5.0 to +5.0. Group A: wholly beyond the margin. "
                   "Measured +12.0; 95% interval +6.0 to +19.0; 90% interval +8.0 to +17.0.")


def test_more_than_eight_groups_are_summed_up_with_every_name():
    rows = [a_gap(group=f"g{i}", estimate=0.1 + 0.01 * i, certain=False) for i in range(9)]
    alt = intervals_figure(rows, of_groups(*(f"Group {i}" for i in range(9))), W, "title").alt
    assert "Beyond the margin: 9 (Group 0, Group 1, " in alt
    assert "The largest: Group 8, +18.0, 95% interval +6.0 to +19.0." in alt


def test_of_more_than_twenty_groups_the_most_telling_are_drawn_and_the_rest_announced():
    rows = [a_gap(group=f"g{i}", outcome="within_margin", estimate=0.01) for i in range(23)] + [a_gap(group="g23")]
    figure = intervals_figure(rows, of_groups(*(f"Name{i}." for i in range(24))), W, "title")
    drawn = [t.text for t in texts(figure) if t.text.startswith("Name")]
    assert len(drawn) == 20
    assert "Name23." in drawn
    assert any(t.text == "4 more groups are in the table." for t in texts(figure))


def test_nothing_to_draw_gives_no_picture():
    sets = of_groups("A")
    assert intervals_figure([], sets, W, "") is None
    assert intervals_figure([a_gap(estimate=None)], sets, W, "") is None
    assert intervals_figure([a_gap(estimate=math.nan)], sets, W, "") is None
    assert rates_figure([], sets, "share", W, "") is None
    assert rates_figure([a_value("g0", None)], sets, "share", W, "") is None
    assert words_figure(a_difference(), sets, W, "") is None
    assert coverage_figure({}, W, "") is None
    assert coverage_figure({"safe": an_indicator(met=0, not_met=0, open=0)}, W, "") is None
    assert sensitivity_figure(a_sensitivity(scores=(), margins=()), {}, W, "") is None
    assert tools_figure([], "share", W, "") is None
    assert tools_figure([ToolGroup("h", (ToolValue("t", "", None, None, None, "not_assessed"),))], "share", W, "") is None


@pytest.mark.parametrize("unit", ["share", "sd", "points", "ratio", "abroca", "parsecs"])
@pytest.mark.parametrize("size", [0.0, 1e-12, 1e-5, 1.0, 1e9, 1e299, 1e308, math.inf, -math.inf, math.nan, None])
def test_absurd_numbers_are_drawn_within_the_picture(size, unit):
    sane = a_gap(group="g0", unit=unit)
    odd = [a_gap(group="g1", unit=unit, **{key: size}) for key in ("estimate", "low", "high", "low90", "high90", "margin")]
    odd.append(a_gap(group="g1", unit=unit, estimate=size, low=size, high=size, low90=size, high90=size))
    for row in odd:
        figure = intervals_figure([sane, row], of_groups("A", "B"), W, "title")
        inside(figure)
    inside(rates_figure([a_value("ref", 0.5), a_value("g0", size, size, size), a_value("g1", 0.5, size, None)], of_groups("A", "B"), unit, W, "t"))
    values = (ToolValue("a", "", 0.1, size, size, "inconclusive"), ToolValue("b", "", size, 0.0, 0.2, "gap_found"))
    inside(tools_figure([ToolGroup("h", values, (("a", "b"),), 0.05)], unit, W, "t"))


def inside(figure):
    assert not re.search(r"nan|inf\b|e[+-]\d", re.sub(r">[^<]*<|aria-label=\"[^\"]*\"", "", figure.svg))
    for e in ET.fromstring(figure.svg):
        for name in ("x", "x1", "x2", "cx"):
            assert -1 <= float(e.get(name, 0)) <= 761


def test_what_people_hide_is_said_to_be_hidden_and_what_is_missing_to_be_none():
    words = [t.text for t in texts(DRAWN["plain"]["rates"])]
    assert "hidden" in words
    assert "none" in words
    assert "hidden, between 0.0% and 30.0%" in DRAWN["plain"]["rates"].alt


def test_a_suppressed_difference_is_not_drawn():
    figure = intervals_figure([a_gap(group="g0"), a_gap(group="g1", estimate=0.7777, suppressed=True)], of_groups("A", "B"), W, "title")
    assert "77.8" not in figure.svg + figure.alt
    assert "B: hidden." in figure.alt


@pytest.mark.parametrize(("paper", "column"), [("#ffffff", 0), ("#14171b", 1)])
def test_texts_have_the_contrast_of_aa_and_shapes_three_to_one(paper, column):
    for kind, colors in KINDS.items():
        if kind not in ("paper", "band"):
            assert contrast(colors[column], paper) >= (4.5 if kind in ("ink", "soft") else 3.0), kind
            assert contrast(colors[column], KINDS["band"][column]) >= 3.0, kind


def contrast(a, b):
    """WCAG 2.1, contrast ratio of two colors."""
    def luminance(color):
        parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("which", EVERY)
def test_typst_draws_it_with_its_alt_text(which):
    typst = pytest.importorskip("typst")
    figure = DRAWN["hostile"][which]
    source = f'#image(bytes({msgspec.json.encode(figure.svg).decode()}), format: "svg", alt: "a picture")'
    assert typst.compile(source.encode(), format="pdf").startswith(b"%PDF")
