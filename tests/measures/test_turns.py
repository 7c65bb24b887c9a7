"""Which turn of a conversation is measured."""

import pytest

from audit.measures import Reading, measure_all, reply_path_matches
from audit.records import Response
from tests.builders import a_probe, a_set

SAID = ["Good start.", "Try one more step, please.", "Yes, well done!"]


def measured(*, reads="last", outcome="text", outputs=SAID, reply=None, **fields):
    fixture_set = a_set(outcome=outcome, turns=("a", "b", "c"), reads=reads, **fields)
    output = {"conversation": [{"prompt": "?", "output": one} for one in outputs]}
    response = Response("p", output, None, "", 0.1, 1, "")
    return measure_all(fixture_set, [a_probe(id="p")], {"p": response}, Reading(reply))


def words(found):
    return next(m for m in found if m.measure == "words")


@pytest.mark.parametrize(("reads", "count"), [("first", 2), ("last", 3), (2, 5), ("all", 10)])
def test_the_set_says_which_turn_is_measured(reads, count):
    assert words(measured(reads=reads)).value == count


def test_the_reply_path_is_read_in_each_turn():
    assert words(measured(reads=2, outputs=[{"t": s} for s in SAID], reply="t")).value == 5


def test_a_score_or_a_decision_is_read_of_one_turn():
    assert measured(outcome="score", scale=(0, 5), reads=2, outputs=[1, 4, 2])[0].value == 4
    assert measured(outcome="decision", reads="first", outputs=["yes", "no", "no"])[0].value == 1.0


def test_a_conversation_that_is_shorter_than_planned_is_unreadable_and_no_zero():
    found = words(measured(outputs=SAID[:2]))
    assert (found.value, found.missing) == (None, "unreadable: a conversation of 2 turns, and 3 were planned")


def test_what_a_tool_makes_look_like_a_transcript_is_measured_as_it_is_where_the_set_has_no_turns():
    response = Response("p", {"conversation": [{"output": "trick"}]}, None, "", 0.1, 1, "")
    found = measure_all(a_set(outcome="text"), [a_probe(id="p")], {"p": response}, Reading())
    assert all(m.value is None for m in found)


@pytest.mark.parametrize("hostile", [{"conversation": []}, {"conversation": "x"}, {"conversation": [None, 3, "x"]}, [1], None, "x"])
def test_a_strange_transcript_is_unreadable_and_no_crash(hostile):
    response = Response("p", hostile, None, "", 0.1, 1, "")
    found = measure_all(a_set(outcome="text", turns=("a", "b", "c")), [a_probe(id="p")], {"p": response}, Reading("t"))
    assert all(m.value is None for m in found)
    assert not reply_path_matches(hostile, Reading("t"))
