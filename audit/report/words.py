"""A document's language: sentences looked up in its message catalogues (messages/LANGUAGE/*.po), English where they have none.

A language is added by a folder: documents.po (our sentences, all of them), questions.po and fixtures.po (texts of the data files). msgid is the English sentence; {names} are filled after the look-up; plurals follow the catalogue's own rule.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from audit.errors import PlanError
from audit.library import nearest
from audit.report.blocks import Foreign, Inline

SOURCE = "en"
_MAIN = "documents.po"
_FOLDER = Path(__file__).parent / "messages"


def languages() -> list[str]:
    """Return the languages there is a catalogue for, English first."""
    return [SOURCE, *sorted(p.parent.name for p in _FOLDER.glob(f"*/{_MAIN}"))]


class Words:
    """A language. `w("Sentence with {slot}", slot=…)` gives it in that language."""

    def __init__(self, lang: str) -> None:
        if lang not in languages():
            raise PlanError(f"unknown language {lang!r}", where="--lang", fix=nearest(lang, languages()))
        self.lang = lang
        self._catalogue = {} if lang == SOURCE else _catalogue(lang)

    def __call__(self, sentence: str, /, **slots: object) -> str:
        """Return a sentence of ours; every one of them stands in each catalogue (a test holds it)."""
        found = self._catalogue.get(sentence, sentence)
        return _filled(found if isinstance(found, str) else found[0], slots)

    def plural(self, one: str, many: str, number: int, /, **slots: object) -> str:
        """Return the form for a number, which is also the slot {n}."""
        found = self._catalogue.get(one, (one, many))
        forms = found if isinstance(found, tuple) else (found, found)
        index = _plural(self.lang)(number) if self.lang != SOURCE else int(number != 1)
        return _filled(forms[min(index, len(forms) - 1)], {"n": f"{number:,}"} | slots)

    def data(self, text: str) -> Inline:
        """Return a text of our data files (a question, a title): translated where the catalogue has it, else marked as English."""
        if self.lang == SOURCE or not text:
            return text
        found = self._catalogue.get(text)
        return found if isinstance(found, str) and found else Foreign(text, SOURCE)

    def plain(self, text: str) -> str:
        """Return a text of our data files where no mark can stand: translated, else as it is."""
        found = self._catalogue.get(text)
        return found if isinstance(found, str) and found else text


def _filled(sentence: str, slots: Mapping[str, object]) -> str:
    """Fill {names}; braces in what is filled in stay as they are."""
    for name in slots:
        if f"{{{name}}}" not in sentence:
            raise KeyError(f"{name} has no place in {sentence!r}")
    parts, rest = [], sentence
    while (start := rest.find("{")) >= 0 and (end := rest.find("}", start)) > 0:
        parts += [rest[:start], str(slots[rest[start + 1:end]])]
        rest = rest[end + 1:]
    return "".join([*parts, rest])


@lru_cache
def _catalogue(lang: str) -> Mapping[str, str | tuple[str, ...]]:
    found: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((_FOLDER / lang).glob("*.po")):
        for m in _po(path):
            if m.id and m.string and not m.fuzzy:
                found[m.id if isinstance(m.id, str) else m.id[0]] = str(m.string) if isinstance(m.id, str) else tuple(m.string)
    return found


@lru_cache
def _po(path: Path) -> Any:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=path.parent.name)


@lru_cache
def _plural(lang: str) -> Any:
    from gettext import c2py

    return c2py(_po(_FOLDER / lang / _MAIN).plural_expr)
