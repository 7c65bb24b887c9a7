"""Tables that no standard claims. Every person, number and address here is invented; what must look real is put together in the test."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from audit.errors import ChecklistError
from audit.evidence import table
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
REAL = "ana@no-such-school.k12.zz.us"   # there is no state zz


def checked(tmp_path: Path, content: Any, name: str = "table.csv") -> tuple[dict[str, Any], Problems]:
    path = tmp_path / name
    if name.endswith("xlsx") and isinstance(content, list):
        book = Workbook()
        for row in content:
            book.worksheets[0].append(row)
        book.save(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode())
    specimen, problems = Specimen(path, TODAY), Problems()
    assert table.recognises(specimen)
    return table.check(specimen, problems), problems


def personal(problems: Problems) -> list[tuple[str, str]]:
    return [(p.where, p.what) for p in problems.listed() if p.level == "personal"]


def test_a_table_without_personal_data_has_no_problem_and_tells_the_limits_of_the_look(tmp_path: Path) -> None:
    facts, problems = checked(tmp_path, "code,score,day,text\nA,0.5,2026-10-01,The river is long and the summer of 2026 was dry.\n")
    assert [(p.level, p.rule) for p in problems.listed()] == [("note", "table.limits")]
    assert facts == {"rows_looked_at": 2, "student_columns": []}


@pytest.mark.parametrize(("value", "kind"), [
    (REAL, "an e-mail address"), (f"Write to {REAL}, please", "an e-mail address"), ("415-555-2671", "a telephone number"), ("(415) 555-2671", "a telephone number"),
    ("219-09-8888", "a social security number"),
])
def test_a_value_that_looks_like_a_real_persons_refuses_the_file_and_is_not_printed(tmp_path: Path, value: str, kind: str) -> None:
    for name, content in (
        ("a.csv", f'"code","other"\n1,"{value}"\n'), ("a.tsv", f"code\tother\n1\t{value}\n"), ("a.jsonl", "{}\n" + json.dumps({"other": [value]}) + "\n"),
        ("a.xlsx", [["code", "email"], [1, value]]), ("a.json", [{}, {"deep": {"other": value}}]),
    ):
        _, problems = checked(tmp_path, content, name)
        ((where, what),) = personal(problems)
        assert where in ("line 2", "sheet 1, row 2", "$[1]")
        assert what == f"looks like {kind} of a real person"
        assert not any(value in p.what + p.where + p.fix for p in problems.listed())


@pytest.mark.parametrize("value", [
    "ana@students.example.org", "ana@example.com", "ana@school.test", "ana@x.invalid", "212-555-0123", "(415) 555-0199", "078-05-1120", "123-45-6789",
    "000-12-3456", "666-12-3456", "987-65-4321", "123-00-6789", "123-45-0000", "4155552671", "2026-10-01T10:15:00Z", "550e8400-e29b-41d4-a716-446655440000",
    "3.14159265358", "@ana", "ana@school",
])
def test_invented_and_ordinary_values_are_let_through(tmp_path: Path, value: str) -> None:
    assert personal(checked(tmp_path, f"code,other\n1,{value}\n")[1]) == []


@pytest.mark.parametrize("column", ["phone", "Phone Number", "guardianMobile"])
def test_ten_digits_are_a_telephone_number_only_where_the_column_says_so(tmp_path: Path, column: str) -> None:
    assert personal(checked(tmp_path, f"code,{column}\n1,4155552671\n")[1]) == [("line 2", "looks like a telephone number of a real person")]


@pytest.mark.parametrize("column", ["SSN", "student_ssn", "socialSecurityNumber"])
def test_nine_digits_are_a_social_security_number_only_where_the_column_says_so(tmp_path: Path, column: str) -> None:
    assert personal(checked(tmp_path, f"code,{column}\n1,219098888\n")[1]) == [("line 2", "looks like a social security number of a real person")]
    assert personal(checked(tmp_path, "code,number\n1,219098888\n")[1]) == []


@pytest.mark.parametrize(("header", "row"), [
    ("student_name,dob", "Maria Lopez,2014-03-02"), ("First Name,Birth Date", "Maria,3/2/2014"), ("lastName,IEP", "O'Neill,Yes"), ("Pupil,Has Disability", "Li Wei,hearing"),
    ("studentName,freeLunch", "Zoë Ångström,free"), ("name,dateOfBirth", '"Lopez, Maria",2014-03-02'), ("student,race", "Maria Lopez,White"),
])
def test_a_name_beside_what_only_the_school_knows_refuses_the_file(tmp_path: Path, header: str, row: str) -> None:
    problems = checked(tmp_path, f"{header}\n{row}\n")[1]
    assert [where for where, _ in personal(problems)] == ["line 2"]
    assert not any("Maria" in p.what for p in problems.listed())


@pytest.mark.parametrize(("header", "row"), [
    ("student_name,dob,email", "Maria Lopez,2014-03-02,maria@students.example.org"), ("student_name,dob", "Sample Student,2014-03-02"),
    ("student_name,dob", "Jane Doe,2014-03-02"), ("student_name,dob,phone", "Maria Lopez,2014-03-02,212-555-0123"),
    ("student_name,dob,ssn", "Maria Lopez,2014-03-02,078-05-1120"), ("name,dob,address,email", "Maria,2014-03-02,12 Elm Street,m@example.org"),
])
def test_a_row_that_says_that_it_is_invented_is_let_through(tmp_path: Path, header: str, row: str) -> None:
    facts, problems = checked(tmp_path, f"{header}\n{row}\n")
    assert personal(problems) == []
    assert "a birth date" in facts["student_columns"]
    assert [p.rule for p in problems.listed()] == ["table.columns", "table.limits"]


@pytest.mark.parametrize(("header", "row"), [
    ("student_id,iep", "17,Yes"), ("name,discipline", "Algebra I,Mathematics"), ("student_name,iep", "Maria Lopez,No"), ("student_name,dob", "s-0017,2014-03-02"),
    ("teacher,founded", "Maria Lopez,2014-03-02"), ("student_name,dob", "Maria Lopez,1950-03-02"), ("student_count,race", "17,White"),
])
def test_rows_without_a_person_or_without_a_secret_are_let_through(tmp_path: Path, header: str, row: str) -> None:
    assert personal(checked(tmp_path, f"{header}\n{row}\n")[1]) == []


def test_a_street_address_refuses_a_row_that_does_not_say_that_it_is_invented(tmp_path: Path) -> None:
    assert personal(checked(tmp_path, "code,home_address\n1,12 Elm Street\n")[1]) == [("line 2", "looks like a street address of a real person")]


def test_a_first_row_without_column_names_is_looked_at_too(tmp_path: Path) -> None:
    assert personal(checked(tmp_path, f"Maria,{REAL}\n")[1]) == [("line 1", "looks like an e-mail address of a real person")]


def test_lists_inside_a_json_object_are_rows(tmp_path: Path) -> None:
    value = {"page": 1, "students": [{"name": {"first": "Maria", "last": "Lopez"}, "birthDate": "2014-01-02"}]}
    problems = checked(tmp_path, value, "a.json")[1]
    assert personal(problems) == [("list 1, entry 1", "a name stands beside a birth date, and nothing in the row says that it is invented")]


def test_every_sheet_of_a_workbook_is_looked_at_and_a_title_is_not_printed(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["code"])
    sheet = book.create_sheet("Maria Lopez")
    sheet.append([None])
    sheet.append(["student", "dob"])
    sheet.append(["Maria Lopez", date(2014, 3, 2)])
    book.save(tmp_path / "a.xlsx")
    problems = checked(tmp_path, (tmp_path / "a.xlsx").read_bytes(), "a.xlsx")[1]
    assert personal(problems)[0][0] in ("sheet 2, row 2", "sheet 2, row 3")
    assert not any("Maria" in p.where + p.what for p in problems.listed())


def test_a_table_of_more_than_20_000_rows_says_that_the_rest_was_not_looked_at(tmp_path: Path) -> None:
    shares: list[float] = []
    path = tmp_path / "a.csv"
    path.write_text("code\n" + "x1\n" * 20_000 + f"{REAL}\n", encoding="utf-8")
    problems = Problems()
    facts = table.check(Specimen(path, TODAY, shares.append), problems)
    assert facts["rows_looked_at"] == 20_000
    assert [(p.level, p.rule) for p in problems.listed()] == [("warning", "table.bounded"), ("note", "table.limits")]
    assert "20,000" in problems.listed()[0].what
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_exactly_20_000_rows_are_looked_at_without_a_word(tmp_path: Path) -> None:
    facts, problems = checked(tmp_path, "code\n" + "x1\n" * 19_999)
    assert facts["rows_looked_at"] == 20_000
    assert problems.of("table.bounded") == 0


@pytest.mark.parametrize(("name", "content"), [
    ("a.csv", b""), ("a.csv", b"\0\0\0"), ("a.csv", b'"never closed\n' * 50), ("a.csv", b"\xff\xfeh\x00i\x00\n\x00"), ("a.csv", b"PK,name\n1,x\n"), ("a.csv", b"[x,{y\n1,2\n"),
    ("a.csv", b"a," * 100_000), ("a.csv", b"\xff\xff\x81\n"), ("a.tsv", b"\x07\xe2\x80\xae\t\n"), ("a.jsonl", b"[[[[\n{}\nnull\n7\n\"x\"\n"),
    ("a.jsonl", b"[" * 100_000), ("a.jsonl", b"1" * 5_000), ("a.json", b"7"), ("a.json", b"null"), ("a.json", b"[1, [2], {\"a\": {\"b\": [null, 1e999]}}]"),
    ("a.json", b"{\"a\": [[[]]]}"), ("a.json", b"[" + b"9" * 5_000 + b"]"),
])
def test_odd_files_are_read_to_the_end(tmp_path: Path, name: str, content: bytes) -> None:
    facts, problems = checked(tmp_path, content, name)
    assert problems.counts["personal"] == 0
    assert facts["student_columns"] == []


@pytest.mark.parametrize(("name", "content"), [
    ("a.xlsx", b"no workbook"), ("a.xlsx", b"PK\x03\x04 broken"), ("a.xlsx", b"\xd0\xcf\x11\xe0locked"), ("a.json", b"{"), ("a.json", b"\xff\xfe"),
    ("a.csv", b'"' + b"x" * 2_000_001),
])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(ChecklistError):
        checked(tmp_path, content, name)


def test_a_cell_made_to_be_slow_is_not(tmp_path: Path) -> None:
    started = time.monotonic()
    checked(tmp_path, "name,dob\n" + ("a'" * 5_000 + "!,1" + "-1" * 5_000 + "\n") * 20 + "_" * 9_000 + "@" * 900 + "\n")
    assert time.monotonic() - started < 20


def test_other_endings_are_not_tables(tmp_path: Path) -> None:
    assert not any(table.recognises(Specimen(tmp_path / name, TODAY)) for name in ("a.pdf", "a.docx", "a.png", "a.bin", "a", "csv"))


def test_real_workbooks_and_tables_of_others_are_read() -> None:
    data = Path(__file__).parents[2] / "../shared/data"
    if not (data / "HECVAT414.xlsx").exists():
        pytest.skip("the shared data is not here")
    for name, rows in (("HECVAT414.xlsx", 500), ("rsmtool/predictions_scaled_with_subgroups.csv", 100)):
        problems = Problems()
        assert table.check(Specimen(data / name, TODAY), problems)["rows_looked_at"] > rows
        assert all(p.level != "error" for p in problems.listed())


def test_a_questionnaire_in_a_workbook_may_name_its_vendors_contacts_and_a_roster_may_not(tmp_path: Path) -> None:
    form = [["id", "question", "answer"], ["GNRL-02", "Whom to write to", "security@no-such-vendor-of-tools.com"]]
    roster = [["student name", "email"], ["Ana Lopez", "ana@no-such-school.k12.zz.us"]]
    assert not personal(checked(tmp_path, form, "form.xlsx")[1])
    assert personal(checked(tmp_path, roster, "roster.xlsx")[1])
