"""Opening a table: what is read as it stands, and what is refused in one line that names the place."""

import os

import pytest

from audit.analysis.source import opened
from audit.errors import TableError


def cells(path, *names):
    with opened(path) as source:
        columns = ", ".join(source.check(name, "--group").sql for name in names)
        return source.ask(f"SELECT {columns} FROM source_rows")


def written(tmp_path, name, raw):
    path = tmp_path / name
    path.write_bytes(raw)
    return path


def refused(path, *names):
    with pytest.raises(TableError) as caught:
        cells(path, *(names or ("g",)))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("raw", [
    b"g,v\nA,01\nB,2\n", b"g;v\nA;01\nB;2\n", b"g\tv\nA\t01\nB\t2", b"\xef\xbb\xbfg,v\r\nA,01\r\nB,2\r\n", b"g,v\r\nA,01\nB,2\n",
    b'"g","v"\nA,01\n\nB,2\n', b"sep=;\ng;v\nA;01\nB;2\n", "g,v\nA,01\nB,2\n".encode("utf-16"), b"g,v\rA,01\rB,2\r",
])
def test_a_csv_is_read_whatever_its_mark_its_separator_and_its_line_ends(tmp_path, raw):
    assert cells(written(tmp_path, "t.csv", raw), "g", "v") == [("A", "01"), ("B", "2")]


def test_a_line_break_a_quotation_mark_and_a_comma_inside_a_cell_belong_to_the_cell(tmp_path):
    path = written(tmp_path, "t.csv", b'g,v\n"two\nlines",1\n"say ""hi"", please",2\n')
    assert cells(path, "g") == [("two\nlines",), ('say "hi", please',)]


def test_the_keys_of_json_lines_may_differ_and_hold_anything(tmp_path):
    path = written(tmp_path, "t.jsonl", b'{"a/b~c": "01", "it\'s \\"x\\"": true}\n\n{"late": 1.5, "a/b~c": null}\n')
    assert cells(path, "a/b~c", "it's \"x\"", "late") == [("01", "true", None), (None, None, "1.5")]


def test_a_byte_order_mark_before_json_lines_is_no_part_of_them(tmp_path):
    assert cells(written(tmp_path, "t.jsonl", b'\xef\xbb\xbf{"g": "A"}\n'), "g") == [("A",)]


def test_a_line_of_five_megabytes_is_read(tmp_path):
    for name, raw in (("t.csv", b"g,v\nA," + b"x" * 5_000_000 + b"\nB,1\n"), ("t.jsonl", b'{"g": "A", "v": "' + b"x" * 5_000_000 + b'"}\n{"g": "B"}\n')):
        assert cells(written(tmp_path, name, raw), "g") == [("A",), ("B",)]


def test_a_file_name_full_of_wildcards_is_that_file_and_no_other(tmp_path):
    name = "it's [1].csv" if os.name == "nt" else "it's [1]*.csv"
    written(tmp_path, "it's 1x.csv", b"g,v\nother,1\n")
    assert cells(written(tmp_path, name, b"g,v\nA,1\n"), "g") == [("A",)]


def test_no_other_file_can_be_opened_and_none_written(tmp_path):
    other = written(tmp_path, "other.csv", b"g\nsecret\n")
    with opened(written(tmp_path, "t.csv", b"g,v\nA,1\n")) as source:
        for sql in (f"SELECT * FROM read_csv('{other}')", f"COPY (SELECT 1) TO '{tmp_path / 'new.csv'}'", "INSTALL httpfs", "SET memory_limit = '9GB'"):
            with pytest.raises(TableError):
                source.ask(sql)
    assert not (tmp_path / "new.csv").exists()


def test_the_copy_that_another_encoding_needs_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    assert cells(written(tmp_path, "t.csv", "g,v\nÄ,1\n".encode("utf-16")), "g") == [("Ä",)]
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(("raw", "said"), [
    (b"", "the file is empty"), (b"\n \n", "the file is empty"), (b"g,v\nA,1\nB\n", "line 3: 1 cells where the first row names 2"),
    (b"g,v\nA,1\nB,2,3\n", "line 3: 3 cells where the first row names 2"), (b'g,v\nA,1\n"B,2\n', "line 3: a quotation mark is not closed"),
    (b"g,g\nA,1\n", "the column 'g' appears twice"), (b",\nA,1\n", "the first row names no column"),
    (b"g,v\nA,1\nB,\xe4\n", "line 3 is not UTF-8"), (b"g,v\nA,1\nB,\x00\n", "line 3 holds a NUL character"),
    (bytes(range(256)) * 20, "not UTF-8"),
])
def test_a_broken_csv_is_refused_with_its_line(tmp_path, raw, said):
    assert said in refused(written(tmp_path, "t.csv", raw))


@pytest.mark.parametrize(("name", "raw", "said"), [
    ("t.jsonl", b'{"g": 1}\n[1]\n', "row 2 is not a JSON object"), ("t.jsonl", b'{"g": 1}\n{"g":\n', "not a JSON object near line"),
    ("t.parquet", b"\x00\x01" * 500, "not a readable Parquet file"), ("t.parquet", b"", "not a readable Parquet file"),
    ("t.xlsx", b"", ".xlsx is not a kind of table"), ("t", b"", "no ending is not a kind of table"),
])
def test_another_broken_file_is_refused(tmp_path, name, raw, said):
    assert said in refused(written(tmp_path, name, raw))


def test_a_folder_a_missing_file_and_an_unknown_column_are_refused(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    assert "this is a folder" in refused(tmp_path / "folder.csv")
    assert "there is no file here" in refused(tmp_path / "none.csv")
    assert "Did you mean 'group'?" in refused(written(tmp_path, "t.csv", b"group,v\nA,1\n"), "grup")


def test_column_names_that_differ_in_case_only_are_two_columns_of_a_csv(tmp_path):
    assert cells(written(tmp_path, "t.csv", b"G,g\nA,B\n"), "G", "g") == [("A", "B")]
