"""From a text to its words and sentences, once for all measures. Linear in the length of the text."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from audit.measures.lexicon import lexicon
from audit.measures.reading import Unreadable, text
from audit.records import Json

BREAK = ","
"""What stands in a sentence's tokens for a comma, a colon, a bracket, a dash or a quotation."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[,;:()\[\]—–“|]|(?<=\s)-(?=\s)")
_QUOTED = re.compile(r'["“]([^"“”\n]{1,300})["”]')
_SINGLY = re.compile(r"(?<!\w)['‘][^'’\n]{1,200}['’](?!\w)")
_MARKER = re.compile(r"(?:[-*+•>–]|\(?\d{1,3}[.)]|[a-z]\))\s+")
_END = re.compile(r"(?<![.!?])[.!?]++[\"”’')\]*_]*+(?=\s|$)")
_TITLES = frozenset(("mr", "mrs", "ms", "dr", "st", "vs", "prof", "no", "fig", "e.g", "i.e"))
_LONGEST = 200_000
_LONGEST_HEADING = 6
_ENOUGH_WORDS = 20
_LEAST_ENGLISH = 0.12
_HALF = 0.5


class Sentence(NamedTuple):
    """The words of a sentence in lower case, hyphenated ones apart, with BREAK between clauses; whether it quotes; whether it asks."""

    tokens: tuple[str, ...]
    quotes: bool
    question: bool


class Passage(NamedTuple):
    """A text's sentences and its number of words, both without headings and without what it quotes."""

    sentences: tuple[Sentence, ...]
    words: int


def words(of: str) -> list[str]:
    """Return the words of a text in lower case: letters and digits, with inner apostrophes and hyphens."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(of)]


def tokens(of: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, hyphenated ones apart, and a BREAK for punctuation inside a sentence.

    A masked signal ("[…]") is the word "someone", so that it parts no phrase.
    """
    plain = of.replace("’", "'").replace("[…]", " someone ").lower()
    return tuple(t if t[0].isalnum() else BREAK for t in _TOKEN.findall(plain))


def read(output: Json) -> Passage:
    """Return a reply as a passage. Raises Unreadable for no text, one over 200,000 characters, without words, or not in English."""
    reply = text(output)
    if len(reply) > _LONGEST:
        raise Unreadable(f"a text of {len(reply):,} characters is too long to be read sentence by sentence")
    found = passage(reply)
    if not found.words:
        raise Unreadable("a text without words")
    if not _is_english(found):
        raise Unreadable("not English, and the words that are looked for are English")
    return found


@lru_cache(maxsize=4096)   # each measure reads every reply again
def passage(of: str) -> Passage:
    """Return a text as a passage; where everything is quoted, what the quotation marks hold."""
    whole = of.replace("“”", " ")
    for reading in (_QUOTED.sub(_unquoted, whole), whole):
        sentences = tuple(s for line in _lines(reading) for s in _sentences(line))
        count = sum(token != BREAK for s in sentences for token in s.tokens)
        if count:
            return Passage(sentences, count)
    return Passage((), 0)


def share(found: Passage, count: int) -> float:
    """Return a number of sentences as a share of all of them."""
    return count / len(found.sentences)


def per_100(found: Passage, count: int) -> float:
    """Return a number of words or phrases for every 100 words."""
    return 100 * count / found.words


def _unquoted(match: re.Match[str]) -> str:
    """Return what stands for a quotation: a mark, and the end of the sentence where the quotation ends it."""
    after = match.string[match.end():match.end() + 2].strip()
    ends = match[1][-1] in ".!?" and not after[:1].islower() and after[:1] not in (",", ";", ":", ".", "!", "?", ")")
    return f" “”{match[1][-1]} " if ends else " “” "


def _lines(of: str) -> Iterator[str]:
    """Yield the lines without list marks and headings; a line that goes on in lower case on the next is one with it."""
    held: list[str] = []
    for raw in of.splitlines():
        line = raw.strip()
        if not (held and held[0] and line[:1].islower()):
            yield from _content(" ".join(held))
            held = []
        held.append(line)
    yield from _content(" ".join(held))


def _content(line: str) -> Iterator[str]:
    if line.startswith("#"):
        return
    marker = _MARKER.match(line)
    line = line[marker.end():] if marker else line
    bare = line.strip("*_ ")
    closed = bare[-1:] in (".", "!", "?", "”")
    heading = bare[-1:] == ":" or (bare != line and line.endswith("*") and line.startswith("*") and not closed)
    if bare and not (heading and len(bare.split()) <= _LONGEST_HEADING):
        yield line


def _sentences(line: str) -> Iterator[Sentence]:
    start = 0
    for end in _END.finditer(line):
        if _goes_on(line, end):
            continue
        yield from _sentence(line[start:end.end()], question="?" in end[0])
        start = end.end()
    yield from _sentence(line[start:], question=False)


def _goes_on(line: str, end: re.Match[str]) -> bool:
    """Return whether a full stop ends an abbreviation and not the sentence."""
    if not end[0].startswith(".") or line[end.start() - 1:end.start()] == "”":
        return False
    before = line[max(0, end.start() - 6):end.start()].split()[-1:]
    word = before[0].lstrip("(*_") if before else ""
    initial = len(word) == 1 and word.isupper() and word != "I"
    return initial or word.lower() in _TITLES or line[end.end():end.end() + 2].strip()[:1].islower()


def _sentence(piece: str, *, question: bool) -> Iterator[Sentence]:
    found = tokens(piece)
    quotes = "“" in piece
    if quotes or any(token != BREAK for token in found):
        yield Sentence(found, quotes or _SINGLY.search(piece) is not None, question)


@lru_cache(maxsize=4096)
def _is_english(found: Passage) -> bool:
    """Return whether most words are in letters of ASCII and, of 20 words or more, enough are frequent English ones.

    Notes in catchwords have few function words, so that words of every feedback count too; German or Tagalog has under 8% of both.
    """
    said = [token for sentence in found.sentences for token in sentence.tokens if token != BREAK and not token.isdigit()]
    if not said:
        return True
    if sum(token.isascii() for token in said) < _HALF * len(said):
        return False
    if len(said) < _ENOUGH_WORDS:
        return True
    known = lexicon("function_words")
    return sum(known["function"].has(token) or known["generic"].has(token) for token in said) >= _LEAST_ENGLISH * len(said)
