"""Finding the shipped folders, reading TOML, and explaining what does not fit."""

from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from audit.errors import AuditError, ChecklistError
from audit.library import convert, inside, nearest, read_text, shipped


class Inner(Struct, frozen=True, forbid_unknown_fields=True):
    colour: Literal["red", "green"] = "red"
    size: Annotated[int, Meta(ge=1)] = 1


class Outer(Struct, forbid_unknown_fields=True):
    name: str
    one: Inner = Inner()
    many: tuple[Inner, ...] = ()
    by_name: dict[str, Inner] = {}
    maybe: Inner | None = None


@pytest.mark.parametrize(("data", "said"), [
    ({"nam": "x", "name": "x"}, "unknown key 'nam'. Did you mean 'name'?"),
    ({"name": "x", "one": {"color": "red"}}, "unknown key 'color' in [one]. Did you mean 'colour'?"),
    ({"name": "x", "many": [{}, {"siz": 1}]}, "unknown key 'siz' in [many[1]]. Did you mean 'size'?"),
    ({"name": "x", "by_name": {"a": {}, "k": {"siz": 1}}}, "unknown key 'siz' in [by_name.k]. Did you mean 'size'?"),
    ({"name": "x", "maybe": {"siz": 1}}, "unknown key 'siz' in [maybe]. Did you mean 'size'?"),
    ({"name": "x", "one": {"colour": "gren"}}, "one.colour = 'gren' is none of its values. Did you mean 'green'?"),
    ({"name": "x", "one": {"size": 0}}, "expected a whole number >= 1 at one.size"),
    ({"name": "x", "one": 3}, "expected a table, got a whole number at one"),
    ({"name": None}, "expected a text (in quotation marks), got nothing at name"),
    ({}, "missing key 'name'"),
])
def test_what_does_not_fit_is_said_in_the_words_of_a_person_who_edits_toml(data, said):
    with pytest.raises(ChecklistError) as caught:
        convert(data, Outer, ChecklistError, "file.toml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("file.toml: ")


def test_keys_known_elsewhere_are_offered_too_but_only_at_the_top():
    with pytest.raises(AuditError, match="Did you mean 'timeout'"):
        convert({"name": "x", "timeoot": 1}, Outer, AuditError, "f", also=["timeout"])
    with pytest.raises(AuditError) as caught:
        convert({"name": "x", "one": {"timeoot": 1}}, Outer, AuditError, "f", also=["timeout"])
    assert "'timeout'" not in str(caught.value)


def test_the_nearest_name_is_offered_and_all_of_them_when_none_is_near():
    assert nearest("htp", ["http", "chat"]) == "Did you mean 'http'?"
    assert nearest("zzz", ["http", "chat"]) == "Known: chat, http."
    assert nearest("zzz", []) == ""
    assert nearest("zzz", [f"name-{n:02}" for n in range(30)]).endswith("and 6 more.")


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "sub/../../x", "a\0b"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, name):
    with pytest.raises(AuditError):
        inside(tmp_path / "evidence", name, AuditError, "row 3")


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "private.txt").write_text("x")
    (tmp_path / "evidence" / "link.txt").symlink_to(tmp_path / "private.txt")
    with pytest.raises(AuditError, match="lies outside"):
        inside(tmp_path / "evidence", "link.txt", AuditError, "row 3")


def test_a_byte_order_mark_is_no_part_of_a_text(tmp_path):
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbfa = 1")
    assert read_text(tmp_path / "f", AuditError, "file") == "a = 1"


def test_the_shipped_folders_are_found():
    assert (shipped("fixtures") / "student-messages" / "set.toml").is_file()
    assert (shipped("checklists") / "policy.toml").is_file()


def test_every_error_is_one_line_whatever_it_holds():
    assert str(AuditError("a\nb\u2028c", where="x\ty", fix="d\r\ne")) == "x y: a b c. d e"
