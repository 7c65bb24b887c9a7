"""A table and a map become a set that loads; what is left out is counted; bad input writes nothing. All texts are invented."""

import json
from pathlib import Path

import openpyxl
import pytest

from audit.errors import AuditError
from audit.fixtures import check_set, load_set
from audit.samples import import_samples, map_text, shipped_maps
from tests.audits import audit
from tests.samples.tables import ELL, essays, items, text, write_csv, write_map


def imported(tmp_path, rows, **layout):
    return import_samples(write_csv(tmp_path / "essays.csv", rows), write_map(tmp_path, **layout), tmp_path / "set")


def refused(tmp_path, rows, **layout):
    with pytest.raises(AuditError) as raised:
        imported(tmp_path, rows, **layout)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["essays.csv", "map.toml"]
    assert raised.value.exit_code == 2
    return str(raised.value)


def test_a_table_becomes_a_set_that_loads_and_checks_without_error(tmp_path):
    told = imported(tmp_path, essays())
    loaded = load_set(tmp_path / "set")
    assert (loaded.id, loaded.design, loaded.scale, loaded.digest) == ("ours", "sampled", (1.0, 6.0), told.sha256)
    assert loaded.attributes["ell"].reference == "not_ell"
    assert [(r.item, r.groups, r.input, r.truth) for r in loaded.rows[:2]] == [
        ("e0", {"ell": "not_ell"}, {"text": text(0)}, 1.0), ("e1", {"ell": "ell"}, {"text": text(1)}, 2.0),
    ]
    assert [p for p in check_set(loaded) if p.level == "error"] == []
    assert told.groups == {"ell": {"ell": 4, "not_ell": 4}}


@pytest.mark.parametrize("kind", ["xlsx", "tsv", "jsonl", "parquet"])
def test_every_kind_of_table_gives_the_same_rows(tmp_path, kind):
    rows, path = essays(), tmp_path / f"essays.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        book.save(path)
    elif kind == "parquet":
        import duckdb

        write_csv(tmp_path / "all.csv", rows)
        duckdb.sql(f"COPY (SELECT * FROM read_csv('{tmp_path / 'all.csv'}', all_varchar = true)) TO '{path}' (FORMAT parquet)")
    elif kind == "tsv":
        path.write_text("\n".join("\t".join(r) for r in [rows[0].keys(), *(r.values() for r in rows)]) + "\n", encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    import_samples(path, write_map(tmp_path), tmp_path / "set")
    imported(tmp_path / "csv" if (tmp_path / "csv").mkdir() is None else tmp_path, rows)
    assert items(tmp_path / "set") == items(tmp_path / "csv" / "set")


def test_rows_that_cannot_be_used_are_counted_by_reason_with_their_row_numbers(tmp_path):
    rows = essays(12, essay={2: "  ", 5: "NA", 7: text(3).upper(), 8: text(0)}, EL={1: "", 4: "Unknown", 8: "No"}, score={9: ""})
    told = imported(tmp_path, [*rows, rows[0]])
    assert {reason: (left.rows, left.first) for reason, left in told.left_out.items()} == {
        "no text": (2, (4, 7)), "no group value": (2, (3, 6)), "a copy of another sample's text": (2, (9, 10)), "the same row again": (1, (14,)),
    }
    assert told.other_values == {"ell: Unknown": 1}
    assert (told.rows_read, told.probes, told.without_truth) == (13, 6, 1)
    notice = (tmp_path / "set" / "NOTICE").read_text(encoding="utf-8")
    assert "Left out, no text: 2 rows (4, 7)." in notice
    assert f"essays.csv  SHA-256 {told.files['essays.csv']}" in notice


def test_the_hash_in_the_notice_is_that_of_the_file(tmp_path):
    import hashlib

    told = imported(tmp_path, essays())
    assert told.files["essays.csv"] == hashlib.sha256((tmp_path / "essays.csv").read_bytes()).hexdigest()


def test_a_row_without_a_group_in_one_attribute_is_compared_by_the_others(tmp_path):
    rest = ELL + '\n[groups.gender]\ncolumn = "gender"'
    rows = [row | {"gender": "FM"[n // 2 % 2]} for n, row in enumerate(essays(8, EL={0: ""}))]
    told = imported(tmp_path, rows, rest=rest)
    assert told.without_group == {"ell": 1}
    assert items(tmp_path / "set")[0]["groups"] == {"gender": "F"}


def test_items_in_several_guises_make_a_matched_set(tmp_path):
    rows = [row | {"id": f"e{n // 2}", "essay": f"{text(n // 2)} {'Yall' if n % 2 else 'You'}"} for n, row in enumerate(essays(8))]
    assert imported(tmp_path, rows).design == "matched"


def test_one_item_in_two_groups_of_a_sampled_set_is_refused(tmp_path):
    assert "lies in two groups of ell" in refused(tmp_path, essays(8, id={1: "e0"}))


def test_samples_without_an_item_column_are_named_by_their_row_and_students_by_a_number(tmp_path):
    rows = essays(6, student={1: "1000"})
    imported(tmp_path, rows, columns='truth = "score"\ncluster = "student"')
    assert [(r["item"], r["cluster"]) for r in items(tmp_path / "set")[:3]] == [("row-2", "c1"), ("row-3", "c1"), ("row-4", "c2")]
    assert "1000" not in (tmp_path / "set" / "items.jsonl").read_text(encoding="utf-8")


def test_decisions_and_further_inputs_are_read(tmp_path):
    rows = [row | {"score": "yes" if n % 3 else "0", "task": "Argue"} for n, row in enumerate(essays())]
    path = tmp_path / "map.toml"
    path.write_text(Path(write_map(tmp_path, rest='[inputs]\ntask = "task"\n' + ELL)).read_text(encoding="utf-8").replace(
        'outcome = "score"\nscale = [1, 6]', 'outcome = "decision"\nadverse = true'), encoding="utf-8")
    import_samples(write_csv(tmp_path / "essays.csv", rows), str(path), tmp_path / "set")
    assert [(r["truth"], r["input"]["task"]) for r in items(tmp_path / "set")[:2]] == [(False, "Argue"), (True, "Argue")]


@pytest.mark.parametrize(("layout", "said"), [
    ({"columns": 'item = "ids"\ntruth = "score"'}, "there is no column 'ids' (columns.item). Did you mean 'id'?"),
    ({"top": "colour = 1"}, "unknown key 'colour'"),
    ({"rest": ""}, "no [groups.…]: nothing to compare"),
    ({"rest": '[groups.ell]\ncolumn = "EL"\nvalues = { "Y" = "ell" }'}, "no row can be used"),
    ({"rest": '[groups.ell]\ncolumn = "EL"\nvalues = { "Yes" = "ell" }'}, "no attribute has two groups to compare (ell has ell)"),
    ({"rest": ELL.replace('"not_ell"\n', '"not_ell"\n').replace('reference = "not_ell"', 'reference = "none"')}, "is no group of the table"),
    ({"rest": '[groups.ell]\ndemographic = "ell"'}, "there is no [demographics]"),
    ({"top": 'prompt = "Score {{ essay }}"'}, "the prompt uses {{ essay }}"),
])
def test_a_map_that_does_not_fit_is_one_line_and_writes_nothing(tmp_path, layout, said):
    message = refused(tmp_path, essays(), **layout)
    assert said in message
    assert "\n" not in message


def test_a_truth_outside_the_scale_is_refused_by_its_row_without_repeating_it(tmp_path):
    message = refused(tmp_path, essays(8, score={3: "41.375"}))
    assert "row 5: the truth is no number from 1 to 6" in message
    assert "41.375" not in message


def test_a_folder_with_something_in_it_is_not_written_over(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(AuditError, match="not empty"):
        imported(tmp_path, essays())
    assert [p.name for p in (tmp_path / "set").iterdir()] == ["mine.txt"]


LAYOUTS = {
    "persuade": ({"essay_id": "E{n}", "full_text": "{text}", "holistic_essay_score": "{score}", "prompt_name": "Invented", "gender": "{FM}", "grade_level": "8",
                  "ell_status": "{YesNo}", "race_ethnicity": "{race}", "economically_disadvantaged": "{econ}", "student_disability_status": "{dis}"},
                 {"race_ethnicity", "ell_status", "gender", "economic_disadvantage", "disability"}),
    "asap2": ({"essay_id": "E{n}", "score": "{score}", "full_text": "{text}", "prompt_name": "Invented", "gender": "{FM}", "ell_status": "{YesNo}",
               "race_ethnicity": "{race}", "economically_disadvantaged": "{econ}", "student_disability_status": "{dis}"},
              {"race_ethnicity", "ell_status", "gender", "economic_disadvantage", "disability"}),
    "ellipse": ({"text_id_kaggle": "T{n}", "full_text": "{text}", "Overall": "{half}", "Cohesion": "3.5", "Syntax": "3", "Vocabulary": "3", "Phraseology": "3",
                 "Grammar": "3", "Conventions": "3", "gender": "{FemaleMale}", "grade": "9", "race_ethnicity": "{race}", "SES": "{econ}", "prompt": "Invented"},
                {"race_ethnicity", "gender", "economic_disadvantage"}),
}


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_the_columns_of_well_known_corpora_are_known(tmp_path, name):
    layout, attributes = LAYOUTS[name]
    rows = [{column: cell.format(
        n=n, text=text(n), score=1 + n % 6, half=1 + n % 9 / 2, FM="FM"[n % 2], YesNo=("Yes", "No")[n // 2 % 2], FemaleMale=("Female", "Male")[n % 2],
        race=("White", "Hispanic/Latino", "Black/African American")[n % 3], econ=("Economically disadvantaged", "Not economically disadvantaged")[n // 2 % 2],
        dis=("Identified as having disability", "Not identified as having disability")[n // 4 % 2],
    ) for column, cell in layout.items()} for n in range(12)]
    told = import_samples(write_csv(tmp_path / "table.csv", rows), name, tmp_path / "set")
    assert set(told.groups) == attributes
    assert (told.probes, told.left_out, told.other_values, told.without_truth) == (12, {}, {}, 0)
    assert load_set(tmp_path / "set").rows[0].input == {"text": text(0), "prompt_name": "Invented"}


def test_the_long_table_of_persuade_gives_each_essay_once(tmp_path):
    rows = [{"essay_id_comp": f"E{n // 3}", "full_text": text(n // 3), "holistic_essay_score": "3", "prompt_name": "P", "gender": "FM"[n // 3 % 2],
             "ell_status": ("Yes", "No")[n // 3 % 2], "race_ethnicity": "White", "economically_disadvantaged": "", "student_disability_status": ""}
            for n in range(24)]
    told = import_samples(write_csv(tmp_path / "table.csv", rows), "persuade", tmp_path / "set")
    assert (told.rows_read, told.probes, told.left_out["the same row again"].rows) == (24, 8, 16)
    assert told.not_used == ("race_ethnicity", "economic_disadvantage", "disability")


@pytest.mark.parametrize("pattern", ["*persuade*.csv", "*ASAP2*.csv", "ELLIPSE*.csv"])
def test_the_real_corpora_import_where_they_lie_beside_the_project(tmp_path, pattern):
    found = sorted((Path(__file__).parents[2] / "../shared/data").glob(pattern))
    if not found:
        pytest.skip(f"no {pattern} in ../shared/data: the corpora are not shipped")
    name = {"*p": "persuade", "*A": "asap2", "EL": "ellipse"}[pattern[:2]]
    assert import_samples(found[0], name, tmp_path / "set").probes > 1_000


def test_every_shipped_map_says_in_its_first_line_what_it_is_for():
    assert shipped_maps() == ["asap2", "ellipse", "persuade", "start"]
    assert all(map_text(name).startswith("# ") for name in shipped_maps())


def test_the_starting_map_fits_a_table_with_its_columns(tmp_path):
    (tmp_path / "map.toml").write_text(map_text("start"), encoding="utf-8")
    rows = [{"essay": text(n), "essay_id": f"e{n}", "score": "3", "EL": "YN"[n % 2]} for n in range(6)]
    assert import_samples(write_csv(tmp_path / "essays.csv", rows), str(tmp_path / "map.toml"), tmp_path / "set").probes == 6


def test_the_command_prints_json_and_an_error_of_one_line(tmp_path):
    table, layout = write_csv(tmp_path / "essays.csv", essays()), write_map(tmp_path)
    done = audit("fixtures", "import", table, "--map", layout, "--out", tmp_path / "set", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["probes"]) == (0, 8)
    again = audit("fixtures", "import", table, "--map", "persuades", "--out", tmp_path / "other")
    assert (again.returncode, again.stdout, again.stderr.count("\n")) == (2, "", 1)
    assert "Did you mean 'persuade'?" in again.stderr
