"""Files of strangers: what could run, grow, or reach outside is refused in one line that names the place."""

import io
import stat
import zipfile

import pytest

from audit import untrusted
from audit.errors import ChecklistError


def refused(read, raw):
    with pytest.raises(ChecklistError) as caught:
        read(raw, "file.x", ChecklistError)
    assert "\n" not in str(caught.value)
    return str(caught.value)


BILLION = b"<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'>" + b"".join(b"<!ENTITY b%d '%s'>" % (i, b"&a;" * 10) for i in range(9)) + b"]><l>&b8;</l>"


@pytest.mark.parametrize(("raw", "said"), [
    (BILLION, "has a document type or an entity"), (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "has a document type"),
    (b"<!DOCTYPE a [<!ENTITY x SYSTEM 'http://example.org/'>]><a>&x;</a>", "has a document type"), (b"<a><b></a>", "not valid XML: mismatched tag: line 1"),
    (b"", "not valid XML: no element found"), (b"<a>" * 5000, "nested more than 200 deep"), (b"<?xml version='1.0' encoding='no-such'?><a/>", "not readable XML"),
    (b"<a x='1' x='2'/>", "duplicate attribute"), (b"\x00\x01", "not valid XML"),
])
def test_xml_that_fetches_grows_or_breaks_is_refused(raw, said):
    assert said in refused(untrusted.xml_of, raw)


def test_xml_elements_know_their_lines():
    found = untrusted.xml_of(b"<a>\n<b/>\n\n<c><d/></c>\n</a>", "x", ChecklistError)
    assert [(e.tag, found.line(e)) for e in found.root.iter()] == [("a", 1), ("b", 2), ("c", 4), ("d", 4)]


@pytest.mark.parametrize(("raw", "said"), [
    (b"a: &x [1]\nb: *x\n", "line 1 uses a YAML anchor or alias"), (b"a: 1\nb: !!python/object/apply:os.system ['true']\n", "line 2 uses the YAML tag"),
    (b"a: 1\nb: 2\na: 3\n", "the key 'a' appears twice (line 3)"), (b"a: [1\n", "not valid YAML"), (b"a: 1\n---\nb: 2\n", "not valid YAML"),
    (b"- " * 300 + b"1", "nested more than 100 deep"), (b"a: \xff\n", "line 1 is not UTF-8"), (b"a:\n\t- 1\n", "not valid YAML"), (b"a: \x07\n", "not valid YAML"),
])
def test_yaml_that_names_objects_repeats_itself_or_breaks_is_refused(raw, said):
    assert said in refused(untrusted.yaml_of, raw)


def test_yaml_values_keep_what_they_are_and_know_their_lines():
    value, lines = untrusted.yaml_of(b"num: 302.1\ntext: '302.1'\nday: 2021-08-31\nlist:\n  - true\n", "x", ChecklistError)
    assert value == {"num": 302.1, "text": "302.1", "day": "2021-08-31", "list": [True]}
    assert [lines.of(place) for place in (("text",), ("list", 0), ("list", 9), ())] == [2, 5, 5, 1]


@pytest.mark.parametrize(("raw", "said"), [
    (b'{"a": 1, "a": 2}', "the key 'a' appears twice in one object"), (b"[NaN]", "NaN is no JSON number"), (b"[" * 100_000, "nested too deeply"),
    (b"[" * 150 + b"]" * 150, "nested more than 100 deep"), (b'{"a":\n}', "not valid JSON: Expecting value (line 2, column 1)"), (b"\xff", "is not UTF-8"), (b"", "not valid JSON"),
])
def test_json_that_doubles_or_breaks_is_refused(raw, said):
    assert said in refused(untrusted.json_of, raw)


def test_a_number_of_thousands_of_digits_is_only_a_large_number():
    assert untrusted.json_of(b"9" * 5000, "x", ChecklistError) == float("inf")


# ---------------------------------------------------------------- archives


def a_zip(path, *members, **kinds):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = kinds.get("attributes", 0) << 16
            archive.writestr(info, raw)
    return path


def no_archive(path):
    with pytest.raises(ChecklistError) as caught, untrusted.open_zip(path, ChecklistError):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["../out.csv", "a/../../out.csv", "/etc/out.csv", "C:/out.csv", "..\\out.csv"])
def test_a_member_that_leaves_its_folder_is_refused(tmp_path, name):
    assert "leaves its folder" in no_archive(a_zip(tmp_path / "a.zip", (name, "x")))


def test_links_bombs_doubles_locks_and_damage_are_refused(tmp_path):
    assert "is a link" in no_archive(a_zip(tmp_path / "link.zip", ("a", "/etc/passwd"), attributes=stat.S_IFLNK | 0o777))
    assert "times its size" in no_archive(a_zip(tmp_path / "bomb.zip", ("a.csv", bytes(30_000_000))))
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 nothing")
    assert "not a readable zip archive" in no_archive(tmp_path / "no.zip")
    with pytest.warns(UserWarning, match="Duplicate name"):
        a_zip(tmp_path / "twice.zip", ("a.csv", "1"), ("a.csv", "2"))
    assert "two members 'a.csv'" in no_archive(tmp_path / "twice.zip")
    assert "there is no file" in no_archive(tmp_path / "none.zip") or "cannot be read" in no_archive(tmp_path / "none.zip")


def test_a_locked_archive_is_refused(tmp_path):
    raw = bytearray(a_zip(tmp_path / "a.zip", ("a.csv", "x")).read_bytes())
    for signature, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        raw[raw.index(signature) + at] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    assert "locked with a password" in no_archive(tmp_path / "a.zip")


def test_a_member_is_read_whole_within_its_limit_and_in_pieces_without(tmp_path):
    path = a_zip(tmp_path / "a.zip", ("dir/", ""), ("dir/a.txt", "hello"))
    with untrusted.open_zip(path, ChecklistError) as archive:
        assert archive.names == ("dir/a.txt",)
        assert (archive.size("dir/a.txt"), archive.read("dir/a.txt")) == (5, b"hello")
        with pytest.raises(ChecklistError, match="is larger than 0 MB"):
            archive.read("dir/a.txt", 4)
        with archive.open("dir/a.txt") as file:
            assert io.TextIOWrapper(file).read() == "hello"


def test_a_damaged_member_is_one_line(tmp_path):
    raw = bytearray(a_zip(tmp_path / "a.zip", ("a.csv", "some,content\n" * 100)).read_bytes())
    raw[40:60] = bytes(20)
    (tmp_path / "a.zip").write_bytes(raw)
    with untrusted.open_zip(tmp_path / "a.zip", ChecklistError) as archive, pytest.raises(ChecklistError, match=r"a\.csv is damaged"):
        archive.read("a.csv")


def test_a_file_is_read_within_its_limit(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert untrusted.bytes_of(tmp_path / "a", ChecklistError, 5) == b"12345"
    for path, said in ((tmp_path / "a", "larger than 0 MB"), (tmp_path / "none", "there is no file here"), (tmp_path, "this is a folder")):
        with pytest.raises(ChecklistError, match=said):
            untrusted.bytes_of(path, ChecklistError, 4)


@pytest.mark.parametrize(("text", "twice"), [
    ('{"a": 1, "a": 1}', "a"), ('[{"b": {"c": 1, "d": 2, "c": 3}}]', "c"), ('{"a": 1, "\\u0061": 2}', "a"), ('{"n": NaN, "a": 1, "a": 2}', "a"),
    ('{"n": %s, "a": 1, "a": 2}' % ("9" * 5_000), "a"), ('{"a": {"a": 1}, "b": {"a": 1}}', None), ("{", None), ("[" * 100_000, None), ("", None),
])
def test_a_key_that_stands_twice_is_found_at_any_depth_and_however_it_is_written(text, twice):
    assert untrusted.key_twice(text) == twice
