"""What every checker is held to: it claims only its own files, takes any file for a file, and says what is wrong in one line."""

import json
import time
import zipfile
from datetime import date
from importlib import import_module

import pytest

from audit.errors import ChecklistError
from audit.evidence import CHECKERS, inspect
from audit.evidence.specimen import Problems, Specimen
from audit.records import FileCheck

TODAY = date(2026, 11, 22)
WRONG = [None, 0, -1, 1e308, True, "", "x" * 200_000, [], {}, [[]], [{}], {"": None}, {"keys": 3}, [1, "a", None, {"b": []}]]
KEYS = ["keys", "openapi", "swagger", "CFDocument", "sensor", "data", "actor", "verb", "issuer", "scope", "scopes", "schemas", "redirect_uris", "iss", "title",
        "product", "catalog", "chapters", "datasets", "urls", "dataModels", "paths", "info", "components", "version", "CFItems", "client_name", "patch", "bulk"]


def hostile(folder):
    """Files that no vendor should send."""
    folder.mkdir()
    texts = {
        "empty.json": "", "null.json": "null", "list.json": "[]", "deep.json": "[" * 5000, "number.json": "9" * 6000, "bom.json": "\ufeff{}", "empty.yaml": "", "dash.yaml": "- ",
        "alias.yaml": "a: &a [1]\nb: *a\n", "tag.yaml": "a: !!python/name:os.system x\n", "empty.xml": "<a/>", "broken.xml": "<md:EntityDescriptor", "empty.csv": "", "empty.txt": "", "quote.csv": '"a\n' * 50,
        "entity.xml": "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><EntityDescriptor>&x;</EntityDescriptor>", "security.txt": "Contact:\nExpires: never\n\x00\x1b[31m",
        "a.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "token.jwt": "a.b.c", "none.pdf": "%PDF", "spec.yaml": "openapi: 3.1.0\npaths: 7\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "bytes.json").write_bytes(bytes(range(256)) * 50)
    (folder / "utf16.csv").write_bytes("a,b\n1,2\n".encode("utf-16"))
    for number, value in enumerate(WRONG):
        (folder / f"wrong{number}.json").write_text(json.dumps(dict.fromkeys(KEYS, value)), encoding="utf-8")
    for name, members in (("empty.zip", {}), ("manifest.zip", {"manifest.csv": "\x00", "users.csv": '"'}), ("ims.zip", {"imsmanifest.xml": "<a", "x.xml": ""}),
                          ("out.zip", {"../../out.csv": "x"}), ("bomb.zip", {"manifest.csv": "0" * 40_000_000}), ("cmi5.zip", {"cmi5.xml": "<courseStructure/>"}), ("book.xlsx", {"xl/workbook.xml": "<a/>"})):
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, text in members.items():
                archive.writestr(member, text)
    return sorted(folder.iterdir())


def looked_at(path, kind=None):
    """How a look at a file ends: what was found, or the one line of the error."""
    begin = time.process_time()
    try:
        found = inspect(path, TODAY, kind)
    except ChecklistError as error:
        found = str(error)
    assert time.process_time() - begin < 20, f"{path.name} took too long"
    if isinstance(found, str):
        assert "\n" not in found
        assert "\x1b" not in found
        return found
    assert isinstance(found, FileCheck)
    assert all("\n" not in p.where + p.what + p.fix and "\x1b" not in p.where + p.what for p in found.problems)
    return found


def test_any_file_ends_in_findings_or_in_one_line_and_leaves_nothing_behind(tmp_path):
    files = hostile(tmp_path / "files")
    for path in files:
        looked_at(path)
    assert sorted((tmp_path / "files").iterdir()) == files
    assert [p.name for p in tmp_path.iterdir()] == ["files"]


@pytest.mark.parametrize("kind", CHECKERS)
def test_a_checker_that_is_asked_for_by_name_takes_any_file(tmp_path, kind):
    for path in hostile(tmp_path / "files"):
        if path.name != "bomb.zip" or kind == "oneroster":
            looked_at(path, kind)


@pytest.mark.parametrize("kind", CHECKERS)
def test_a_checker_has_both_functions_says_what_it_is_held_to_and_claims_no_empty_file(tmp_path, kind):
    module = import_module(CHECKERS[kind].module)
    assert module.__doc__
    assert CHECKERS[kind].title
    assert CHECKERS[kind].specification
    (tmp_path / "nothing.bin").write_bytes(b"")
    assert module.recognises(Specimen(tmp_path / "nothing.bin", TODAY)) is False


def test_an_unknown_kind_is_refused_with_the_nearest(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"")
    with pytest.raises(ChecklistError, match=r"unknown kind of evidence 'onerooster'. Did you mean 'oneroster'\?"):
        inspect(tmp_path / "a.zip", TODAY, "onerooster")
    with pytest.raises(ChecklistError, match="cannot be read"):
        inspect(tmp_path / "none.zip", TODAY)


def test_of_one_rule_five_problems_are_kept_and_all_are_counted():
    problems = Problems()
    for line in range(12):
        problems.error("a.rule", f"line {line}", "it is wrong")
    problems.warning("b.rule", "", "look")
    assert [(p.level, p.rule) for p in problems.listed()] == [*[("error", "a.rule")] * 5, ("warning", "b.rule"), ("error", "a.rule")]
    assert problems.listed()[-1].what == "and 7 more like this"
    assert (problems.counts["error"], problems.of("a.rule")) == (12, 12)


def test_a_document_that_no_standard_claims_is_kept_as_it_is(tmp_path):
    (tmp_path / "dpa.pdf").write_bytes(b"%PDF-1.7")
    found = inspect(tmp_path / "dpa.pdf", TODAY)
    assert (found.kind, found.errors, found.size, found.facts) == (None, 0, 8, {})
