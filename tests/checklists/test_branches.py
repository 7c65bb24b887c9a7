"""Which questions are asked of which product: by what the plan says, by what was answered, and everything where nobody said."""

import pytest

from audit.checklists import Profile, off, profile_of
from audit.checklists.branches import check_branches, check_when, condition_in_words
from audit.errors import ChecklistError
from audit.plan import Tool
from audit.records import Answer, When
from tests.builders import a_criterion

CHILD = a_criterion(id="under-13", when=When(ages=("under-13",), student_data=("record", "sensitive")))


def a_tool(**fields):
    return Tool(**({"name": "T", "vendor": "V", "version": "1"} | fields))


@pytest.mark.parametrize(("fields", "asked"), [
    ({}, True), ({"ages": ("under-13", "13-17")}, True), ({"ages": ("13-17",)}, False), ({"ages": ("under-13",), "student_data": "none"}, False),
    ({"ages": ("under-13",), "student_data": "record"}, True), ({"audience": ("teachers",)}, False), ({"audience": ("students",)}, True),
    ({"audience": ("teachers",), "ages": ("under-13",)}, True),
])
def test_every_condition_must_hold_and_what_nobody_said_holds(fields, asked):
    assert (off(CHILD, profile_of(a_tool(**fields)), {}, {}) is None) is asked


def test_no_features_is_another_thing_than_features_that_nobody_named():
    voice = a_criterion(id="voice", when=When(features=("voice",)))
    assert off(voice, profile_of(a_tool()), {}, {}) is None
    assert "the plan says none" in off(voice, profile_of(a_tool(features=())), {}, {})


@pytest.mark.parametrize(("fields", "asked"), [
    ({"audience": ("students",), "features": ("chat",)}, True), ({"audience": ("students",), "features": ("recording",)}, True), ({"audience": ("teachers",), "features": ("chat",)}, False),
    ({"audience": ("students",), "features": ("decides",)}, False), ({"audience": ("students",)}, False),
])
def test_a_tool_that_hears_students_cannot_claim_to_hold_no_data_of_theirs(fields, asked):
    data = a_criterion(id="data", when=When(student_data=("record",)))
    assert (off(data, profile_of(a_tool(student_data="none", **fields)), {}, {}) is None) is asked


PARENT = a_criterion(id="breach")
FOLLOWS = a_criterion(id="remedy", answer="text", good="given", when=When(answers={"breach": "yes"}))
THEN = a_criterion(id="then", when=When(answers={"remedy-known": "no"}))
KNOWN = {c.id: c for c in (PARENT, FOLLOWS)}


@pytest.mark.parametrize(("said", "asked"), [("yes", True), ("Y", True), ("no", False), ("not applicable", False), (None, True)])
def test_a_question_follows_from_an_answer_and_is_asked_until_there_is_one(said, asked):
    answers = {} if said is None else {"breach": Answer(said)}
    assert (off(FOLLOWS, Profile(), answers, KNOWN) is None) is asked


def test_what_follows_from_a_question_that_is_off_is_off():
    parent = a_criterion(id="breach", when=When(student_data=("record",)))
    assert "does not apply" in off(FOLLOWS, Profile(student_data=("none",)), {"breach": Answer("yes")}, {"breach": parent, "remedy": FOLLOWS})


def test_a_question_that_follows_from_itself_or_from_an_answer_that_cannot_be_is_refused():
    one = a_criterion(id="one", when=When(answers={"two": "yes"}))
    two = a_criterion(id="two", when=When(answers={"one": "yes"}))
    with pytest.raises(ChecklistError, match="follows from its own answer"):
        check_branches([one, two])
    with pytest.raises(ChecklistError, match=r"the answer 'maybe' to 'breach', which cannot be given. Possible: yes, no"):
        check_branches([PARENT, a_criterion(id="x", when=When(answers={"breach": "maybe"}))])
    with pytest.raises(ChecklistError, match="which cannot be given"):
        check_branches([FOLLOWS, PARENT, a_criterion(id="x", when=When(answers={"remedy": "text"}))])
    check_branches([FOLLOWS])   # its parent is of a checklist that is not in use


def test_a_condition_that_no_product_can_meet_is_refused():
    with pytest.raises(ChecklistError, match=r"when.ages names 'under13'. Did you mean 'under-13'\?"):
        check_when(a_criterion(when=When(ages=("under13",))), "x")


def test_a_condition_is_told_in_words():
    words = condition_in_words(a_criterion(when=When(ages=("under-13",), features=("voice", "recording"), answers={"breach": "yes"})), KNOWN)
    assert words == (
        "Only where it is used by people of these ages: under-13, and the tool has these features: voice, recording, "
        "and the answer to breach (Is it so?) is yes."
    )
    assert condition_in_words(PARENT, KNOWN) == ""
