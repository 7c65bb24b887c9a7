"""An answers file in each format: what is written reads back, through LibreOffice too, and what hides is refused with its cell."""

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.checklists import Tables, files_of, read_answers, read_tables, rewrite
from audit.errors import ChecklistError
from audit.records import Answer, Claim, Filed
from tests.checklists.lists import TODAY, a_checklist
from tests.office import save_as

LISTS = [a_checklist()]
FULL = Tables(
    (("yes", Answer("yes", "dpa.pdf\nClause 3", "- agreed; =SUM(A1)", "@alex", "2026-11-01", "1", "HECVAT 4.1.4 DATA-03")),
     ("text", Answer("=cmd|' /C calc'!A0")), ("choice", Answer("done by us")), ("days", Answer("3 days", note="'quoted, and \"more\"")),
     ("maybe", Answer("not applicable", note="No accounts.\nNone at all."))),
    (Filed("dpa.pdf", "agreement", issuer="Acme & Lakeside", number="7", version="2", issued="2026-01-01", expires="2027-01-01", supplied_by="Acme",
           received="2026-02-01", confidential="yes", note="+ signed"), Filed("b.zip", kind="oneroster")),
    (Claim("It treats all students alike.", "https://example.org", "2026-10-01", "Acme", "essay-scoring", "dialect", "yes", "-"),),
)


def bare(tables):
    """The tables without the places, which differ by format."""
    return ({name: _without_place(a) for name, a in tables.answers}, [_without_place(f) for f in tables.evidence], [_without_place(c) for c in tables.claims])


def _without_place(value):
    return {f: getattr(value, f) for f in value.__struct_fields__ if f != "where"}


def expected(edition):
    """What reads back: the sheets write the edition of a question that was answered to none."""
    answers, evidence, claims = bare(FULL)
    for answer in answers.values():
        answer["edition"] = answer["edition"] or edition
    return answers, evidence, claims


@pytest.mark.parametrize("kind", ["toml", "csv", "xlsx"])
def test_everything_that_is_written_reads_back(tmp_path, kind):
    rewrite(tmp_path / f"a.{kind}", LISTS, FULL)
    answers, evidence, claims = bare(read_tables(tmp_path / f"a.{kind}"))
    assert ({n: a for n, a in answers.items() if a["answer"]}, evidence, claims) == expected("")


def test_everything_survives_libreoffice(tmp_path):
    rewrite(tmp_path / "a.xlsx", LISTS, FULL)
    back = read_tables(save_as(save_as(tmp_path / "a.xlsx", "ods", tmp_path / "o"), "xlsx", tmp_path / "x"))
    answers, evidence, claims = bare(back)
    assert ({n: a for n, a in answers.items() if a["answer"]}, evidence, claims) == expected("")
    assert read_answers(tmp_path / "x" / "a.xlsx", LISTS, TODAY).answers["maybe"].note == "No accounts.\nNone at all."


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85"), max_size=40).map(str.strip)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=TEXT.filter(bool), note=TEXT, by=TEXT, claim=TEXT.filter(bool))
@pytest.mark.parametrize("kind", ["toml", "csv", "xlsx"])
def test_any_text_reads_back_from_any_format(tmp_path, kind, answer, note, by, claim):
    tables = Tables((("text", Answer(answer, note=note, by=by, edition="1")),), (), (Claim(claim, note=note),))
    for path, raw in files_of(tmp_path / f"a.{kind}", LISTS, tables).items():
        path.write_bytes(raw)
    back = read_tables(tmp_path / f"a.{kind}")
    found = dict(back.answers)["text"]
    assert (found.answer, found.note, found.by) == (answer, note, by)
    assert [(c.claim, c.note) for c in back.claims] == [(claim, note)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_is_a_formula(tmp_path, kind):
    rewrite(tmp_path / f"a.{kind}", LISTS, FULL)
    if kind == "xlsx":
        book = openpyxl.load_workbook(tmp_path / "a.xlsx")
        assert all(cell.data_type in ("s", "n", "inlineStr") for sheet in book for row in sheet.iter_rows() for cell in row)
    else:
        text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
        assert not any(field.lstrip('"').startswith(("=", "+", "-", "@")) for line in text.splitlines() for field in line.split(","))


def a_book(folder, change):
    """A filled workbook with one thing changed in it."""
    rewrite(folder / "a.xlsx", LISTS, FULL)
    book = openpyxl.load_workbook(folder / "a.xlsx")
    change(book)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def _hide_row(book):
    book["Safe"].row_dimensions[2].hidden = True


def _hide_column(book):
    book["Safe"].column_dimensions["C"].hidden = True


def _hide_sheet(book):
    book["Safe"].sheet_state = "hidden"


def _merge(book):
    book["Safe"].merge_cells("C2:C3")


def _formula(book):
    book["Safe"]["C2"] = "=1+1"


def _error(book):
    book["Safe"]["C2"] = "#NAME?"
    book["Safe"]["C2"].data_type = "e"


def _twice(book):
    book["Safe"].append(["yes", "?", "no"])


def _column_twice(book):
    book["Safe"]["B1"] = "answer"


@pytest.mark.parametrize(("change", "said"), [
    (_hide_row, "sheet 'Safe': the cell C2 is hidden and holds something"), (_hide_column, "the cell C2 is hidden"), (_hide_sheet, "the cell C2 is hidden"),
    (_merge, "sheet 'Safe': the cells C2:C3 are merged. Unmerge them"), (_formula, "the cell C2 holds a formula that was never calculated"),
    (_error, "the cell C2 holds the spreadsheet error #NAME?"), (_twice, "cell C2 and "), (_column_twice, "the column 'answer' appears twice"),
])
def test_what_hides_or_doubles_in_a_workbook_is_refused_with_its_cell(tmp_path, change, said):
    path = a_book(tmp_path, change)
    with pytest.raises(ChecklistError) as caught:
        read_answers(path, LISTS, TODAY)
    assert said in str(caught.value)


def test_a_format_that_reaches_to_the_last_row_is_no_obstacle(tmp_path):
    path = a_book(tmp_path, lambda book: setattr(book["Safe"]["C1048576"], "number_format", "0.00"))
    assert read_answers(path, LISTS, TODAY).answers["yes"].answer == "yes"


def test_a_sheet_of_ones_own_is_read_past_and_never_lost(tmp_path):
    path = a_book(tmp_path, lambda book: book.create_sheet("My notes").append(["remember"]))
    tables = read_tables(path)
    assert tables.others == ("the sheet 'My notes'",)
    with pytest.raises(ChecklistError, match="holds something of your own, the sheet 'My notes', which would be lost"):
        rewrite(path, LISTS, tables)


def _column(book):
    book["Safe"].cell(1, 30, "my mark")
    book["Safe"].cell(2, 30, "x")


def _comment(book):
    from openpyxl.comments import Comment

    book["Safe"]["C3"].comment = Comment("ask again", "me")


@pytest.mark.parametrize(("change", "own"), [(_column, "the column 'my mark'"), (_comment, "the comments in 'Safe'")])
def test_a_column_and_comments_of_ones_own_are_not_lost_either(tmp_path, change, own):
    path = a_book(tmp_path, change)
    with pytest.raises(ChecklistError, match=own):
        rewrite(path, LISTS, read_tables(path))


def test_comments_in_toml_and_columns_in_csv_are_not_lost_and_ours_are_made_anew(tmp_path):
    rewrite(tmp_path / "a.toml", LISTS, FULL)
    text = (tmp_path / "a.toml").read_text(encoding="utf-8")
    assert "#: Is it so?" in text
    rewrite(tmp_path / "a.toml", LISTS, read_tables(tmp_path / "a.toml"))
    assert (tmp_path / "a.toml").read_text(encoding="utf-8") == text
    (tmp_path / "a.toml").write_text(f"# mine\n{text}", encoding="utf-8")
    (tmp_path / "b.csv").write_text("criterion,answer,my mark\nyes,yes,x\n", encoding="utf-8")
    for name, own in (("a.toml", "its comments"), ("b.csv", "the column 'my mark'")):
        with pytest.raises(ChecklistError, match=own):
            rewrite(tmp_path / name, LISTS, read_tables(tmp_path / name))


def test_an_empty_row_never_takes_the_place_of_an_answer(tmp_path):
    (tmp_path / "a.csv").write_text("criterion,answer,note\nyes,yes,kept\nyes,,\n", encoding="utf-8")
    rewrite(tmp_path / "b.toml", LISTS, read_tables(tmp_path / "a.csv"))
    found = read_answers(tmp_path / "b.toml", LISTS, TODAY).answers["yes"]
    assert (found.answer, found.note) == ("yes", "kept")


def test_nothing_is_written_where_a_companion_cannot_be(tmp_path):
    (tmp_path / "a-evidence.csv").mkdir()
    with pytest.raises(ChecklistError, match="this is a folder"):
        rewrite(tmp_path / "a.csv", LISTS, FULL)
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize(("toml", "said"), [
    ("[evidence.x]\nwhta = 'a'", "unknown key 'whta'"), ("[evidence.'a.pdf']\nwhat = 'agreemnt'", "none of its values. Did you mean 'agreement'?"),
    ("[evidence.'a.pdf']\nexpires = 'soon'", "expires 'soon' is no date"), ("[evidence.'a.pdf']\nconfidential = 'perhaps'", "is not yes or no"),
    ("[[claims]]\nclaim = 'x'\ncriterion = 'nope'", "the claim names the unknown criterion 'nope'"), ("claims = 3", "unknown key"), ("evidence = 3", "unknown key"),
    ("[evidence]\nx = 3", "this is a table of its own"), ("[answers.yes]\nanswer = 'yes'\ndate = 'May'", "date 'May' is no date"),
    ("[answers.yes]\nanswer = 'yes'\ndate = '2027-01-01'", "lies in the future"), ("[answers.yes]\nanswer = ''\nevidence = 'a.pdf'", "has evidence and no answer"),
])
def test_a_wrong_entry_is_refused_with_its_place(tmp_path, toml, said):
    (tmp_path / "a.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(ChecklistError) as caught:
        read_answers(tmp_path / "a.toml", LISTS, TODAY)
    assert said in str(caught.value)
    assert str(tmp_path / "a.toml") in str(caught.value)


@pytest.mark.parametrize(("name", "raw", "said"), [
    ("a.xlsx", b"PK nonsense", "not a readable .xlsx workbook"), ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "locked with a password"),
    ("a.toml", b"\xff\xfe", "is not UTF-8"), ("a.ods", b"", ".ods is not a kind of answers file"), ("a.csv", b"x,y\n1,2\n", "the column 'criterion' is missing"),
])
def test_a_file_that_is_no_answers_file_is_refused_in_one_line(tmp_path, name, raw, said):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ChecklistError) as caught:
        read_answers(tmp_path / name, LISTS, TODAY)
    assert said in str(caught.value)
