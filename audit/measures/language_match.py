"""Whether a reply is in the language that was asked for: its script first, then the words. It does not judge the language's quality.

Source: the package py3langid (Lui & Baldwin 2012, langid.py), over the languages of the reply's script; Hmong, which it does not know,
by its most frequent function words. The larger part of a reply decides.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from audit.measures.languages import LATIN, SCRIPTS, iso
from audit.measures.reading import Asked, Unreadable, text
from audit.measures.scripts import UNSPACED, scripts
from audit.records import Json

_LONGEST = 20_000
"""Characters. What follows does not change the language."""
_LEAST = 12
_LEAST_CHARACTERS = 4
"""Letters, or characters that are syllables or words. Fewer tell no language."""
_SURE = 0.5
_ADDRESS = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9.-]{1,200}|(?:https?://|www\.)[\w.~/?#=&%+-]{1,200}", re.ASCII | re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_HMONG = frozenset(
    ["koj", "kuv", "lawv", "nws", "peb", "nej", "cov", "lub", "ntawm", "thiab", "yog", "tsis", "muaj", "nyob", "hauv", "hais", "tias", "yuav", "uas", "kev", "tuaj", "lossis", "thaum", "qhov", "txog", "nrog", "ntau", "txhua", "qab", "ntawv"]
)
_LEAST_HMONG = 0.2
"""The share of those words in a text: about 0.4 in Hmong, under 0.05 in other languages."""


def measure(output: Json, asked: Asked) -> float:
    """Return 1.0 for a reply in the probe's language, 0.0 for another. Raises Unreadable where it is too short or cannot be told."""
    if asked.probe is None or not asked.probe.language:
        raise Unreadable("the probe names no language")
    wanted = iso(asked.probe.language)
    reply = _ADDRESS.sub(" ", text(output)[:_LONGEST])
    found = scripts(reply)
    if not found:
        raise Unreadable("a text without letters is in no language")
    script, _ = found.most_common(1)[0]
    if found.total() < (_LEAST_CHARACTERS if script in UNSPACED or script == "HANGUL" else _LEAST):
        raise Unreadable("too short to tell its language")
    if (wanted in SCRIPTS or wanted == "hmn" or wanted in _known()) and script not in SCRIPTS.get(wanted, LATIN):
        return 0.0
    return _matches(reply, script, wanted)


def _matches(reply: str, script: str, wanted: str) -> float:
    language, sure = _language(reply, script)
    if wanted != "hmn" and wanted not in _known():
        if language == "en" and sure > _SURE and wanted != "en":
            return 0.0
        raise Unreadable(f"the language {wanted[:12]!r} is not one that can be told")
    if sure < _SURE and language != wanted:
        raise Unreadable("its language cannot be told")
    return float(language == wanted)


def _language(reply: str, script: str) -> tuple[str, float]:
    """Return the likeliest language among those of a script, and how likely it is."""
    words = _WORD.findall(reply.lower())
    if script == "LATIN" and sum(word in _HMONG for word in words) >= _LEAST_HMONG * len(words):
        return "hmn", 1.0
    chances: dict[str, float] = {}
    for label, chance in _identifier().rank(reply):
        if script in SCRIPTS.get(label, SCRIPTS.get(iso(label), LATIN)) and label != "zxx":
            chances[iso(label)] = chances.get(iso(label), 0.0) + float(chance)
    if not chances:
        raise Unreadable("its language cannot be told")
    best = max(chances, key=lambda language: chances[language])
    return best, chances[best] / (sum(chances.values()) or 1.0)


@lru_cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache
def _known() -> Mapping[str, None]:
    return dict.fromkeys(iso(label) for label in _identifier().labels)
