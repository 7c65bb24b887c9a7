"""What the scan for personal data finds in two lists of sixty invented sentences, and what it does with it."""

import time
import tomllib
from pathlib import Path

import pytest

from audit.personal import NAME_KNOWN, Names, find_personal_data, masked, personal_data_in


def sentences(name):
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "found", "wrongly"), [("sentences", 30, 1), ("unseen", 25, 0)])
def test_the_scan_finds_as_much_of_the_lists_as_the_page_says(name, found, wrongly):
    lists = sentences(name)
    assert (len(lists["holds"]), len(lists["clean"])) == (30, 30)
    assert sum(bool(find_personal_data(s["text"])) for s in lists["holds"]) == found
    assert sum(bool(find_personal_data(s["text"])) for s in lists["clean"]) == wrongly
    page = " ".join((Path(__file__).parents[2] / "docs/samples.md").read_text(encoding="utf-8").split())
    assert {"sentences": "30 of 30", "unseen": "25 of 30"}[name] in page


@pytest.mark.parametrize("sentence", sentences("sentences")["holds"], ids=lambda s: s["text"][:25])
def test_each_kind_is_named_for_what_it_is(sentence):
    kinds = personal_data_in(sentence["text"])
    assert sentence["kind"] in kinds


@pytest.mark.parametrize("sentence", sentences("sentences")["holds"], ids=lambda s: s["text"][:25])
def test_what_is_masked_is_not_found_again(sentence):
    once = masked(sentence["text"], find_personal_data(sentence["text"]))
    assert find_personal_data(once) == []
    assert "[" in once


def test_masking_keeps_the_rest_of_the_text_to_the_letter():
    text = "Write to lumi@lakeside-band.org; then (206) 867-5309. Or 206 867 5309!"
    assert masked(text, find_personal_data(text)) == "Write to [e-mail address]; then [telephone number]. Or [telephone number]!"
    assert masked("Nothing here.", find_personal_data("Nothing here.")) == "Nothing here."


def test_made_up_numbers_and_addresses_are_let_through():
    assert find_personal_data("Call 206-555-0142 or write to lumi@example.org, www.example.com.") == []


def test_a_known_name_is_found_in_both_orders_and_in_any_case_but_a_single_one_only_in_its_owners_text():
    names = Names([(("Oriana",), ("Velasco",)), (("Will",), ("Young",))])

    def found(text, own=()):
        return [text[f.start:f.end] for f in names.find(text, own) if f.kind == NAME_KNOWN]

    assert found("then oriana velasco left, and Velasco, Oriana came; Oriana M. Velasco's bag") == ["oriana velasco", "Velasco, Oriana", "Oriana M. Velasco"]
    assert found("Oriana is a bird. Will it rain? The young will. I am young.") == []
    assert found("I am Oriana, I will go. Will agrees.", own=("Oriana", "Will")) == ["Oriana", "Will"]
    assert found("I like Oriana. Velasco is a town.") == []


@pytest.mark.parametrize("text", ["a" * 50_000, "1 " * 20_000, "Ab " * 20_000, "a." * 20_000, "@" * 20_000, "my insta is " + "a" * 20_000, "student id " + "1 " * 9_000])
def test_no_text_makes_the_scan_slow(text):
    start = time.perf_counter()
    find_personal_data(text)
    assert time.perf_counter() - start < 10
