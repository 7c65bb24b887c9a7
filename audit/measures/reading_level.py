"""Reading level: the school grade of the Flesch-Kincaid formula. It counts words, sentences and syllables, not sense.

Source: Kincaid, Fishburne, Rogers & Chissom (1975), Derivation of new readability formulas for Navy enlisted personnel. Syllables are
counted by spelling (`syllables.py`), because the packages that look them up download a dictionary when they run.
"""

from audit.measures.prose import prose
from audit.measures.reading import Asked, Unreadable, text
from audit.measures.syllables import syllables
from audit.measures.tokens import read
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return the grade, 0.39 words a sentence + 11.8 syllables a word - 15.59. Raises Unreadable for what is not English."""
    read(output)
    found = prose(text(output))
    if not found.words:
        raise Unreadable("a text without words")
    spoken = sum(syllables(part) for word in found.words for part in word.split("-") if part)
    return 0.39 * len(found.words) / found.sentences + 11.8 * spoken / len(found.words) - 15.59
