"""Words and sentences counted by hand; lists of words that read as their format says."""

import math
import time
from pathlib import Path

import pytest

from audit.measures import Unreadable
from audit.measures.lexicon import Found, Phrases, lexicon
from audit.measures.tokens import BREAK, passage, read, tokens, words

FOLDER = Path(__file__).parents[2] / "audit" / "measures" / "lexicons"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


@pytest.mark.parametrize(("text", "expected"), [
    ("Don’t stop, well-made!", ("don't", "stop", BREAK, "well", "made")), ("Try it (now): 3/4", ("try", "it", BREAK, "now", BREAK, BREAK, "3", "4")),
    ("I love […]'s story", ("i", "love", "someone", "s", "story")), ("snake_case — 5", ("snake", "case", BREAK, "5")), ("", ()),
])
def test_hyphens_part_words_and_punctuation_parts_clauses(text, expected):
    assert tokens(text) == expected


def test_words_are_in_lower_case_with_straight_apostrophes():
    assert words("It’s a Well-made ESSAY.") == ["it's", "a", "well-made", "essay"]


@pytest.mark.parametrize(("text", "count"), [
    ("One. Two! Three? Four", 4), ("Use e.g. a map. Then stop.", 2), ("Dr. Lee and Ms. Ray agree.", 1), ("It costs 3.50 at 3 p.m. on Friday.", 1),
    ("Wait... what?! Really.", 2), ("1. Add a reason\n2. Cut the end\n- Check it", 3), ("# Feedback\n\nGood work.", 1), ("**Strengths:**\nYour title fits.", 1),
    ("**Next steps**\nAdd a map.", 1), ("**You did it!**", 1), ("A line that is\nbroken in two.", 1), ("A line.\nAnother line", 2),
    ("You wrote \"It rained. We ran.\" in line 2.", 1), ("You wrote “It rained.” Add more.", 2), ("J. Smith came. I saw.", 2), ("(It is good.) It is long.", 2),
])
def test_sentences_are_counted_as_a_person_would(text, count):
    assert len(passage(text).sentences) == count


def test_what_is_quoted_is_marked_and_not_read():
    found = passage("Your line \"the great flood took all\" is strong.")
    assert found.sentences[0].quotes
    assert found.sentences[0].tokens == ("your", "line", BREAK, "is", "strong")
    assert found.words == 4


def test_a_reply_that_is_quoted_as_a_whole_is_read():
    assert passage("\"Great work on this essay.\"").words == 5


def test_a_single_quotation_is_seen_and_an_apostrophe_is_none():
    assert passage("Change 'goed' to went.").sentences[0].quotes
    assert not passage("The students' work and the dog's bone aren't here.").sentences[0].quotes


SPANISH = "Tu ensayo tiene una idea clara y me gusta mucho como describes la tormenta. La próxima vez agrega un ejemplo y revisa la ortografía."
GERMAN = "Deine Einleitung ist klar und man versteht so gut, worum es geht. Am Ende war der Text in der Mitte zu kurz, also schreib mehr."
TAGALOG = "Maganda ang simula ng iyong sanaysay at malinaw ang ideya. Sa susunod, magdagdag ka ng halimbawa sa ikalawang talata at suriin ang baybay."
CHINESE = "你的开头很清楚。请在第二段加一个例子。"
NOTES = "- Extended time on tests and quizzes\n- Preferential seating near instruction\n- Audio versions of grade-level texts\n- Chunked assignments\n- Frequent breaks\n- Small-group testing"


@pytest.mark.parametrize("text", [SPANISH, GERMAN, TAGALOG, CHINESE])
def test_a_text_in_another_language_is_not_read(text):
    with pytest.raises(Unreadable, match="not English"):
        read(text)


@pytest.mark.parametrize("text", ["Bravo!", "95", NOTES, "The café serves crêpes, and you describe them so well that I am hungry now, my friend."])
def test_a_short_text_a_number_and_notes_in_catchwords_are_read(text):
    assert read(text).words > 0


@pytest.mark.parametrize(("text", "why"), [("👍 --- !!!", "without words"), ("word " * 50_000, "too long"), ("", "empty"), (None, "expected")])
def test_what_cannot_be_read_says_why(text, why):
    with pytest.raises(Unreadable, match=why):
        read(text)


@pytest.mark.parametrize("piece", [".", ". ", '"', "' a", "(", "[…]", "\na", "a.b", "1. ", "*", "don't ", "A. ", '".x '])
def test_no_text_takes_more_than_linear_time(piece):
    text = (piece * 20_000)[:20_000]
    start = time.perf_counter()
    passage(text + " x")
    assert time.perf_counter() - start < 10


def test_the_longest_entry_is_taken_and_an_exception_takes_without_counting():
    phrases = Phrases(["may", "!in may", "may #", "!may #", "kind/sort of", "fail*", "well done"])
    assert phrases.found(tokens("It may rain in may")) == [Found(1, 2)]
    assert phrases.found(tokens("On may 5 it failed")) == [Found(4, 5)]
    assert phrases.found(tokens("sort of well done, kind of done")) == [Found(0, 2), Found(2, 4), Found(5, 7)]
    assert phrases.found(()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_lexicon_says_where_its_kinds_come_from_and_each_entry_finds_itself(name):
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert not any("\t" in line or line != line.strip() for line in lines)
    entries = [e.strip() for line in lines if line and line[0] not in "#[" for e in line.split(",")]
    assert all(e == e.lower() and e.strip("!") and not e.startswith("! ") for e in entries if e)
    assert all(math.prod(len(slot.split("/")) for slot in e.split()) <= 400 for e in entries)
    sections = lexicon(name)
    assert sections
    for entry in entries:
        if entry and not entry.startswith("!") and "#" not in entry:
            said = tokens(" ".join(slot.split("/")[0] for slot in entry.split()).replace("*", ""))
            assert any(Found(0, len(said)) in section.found(said) for section in sections.values()), entry


def test_every_list_is_read_by_a_measure():
    source = "".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.glob("*.py"))
    assert all(f'lexicon("{name}")' in source for name in NAMES)
