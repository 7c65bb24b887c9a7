"""The same invented students in many shapes of file. What must look real is put together in the test; there is no state zz."""

import io
import json
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from audit.errors import ChecklistError
from audit.evidence import table
from audit.evidence.inspect import inspect
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
AT = "@no-such-school.k12.zz.us"
SSN = "219-09-" + "8888"
ROWS = [["Student Name", "DOB", "IEP"], ["Maria Lopez", "3/2/2014", "Yes"], ["Li Wei", "4/3/2014", "Yes"], ["Ana Roe-Smith", "5/6/2014", "Yes"]]
CSV = "".join(",".join(row) + "\n" for row in ROWS)
BESIDE = "a name stands beside a birth date, and nothing in the row says that it is invented"
OFFICE, TABLE, TEXT = ("urn:oasis:names:tc:opendocument:xmlns:" + one + ":1.0" for one in ("office", "table", "text"))


def found(tmp_path: Path, name: str, content: str | bytes) -> tuple[dict[str, Any], Problems]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    specimen, problems = Specimen(path, TODAY), Problems()
    assert table.recognises(specimen)
    return table.check(specimen, problems), problems


def personal(tmp_path: Path, name: str, content: str | bytes) -> list[tuple[str, str]]:
    problems = found(tmp_path, name, content)[1]
    assert not any("Maria" in p.where + p.what + p.fix or AT in p.what for p in problems.listed())
    return [(p.where, p.what) for p in problems.listed() if p.level == "personal"]


def zipped(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def workbook(rows: list[list[object]]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(file)
    return file.getvalue()


def ods(rows: list[list[str]], more: str = "") -> bytes:
    def cell(text: str) -> str:
        return f"<table:table-cell office:value-type='string'><text:p>{text}</text:p></table:table-cell>" if text else "<table:table-cell table:number-columns-repeated='1'/>"

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": (
        f"<?xml version='1.0'?>{more}<office:document-content xmlns:office='{OFFICE}' xmlns:table='{TABLE}' xmlns:text='{TEXT}'><office:body><office:spreadsheet>"
        f"<table:table table:name='Maria Lopez'>{body}<table:table-row table:number-rows-repeated='1048570'><table:table-cell table:number-columns-repeated='16384'/></table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document-content>")})


HTML = "<!DOCTYPE html><html><body><p>Class list</p><table>\n" + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}\n</tr>" for row in ROWS) + "</table></body></html>"
XML = "<students>" + "".join(f"<student id='{i}'><name><first>{row[0].split()[0]}</first></name><birthDate>{row[1]}</birthDate></student>" for i, row in enumerate(ROWS[1:])) + "</students>"
YAML = "students:\n" + "".join(f"  - student_name: {row[0]}\n    dob: {row[1]}\n    iep: {row[2]}\n" for row in ROWS[1:])
MARKDOWN = "# Class list\n\nSome words, and more.\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in [ROWS[0], ["---"] * 3, *ROWS[1:]]) + "\n\nThe end, of it.\n"
SHAPES: dict[str, str | bytes] = {
    "a.csv": CSV, "b.txt": CSV, "a.dat": CSV, "a.log": CSV, "a.tab": CSV.replace(",", "\t"), "c.txt": CSV.replace(",", "|"), "d.txt": CSV.replace(",", ";"), "e.txt": CSV.replace(",", "     "),
    "a.md": MARKDOWN, "a.html": HTML, "a.xml": XML, "a.yaml": YAML, "a.ods": ods(ROWS), "title.ods": ods([["Our school"], [""], *ROWS]), "a.xlsx": workbook([*ROWS]),
    "title.xlsx": workbook([["Our school, 2026"], [None], ["Fall"], *ROWS]), "tabs.xls": CSV.replace(",", "\t"), "page.xls": HTML, "new.xls": workbook([*ROWS]),
    "sep.csv": "sep=;\n" + CSV.replace(",", ";"), "sep-tab.csv": "sep=\t\r\n" + CSV.replace(",", "\t"), "title.csv": "Our school\nFall, 2026\nPrinted 3 times\n" + CSV,
    "blank.csv": "Our school,,\n\n,,\n" + CSV, "little.csv": CSV.encode("utf-16-le"), "big.csv": CSV.encode("utf-16-be"), "marked.csv": CSV.encode("utf-16"), "little.txt": CSV.encode("utf-16-le"),
    "short.csv": CSV.replace("/2014", "/14"), "dots.csv": CSV.replace("/2014", ".14").replace("/", "."), "words.csv": CSV.replace("3/2/2014", "\"March 2, 2014\"").replace("4/3/2014", "3-Apr-14").replace("5/6/2014", "20140605"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_three_students_are_found_in_any_shape_of_file(tmp_path: Path, name: str) -> None:
    assert [what for _, what in personal(tmp_path, name, SHAPES[name])] == [BESIDE] * 3


@pytest.mark.parametrize("name", SHAPES)
def test_three_students_are_found_in_any_shape_inside_a_zip(tmp_path: Path, name: str) -> None:
    places = personal(tmp_path, "a.zip", zipped({"readme.pdf": "%PDF", f"Maria Lopez/{name}": SHAPES[name], "__MACOSX/x.csv": CSV}))
    assert [what for _, what in places] == [BESIDE] * 3
    assert all(where.startswith(f"file 2 in the zip (.{name.rpartition('.')[2]}), ") for where, _ in places)


@pytest.mark.parametrize(("name", "members"), [("json", {"a.json": json.dumps([{"name": "Maria", "email": "m" + AT}])}), ("jsonl", {"a.jsonl": json.dumps({"ssn": SSN})})])
def test_json_inside_a_zip_is_looked_through(tmp_path: Path, name: str, members: dict[str, str | bytes]) -> None:
    assert len(personal(tmp_path, "a.zip", zipped(members))) == 1


def test_a_zip_of_rows_is_refused_by_the_command_as_a_plain_csv_is(tmp_path: Path) -> None:
    for name, content in (("roster.csv", CSV.encode()), ("roster.zip", zipped({"roster.csv": CSV}))):
        (tmp_path / name).write_bytes(content)
        seen = inspect(tmp_path / name, TODAY)
        assert (seen.kind, seen.personal) == ("table", 3)
    assert inspect(tmp_path / "roster.csv", TODAY, "security-txt").personal == 3


@pytest.mark.parametrize(("header", "row"), [
    ("Nombre;Apellido(s);Fecha de nacimiento", "María;López Hernández;4/3/12"), ("nombre;fecha de nacimiento", "María de la Cruz López y Hernández;2 de marzo de 2014"),
    ("Nombre;Discapacidad", "María;auditiva"), ("Nombre del estudiante;Comidas", "María;gratis"), ("Apellidos;Idioma del hogar", "Muñoz;español"), ("Estudiante;Raza", "María López;x"),
    ("Apellido;Educación Especial", "Muñoz;Sí"), ("Código;Teléfono", "1;4155552671"), ("Código;Correo electrónico", "1;maria" + AT), ("Clave;Número de Seguro Social", "1;219098888"),
])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le"])
def test_spanish_headings_are_known_with_and_without_accents_in_any_encoding(tmp_path: Path, header: str, row: str, encoding: str) -> None:
    assert [where for where, _ in personal(tmp_path, "a.csv", f"{header}\n{row}\n".encode(encoding))] == ["line 2"]


def test_a_spanish_row_that_says_that_it_is_invented_is_let_through(tmp_path: Path) -> None:
    facts, problems = found(tmp_path, "a.csv", "Nombre,Apellido,Fecha de nacimiento,Correo\nMaría,López,4/3/12,maria@example.org\n")
    assert problems.counts["personal"] == 0
    assert facts["student_columns"] == ["a birth date", "a person's name", "an e-mail address"]


@pytest.mark.parametrize(("day", "is_found"), [("4/3/12", True), ("4/3/24", True), ("4/3/25", False), ("4/3/99", False), ("4/3/52", False), ("4-3-12", True), ("2012/04/03", True), ("4/3/2012 0:00", True)])
def test_a_year_of_two_digits_is_the_last_such_year_and_a_birth_date_that_of_somebody_at_school(tmp_path: Path, day: str, is_found: bool) -> None:
    assert bool(personal(tmp_path, "a.csv", f"student,dob\nMaria Lopez,{day}\n")) is is_found


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.log", "a.yaml", "a.html", "a.xml", "a.zip"])
def test_a_number_that_could_be_issued_is_found_in_prose_and_made_up_ones_are_not(tmp_path: Path, name: str) -> None:
    for number, is_found in ((SSN, True), ("078-05-1120", False), ("987-65-4321", False), ("2026-10-2014", False)):
        text = f"The family wrote again.\nIts number is {number}, they say.\n"
        text = f"<p>{text}</p>" if name.endswith(("html", "xml")) else text
        assert bool(personal(tmp_path, name, zipped({"a.txt": text}) if name == "a.zip" else text)) is is_found


@pytest.mark.parametrize(("line", "is_found"), [
    ("Student: {} in grade 4, {}", True), ("{}, DOB 3/2/2014, {}", True), ("{} (4th grade) <{}>", True), ("Contact of {}: {}", False), ("Student Data Privacy Officer: {}, {}", False),
    ("Grade 4 teacher {}: {}", False), ("{} {}", False), ("Questions about student records: {} {}", False),
])
def test_three_addresses_in_lines_that_tell_of_students_refuse_a_text_and_those_of_offices_do_not(tmp_path: Path, line: str, is_found: bool) -> None:
    people = [line.format(name, name.lower() + AT) for name in ("Ana", "Berta", "Carl")]
    assert bool(personal(tmp_path, "a.txt", "A report.\n" + "\n".join(people))) is is_found
    assert not personal(tmp_path, "a.txt", "A report.\n" + "\n".join(people[:2] * 5))
    assert not personal(tmp_path, "a.txt", "A report.\n" + "\n".join(people).replace(AT, "@students.example.org"))
    assert not personal(tmp_path, "a.txt", "A report.\n" + "\n".join(line.format(name, name + AT) for name in ("privacy", "support", "info", "legal")))


AGREEMENT = """STUDENT DATA PRIVACY AGREEMENT

This agreement, made on 3/2/2026, is between the district, a school district, and the provider, a corporation.
The designated representative of the provider for student data:
Name: Jane Roe-Miller
Title: Director, Student Success
Address: 1200 Market Street, Suite 4
Phone: (415) 555-2671
Email: jane.roe-miller@no-such-vendor-of-tools.com
Students' parents may write to privacy@no-such-vendor-of-tools.com, students of grade 4 to support@no-such-vendor-of-tools.com.

| Name | Title | Email | Phone |
| --- | --- | --- | --- |
| Jane Roe-Miller | Director | jane@no-such-vendor-of-tools.com | 415-555-2671 |
| John Roe-Miller | Counsel | john@no-such-vendor-of-tools.com | 415-555-2672 |

| Student Name | Date of Birth | Race | Home language |
| --- | --- | --- | --- |
| Required | Optional | Not collected | Optional |

Category, Student Name, Race, IEP
Demographics, First and Last, collected, yes
"""
CHANGELOG = """# Changelog

## 2.4.0
- Added `students.email`, `dob`, `name`, `grade`
- Removed `first_name`, `last_name`, `iep`, `race`
- Fixed, thanks to ana@no-such-vendor-of-tools.com, the student filter
- name, dob, email, race are now optional
- Name, IEP, email, Race are now shown
"""
OPENAPI = """changes:
  - version: 2.4.0
    contact: {name: API team, email: api@no-such-vendor-of-tools.com, phone: 415-555-2671}
    fields: {student_name: full legal name, birth_date: ISO date, race: optional, iep: boolean}
"""
CONTACT = ("<doc><contact><firstName>Jane</firstName><surname>Roe-Miller</surname><email>jane@no-such-vendor-of-tools.com</email><phone>415-555-2671</phone></contact>"
           "<fields><field name='student_name' type='string'/><field name='race' type='string'/></fields></doc>")


@pytest.mark.parametrize(("name", "content"), [
    ("dpa.txt", AGREEMENT), ("dpa.md", AGREEMENT), ("changes.md", CHANGELOG), ("changes.txt", CHANGELOG), ("changes.yaml", OPENAPI), ("contact.xml", CONTACT),
    ("dpa.html", "<p>" + AGREEMENT.replace("\n", "</p>\n<p>") + "</p>"), ("all.zip", zipped({"dpa.txt": AGREEMENT, "c.md": CHANGELOG, "o.yaml": OPENAPI, "c.xml": CONTACT})),
    ("package.zip", zipped({"package.json": json.dumps({"name": "tool", "author": {"name": "Jane Roe-Miller", "email": "jane@no-such-vendor-of-tools.com"}})})),
    ("prices.csv", "Name,Grade,Price per student,Health module,Home language packs\nReading Plus,4,Free,Included,Spanish\nMath Plus,5,4.50,Included,Spanish\n"),
    ("prices.txt", "Name;Grade;Price per student\nReading Plus;4;Free\nMath Plus;5;4.50\n"),
    ("trainings.csv", "First name,Last name,IEP training,Health and safety course,Discipline workshop\nJane,Roe-Miller,done,done,3/2/2026\n"),
    ("trainings.xlsx", workbook([["Trainings 2026"], ["Name", "Course", "Date", "Grade"], ["Jane Roe-Miller", "Race and ethnicity in data", "3/2/2026", "K-5"], ["John Roe-Miller", "Health records", "3/2/2026", "6-8"]])),
    ("items.csv", "item,student name,dob,email,prompt\n1,Maria Lopez,3/2/14,maria@example.org,Write about a river\n2,Li Wei,4/3/14,li@students.example.com,Write about a hill\n"),
    ("items.ods", ods([["item", "student name", "dob", "email"], ["1", "Maria Lopez", "3/2/14", "maria@example.org"]])),
    ("form.xlsx", workbook([["Questionnaire"], ["Vendor contact name", "Vendor contact email", "Phone"], ["Jane Roe-Miller", "jane@no-such-vendor-of-tools.com", "415-555-2671"],
                            ["Q1", "Do you hold a student's name, birth date, race?", "Yes"]])),
    ("districts.md", "| District | Students | Contact email |\n|---|---|---|\n| North | 1200 | ana@no-such-district.zz.us |\n"),
])
def test_what_vendors_send_without_students_in_it_is_let_through(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert personal(tmp_path, name, content) == []


@pytest.mark.parametrize("content", ["Student,Email\nMaria Lopez,m" + AT + "\n", "name,grade,email\nMaria Lopez,4,m" + AT + "\n"])
def test_a_text_that_is_a_list_of_students_with_their_addresses_is_refused(tmp_path: Path, content: str) -> None:
    assert [where for where, _ in personal(tmp_path, "a.txt", content)] == ["line 2"]
    assert [where for where, _ in personal(tmp_path, "a.md", "A report.\nIt is long.\n" * 20 + content)] == ["line 42"]


def test_real_files_of_others_are_let_through_under_any_ending(tmp_path: Path) -> None:
    data = Path(__file__).parents[2] / "../shared/data"
    if not (data / "HECVAT414.xlsx").exists():
        pytest.skip("the shared data is not here")
    files = [path for path in data.rglob("*") if path.is_file()]
    for path in files:
        assert personal(tmp_path, path.name, path.read_bytes()) == [], path.name
        if path.suffix in (".csv", ".yaml"):
            assert personal(tmp_path, "a.txt", path.read_bytes()) == [], path.name
            assert personal(tmp_path, "a.md", path.read_bytes()) == [], path.name


@pytest.mark.parametrize("name", ["a.xls", "a.gz", "a.7z", "a.rar", "a.tgz"])
def test_what_may_hold_a_table_and_is_not_read_is_said_to_be_not_looked_through(tmp_path: Path, name: str) -> None:
    content = b"\xd0\xcf\x11\xe0" + b"\0" * 600
    for facts, problems in (found(tmp_path, name, content), found(tmp_path, "a.zip", zipped({f"x/{name}": content, "inner.zip": zipped({"a.csv": CSV}), "a.docx": b"PK", "b.xlsx": b"PK"}))):
        assert facts["rows_looked_at"] == 0
        assert problems.counts["personal"] + problems.counts["error"] == 0
        told = [p for p in problems.listed() if p.rule == "table.unread"]
        assert all(p.what.startswith("not looked through") for p in told)
    assert sorted(p.where for p in told) == sorted([f"file 1 in the zip (.{name.rpartition('.')[2]})", "file 2 in the zip (.zip)", "file 4 in the zip (.xlsx)"])


def test_a_zip_that_is_not_safe_is_refused_and_a_damaged_file_in_one_does_not_hide_the_others(tmp_path: Path) -> None:
    for content in (b"PK\x03\x04", b"", zipped({"../a.csv": "x"})):
        with pytest.raises(ChecklistError):
            found(tmp_path, "a.zip", content)
    problems = found(tmp_path, "a.zip", zipped({"a.json": "{", "b.ods": b"PK", "c.csv": CSV, "d.yaml": "a: &a [1]\nb: *a\n", "e.xml": "<a"}))[1]
    assert problems.counts["personal"] == 3
    assert sorted(p.where for p in problems.listed() if p.rule == "table.unread") == ["file 1 in the zip (.json)", "file 2 in the zip (.ods)"]


def test_a_large_file_in_a_zip_does_not_hide_a_small_one_and_what_was_left_out_is_said(tmp_path: Path) -> None:
    facts, problems = found(tmp_path, "a.zip", zipped({"a.csv": "code\n" + "x1\n" * 30_000, "b.csv": CSV, "c.csv": "y" * 20_000_001}, zipfile.ZIP_STORED))
    assert problems.counts["personal"] == 3
    assert facts["rows_looked_at"] == 20_000
    assert [(p.rule, p.where) for p in problems.listed() if p.rule in ("table.bounded", "table.unread")] == [("table.bounded", "file 1 in the zip (.csv)"), ("table.unread", "file 3 in the zip (.csv)")]
    assert "19,996" in next(p.what for p in problems.listed() if p.rule == "table.bounded")


def test_a_long_page_is_read_in_pieces_that_do_not_cut_a_row(tmp_path: Path) -> None:
    row = "<tr><td>Maria Lopez</td><td>3/2/2014</td><td>" + "x" * 900 + "</td></tr>"
    problems = found(tmp_path, "a.html", "<table><tr><th>Student name</th><th>DOB</th><th>Text</th></tr>" + row * 3_000 + "</table>")[1]
    assert problems.counts["personal"] == 3_000


def test_a_long_text_says_that_the_rest_was_not_looked_at(tmp_path: Path) -> None:
    assert found(tmp_path, "a.txt", "word, and more\n" * 20_001)[1].of("table.bounded") == 1


@pytest.mark.parametrize("more", ["<!DOCTYPE a [<!ENTITY b 'c'>]>", "<not closed"])
def test_an_ods_with_entities_or_broken_is_refused(tmp_path: Path, more: str) -> None:
    with pytest.raises(ChecklistError, match=r"\.ods"):
        found(tmp_path, "a.ods", ods(ROWS, more))
    for content in (b"", b"PK", zipped({"mimetype": "x"})):
        with pytest.raises(ChecklistError, match=r"\.ods"):
            found(tmp_path, "a.ods", content)


def test_an_ods_that_is_nested_deeply_or_grows_is_refused(tmp_path: Path) -> None:
    for content in ("<a>" * 5_000, "<a>" + " " * 201_000_000):
        with pytest.raises(ChecklistError):
            found(tmp_path, "a.ods", zipped({"content.xml": content}))


@pytest.mark.parametrize(("name", "content"), [
    ("a.html", b"<" * 1_000_000), ("a.html", b"<td" * 300_000), ("a.html", b"<p" + b" " * 1_000_000), ("a.txt", b"a@" * 500_000), ("a.txt", b"a" * 3_000_000), ("a.txt", b"1-" * 500_000), ("a.xml", b"<a>" * 100_000),
    ("a.xml", b"<a>" + b"<b/>" * 100_000 + b"</a>"), ("a.md", b"|" * 500_000), ("a.txt", (b"name,dob\n" + b"x,y\n") * 10_000), ("a.yaml", b"[" * 50_000), ("a.log", bytes(range(256)) * 2_000), ("a.txt", b'"' * 1_500_000),
    ("a.txt", b"name,dob\n" + b'"a,b\n' * 200_000), ("a.csv", b"\n" * 3_000_000), ("a.txt", b"student \n" * 100_000 + b"@"), ("a.txt", b"Grade 4 " * 100_000 + b"@"), ("a.html", b"&lt" * 300_000),
    ("a.txt", b"student@" + b"grade  " * 100_000),
])
def test_texts_made_to_be_slow_are_not(tmp_path: Path, name: str, content: bytes) -> None:
    started = time.process_time()
    assert personal(tmp_path, name, content) == []
    assert time.process_time() - started < 10


@pytest.mark.parametrize("name", ["a.txt", "a.zip", "a.html", "a.csv", "a.gz"])
def test_whether_a_file_is_a_table_is_told_without_reading_it(tmp_path: Path, name: str) -> None:
    assert table.recognises(Specimen(tmp_path / "there" / "is" / "none" / name, TODAY))
