"""A bundle of a stranger: whatever is in it, it is refused in one line or read safely."""

import json
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.bundles import open_bundle
from audit.bundles.names import check_names
from audit.errors import BundleError
from tests.bundles.made import a_bundle, a_key, head_bytes, members, zipped


def refused(path) -> str:
    with pytest.raises(BundleError) as caught, open_bundle(path) as bundle:
        bundle.altered()
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 600
    return said


def listing(tmp_path, files, **changes):
    return zipped(tmp_path / "x.audit.zip", {"bundle.json": head_bytes(files, **changes), **files})


HOSTILE_NAMES = [
    "run/../../etc/passwd", "../x", "/etc/passwd", "run", "run/", "run//x", "run/./x", "plan.toml", "signature.json", "bundle.json", "C:/x", "run/C:/x", "run/x:y",
    "run\\x", "run/..\\..\\x", "run/CON", "run/con.txt", "run/evidence/NUL.tar.gz", "run/COM1", "run/lpt9.log", "run/COM¹", "run/CONIN$", "run/x.", "run/x ",
    "run/evidence./x", "run/ x", "run/a\x00b", "run/a\nb", "run/a\x1b[31m", "run/a?b", "run/a*b", 'run/a"b', "run/<a>", "run/a|b", "run/\u202egnp.exe",
    "run/a\u200bb", "run/\ufeffx", "run/" + "x" * 300, "",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_listed_name_that_is_unsafe_on_any_system_is_refused(tmp_path, name):
    raw = head_bytes({name: b"x"})
    assert "bundle.json" in refused(zipped(tmp_path / "x.audit.zip", {"bundle.json": raw}))
    raw = head_bytes({}, withheld={name: {"sha256": "a" * 64, "size": 1, "because": "confidential"}})
    assert "bundle.json" in refused(zipped(tmp_path / "y.audit.zip", {"bundle.json": raw}))


@pytest.mark.parametrize("names", [
    ("run/a.txt", "run/A.TXT"), ("run/stra\u00dfe", "run/strasse"), ("run/caf\u00e9", "run/cafe\u0301"), ("run/a", "run/a/b"), ("run/A/b", "run/a"),
    ("run/\ufb01le", "run/file"),
])
def test_two_names_that_are_one_file_on_some_system_are_refused(tmp_path, names):
    refused(listing(tmp_path, dict.fromkeys(names, b"x")))


def test_a_file_cannot_be_both_there_and_withheld(tmp_path):
    refused(listing(tmp_path, {"run/a": b"x"}, withheld={"run/a": {"sha256": "a" * 64, "size": 1, "because": "confidential"}}))


@pytest.mark.parametrize("name", ["run/plan.toml", "run/evidence/A report, 2026 (final).pdf", "run/checklists/us-ny.json", "run/evidence/\u00e9l\u00e8ve \u5b66\u751f.csv", "run/.x", "run/console.txt", "run/comm"])
def test_ordinary_names_are_fine(name):
    check_names([name], "here")


@given(st.text(max_size=40).map(lambda t: f"run/{t}"))
def test_a_name_that_is_accepted_stays_inside_on_every_system(name):
    import ntpath
    import posixpath

    try:
        check_names([name], "here")
    except BundleError:
        return
    assert posixpath.normpath(name) == name
    assert ntpath.normpath(name).replace("\\", "/") == name
    assert ntpath.splitdrive(name)[0] == ""
    assert name.encode()


@pytest.mark.parametrize(("content", "said"), [
    (b"", "not a readable zip"), (b"PK\x03\x04 and no more", "not a readable zip"), (b"\x00" * 5000, "not a readable zip"), (b"%PDF-1.7", "not a readable zip"),
    (b"PK\x05\x06" + b"\xff" * 18, "not a readable zip"),
])
def test_what_is_no_zip_is_said_to_be_none(tmp_path, content, said):
    (tmp_path / "x.audit.zip").write_bytes(content)
    assert said in refused(tmp_path / "x.audit.zip")


def test_a_zip_that_is_no_bundle_is_said_to_be_none(tmp_path):
    assert "there is no bundle.json" in refused(zipped(tmp_path / "x.zip", {"word/document.xml": b"<x/>"}))


BAD_HEADS = {
    "no JSON": b"{", "not UTF-8": b"\xff\xfe{}", "a list": b"[]", "a number": b"1", "nothing": b"", "null": b"null",
    "deep": b"[" * 10_000 + b"]" * 10_000, "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a key twice": head_bytes({}).replace(b'"seeds"', b'"versions": {}, "seeds"'), "NaN": head_bytes({}).replace(b'"seeds": {}', b'"seeds": {"a": NaN}'),
    "no files": json.dumps({"schema": "edtech-equity-audit/bundle/1"}).encode(),
    "schema of another file": head_bytes({}, schema="edtech-equity-audit/manifest/1"), "schema is a list": head_bytes({}, schema=["edtech-equity-audit/bundle/1"]),
    "edition 0": head_bytes({}, schema="edtech-equity-audit/bundle/0"), "edition with tail": head_bytes({}, schema="edtech-equity-audit/bundle/1\n"),
    "a hash that is none": head_bytes({}, files={"run/a": {"sha256": "A" * 64, "size": 1}}),
    "a hash with a tail": head_bytes({}, files={"run/a": {"sha256": "a" * 64 + "\n", "size": 1}}),
    "a negative size": head_bytes({}, files={"run/a": {"sha256": "a" * 64, "size": -1}}),
    "a size without end": head_bytes({}, files={"run/a": {"sha256": "a" * 64, "size": 7}}).replace(b"7", b"9" * 5_000),
    "a size that is a text": head_bytes({}, files={"run/a": {"sha256": "a" * 64, "size": "1"}}),
    "half a character": head_bytes({}, collection="x").replace(b'"x"', b'"\\ud800"'),
    "half a character in a name": head_bytes({}).replace(b'"files": {}', b'"files": {"run/\\udfff": {"sha256": "' + b"a" * 64 + b'", "size": 1}}'),
    "tool is a text": head_bytes({}, tool="Acme"), "tool's name is a list": head_bytes({}, tool={"name": ["Acme"]}),
}


@pytest.mark.parametrize("name", sorted(BAD_HEADS))
def test_a_head_that_is_none_is_refused_in_one_line(tmp_path, name):
    refused(zipped(tmp_path / "x.audit.zip", {"bundle.json": BAD_HEADS[name]}))


def test_a_newer_edition_asks_for_an_update_and_a_later_field_does_not(tmp_path):
    said = refused(zipped(tmp_path / "x.audit.zip", {"bundle.json": head_bytes({}, schema="edtech-equity-audit/bundle/2")}))
    assert "newer version" in said
    assert "Update edtech-equity-audit" in said
    with open_bundle(zipped(tmp_path / "y.audit.zip", {"bundle.json": head_bytes({}, added_later={"a": 1})})) as bundle:
        assert bundle.altered() == []


def test_a_head_of_100_mb_is_not_read(tmp_path):
    path = zipped(tmp_path / "x.audit.zip", {"bundle.json": b'{"a": "' + b"x" * 100_000_000 + b'"}'})
    assert path.stat().st_size < 1_000_000
    refused(path)
    stored = zipped(tmp_path / "y.audit.zip", {"bundle.json": b" " * 25_000_000}, zipfile.ZIP_STORED)
    assert "larger than 20 MB" in refused(stored)


def test_a_bomb_of_one_file_or_of_many_is_refused_before_it_is_unpacked(tmp_path):
    zeros = b"\0" * 30_000_000
    assert "times its size" in refused(listing(tmp_path, {"run/a": zeros}))
    many = {f"run/{n}": zeros[: 15_000_000] for n in range(8)}   # each below the size from which one file is a bomb
    assert "times its size" in refused(listing(tmp_path, many))


def test_a_size_in_the_zip_that_lies_is_noticed(tmp_path):
    files = {"run/a": b"x" * 1000}
    path = listing(tmp_path, files)
    raw = path.read_bytes()
    lying = raw.replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != raw
    path.write_bytes(lying)
    with open_bundle(path) as bundle:
        assert bundle.altered() == ["run/a: altered"]


@pytest.mark.parametrize("name", ["../x", "/x", "C:/x", "run/../../x", "..\\x"])
def test_a_zip_whose_own_names_leave_the_folder_is_refused_even_if_the_list_is_clean(tmp_path, name):
    assert "leaves its folder" in refused(zipped(tmp_path / "x.audit.zip", {"bundle.json": head_bytes({}), name: b"x"}))


def test_a_link_in_the_zip_is_refused(tmp_path):
    info = zipfile.ZipInfo("run/plan.toml")
    info.external_attr = 0o120777 << 16
    assert "is a link" in refused(zipped(tmp_path / "x.audit.zip", [("bundle.json", head_bytes({})), (info, b"/etc/passwd")]))


def test_two_members_of_one_name_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "x.audit.zip", [("bundle.json", head_bytes({"run/a": b"1"})), ("run/a", b"1"), ("run/a", b"2")])
    assert "two members" in refused(path)


def test_a_locked_zip_is_refused(tmp_path):
    path = listing(tmp_path, {"run/a": b"x"})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    path.write_bytes(bytes(raw))
    assert "password" in refused(path)


def test_a_member_of_other_letter_case_is_not_listed_and_not_extracted(tmp_path):
    path = zipped(tmp_path / "x.audit.zip", {"bundle.json": head_bytes({"run/a": b"1"}), "run/a": b"1", "run/A": b"2", "Signature.json": b"{}"})
    with open_bundle(path) as bundle:
        assert bundle.altered() == ["run/A: not listed", "Signature.json: not listed"]
        run = bundle.extract(tmp_path / "out")
    assert [p.read_bytes() for p in run.iterdir()] == [b"1"]


def test_something_before_or_after_or_hidden_in_folders_of_the_zip_is_refused(tmp_path):
    hidden = zipped(tmp_path / "x.audit.zip", {"bundle.json": head_bytes({"run/a": b"1"}), "run/a": b"1", "run/b/": b"hidden"})
    assert "packed again" in refused(hidden)
    raw = listing(tmp_path, {"run/a": b"1"}).read_bytes()
    for other in (b"<html>" + raw, raw + b"<html>", raw[:-2] + b"\x06\x00<html>"):
        (tmp_path / "y.audit.zip").write_bytes(other)
        assert "packed again" in refused(tmp_path / "y.audit.zip")


# --- one changed byte, anywhere ---

def everything(path: Path):
    """All that can be read of a bundle, or None where it is refused or says that it is altered or wrongly signed."""
    from datetime import date

    try:
        with open_bundle(path) as bundle:
            if bundle.altered():
                return None
            signers = bundle.signatures([], date(2026, 12, 1))
            if any(s.standing == "wrong" for s in signers):
                return None
            return bundle.digest, {name: bundle.read(name) for name in bundle.head.files}, signers
    except BundleError:
        return None


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    path = a_bundle(folder / "x.audit.zip", a_key(folder))
    return path, path.read_bytes(), everything(path)


def test_every_byte_changed_is_noticed_or_changes_nothing_that_is_read(sound, tmp_path):
    _, raw, before = sound
    assert before is not None
    changed = tmp_path / "y.audit.zip"
    for place in range(len(raw)):
        flip = (0x01, 0x80, 0xFF)[place % 3]
        changed.write_bytes(raw[:place] + bytes([raw[place] ^ flip]) + raw[place + 1:])
        assert everything(changed) in (None, before), (place, flip)


@given(st.data())
def test_bytes_cut_out_put_in_or_overwritten_are_noticed_or_change_nothing_that_is_read(sound, data):
    _, raw, before = sound
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + data.draw(st.sampled_from([0, 1, 4, 200])))))
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder) / "y.audit.zip"
        changed.write_bytes(raw[:start] + data.draw(st.binary(max_size=60)) + raw[end:])
        assert everything(changed) in (None, before)


def test_members_swapped_by_somebody_who_writes_good_zips_are_noticed(sound, tmp_path):
    path, _, before = sound
    content = members(path)
    content["run/plan.toml"], content["run/journal.jsonl"] = content["run/journal.jsonl"], content["run/plan.toml"]
    assert before is not None
    assert everything(zipped(tmp_path / "y.audit.zip", content)) is None
