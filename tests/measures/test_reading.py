"""From a raw output to a number: every kind of value is read by rule or said to be unreadable, never a silent 0."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import FixtureError, PlanError
from audit.measures import (
    MEASURES,
    Asked,
    Reading,
    Unreadable,
    check_readable,
    compiled,
    extract,
    measure_all,
    reply_path_matches,
    rule,
    truth_of,
)
from audit.measures.reading import kind
from audit.records import NOT_ASKED, Response, Row
from tests.builders import a_probe, a_set

U = "unreadable"
NAN, INF = float("nan"), float("inf")


def read(measure, output, *, reading=None, **fields):
    try:
        return MEASURES[measure].measure(output, Asked(a_set(**fields), reading or Reading()))
    except Unreadable:
        return U


@pytest.mark.parametrize(("output", "plain", "word", "ruled"), [
    # output             no rule  positive="flag"  positive="flag", positive_when="> 0.5"
    (True, 1, 1, 1), (False, 0, 0, 0), (1, 1, 1, 1), (0, 0, 0, 0), (1.0, 1, 1, 1), (0.0, 0, 0, 0),
    ("yes", 1, 1, 1), ("No", 0, 0, 0), ("TRUE", 1, 1, 1), (" false. ", 0, 0, 0), ("1", 1, 1, 1), ("0", 0, 0, 0),
    ("flag", U, 1, 1), ("Flag.", U, 1, 1), ('"FLAG!"', U, 1, 1), ("**flag**\n", U, 1, 1), ("ok", U, 0, 0), ("not flagged", U, 0, 0),
    ("no flag", U, 0, 0), ("rejected", U, 0, 0), ("human-written", U, 0, 0), ("B", U, 0, 0),
    ("flagged", U, U, U), ("flag it", U, U, U), ("I would flag", U, U, U),
    (0.7, U, U, 1), (0.5, U, U, 0), ("0.7", U, U, 1), ("0.2", U, U, 0), (2, U, U, 1), ("3", U, U, 1), (-1, U, U, 0),
    ("85%", U, U, U), ("0,7", U, U, U), ("1_000", U, U, U), ("0.7 (high)", U, U, U), ("nan", U, U, U), ("NaN", U, U, U), ("inf", U, U, U),
    ("-Infinity", U, U, U), ("1e400", U, U, U), (NAN, U, U, U), (INF, U, U, U), (10**400, U, U, U),
    ("", U, U, U), ("   ", U, U, U), (None, U, U, U), ({}, U, U, U), ({"flag": True}, U, U, U), ([], U, U, U), ([True], U, U, U),
    ("error", U, U, U), ("Timeout", U, U, U), ("null", U, U, U), ("None", U, U, U), ("n/a", U, U, U), ("not sure", U, U, U), ("not found", U, U, U),
    ("no response", U, U, U), ("I cannot help", U, U, U), ("rate limit exceeded", U, U, U),
    ("I'm sorry, but I can't help with that request.", U, U, U), ("<html><body>502 Bad Gateway</body></html>", U, U, U),
])
def test_how_a_decision_is_read(output, plain, word, ruled):
    assert read("decision", output) == plain
    assert read("decision", output, positive="flag") == word
    assert read("decision", output, positive="flag", positive_when="> 0.5") == ruled


def test_huge_outputs_are_unreadable_and_not_slow():
    start = time.perf_counter()
    for output in ("x" * 5_000_000, "word " * 1_000_000, "9" * 1_000_000, "[" * 1_000_000, 10**5000, -(10**5000), "{" * 100_000):
        assert read("decision", output, positive="flag", positive_when="> 0.5") == U
        assert read("score", output, outcome="score", scale=(1.0, 6.0)) == U
        with pytest.raises(Unreadable):
            extract(output, Reading(reply="score"))
    with pytest.raises(PlanError):
        compiled("[" * 3000)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("positive", [False, "no", "No", 0, "false", "0"])
def test_a_selecting_no_turns_every_yes_and_no_round(positive):
    for selected in (False, 0, "no", "False", "0"):
        assert read("decision", selected, positive=positive) == 1.0
    for other in (True, 1, "yes", "True", "1"):
        assert read("decision", other, positive=positive) == 0.0


@pytest.mark.parametrize("positive", [True, "yes", 1, "1"])
def test_a_selecting_yes_changes_nothing(positive):
    assert [read("decision", o, positive=positive) for o in (True, 1, "yes", False, 0, "no")] == [1, 1, 1, 0, 0, 0]


def test_a_selecting_number_is_compared_with_numbers():
    assert [read("decision", o, positive=2) for o in (2, 2.0, "2", 1, 0, 3, "1")] == [1, 1, 1, 0, 0, 0, 0]
    assert [read("decision", o, positive=2) for o in ("yes", "ok", None, NAN)] == [U] * 4


@pytest.mark.parametrize(("when", "yes", "no"), [
    ("> 0.5", [0.6, 1, "0.51"], [0.5, 0, -3]), (">= 0.5", [0.5, 1], [0.49]), ("< 0.5", [0.4, -1, 0], [0.5, 1]), ("<= 0.5", [0.5, 0], [0.51]),
    ("== 3", [3, 3.0, "3"], [2, 3.1]), (">-1e-3", [0], [-0.1]), ("  >   2 ", [3], [2]),
])
def test_each_rule_on_a_number(when, yes, no):
    assert [read("decision", o, positive_when=when) for o in yes] == [1.0] * len(yes)
    assert [read("decision", o, positive_when=when) for o in no] == [0.0] * len(no)


def test_the_plans_own_words_replace_the_sets():
    assert read("decision", "fake", reading=Reading(positive="fake"), positive="ai") == 1.0
    assert read("decision", "ai", reading=Reading(positive="fake"), positive="ai") == 0.0
    assert read("decision", 30, reading=Reading(positive_when="> 50"), positive_when="> 0.5") == 0.0
    assert read("decision", 0.0, reading=Reading(positive=False), positive="ai") == 1.0


@pytest.mark.parametrize(("output", "expected"), [
    (1, 1.0), (6, 6.0), (3.5, 3.5), ("4", 4.0), (" 4.50\n", 4.5), ("+2", 2.0), (0.99, U), (6.01, U), (-1, U), ("7", U), (85, U), (True, U), (False, U),
    ("85%", U), ("four", U), ("4/6", U), ("Score: 4", U), ("4_0", U), ("٤", U), ("0x4", U), ("", U), (None, U), ({}, U), ([4], U), ({"score": 4}, U),
    (NAN, U), (INF, U), ("nan", U), ("inf", U), ("1e400", U), (10**400, U),
])
def test_how_a_score_is_read(output, expected):
    assert read("score", output, outcome="score", scale=(1.0, 6.0)) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["nan", "inf", "0.5", "yes", "flag", "no flag", "4", "85%", "error", "1e999", "-0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from([None, "flag", False, 0, 2, "no", "", "n/a"]), st.sampled_from([None, "> 0.5", "== 0"]))
def test_any_output_is_a_decision_of_0_or_1_or_is_unreadable(output, positive, when):
    value = read("decision", output, positive=positive, positive_when=when)
    assert value in (0.0, 1.0, U)
    if output is None or isinstance(output, list | dict) or (isinstance(output, float) and not math.isfinite(output)):
        assert value == U


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_any_output_is_a_score_on_the_scale_or_is_unreadable(output):
    value = read("score", output, outcome="score", scale=(1.0, 6.0))
    assert value == U or 1.0 <= value <= 6.0
    assert not (value != U and isinstance(output, bool))


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_output_has_words_and_a_tone_or_is_unreadable(output):
    words, tone = read("words", output, outcome="text"), read("tone", output, outcome="text")
    assert words == U or words >= 0
    assert tone == U or -1 <= tone <= 1
    assert (words == U) == (not isinstance(output, str) or not output.strip())


# ---------------------------------------------------------------- the reply path


@pytest.mark.parametrize(("path", "output", "expected"), [
    ("score", {"score": 4}, 4), ("a.b[1].c", {"a": {"b": [0, {"c": "x"}]}}, "x"), ("score", '{"score": 4}', 4), ("[0].s", '[{"s": false}]', False),
    ("label != 'none'", {"label": "none"}, False), ("choices[].text | [0]", {"choices": [{"text": "hi"}]}, "hi"), ("@", "no json {", "no json {"),
])
def test_a_path_finds_what_lies_inside_also_in_a_text_that_is_json(path, output, expected):
    assert extract(output, Reading(reply=path)) == expected


@pytest.mark.parametrize(("path", "output"), [
    ("score", {}), ("score", {"score": None}), ("score", "no json"), ("score", None), ("score", 3), ("a.b", {"a": 1}), ("length(@)", 3),
    ("sort(@)", [1, "a"]), ("to_number(@)", "x" * 10),
])
def test_a_path_that_finds_nothing_is_unreadable_and_no_match(path, output):
    with pytest.raises(Unreadable):
        extract(output, Reading(reply=path))
    assert not reply_path_matches(output, Reading(reply=path))


def test_without_a_path_a_text_that_is_json_stays_a_text():
    assert extract('{"score": 4}', Reading()) == '{"score": 4}'


@pytest.mark.parametrize("path", ["", "a[", "a..b", "`", "foo(", "a b"])
def test_a_path_that_is_no_jmespath_is_a_plan_error_of_one_line(path):
    with pytest.raises(PlanError) as caught:
        compiled(path)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.filterwarnings("ignore:deprecated string literal syntax")   # jmespath's, of `x` for `"x"`
@settings(max_examples=100, deadline=None)
@given(st.text("ab.[]*?{}|&@`'\"(),:0-1 \\é", max_size=12), JSON)
def test_any_path_is_refused_or_reads_any_output_or_calls_it_unreadable(path, output):
    try:
        compiled(path)
    except PlanError:
        return
    assert reply_path_matches(output, Reading(reply=path)) in (True, False)


@pytest.mark.parametrize("text", ["0.5", "> half", "=> 1", "> 1 and < 2", "!= 1", "> nan", "> inf", ""])
def test_a_rule_that_is_no_rule_is_a_plan_error(text):
    with pytest.raises(PlanError, match="is not a rule"):
        rule(text)


def test_what_was_there_instead_is_said_in_words_and_cut_short():
    assert kind("a\nb" + "c" * 100) == f"the text 'a b{'c' * 37}'…"
    assert kind(10**5000) == "a number too large"
    assert (kind(None), kind(True), kind(0.5)) == ("nothing", "true or false", "the number 0.5")
    assert "connect.reply" in kind({}) + kind([])


# ---------------------------------------------------------------- whole sets


def a_response(probe, output=None, failure=None):
    return Response(probe.id, output, failure, "", 0.1, 1, "")


def test_each_probe_has_one_measurement_with_a_value_or_the_reason_why_not():
    probes = [a_probe(id=f"p{n}", truth=True) for n in range(4)]
    responses = {p.id: r for p, r in zip(probes, [
        a_response(probes[0], "flag"), a_response(probes[1], failure="timed out"), a_response(probes[2], {"x": 1})], strict=False)}
    read_all = measure_all(a_set(positive="flag"), probes, responses, Reading())
    assert [(m.probe, m.value) for m in read_all] == [("p0", 1.0), ("p1", None), ("p2", None), ("p3", None)]
    assert [m.missing for m in read_all] == [
        None, "timed out", "unreadable: a decision was expected, not an object (set connect.reply)", NOT_ASKED]
    assert {m.truth for m in read_all} == {1.0}


def test_an_output_of_null_is_unreadable_and_not_a_failure_or_zero():
    probe = a_probe()
    (only,) = measure_all(a_set(outcome="score", scale=(0.0, 1.0)), [probe], {probe.id: a_response(probe, None)}, Reading())
    assert (only.value, only.missing) == (None, "unreadable: a number was expected, not nothing")


def test_truths_are_read_as_the_outputs_are():
    assert [truth_of(t, a_set(positive="flag")) for t in (True, False, "flag", "ok", 1.0, None)] == [1, 0, 1, 0, 1, None]
    assert truth_of(4.0, a_set(outcome="score", scale=(1.0, 6.0))) == 4.0
    assert truth_of("anything", a_set(outcome="text")) is None


@pytest.mark.parametrize(("fields", "truth", "said"), [
    ({"outcome": "score", "scale": (1.0, 6.0)}, 7.0, "7 is outside the scale 1 to 6"), ({"outcome": "score", "scale": (1.0, 6.0)}, "good", "cannot be read"),
    ({"outcome": "score", "scale": (1.0, 6.0)}, True, "cannot be read"), ({}, "maybe", "cannot be read"), ({"positive_when": "often"}, None, "is not a rule"),
])
def test_a_set_whose_truth_or_rule_cannot_be_read_is_refused_before_anything_is_asked(fields, truth, said):
    row = Row("i7", {"dialect": "SAE"}, {"text": "x"}, truth)
    with pytest.raises(FixtureError) as caught:
        check_readable(a_set(rows=(row,), **fields))
    assert said in str(caught.value)


def test_a_sound_set_is_not_refused():
    row = Row("i7", {"dialect": "SAE"}, {"text": "x"}, False)
    check_readable(a_set(rows=(row,), positive="flag", positive_when="> 0.5"))


def test_a_reply_that_was_measured_before_is_not_measured_again_and_another_one_is(monkeypatch):
    probe, memory, heard = a_probe(), {}, []
    entry = MEASURES["score"]
    monkeypatch.setitem(MEASURES, "score", entry._replace(measure=lambda output, asked: heard.append(output) or entry.measure(output, asked)))

    def value(output):
        (one,) = measure_all(a_set(outcome="score", scale=(0.0, 9.0)), [probe], {probe.id: a_response(probe, output)}, Reading(), memory=memory)
        return one.value

    assert [value(3), value(3), value(4), value(4)] == [3, 3, 4, 4]
    assert heard == [3, 4]
