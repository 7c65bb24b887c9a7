"""`{{ name }}`: plain substitution, and the masking of a signal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.slots import fill, mask, slots_in


def test_slots_are_filled_at_any_depth_and_unknown_ones_stay():
    value = {"a": ["Hi {{ name }}, {{name}}!", {"b": "{{ other }}"}], "n": 3}
    assert slots_in(value) == {"name", "other"}
    assert fill(value, {"name": "Ada"}) == {"a": ["Hi Ada, Ada!", {"b": "{{ other }}"}], "n": 3}


def test_a_slot_alone_keeps_its_value_and_within_a_text_is_written_out():
    assert fill("{{ n }}", {"n": 3}) == 3
    assert fill("{{ n }} {{ yes }}", {"n": 3, "yes": True}) == "3 true"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_what_is_filled_in_is_never_read_again(text):
    assert fill("<{{ text }}>", {"text": text + "{{ text }}", "x": "boom"}) == f"<{text}{{{{ text }}}}>"


@pytest.mark.parametrize(("text", "signal", "expected"), [
    ("Will said that he will be willing, Will.", "Will", "# said that he will be willing, #."),
    ("WILL! Will's essay", "Will", "#! #'s essay"),
    ("Gay, gay, GAY and gayety", "gay", "#, #, # and gayety"),
    ("Al also met Ali and al.", "Al", "# also met Ali and al."),
    ("An English learner is an English learner", "an English learner", "# is #"),
    ("left-handed and left handed", "left-handed", "# and left handed"),
    ("C++ and C+++", "C++", "# and #+"),
    ("nothing", "", "nothing"), ("émile Émile", "Émile", "émile #"),
])
def test_only_the_signal_as_a_whole_word_is_masked(text, signal, expected):
    assert mask(text, signal, "#") == expected


def test_a_mark_with_a_backslash_is_put_in_as_it_is():
    assert mask("a Will b", "Will", r"\1") == r"a \1 b"
