"""The forms of texts, by the examples of the RFCs and of ISO 8601."""

import pytest

from audit.evidence import activity, fields
from audit.evidence.specimen import Problems


@pytest.mark.parametrize(("form", "good", "bad"), [
    (fields.UUID, ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6"], ["", "f81d4fae7dec11d0a76500a0c91e6bf6", "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6"]),
    (fields.URN_UUID, ["urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"], ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "urn:uuid:"]),
    (fields.IRI, ["ftp://ftp.is.co.za/rfc/rfc1808.txt", "mailto:ada@example.org", "urn:oasis:names:specification:docbook:dtd:xml:4.1.2", "https://example.org/naïve?q=1#a"], ["", "example.org", "//example.org/x", "https://example.org/a b", "1ab:x", "https:", "a:<b>"]),
    (fields.WEB, ["https://example.org", "http://example.org:8080/a?b#c"], ["ftp://example.org", "https://", "https:///x", "mailto:a@example.org"]),
    (fields.DATE, ["2024-02-29"], ["2023-02-29", "20240229", "2024-2-9", "2024-02-29T00:00:00Z"]),
    (fields.TIME, ["1985-04-12T23:20:50.52Z", "1996-12-19T16:39:57-08:00", "1990-12-31T23:59:60Z", "1990-12-31t15:59:60-08:00"], ["1985-04-12T23:20:50", "1985-04-12 23:20:50Z", "1985-04-31T23:20:50Z", "1985-04-12T25:20:50Z", "1985-04-12"]),
    (fields.UTC_MS, ["2017-11-15T10:15:00.000Z"], ["2017-11-15T10:15:00Z", "2017-11-15T10:15:00.000000Z", "2017-11-15T10:15:00.000+00:00", "2017-13-15T10:15:00.000Z"]),
    (fields.DURATION, ["P3Y6M4DT12H30M5S", "PT1H", "P4W", "PT0.5S", "P1D"], ["P", "PT", "1H", "P1H", "PT1D", "P1DT", "-P1D"]),
])
def test_a_form_fits_what_its_standard_shows_and_nothing_else(form, good, bad):
    assert [text for text in good if not form.fits(text)] == []
    assert [text for text in bad if form.fits(text)] == []


@pytest.mark.parametrize(("text", "real"), [
    ("ada@example.com", False), ("ada@mail.example.org", False), ("ada@school.example", False), ("ada@school.test", False), ("ada@x.invalid", False),
    ("ada@oakhill-k12.us", True), ("ada@notexample.org", True), ("ada@example.org.uk", True), ("mailto:ada%40oakhill-k12.us", True), ("@ada", False), ("a@b", False),
])
def test_an_email_address_is_real_outside_the_domains_kept_for_examples(text, real):
    assert activity.is_real_email(text) is real


def test_only_plain_names_of_a_file_are_repeated():
    assert fields.shown("isChildOf") == "'isChildOf'"
    assert [fields.shown(text) for text in ("ada@example.org", "Ada Invented", "\u202eabc", 7, "x" * 50)] == ["a value that is not printed here"] * 5


def test_a_member_of_the_wrong_type_is_one_error_with_its_path():
    problems = Problems()
    part = fields.Part({"a": 1, "b": None, "c": {}, "d": "x", "e": [1, {"f": 2}]}, "$", "thing", problems)
    assert (part.text("a"), part.text("b"), part.list("c"), part.part("d", "inner"), part.text("z")) == (None, None, [], None, None)
    assert [one.path for one in part.parts("e", "inner")] == ["$.e[1]"]
    assert [(p.rule, p.where, p.what) for p in problems.kept] == [
        ("thing.a", "$.a", "must be a text, and is a number"), ("thing.b", "$.b", "is null"), ("thing.c", "$.c", "must be a list, and is an object"),
        ("inner", "$.d", "must be an object, and is a text"), ("inner", "$.e[0]", "must be an object, and is a number"),
    ]
