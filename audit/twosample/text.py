"""What the classifier may read: the reply without what only repeats the signal."""

import re

_LONGEST = 20_000
_MARK = re.compile(r"\[…\]")
_NEUTRAL = {
    "he": "they", "she": "they", "him": "them", "her": "them", "his": "their", "hers": "theirs", "himself": "themselves", "herself": "themselves",
    "mr": "mx", "mrs": "mx", "ms": "mx", "miss": "mx", "boy": "student", "girl": "student", "boys": "students", "girls": "students",
    "son": "child", "daughter": "child", "male": "", "female": "", "man": "person", "woman": "person", "they're": "they are",
    "he's": "they are", "she's": "they are", "he'll": "they will", "she'll": "they will", "he'd": "they would", "she'd": "they would",
}
"""A name's gender comes back as a pronoun: that is the signal itself, and no difference in what is said."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_VERBS = {"is": "are", "was": "were", "has": "have", "does": "do"}


def neutral(text: str) -> str:
    """Return a reply's words in lower case, the masked signal taken out and words of gender made neutral; at most 20,000 characters.

    "her" may stand for "them" or "their": both become "them", and so does "their", so that neither tells a gender.
    """
    words = (_NEUTRAL.get(word, word) for word in (w.lower().replace("’", "'") for w in _WORD.findall(_MARK.sub(" ", text[:_LONGEST]))))
    return " ".join(_plain(word) for phrase in words for word in phrase.split())


def _plain(word: str) -> str:
    return "them" if word in {"their", "theirs"} else _VERBS.get(word, word)
