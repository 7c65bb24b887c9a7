"""A roster of 20,000 rows and more, and files made to fill memory; everybody in them is invented."""

import csv
import io
import random
import tracemalloc
import zipfile
from datetime import date

import numpy as np
import pytest

from audit.errors import ChecklistError
from audit.evidence import oneroster
from audit.evidence.oneroster.keys import Spill, absent, hashes
from audit.evidence.specimen import Problems, Specimen
from benchmarks.roster import write_archive
from tests.evidence.test_oneroster import CORE, ORGS, USERS_11, archive


def checked(path, watch=lambda _: None):
    problems = Problems()
    facts = oneroster.check(Specimen(path, date(2026, 11, 22), watch), problems)
    return problems, facts


def peak_of(path):
    tracemalloc.start()
    try:
        checked(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_roster_of_20_000_rows_is_checked_within_40_megabytes_and_tells_its_progress(tmp_path):
    path, shares = tmp_path / "roster.zip", []
    write_archive(path, 2_900)   # with classes, roles and five enrollments each: 21,000 rows
    problems, facts = checked(path, shares.append)
    assert problems.counts.total() == 0
    assert sum(facts["rows"].values()) > 20_000
    assert facts["rows"]["enrollments"] == 5 * 2_900
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert any(0 < share < 1 for share in shares)
    assert peak_of(path) < 40_000_000


def test_five_times_the_people_do_not_take_twice_the_memory(tmp_path):
    small, large = tmp_path / "small.zip", tmp_path / "large.zip"
    write_archive(small, 2_000)
    write_archive(large, 10_000)
    assert peak_of(large) < 2 * peak_of(small)


def test_one_wrong_row_among_many_is_found_with_its_line(tmp_path):
    head, *_ = ORGS.split("\r\n")
    rows = [f"o{i},,,School {i},school,," for i in range(9_000)]
    rows[8_887] = "o5,,,School,school,,o1\r\n".strip()
    rows[4_444] = "o4444,,,School,shop,,"
    rows[6_000] = "o6000,,,School,school,,nowhere"
    problems, _ = checked(archive(tmp_path, {"orgs": "\r\n".join([head, *rows, ""])}))
    assert {(p.rule, p.where) for p in problems.kept} == {
        ("orgs.sourcedId.twice", "orgs.csv line 8,889, sourcedId"), ("orgs.type", "orgs.csv line 4,446, type"),
        ("orgs.parentSourcedId.unknown", "orgs.csv line 6,002, parentSourcedId"),
    }


def test_every_duplicate_is_counted_across_the_parts_that_are_sorted_apart(monkeypatch):
    monkeypatch.setattr("audit.evidence.oneroster.keys._PART", 100)
    names = [f"id{i}" for i in random.Random(4).choices(range(700), k=1_000)]
    spill, first = Spill(), set()
    spill.add(hashes(names[:600]), range(1, 601))
    spill.add(hashes(names[600:]), range(601, 1_001))
    expected = {line for line, name in enumerate(names, 1) if name in first or first.add(name)}
    assert set(spill.twice()) == expected
    known = np.sort(hashes(names[:50]))
    assert set(spill.missing(known)) == {line for line, name in enumerate(names, 1) if name not in names[:50]}
    assert spill.keys().tolist() == sorted(hashes(names).tolist())
    spill.close()


def test_nothing_is_known_where_no_record_came():
    assert absent(hashes(["a"]), hashes([])).tolist() == [True]


def test_a_million_problems_are_counted_and_five_of_a_rule_are_kept(tmp_path):
    rows = "".join(f"o{i},,,,shop,,x{i}\r\n" for i in range(20_000))
    problems, _ = checked(archive(tmp_path, {"orgs": ORGS.split("\r\n")[0] + "\r\n" + rows}))
    assert problems.counts["error"] == 60_000
    assert len(problems.kept) == 15


@pytest.mark.parametrize("text", [
    '"a\n",' * 2_000_000,                                   # one row without end
    ("x" * 900_000 + "\n") * 40,                            # lines of a megabyte
    "s,,,a,school,,\n" * 3 + "y" * 40_000_000,              # a line without end
    ("ab," * 40_000 + "\n") * 60,                             # rows of 40,000 columns
], ids=["row", "lines", "line", "columns"])
def test_a_file_made_to_fill_memory_does_not(tmp_path, text):
    path = tmp_path / "roster.zip"
    with zipfile.ZipFile(path, "w") as made:   # stored: deflated it is refused as a bomb
        made.writestr("manifest.csv", "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.orgs,bulk\n")
        made.writestr("orgs.csv", ORGS + text)
    assert peak_of(path) < 100_000_000


def test_any_damage_to_a_good_archive_is_told_without_a_traceback(tmp_path):
    chance, stuff = random.Random(11), [b'"', b",", b"\r", b"\n", b"\x00", b"\xff", b"", b"99999999999999999999", b"@x.com", "é".encode(), b"\x85"]
    for turn in range(150):
        files = {name: text.encode() for name, text in CORE.items()}
        for _ in range(chance.randint(1, 6)):
            name = chance.choice(list(files))
            at = chance.randrange(len(files[name]))
            files[name] = files[name][:at] + chance.choice(stuff) + files[name][at + chance.randint(0, 3):]
        other = {"file.orgs": chance.choice(["bulk", "delta", "absent", "", "x" * 300]), "oneroster.version": chance.choice(["1.1", "1.2", "9"])}
        folder = tmp_path / str(turn)
        folder.mkdir()
        checked(archive(folder, files, chance.choice(["1.1", "1.2"]), **other))


def test_rows_are_the_ones_that_pythons_own_reader_gives(tmp_path):
    written = io.StringIO(newline="")
    rows = [[f"u{i}", "", "", "true", "s", "student", f"n{i}", "", 'A "B" C', "D, E", "", "", "", "", "", "", "", ""] for i in range(50)]
    csv.writer(written).writerows(rows)
    problems, facts = checked(archive(tmp_path, {"orgs": ORGS, "users": USERS_11.split("\r\n")[0] + "\r\n" + written.getvalue()}))
    assert problems.counts.total() == 0
    assert facts["rows"]["users"] == 50


def test_a_member_that_is_damaged_is_said_and_not_a_traceback(tmp_path):
    path = archive(tmp_path, CORE)
    raw = bytearray(path.read_bytes())
    at = raw.find(b"Invented School")
    raw[at:at + 3] = b"xxx"
    path.write_bytes(raw)
    with pytest.raises(ChecklistError, match=r"orgs\.csv is damaged"):
        checked(path)
