"""The months' names in a language, from CLDR (the package Babel), and for what CLDR lacks from the project's own table."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from audit.measures.languages import iso

_LOCALES: Mapping[str, tuple[str, ...]] = {
    "ar": ("ar", "ar_SY", "ar_MA", "ar_DZ"), "fa": ("fa", "fa_AF"), "tl": ("fil",), "ms": ("id", "ms"), "sr": ("sr", "hr", "bs"), "no": ("nb", "nn"), "sdh": ("ckb",),
}
"""Where a language has several calendars of names: the regions whose names are all read."""
_STAND_ALONE = frozenset({"cs", "el", "fa", "fi", "pl", "ru", "so", "uk"})
"""Languages whose months have another form without a day, which some replies use."""
_OWN: Mapping[str, str] = {
    "ht": "janvye fevriye/fevrye mas avril me jen jiyè/jiyèt out/dawout septanm/septanb oktòb/oktob novanm/novanb desanm/desanb",
    "so": "janaayo/janawari/jannaayo febraayo/febarwari/febraari maarso/maarij/maars abriil/abril/apriil maajo/maayo/mey juun/juunyo/juunio"
          " luulyo/luuliyo/julaay/luuliyo ogosto/agoosto/agosto/oogos sebteembar/sebtembar/setembar/septembar oktoobar/oktobar/oktoober/oktober"
          " nofembar/nofeembar/noofembar disembar/diseembar/desembar/diisembar",
    "hmn": "ib_hlis/ib_hli ob_hlis/ob_hli peb_hlis/peb_hli plaub_hlis/plaub_hli tsib_hlis/tsib_hli rau_hli/rau_hlis xya_hli/xya_hlis yim_hli/yim_hlis"
           " cuaj_hli/cuaj_hlis kaum_hli/kaum_hlis kaum_ib_hlis/kaum_ib_hli kaum_ob_hlis/kaum_ob_hli",
}
_ENGLISH = "January/Jan February/Feb March/Mar April/Apr May June/Jun July/Jul August/Aug September/Sept/Sep October/Oct November/Nov December/Dec"
_FULL = frozenset(names.split("/")[0] for names in _ENGLISH.split())
"""What a reply in another language may use; in Tagalog May is not surely a month ("May 5 araw": there are five days)."""

_ONE_LETTER = str.maketrans({**dict.fromkeys("أإآٱ", "ا"), **dict.fromkeys("یىې", "ي"), **dict.fromkeys("ةۀ", "ه"), "ک": "ك"})
"""Letters of the Arabic script that are written one for the other."""


class Months(NamedTuple):
    """A pattern that finds a month's name, and the number of each name in lower case."""

    pattern: re.Pattern[str]
    number: Mapping[str, int]


@lru_cache
def months(language: str | None) -> Months:
    """Return the months' names in a language and in English, without accents that stand apart; English ones with a capital."""
    code = iso(language) if language else "en"
    english = {name: number for name, number in _numbered(_ENGLISH).items() if code == "en" or (name in _FULL and (code, name) != ("tl", "May"))}
    names = {name: number for name, number in _names(code).items() if name not in {e.lower() for e in english} and code != "en"}
    own = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    capital = "|".join(f"{name}|{name.upper()}" for name in sorted(english, key=len, reverse=True))
    pattern = rf"(?<!\w)(?:(?:{capital}){f'|(?i:{own})' if own else ''})(?!\w)"
    return Months(re.compile(pattern), {name.lower(): number for name, number in english.items()} | names)


def plain(of: str) -> str:
    """Return a text in compatibility form without marks that stand apart (vowel signs, accents that no letter takes up)."""
    composed = unicodedata.normalize("NFKC", of).translate(_ONE_LETTER)
    return "".join(char for char in composed if unicodedata.category(char) != "Mn")


def _names(language: str) -> dict[str, int]:
    from babel import Locale, UnknownLocaleError

    names = _numbered(_OWN.get(language, ""))
    for locale in _LOCALES.get(language, (language,)):
        try:
            forms = Locale.parse(locale).months
        except (UnknownLocaleError, ValueError):
            continue
        for form in ("format", "stand-alone") if language in _STAND_ALONE else ("format",):
            names |= {plain(name).lower(): number for number, name in forms[form]["wide"].items()}
    return names


def _numbered(table: str) -> dict[str, int]:
    return {name.replace("_", " "): number for number, same in enumerate(table.split(), 1) for name in same.split("/")}
