"""The index: what did not change is not read again, what did is, and nothing in it is believed beyond that."""

import datetime as dt
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audit.errors import RegistryError
from audit.registry import open_registry, read_registry, server, updating
from audit.registry.server import OWN
from tests.bundles.made import members, zipped
from tests.registry.made import a_bundle, a_record, a_run

TODAY = dt.date(2026, 11, 30)
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of an index, on each kind of server."""
    return f"sqlite:///{tmp_path / 'kept' / 'index.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("postgresql")


@pytest.fixture
def reads(monkeypatch):
    """The files that are read, in order."""
    read, own = [], updating.read_audit

    def watched(root, file, *rest):
        read.append(file)
        return own(root, file, *rest)

    monkeypatch.setattr(updating, "read_audit", watched)
    return read


@pytest.fixture
def folder(tmp_path):
    for n in range(3):
        a_bundle(tmp_path / f"list/{n}.audit.zip", name=f"Tool {n}")
    a_run(tmp_path / "list/run", name="Tool 1", as_of="2026-01-01")
    (tmp_path / "kept").mkdir()
    return tmp_path / "list"


def names(found):
    return [(one.record.name, len(one.audits)) for one in found.listings]


def test_what_did_not_change_is_not_read_again(folder, url, reads):
    first = read_registry(folder, TODAY, index=url)
    assert names(first) == [("Tool 0", 1), ("Tool 1", 2), ("Tool 2", 1)]
    assert reads == ["0.audit.zip", "1.audit.zip", "2.audit.zip", "run"]
    reads.clear()
    assert read_registry(folder, TODAY, index=url) == first
    assert reads == []


def test_an_index_that_is_used_twice_gives_what_one_that_is_new_gives(folder, url):
    read_registry(folder, TODAY, index=url)
    a_bundle(folder / "3.audit.zip", name="Tool 3")
    assert read_registry(folder, TODAY, index=url) == read_registry(folder, TODAY, index=f"sqlite:///{folder.parent / 'other.sqlite'}")


def test_a_file_that_changed_is_read_and_one_that_is_gone_leaves(folder, url, reads):
    read_registry(folder, TODAY, index=url)
    reads.clear()
    a_bundle(folder / "0.audit.zip", name="Tool 0", version="9")
    (folder / "2.audit.zip").unlink()
    found = read_registry(folder, TODAY, index=url)
    assert reads == ["0.audit.zip"]
    assert names(found) == [("Tool 0", 1), ("Tool 1", 2)]
    assert found.listings[0].audits[0].version == "9"


def test_a_file_altered_without_a_change_of_its_size_and_its_date_is_read(folder, url, reads):
    path = folder / "0.audit.zip"
    read_registry(folder, TODAY, index=url)
    reads.clear()
    before = path.stat()
    raw = bytearray(path.read_bytes())
    raw[200] ^= 1
    path.write_bytes(raw)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    found = read_registry(folder, TODAY, index=url)
    assert reads == ["0.audit.zip"]
    assert [p.split(":")[0] for p in found.problems] == ["0.audit.zip"]


def test_a_problem_is_remembered_too(folder, url, reads):
    content = members(folder / "0.audit.zip")
    zipped(folder / "0.audit.zip", content | {"run/run.json": b"{ }"})
    first = read_registry(folder, TODAY, index=url)
    reads.clear()
    assert read_registry(folder, TODAY, index=url).problems == first.problems != ()
    assert reads == []


def test_another_number_below_which_groups_are_hidden_reads_everything_again(folder, url, reads):
    """Otherwise groups would be shown that the publisher has just decided to hide."""
    before = read_registry(folder, TODAY, index=url)
    assert not any(row.hidden for row in before.listings[0].audits[0].measured)
    (folder / "registry.toml").write_text('[publisher]\norganisation = "X"\ntitle = "T"\nurl = ""\ncontact = ""\nappeals = ""\nsmall = 1000\n', encoding="utf-8")
    reads.clear()
    after = read_registry(folder, TODAY, index=url)
    assert len(reads) == 4
    assert all(row.hidden for row in after.listings[0].audits[0].measured)


def test_two_lists_share_a_database_and_neither_sees_the_other(folder, url, reads, tmp_path):
    a_bundle(tmp_path / "second/0.audit.zip", name="Elsewhere")
    read_registry(folder, TODAY, index=url)
    assert names(read_registry(tmp_path / "second", TODAY, index=url)) == [("Elsewhere", 1)]
    reads.clear()
    assert len(names(read_registry(folder, TODAY, index=url))) == 3
    assert reads == []


def test_an_index_of_another_edition_is_made_anew(folder, url, reads):
    from sqlalchemy import create_engine, text

    read_registry(folder, TODAY, index=url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("update audit_index set edition = 'of long ago'"))
        connection.execute(text("update audit_index_audits set problem = 'nonsense'"))
    engine.dispose()
    reads.clear()
    found = read_registry(folder, TODAY, index=url)
    assert len(reads) == 4
    assert found.problems == ()


def test_names_that_look_like_sql_are_names(tmp_path, url):
    hostile = "x'); DROP TABLE audit_index_audits; --"
    a_bundle(tmp_path / "list" / f"{hostile}.audit.zip", name=hostile)
    (tmp_path / "kept").mkdir()
    for _ in range(2):
        one, = read_registry(tmp_path / "list", TODAY, index=url).listings
        assert one.record.name == hostile


def test_whoever_comes_second_waits_until_the_first_is_done(folder, url, tmp_path):
    """Two publishers at once: the second starts while the first is reading, and both end with the whole list."""
    program = (
        "import sys, time, datetime as dt; from pathlib import Path; from audit.registry import open_registry\n"
        "with open_registry(Path(sys.argv[1]), dt.date(2026, 11, 30), index=sys.argv[2]) as r:\n"
        "    print('open', flush=True); time.sleep(float(sys.argv[3])); print(time.time(), sum(len(x.audits) for x in r.listings()), flush=True)\n"
    )

    def publisher(seconds):
        return subprocess.Popen([sys.executable, "-c", program, str(folder), url, str(seconds)], stdout=subprocess.PIPE, text=True, cwd=ROOT)

    first = publisher(1.0)
    assert first.stdout.readline() == "open\n"
    second = publisher(0)
    outs = [one.communicate(timeout=60)[0].split() for one in (first, second)]
    assert outs[0][1] == "4"
    assert outs[1][0] == "open"
    assert outs[1][2] == "4"
    assert float(outs[0][0]) <= float(outs[1][1])


def test_a_publisher_that_was_killed_leaves_no_lock(folder, url):
    program = (
        "import sys, time, datetime as dt; from pathlib import Path; from audit.registry import open_registry\n"
        "with open_registry(Path(sys.argv[1]), dt.date(2026, 11, 30), index=sys.argv[2]) as r:\n    print('open', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(folder), url], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout.readline() == "open\n"
    process.kill()
    process.communicate()
    began = time.monotonic()
    assert len(read_registry(folder, TODAY, index=url).listings) == 3
    assert time.monotonic() - began < 30


def test_without_an_address_the_index_lies_hidden_in_the_folder_and_can_be_deleted(folder, reads):
    read_registry(folder, TODAY)
    assert (folder / OWN).is_file()
    (folder / OWN).unlink()
    reads.clear()
    assert len(read_registry(folder, TODAY).listings) == 3
    assert len(reads) == 4


def test_a_damaged_index_of_the_folder_is_made_anew(folder):
    (folder / OWN).write_bytes(b"this is no database, and long enough to look like a page of one" * 100)
    assert len(read_registry(folder, TODAY).listings) == 3
    with sqlite3.connect(folder / OWN) as connection:
        assert connection.execute("select count(*) from audit_index_audits").fetchone() == (4,)
    connection.close()


def test_a_folder_that_cannot_be_written_to_is_read_all_the_same(folder, monkeypatch):
    monkeypatch.setattr(server.os, "access", lambda *_: False)
    assert len(read_registry(folder, TODAY).listings) == 3
    assert not list(folder.glob(".index*"))


def test_an_index_that_is_a_link_is_left_alone(folder, tmp_path):
    target = tmp_path / "precious.txt"
    target.write_text("keep me", encoding="utf-8")
    try:
        (folder / OWN).symlink_to(target)
    except OSError:
        pytest.skip("this system makes no links for this user")
    assert len(read_registry(folder, TODAY).listings) == 3
    assert target.read_text(encoding="utf-8") == "keep me"


@pytest.mark.parametrize("bad", ["nonsense", "mysql://u:p@h/d", "sqlite://", "sqlite:///:memory:", "postgresql://u:p@h/d", "postgresql+psycopg://u:s3cret@h:port/d"])
def test_an_address_that_cannot_be_one_is_refused_without_repeating_it(folder, bad):
    with pytest.raises(RegistryError) as caught:
        read_registry(folder, TODAY, index=bad)
    assert str(caught.value).startswith("--index: ")
    assert "s3cret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_one_line_without_the_password(folder):
    with pytest.raises(RegistryError) as caught:
        read_registry(folder, TODAY, index="postgresql+psycopg://auditor:s3cret@127.0.0.1:1/audits")
    assert str(caught.value).startswith("postgresql+psycopg://auditor:***@127.0.0.1:1/audits: the index cannot be used: connection failed")
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_password_is_one_line_that_does_not_show_it(folder, postgresql):
    with pytest.raises(RegistryError, match="password authentication failed") as caught:
        read_registry(folder, TODAY, index=postgresql.replace("correct-horse", "battery-staple"))
    assert "battery-staple" not in str(caught.value)


def test_a_database_that_is_not_there_is_one_line(folder, postgresql):
    with pytest.raises(RegistryError, match='database "elsewhere" does not exist'):
        read_registry(folder, TODAY, index=postgresql.replace("/audits?", "/elsewhere?"))


def test_many_files_are_read_by_several_processes_with_the_same_result(tmp_path, monkeypatch):
    for n in range(12):
        a_bundle(tmp_path / f"list/{n:02}.audit.zip", name=f"Tool {n}")
    alone = read_registry(tmp_path / "list", TODAY)
    (tmp_path / "list" / OWN).unlink()
    monkeypatch.setattr(updating, "_MANY", 4)
    monkeypatch.setattr(updating, "_CHUNK", 2)
    monkeypatch.setattr(updating.os, "cpu_count", lambda: 2)
    assert read_registry(tmp_path / "list", TODAY) == alone


def test_numbers_that_were_recomputed_are_remembered_and_those_that_differ_keep_an_audit_from_the_list(folder, url, monkeypatch):
    from audit.registry.verifying import Verified

    asked = []

    def verified(path, today):
        asked.append(path.name)
        return Verified("-", "one value is not what follows") if path.name == "0.audit.zip" else Verified(today.isoformat())

    monkeypatch.setattr(updating, "verified", verified)
    for day in (TODAY, dt.date(2026, 12, 24)):
        with open_registry(folder, day, index=url, verify=True) as registry:
            found = {one.record.name: [a.verified for a in one.audits] for one in registry.listings()}
        assert found == {"Tool 1": ["2026-11-30", ""], "Tool 2": ["2026-11-30"]}
        assert registry.problems == ("0.audit.zip: one value is not what follows.",)
    assert asked == ["0.audit.zip", "1.audit.zip", "2.audit.zip"]
    assert read_registry(folder, TODAY, index=url).listings[1].audits[0].verified == "2026-11-30"


def test_a_bundle_without_a_journal_cannot_be_recomputed(folder):
    from audit.registry.verifying import verified

    assert verified(folder / "0.audit.zip", TODAY).on == "-"


def test_the_tool_of_an_audit_is_looked_up_each_time(folder, url, reads):
    read_registry(folder, TODAY, index=url)
    a_record(folder, id="own", name="Tool 0")
    reads.clear()
    assert read_registry(folder, TODAY, index=url).listings[0].record.id == "own"
    assert reads == []
