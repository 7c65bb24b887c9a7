"""What the message catalogues of another language promise: every text of the data files, none too many, none half done."""

import ast
import itertools
import re
import tomllib
import warnings
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from audit.fixtures import load_set
from audit.report.blocks import Foreign
from audit.report.words import Words, languages
from audit.wording import group_title

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "audit/report/messages"
SPANISH = MESSAGES / "es"
DOCUMENTS = SPANISH / "documents.po"
DATA = ("questions.po", "fixtures.po")
SAME_IN_SPANISH = {"Hmong", "Dari"}
CALLED = {"w", "words", "_w"}
SLOT = re.compile(r"\{[^{}]*\}")


def toml(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


def texts_of_questions():
    """Every text of checklists/*.toml that a document shows: titles, topics (and their keys, as headings show them), questions, remedies."""
    lists = [one for one in map(toml, sorted((ROOT / "checklists").glob("*.toml"))) if "criteria" in one]
    topics = [pair for one in lists for pair in one["topics"].items()]
    return {
        *(one["title"] for one in lists), *(title for _, title in topics), *(key.replace("-", " ") for key, _ in topics),
        *(criterion[part] for one in lists for criterion in one["criteria"] for part in ("question", "remedy")),
    }


def titles(attributes):
    """Titles of attributes and groups; those of groups also as `group_title` cuts them."""
    groups = [title for one in attributes for title in one["groups"].values()]
    return {*(one["title"] for one in attributes), *groups, *(title.split(" (")[0] for title in groups)}


def crossed(attributes):
    """The attribute that a set's `cross` adds."""
    return {
        "title": " and ".join(one["title"] for one in attributes),
        "groups": {str(i): "; ".join(c) for i, c in enumerate(itertools.product(*(one["groups"].values() for one in attributes)))},
    }


def texts_of_fixtures():
    """Every title of fixtures/*/set.toml and of the strata, shared or a set's own."""
    files = {path: toml(path) for path in [*(ROOT / "fixtures").glob("*/set.toml"), *(ROOT / "fixtures").glob("**/strata/*.toml")]}
    shared = {path.stem: one["attributes"] for path, one in files.items() if path.parent == ROOT / "fixtures/strata"}
    found = {one["title"] for one in files.values()} | titles([a for one in files.values() for a in one.get("attributes", {}).values()])
    for one in files.values():
        known = {name: shared[file][name] for file, names in one.get("strata", {}).items() if file in shared for name in names}
        found |= titles([crossed([(known | one.get("attributes", {}))[part] for part in parts]) for parts in one.get("cross", [])])
    return found


@lru_cache
def catalogue(path):
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.name, abort_invalid=True)


def pairs(path):
    """(English, Spanish) of every form; a plural's singular counts as its first."""
    for m in catalogue(path):
        if m.id:
            english, spanish = (m.id, m.string) if isinstance(m.id, tuple) else ((m.id,), (m.string,))
            yield from zip(english, spanish, strict=True)


def present():
    return [pytest.param(path, id=path.name) for path in sorted(SPANISH.glob("*.po"))]


def sentences(argument):
    """The literal sentences of a call's argument: one, or those of `a if x else b`; none where it is not literal."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return [argument.value]
    return [*sentences(argument.body), *sentences(argument.orelse)] if isinstance(argument, ast.IfExp) else []


def is_words(node):
    return (isinstance(node, ast.Name) and node.id in CALLED) or (isinstance(node, ast.Attribute) and node.attr in CALLED)


def asked(source):
    """(sentence,) of each w("…"), (one, many) of each w.plural("…", "…", n) in Python source; also of self._w and words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        if is_words(node.func):
            yield from ((sentence,) for sentence in sentences(node.args[0]))
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "plural" and is_words(node.func.value):
            yield from itertools.product(sentences(node.args[0]), sentences(node.args[1]))


@pytest.mark.parametrize(("name", "texts"), [("questions.po", texts_of_questions), ("fixtures.po", texts_of_fixtures)])
def test_a_data_catalogue_holds_every_text_of_its_files_and_no_other(name, texts):
    entries = [m.id for m in catalogue(SPANISH / name) if m.id]
    assert sorted(texts() - set(entries)) == [], "write these into the catalogue"
    assert sorted(set(entries) - texts()) == [], "the data files have these no more"
    assert not catalogue(SPANISH / name).obsolete


def test_the_titles_of_a_loaded_set_with_a_crossing_are_all_in_the_catalogue():
    fixture_set = load_set(ROOT / "fixtures/behavior-plans")
    shown = {group_title(fixture_set, name, group) for name, one in fixture_set.attributes.items() for group in one.groups}
    shown |= {title for one in fixture_set.attributes.values() for title in (one.title, *one.groups.values())} | {fixture_set.title}
    assert "race_gender" in fixture_set.attributes
    assert shown <= {m.id for m in catalogue(SPANISH / "fixtures.po")}


@pytest.mark.parametrize("path", present())
def test_a_catalogue_says_its_language_its_plural_rule_and_who_has_not_reviewed_it(path):
    found = catalogue(path)
    assert (str(found.locale), found.charset, found.num_plurals, found.plural_expr) == ("es", "utf-8", 2, "(n != 1)")
    assert not found.fuzzy
    assert "not been reviewed by a translator" in " ".join(found.header_comment.replace("#", " ").split())


@pytest.mark.parametrize("path", present())
def test_no_entry_is_untranslated_fuzzy_or_left_in_english(path):
    assert [m.id for m in catalogue(path) if m.id and m.fuzzy] == []
    assert [english for english, spanish in pairs(path) if not (spanish and spanish.strip())] == []
    if path.name in DATA:
        assert [english for english, spanish in pairs(path) if english == spanish and english not in SAME_IN_SPANISH] == []


@pytest.mark.parametrize("path", present())
def test_slots_are_the_same_in_the_translation(path):
    assert [english for english, spanish in pairs(path) if sorted(SLOT.findall(english)) != sorted(SLOT.findall(spanish))] == []


@pytest.mark.parametrize("name", DATA)
def test_a_data_text_and_its_translation_have_the_same_numbers(name):
    assert [e for e, s in pairs(SPANISH / name) if sorted(re.findall(r"\d+(?:\.\d+)?", e)) != sorted(re.findall(r"\d+(?:\.\d+)?", s))] == []


@pytest.mark.parametrize("path", present())
def test_a_translation_ends_as_its_sentence_does_and_opens_its_questions(path):
    ends = ".?!:;,"
    unlike = [
        (english, spanish) for english, spanish in pairs(path)
        if ((english[-1:] in ends) or (spanish[-1:] in ends)) and english.rstrip(")”'\"")[-1:] != spanish.rstrip(")”'\"")[-1:]
    ]
    assert unlike == []
    assert [spanish for _, spanish in pairs(path) if spanish.count("¿") != spanish.count("?") or spanish.count("¡") != spanish.count("!")] == []
    assert [english for english, spanish in pairs(path) if english.count("?") != spanish.count("?")] == []


@pytest.mark.parametrize("path", present())
def test_spaces_are_single_and_stand_where_the_english_has_them(path):
    assert [s for _, s in pairs(path) if re.search(r"\s\s|[\t\r\n]| [.,;:?!)]|[¿¡(] ", s)] == []
    assert [s for e, s in pairs(path) if (e[:1].isspace(), e[-1:].isspace()) != (s[:1].isspace(), s[-1:].isspace())] == []


@pytest.mark.parametrize("path", present())
def test_no_translation_calls_a_tool_biased_or_fair_or_says_that_it_violates(path):
    forbidden = re.compile(r"\b(sesg\w*|(in)?just[oa]s?|viol[aó]|violan|violar|violación(es)?)\b", re.IGNORECASE)
    assert [s for _, s in pairs(path) if forbidden.search(s)] == []


def test_a_groups_translation_has_brackets_only_where_its_title_has_them():
    groups = texts_of_fixtures()
    whole = {e: s for e, s in pairs(SPANISH / "fixtures.po") if e.split(" (")[0] in groups and " (" in e}
    short = dict(pairs(SPANISH / "fixtures.po"))
    assert whole
    assert all(short[e.split(" (")[0]] == s.split(" (")[0] for e, s in whole.items())
    assert [e for e, s in short.items() if " (" in s and " (" not in e and "IEP" not in s] == []


def test_no_text_is_translated_in_two_ways():
    seen = {}
    for path in sorted(SPANISH.glob("*.po")):
        for m in catalogue(path):
            if m.id:
                seen.setdefault(m.id if isinstance(m.id, str) else m.id[0], set()).add(m.string)
    assert {english: ways for english, ways in seen.items() if len(ways) > 1} == {}


def test_the_calls_of_a_page_are_found_in_its_source():
    source = (
        'w("One " "sentence {a}.", a=1); self._w("Two"); words("Three"); w("Yes" if x else "No"); w(other); w.data("a title"); found("none")\n'
        'w.plural("{n} item", "{n} items", 3); self.words.plural("{n} tool", "{n} tools", n)'
    )
    assert sorted(asked(source)) == [
        ("No",), ("One sentence {a}.",), ("Three",), ("Two",), ("Yes",), ("{n} item", "{n} items"), ("{n} tool", "{n} tools"),
    ]


def test_every_sentence_of_the_documents_is_translated_with_its_slots():
    if not DOCUMENTS.is_file():
        pytest.skip("audit/report/messages/es/documents.po is not written yet")
    known = {m.id if isinstance(m.id, tuple) else (m.id,): m.string if isinstance(m.id, tuple) else (m.string,) for m in catalogue(DOCUMENTS) if m.id}
    known |= {one[:1]: forms[:1] for one, forms in known.items() if one[:1] not in known}
    used = {one: path for path in (ROOT / "audit/report").glob("**/*.py") for one in asked(path.read_text(encoding="utf-8"))}
    assert used
    assert {one: used[one].name for one in sorted(used.keys() - known.keys())} == {}, "write these into documents.po"
    assert [one for one in used if any(sorted(SLOT.findall(form)) != sorted(SLOT.findall(one[-1])) for form in known[one])] == []


def test_a_document_in_spanish_has_no_question_or_title_left_in_english():
    if "es" not in languages():
        pytest.skip("audit/report/messages/es/documents.po is not written yet")
    w = Words("es")
    assert [text for text in sorted(texts_of_questions() | texts_of_fixtures()) if isinstance(w.data(text), Foreign)] == []
