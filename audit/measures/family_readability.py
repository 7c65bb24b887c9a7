"""How hard a message is to read: LIX, from the length of its sentences and the share of long words, in any alphabet.

Source: Björnsson (1968), Läsbarhet. Below 30 is very easy, above 50 hard. The bands are for Swedish: compare within a language, because
languages differ in how long their words are. It cannot see whether the words are known, or the message clear.
"""

from audit.measures.prose import letters, prose
from audit.measures.reading import Asked, Unreadable, text
from audit.measures.scripts import UNSPACED, scripts
from audit.records import Json

_LONG = 6
"""Letters. A long word has more."""
_HALF = 0.5


def measure(output: Json, asked: Asked) -> float:
    """Return words a sentence + long words in 100. Raises Unreadable for a script without spaces, and for Korean's syllable blocks."""
    reply = text(output)
    found = scripts(reply)
    without = sum(count for script, count in found.items() if script in UNSPACED or script == "HANGUL")
    if without > _HALF * found.total():
        raise Unreadable("LIX is for alphabets with spaces between words")
    words, sentences = prose(reply)
    if not words:
        raise Unreadable("a text without words")
    return len(words) / sentences + 100 * sum(letters(word) > _LONG for word in words) / len(words)
