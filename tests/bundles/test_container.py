"""The container: the same run gives the same bytes, and every byte that is handed out was held against its hash."""

import hashlib
import json
import os
import stat
import subprocess
import sys
import tracemalloc
import zipfile

import jsonschema
import pytest

from audit.bundles import Withheld, open_audit, open_bundle, pack
from audit.errors import BundleError, RunFolderError
from audit.schemas import schemas
from tests.bundles.made import DAY, FILES, a_bundle, a_head, a_key, members, zipped


def test_the_same_files_give_the_same_bytes_whatever_their_order_and_times(tmp_path):
    key = a_key(tmp_path)
    for name, order, time in (("a", list(FILES), 1_000_000_000), ("b", list(FILES)[::-1], 1_700_000_000)):
        sources = {}
        for member in order:
            sources[member] = tmp_path / name / member
            sources[member].parent.mkdir(parents=True, exist_ok=True)
            sources[member].write_bytes(FILES[member])
            sources[member].chmod(0o777 if name == "a" else 0o600)
            os.utime(sources[member], (time, time))
        versions = {"x": "1", "a": "2"} if name == "a" else {"a": "2", "x": "1"}
        pack(tmp_path / f"{name}.audit.zip", a_head(versions=versions), sources, key, DAY)
    assert (tmp_path / "a.audit.zip").read_bytes() == (tmp_path / "b.audit.zip").read_bytes()


def test_a_bundle_is_a_plain_zip_that_lists_its_files_with_their_sha256(tmp_path):
    path = a_bundle(tmp_path / "x.audit.zip")
    found = members(path)
    assert list(found) == ["bundle.json", "run/evidence/café.txt", "run/journal.jsonl", "run/plan.toml"]
    head = json.loads(found["bundle.json"])
    assert list(head)[:3] == ["schema", "versions", "seeds"]
    assert head["schema"] == "edtech-equity-audit/bundle/1"
    assert head["files"] == {name: {"sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw)} for name, raw in FILES.items()}
    with zipfile.ZipFile(path) as archive:
        assert {(i.date_time, i.create_system, i.external_attr >> 16) for i in archive.infolist()} == {((1980, 1, 1, 0, 0, 0), 3, 0o100644)}


def test_bundle_json_fits_its_schema_and_another_edition_does_not(tmp_path):
    schema = schemas()["bundle"]
    head = json.loads(members(a_bundle(tmp_path / "x.audit.zip", withheld={"run/evidence/x.pdf": Withheld("a" * 64, 12, "confidential")}))["bundle.json"])
    jsonschema.validate(head, schema)
    for wrong in ({"schema": "edtech-equity-audit/bundle/2"}, {"files": {"run/a": {"sha256": "x", "size": 1}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(head | wrong, schema)


def test_the_digest_is_the_sha256_of_bundle_json(tmp_path):
    digest = pack(tmp_path / "x.audit.zip", a_head(), FILES, None, DAY)
    assert digest == hashlib.sha256(members(tmp_path / "x.audit.zip")["bundle.json"]).hexdigest()
    with open_bundle(tmp_path / "x.audit.zip") as bundle:
        assert bundle.digest == digest
        assert bundle.signatures([], DAY) == []


def test_what_was_packed_reads_back(tmp_path):
    withheld = {"run/evidence/x.pdf": Withheld("a" * 64, 12, "confidential")}
    with open_bundle(a_bundle(tmp_path / "x.audit.zip", withheld=withheld)) as bundle:
        assert {name: bundle.read(name) for name in bundle.head.files} == FILES
        assert bundle.head.withheld == withheld
        assert bundle.altered() == []
        run = bundle.extract(tmp_path / "out")
    assert {f"run/{p.relative_to(run).as_posix()}": p.read_bytes() for p in run.rglob("*") if p.is_file()} == FILES


def test_only_what_is_asked_for_is_extracted(tmp_path):
    with open_bundle(a_bundle(tmp_path / "x.audit.zip")) as bundle:
        run = bundle.extract(tmp_path / "out", {"run/plan.toml", "run/nowhere.json"})
    assert [p.name for p in run.rglob("*")] == ["plan.toml"]


def test_nothing_that_is_there_is_overwritten_by_extraction(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "plan.toml").write_text("mine")
    with open_bundle(a_bundle(tmp_path / "x.audit.zip")) as bundle, pytest.raises(BundleError, match="something here already"):
        bundle.extract(tmp_path)
    assert (tmp_path / "run" / "plan.toml").read_text() == "mine"


def altered(tmp_path, change):
    """The bundle with its members changed by somebody who can write zips."""
    content = members(a_bundle(tmp_path / "x.audit.zip"))
    change(content)
    return zipped(tmp_path / "y.audit.zip", content)


@pytest.mark.parametrize(("change", "said"), [
    (lambda c: c.update({"run/plan.toml": c["run/plan.toml"].replace(b"Acme", b"Acne")}), ["run/plan.toml: altered"]),
    (lambda c: c.update({"run/plan.toml": c["run/plan.toml"] + b"\n"}), ["run/plan.toml: altered"]),
    (lambda c: c.update({"run/plan.toml": b""}), ["run/plan.toml: altered"]),
    (lambda c: c.pop("run/plan.toml"), ["run/plan.toml: missing"]),
    (lambda c: c.update({"run/extra\x1b[31m.txt": b"x"}), ["run/extra\ufffd[31m.txt: not listed"]),
    (lambda c: c.update({"README": b"x"}), ["README: not listed"]),
])
def test_a_file_that_is_not_as_listed_is_named(tmp_path, change, said):
    with open_bundle(altered(tmp_path, change)) as bundle:
        assert bundle.altered() == said


def test_no_altered_byte_is_handed_out_or_left_on_disk(tmp_path):
    path = altered(tmp_path, lambda c: c.update({"run/plan.toml": b"other"}))
    with open_bundle(path) as bundle:
        with pytest.raises(BundleError, match="was altered"):
            bundle.read("run/plan.toml")
        with pytest.raises(BundleError, match="was altered"):
            bundle.extract(tmp_path / "out")
        assert bundle.read("run/journal.jsonl") == FILES["run/journal.jsonl"]
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(BundleError, match="was altered"), open_audit(path):
        pass


def test_a_missing_file_and_one_that_was_never_there_are_told_apart(tmp_path):
    with open_bundle(altered(tmp_path, lambda c: c.pop("run/plan.toml"))) as bundle:
        with pytest.raises(BundleError, match="listed, but missing"):
            bundle.read("run/plan.toml")
        with pytest.raises(BundleError, match="does not hold run/other"):
            bundle.read("run/other")


def test_extracted_files_have_no_permission_of_their_makers_choosing(tmp_path):
    content = members(a_bundle(tmp_path / "x.audit.zip"))
    infos = []
    for name, raw in content.items():
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o104777 << 16   # setuid, and everybody may run it
        infos.append((info, raw))
    with open_bundle(zipped(tmp_path / "y.audit.zip", infos)) as bundle:
        run = bundle.extract(tmp_path / "out")
    assert all(stat.S_IMODE(p.stat().st_mode) & 0o7111 == 0 for p in run.rglob("*") if p.is_file())


def test_a_bundle_is_written_whole_or_not_at_all(tmp_path):
    before = a_bundle(tmp_path / "x.audit.zip").read_bytes()
    with pytest.raises(BundleError, match="or no file"):
        pack(tmp_path / "x.audit.zip", a_head(), FILES | {"run/z.json": tmp_path / "nowhere"}, None, DAY)
    (tmp_path / "link").symlink_to(tmp_path / "x.audit.zip")
    with pytest.raises(BundleError, match="or no file"):
        pack(tmp_path / "new.audit.zip", a_head(), {"run/z.json": tmp_path / "link"}, None, DAY)
    (tmp_path / "link").unlink()
    assert [p.name for p in tmp_path.iterdir()] == ["x.audit.zip"]
    assert (tmp_path / "x.audit.zip").read_bytes() == before


def test_a_file_that_changes_while_it_is_packed_is_noticed(tmp_path, monkeypatch):
    from audit.bundles import packing

    source = tmp_path / "journal.jsonl"
    source.write_bytes(b"one")
    write = packing._write

    def later(*given):
        source.write_bytes(b"two")
        write(*given)

    monkeypatch.setattr(packing, "_write", later)
    with pytest.raises(BundleError, match="changed while it was read"):
        pack(tmp_path / "x.audit.zip", a_head(), {"run/journal.jsonl": source}, None, DAY)
    assert [p.name for p in tmp_path.iterdir()] == ["journal.jsonl"]


@pytest.mark.parametrize("name", ["plan.toml", "run/../x", "run/a:b", "run/nul.txt", "run/x. ", "run//x", "run/"])
def test_a_name_that_some_system_cannot_hold_is_not_packed(tmp_path, name):
    with pytest.raises(BundleError, match="Rename the file"):
        pack(tmp_path / "x.audit.zip", a_head(), {name: b""}, None, DAY)
    assert list(tmp_path.iterdir()) == []


def test_a_large_journal_is_packed_checked_and_extracted_in_bounded_memory(tmp_path):
    source, line = tmp_path / "journal.jsonl", os.urandom(1 << 20)
    with source.open("wb") as file:
        for n in range(60):   # 60 MB that do not shrink to nothing
            file.write(bytes([n]) + line[1:])
    tracemalloc.start()
    pack(tmp_path / "x.audit.zip", a_head(), {"run/journal.jsonl": source}, None, DAY)
    with open_bundle(tmp_path / "x.audit.zip") as bundle:
        assert bundle.altered() == []
        run = bundle.extract(tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15_000_000
    assert (run / "journal.jsonl").stat().st_size == 60 << 20


# --- an audit wherever it lies ---

def a_run(folder):
    folder.mkdir()
    (folder / "run.json").write_text('{"run": 1, "collection": "c", "version": "0.1.0"}')
    (folder / "manifest.json").write_text("{}")
    return folder


def test_a_run_folder_is_opened_where_it_lies_and_known_by_its_manifest(tmp_path):
    with open_audit(a_run(tmp_path / "run")) as found:
        assert (found.run, found.kind, found.bundle) == (tmp_path / "run", "run", None)
        assert found.digest == hashlib.sha256(b"{}").hexdigest()


def test_a_bundle_is_opened_in_a_folder_that_is_gone_afterwards(tmp_path):
    path = a_bundle(tmp_path / "x.audit.zip")
    with open_audit(path) as found:
        assert (found.kind, found.path) == ("bundle", path)
        assert found.digest == found.bundle.digest
        assert (found.run / "plan.toml").read_bytes() == FILES["run/plan.toml"]
    assert not found.run.exists()


def test_what_is_no_audit_is_said_in_a_line(tmp_path):
    run = a_run(tmp_path / "run")
    (run / "manifest.json").unlink()
    for path, said in ((tmp_path, "neither a bundle nor a run folder"), (run, "not scored yet"), (tmp_path / "nowhere.zip", "cannot be read")):
        with pytest.raises(BundleError, match=said), open_audit(path):
            pass
    (run / "run.json").write_text('{"run": 2, "collection": "c", "version": "9.0"}')
    with pytest.raises(RunFolderError, match="newer version"), open_audit(run):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither")
def test_a_device_or_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.audit.zip")
    for path in ("/dev/zero", tmp_path / "pipe.audit.zip"):
        with pytest.raises(BundleError, match="no file"), open_audit(type(tmp_path)(path)):
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="needs unzip and sha256sum")
def test_a_second_party_can_open_a_bundle_without_this_program(tmp_path):
    path = a_bundle(tmp_path / "x.audit.zip")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", path, tmp_path / "out"], check=True)
    listed = json.loads((tmp_path / "out" / "bundle.json").read_text())["files"]
    sums = "".join(f"{entry['sha256']}  {name}\n" for name, entry in listed.items())
    subprocess.run(["sha256sum", "--check", "--quiet"], cwd=tmp_path / "out", input=sums, text=True, check=True)
