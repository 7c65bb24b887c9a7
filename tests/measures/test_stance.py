"""Measures of feedback and stance: counted by hand, told apart in pairs written by hand, robust, and beside VADER."""

import contextlib
import math
import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from audit.measures import MEASURES, Asked, Unreadable
from tests.builders import a_probe, a_set

ROOT = Path(__file__).parents[2]
PAIRS = tomllib.loads((Path(__file__).parent / "pairs.toml").read_text(encoding="utf-8"))
STANCE = (
    "praise", "critique", "praise_balance", "specificity", "actionability", "hedging", "directness", "expectations",
    "deficit_language", "punitive_language", "warmth", "stereotypes",
)
SEPARATED = 17
"""Of 20 pairs, at least: by chance as many or more have a probability of 0.13% (binomial, one half)."""


def of(name, text, probe=None):
    return MEASURES[name].measure(text, Asked(a_set(outcome="text"), probe=probe))


FEEDBACK = (
    "Your opening is vivid. "                                     # praise, specific
    "I like how you describe the rain in the second paragraph. "  # praise, specific
    "The ending is not clear. "                                   # critique, specific
    "Add one sentence about the dog. "                            # critique, action, direct
    "You could also read it out loud. "                           # action, hedged
)
"""Five sentences, 4 + 11 + 5 + 6 + 7 = 33 words."""


@pytest.mark.parametrize(("name", "expected"), [
    ("praise", 2 / 5), ("critique", 2 / 5), ("praise_balance", 0), ("specificity", 3 / 5), ("actionability", 2 / 5), ("directness", 1 / 5),
    ("hedging", 100 / 33),
])
def test_five_sentences_of_feedback_are_counted_as_by_hand(name, expected):
    assert of(name, FEEDBACK) == pytest.approx(expected)


@pytest.mark.parametrize(("name", "text", "expected"), [
    ("praise", "This is not bad.", 0), ("critique", "This is not bad.", 0), ("praise", "It is not clear.", 0), ("critique", "It is not clear.", 1),
    ("critique", "There are no errors.", 0), ("praise", "Add a clear title.", 0), ("praise", "It would be great with a map.", 0),
    ("praise", "It is not only clear but vivid.", 1), ("praise", "Good luck!", 0), ("praise", "It is clear, but the map is missing.", 1),
    ("critique", "It is clear, but the map is missing.", 1), ("praise", "You wrote \"a great and wonderful day\" here.", 0),
    ("praise_balance", "The bus left at noon.", 0), ("praise_balance", "Great work! Well done. The end is weak.", 1 / 3),
    ("actionability", "Use of commas is even.", 0), ("actionability", "Use a comma.", 1), ("actionability", "In line two, add a comma.", 1),
    ("actionability", "You read, write, and speak.", 0), ("actionability", "Don't forget the date.", 1), ("actionability", "How did the dog get home?", 1),
    ("actionability", "How are you today?", 0), ("directness", "Try a comma.", 0), ("directness", "Perhaps add a comma.", 0),
    ("directness", "Please add a comma.", 1), ("directness", "You must cite it. You may stop.", 1 / 2),
    ("hedging", "It may rain in May.", 100 / 5), ("hedging", "Perhaps it seems a bit long.", 300 / 6), ("hedging", "It rains.", 0),
    ("expectations", "She will analyze it independently.", 200 / 5), ("expectations", "A simple task with help.", -200 / 5),
    ("expectations", "A challenge with simple words.", 0),
    ("deficit_language", "He struggles and lacks focus.", 200 / 5), ("deficit_language", "A wheelchair-bound, low-functioning boy.", 200 / 6),
    ("punitive_language", "A suspension is a consequence.", 200 / 5), ("punitive_language", "The suspension bridge swings.", 0),
    ("warmth", "Thank you, dear family!", 200 / 4), ("warmth", "This kind of task is long.", 0),
    ("stereotypes", "He plays basketball and raps.", 200 / 5), ("stereotypes", "He reads books.", 0),
])
def test_single_sentences_are_counted_as_by_hand(name, text, expected):
    assert of(name, text) == pytest.approx(expected)


def test_a_sentence_is_specific_when_it_uses_a_telling_word_of_the_work():
    probe = a_probe("We measured the bean plants in the closet. They were yellow.", about="Sam is in grade 4 and is left-handed.")
    assert of("specificity", "Measuring beans was careful. You work well.", probe) == 1 / 2
    assert of("specificity", "Measuring beans was careful. You work well.") == 0
    assert of("specificity", "You are left-handed.", probe) == 0


def test_the_signal_in_the_work_makes_no_sentence_specific():
    probe = a_probe("A student who is homeless wrote about rivers and boats.")
    fields = {f: getattr(probe, f) for f in probe.__struct_fields__}
    probe = type(probe)(**fields | {"variant": "homeless"})
    assert of("specificity", "Homeless people are here. Rivers are here.", probe) == 1 / 2


def test_a_stereotype_that_the_prompt_gave_is_not_counted():
    probe = a_probe("I play basketball with my single mother.")
    assert of("stereotypes", "Basketball matters, and so do gangs.", probe) == pytest.approx(100 / 6)
    assert of("stereotypes", "Basketball matters, and so do gangs.") == pytest.approx(200 / 6)
    assert of("stereotypes", "Your single mother plays.", probe) == 0


@pytest.mark.parametrize(("name", "pairs", "first_is_higher"), [
    ("praise", "praise", True), ("critique", "praise", False), ("praise_balance", "praise", True), ("specificity", "specificity", True),
    ("actionability", "actionability", True), ("hedging", "hedging", True), ("directness", "hedging", False), ("expectations", "expectations", True),
    ("deficit_language", "deficit_language", True), ("punitive_language", "punitive_language", True), ("warmth", "warmth", True),
    ("stereotypes", "stereotypes", True),
])
def test_a_planted_writer_is_told_apart(name, pairs, first_is_higher):
    assert len(PAIRS[pairs]) == 20
    apart = [of(name, one) - of(name, other) for one, other in PAIRS[pairs]]
    assert sum((gap > 0) if first_is_higher else (gap < 0) for gap in apart) >= SEPARATED


def _comments(file):
    """Return the comments of the set feedback-tone by what their writer intended, with the first value of each slot, the signal masked."""
    source = (ROOT / "fixtures" / "feedback-tone" / "templates" / file).read_text(encoding="utf-8")
    parts = re.split(r"^# ---- (\w+).*$", source, flags=re.MULTILINE)
    return {
        kind: [
            re.sub(r"\{\{ (\w+) \}\}", lambda m, t=t: t.get("slots", {}).get(m[1], ["[…]"])[0], t["input"]["text"])
            for t in tomllib.loads(body).get("templates", [])
        ]
        for kind, body in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.mark.parametrize("file", ["names.toml", "labels.toml"])
def test_comments_that_others_wrote_as_praise_or_as_critical_are_told_apart(file):
    """They were written without these lists. 0 is allowed: no word of the lists stands in it."""
    comments = _comments(file)
    praise = [of("praise_balance", text) for text in comments["warm"]]
    critical = [of("praise_balance", text) for text in comments["critical"]]
    assert len(praise) == len(critical) >= 12
    assert min(praise) >= 0 >= max(critical)
    assert sum(value > 0 for value in praise) >= 0.8 * len(praise)
    assert sum(value < 0 for value in critical) >= 0.8 * len(critical)


def test_the_balance_of_praise_goes_with_the_tone_that_vader_gives():
    texts = [text for file in ("names.toml", "labels.toml") for kind in _comments(file).values() for text in kind]
    assert spearmanr([of("praise_balance", t) for t in texts], [of("tone", t) for t in texts]).statistic > 0.5


PIECES = st.sampled_from([
    "great", "not", "clear", "add", "you could", "\"", "“", "”", "'", ".", "?", "!", ",", "\n", "- ", "1. ", "# ", "**", "[…]", "may", "5", "struggles",
    "é", "日本", "👍", "\u200b", "İ", "ß", "basketball", "the", "of", "-", "—", "_", "²", "\x00", "\u2028",
])


@pytest.mark.parametrize("name", STANCE)
@given(text=st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map(" ".join), st.lists(PIECES, max_size=60).map("".join)))
@settings(max_examples=150, deadline=None)
def test_any_text_has_a_number_in_range_or_a_reason(name, text):
    low, high = MEASURES[name].range
    try:
        value = of(name, text, a_probe("A text about boats.", more=["x", {"y": None}]))
    except Unreadable:
        return
    assert math.isfinite(value)
    assert low <= value <= high


@pytest.mark.parametrize("name", STANCE)
@pytest.mark.parametrize("piece", ["not good ", "good ", "you could just ", "and then ", "add, ", "Add a map. ", "may, ", "struggles basketball love suspended ", "“", "x"])
def test_twenty_thousand_characters_take_less_than_a_second(name, piece):
    text = ("the story of your work is here and " + piece * 20_000)[:20_000]
    start = time.perf_counter()
    with contextlib.suppress(Unreadable):
        assert math.isfinite(of(name, text, a_probe(text)))
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("name", STANCE)
def test_a_measure_says_what_it_cannot_see_and_stands_in_the_page(name):
    entry = MEASURES[name]
    assert entry.blind
    assert entry.unit in ("share", "points", "per 100 words")
    assert f"`{name}`" in (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
