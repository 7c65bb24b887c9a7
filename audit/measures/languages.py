"""Codes of languages, and which writing systems they use."""

from collections.abc import Mapping
from functools import lru_cache

_SAME = {
    "fil": "tl", "prs": "fa", "pes": "fa", "mww": "hmn", "hnj": "hmn", "nb": "no", "nn": "no", "bs": "sr", "hr": "sr", "sh": "sr", "id": "ms", "zlm": "ms",
    "wuu": "zh", "yue": "zh", "cmn": "zh", "ary": "ar", "arz": "ar", "arb": "ar", "pcm": "en", "gcf": "ht", "gcr": "ht", "ext": "es", "ckb": "sdh",
}
"""Languages that one reader reads, or that no program tells apart in a short text, under one name."""

SCRIPTS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("ar", "fa", "ps", "ur", "ug", "sdh", "sd"), frozenset({"ARABIC"})),
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "mn", "kk", "ky", "tg", "tt", "ba"), frozenset({"CYRILLIC"})),
    **dict.fromkeys(("sr", "uz"), frozenset({"CYRILLIC", "LATIN"})),
    **dict.fromkeys(("hi", "ne", "mr", "sa"), frozenset({"DEVANAGARI"})),
    **dict.fromkeys(("bn", "as"), frozenset({"BENGALI"})),
    **dict.fromkeys(("am", "ti"), frozenset({"ETHIOPIC"})),
    **dict.fromkeys(("he", "yi"), frozenset({"HEBREW"})),
    **dict.fromkeys(("my", "ksw"), frozenset({"MYANMAR"})),
    "gom": frozenset({"DEVANAGARI", "LATIN"}), "pa": frozenset({"GURMUKHI", "ARABIC"}), "zh": frozenset({"CJK"}),
    "ja": frozenset({"CJK", "HIRAGANA", "KATAKANA"}), "ko": frozenset({"HANGUL"}), "el": frozenset({"GREEK"}), "grc": frozenset({"GREEK"}),
    "hy": frozenset({"ARMENIAN"}), "ka": frozenset({"GEORGIAN"}), "gu": frozenset({"GUJARATI"}), "or": frozenset({"ORIYA"}), "ta": frozenset({"TAMIL"}),
    "te": frozenset({"TELUGU"}), "kn": frozenset({"KANNADA"}), "ml": frozenset({"MALAYALAM"}), "si": frozenset({"SINHALA"}), "th": frozenset({"THAI"}),
    "lo": frozenset({"LAO"}), "km": frozenset({"KHMER"}), "dz": frozenset({"TIBETAN"}), "hbo": frozenset({"HEBREW"}), "uzs": frozenset({"ARABIC"}),
}
"""The languages that are not written in the Latin alphabet alone."""
LATIN = frozenset({"LATIN"})


@lru_cache
def iso(code: str) -> str:
    """Return a language's code as the measures use it: without region, ISO 639-1 where there is one, dialects under one name."""
    from babel.core import get_global

    short = code.strip().lower().replace("_", "-").split("-")[0]
    short = str(get_global("language_aliases").get(short, short)).split("_")[0]
    return _SAME.get(short, short)
