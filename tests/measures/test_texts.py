"""Measures of a text: words counted by hand, tone as the vaderSentiment package gives it, the signal masked."""

import time

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from audit.measures import MEASURES, Asked, Reading, Unreadable, measure_all
from audit.records import Response
from tests.builders import a_probe, a_set


def words(text):
    return MEASURES["words"].measure(text, Asked(a_set(outcome="text")))


@pytest.mark.parametrize(("text", "count"), [
    ("Good work!", 2), ("It's a well-made, five-paragraph essay.", 5), ("don’t stop", 2), ("3 of 4 (75%)", 4), ("--- *** ---", 0), ("été à Paris", 3),
    ("one\ntwo\tthree   four", 4), ("snake_case", 2), ("👍 nice", 1), ("日本", 1),
])
def test_words_are_counted_as_a_person_would(text, count):
    assert words(text) == count


@pytest.mark.parametrize("output", ["", " \n", None, 3, True, {"text": "x"}, ["x"]])
def test_what_is_no_text_has_no_length_and_no_tone(output):
    for name in ("words", "tone"):
        with pytest.raises(Unreadable):
            MEASURES[name].measure(output, Asked(a_set(outcome="text")))


TEXTS = [
    "Great work, this is a wonderful essay!", "This is terrible and I am disappointed.", "The essay has five paragraphs.",
    "Good, but the ending is weak :(", "NOT bad at all!!!", "I really LOVE it 😀", "Your ideas are strong; however, the evidence fails to convince.",
]


@pytest.mark.parametrize("text", TEXTS)
def test_tone_is_the_compound_score_of_the_package(text):
    expected = SentimentIntensityAnalyzer().polarity_scores(text)["compound"]
    assert MEASURES["tone"].measure(text, Asked(a_set(outcome="text"))) == expected


def test_praise_is_above_and_blame_below_zero():
    scores = [MEASURES["tone"].measure(text, Asked(a_set(outcome="text"))) for text in TEXTS[:3]]
    assert scores[0] > 0 > scores[1]
    assert scores[2] == 0


def test_a_text_that_would_take_a_minute_is_said_to_be_too_long():
    start = time.perf_counter()
    with pytest.raises(Unreadable, match="too long"):
        MEASURES["tone"].measure("good and bad " * 400_000, Asked(a_set(outcome="text")))
    assert time.perf_counter() - start < 1
    assert words("good and bad " * 400_000) == 1_200_000


def measured(output, variant, outcome="text", **fields):
    probe = a_probe()
    probe = type(probe)(**{f: getattr(probe, f) for f in probe.__struct_fields__} | {"variant": variant})
    response = Response(probe.id, output, None, "", 0.1, 1, "")
    return {m.measure: m.value for m in measure_all(a_set(outcome=outcome, **fields), [probe], {probe.id: response}, Reading())}


def test_the_signal_is_masked_before_a_text_is_measured():
    """Grace and Joy are words that VADER scores; the name must not count as tone or length."""
    assert measured("Joy, you read the text.", "Joy") == measured("Emily, you read the text.", "Emily")
    assert measured("Joy, you read the text.", "Joy")["words"] == 4
    assert measured("An English learner wrote it.", "an English learner")["words"] == 2


def test_a_name_is_not_masked_inside_other_words_nor_as_another_word():
    assert measured("Will is willing and will go.", "Will")["words"] == 5


def test_a_decision_is_not_masked():
    assert measured("deaf", "deaf", outcome="decision", positive="deaf") == {"decision": 1.0}
