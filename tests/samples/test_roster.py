"""Groups from OneRoster, Clever, Ed-Fi and other side files. All students are invented."""

import json

import pytest

from audit.errors import AuditError
from audit.fixtures import load_set
from audit.samples import import_samples
from audit.samples.layout import DemographicsSection, Join
from audit.samples.roster import read_roster
from tests.samples.tables import essays, items, text, write_csv, write_map

ONEROSTER = ["sourcedId", "status", "dateLastModified", "birthDate", "sex", "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican",
             "nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity"]
RACES = dict(zip(["american_indian", "asian", "black", "pacific_islander", "white", "two_or_more", "hispanic"], ONEROSTER[5:], strict=True))


def student(number, *true, sex="female", no="false", yes="true", **changes):
    row = dict.fromkeys(ONEROSTER, "") | dict.fromkeys(ONEROSTER[5:], no) | {"sourcedId": number, "sex": sex}
    return row | {RACES[race]: yes for race in true} | changes


def roster(tmp_path, rows, kind="oneroster", name="demographics.csv", wanted=(), **section):
    if name.endswith(".csv"):
        write_csv(tmp_path / name, rows)
    else:
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    key = section.pop("key", None)
    return read_roster(DemographicsSection(file=name, kind=kind, join=Join("student", key), **section), tmp_path, wanted)


def facts(found):
    return {number: dict(person.facts) for number, person in found.people.items()}


def test_one_race_two_races_and_hispanic_of_any_race_are_the_federal_categories(tmp_path):
    found = facts(roster(tmp_path, [student("1", "white"), student("2", "white", "asian"), student("3", "black", "hispanic", sex="male"),
                                    student("4", "two_or_more"), student("5", "hispanic"), student("6", sex="")]))
    assert [(f.get("race"), f.get("race_ethnicity"), f.get("hispanic"), f.get("sex")) for f in found.values()] == [
        ("white", "white", "not_hispanic", "female"), ("two_or_more", "two_or_more", "not_hispanic", "female"), ("black", "hispanic", "hispanic", "male"),
        ("two_or_more", "two_or_more", "not_hispanic", "female"), (None, "hispanic", "hispanic", "female"), (None, None, "not_hispanic", None),
    ]


@pytest.mark.parametrize(("yes", "no"), [("true", "false"), ("True", "FALSE"), ("1", "0"), ("Y", "N"), ("yes", ""), ("t", "f")])
def test_true_and_false_are_read_in_their_spellings(tmp_path, yes, no):
    assert facts(roster(tmp_path, [student("1", "asian", yes=yes, no=no)]))["1"]["race_ethnicity"] == "asian"


def test_a_value_that_is_not_known_is_counted_and_guessed_by_nobody(tmp_path):
    found = roster(tmp_path, [student("1", "white", yes="ja"), student("2", "asian", sex="unspecified")])
    assert found.unread == {("white", "ja"): 1, ("sex", "unspecified"): 1}
    assert "race" not in facts(found)["1"]


def test_identical_rows_of_a_student_are_one_whatever_their_dates(tmp_path):
    found = roster(tmp_path, [student("1", "white"), student("1", "white", dateLastModified="2026-09-01"), student("2", "asian")])
    assert (len(found.people), found.merged) == (2, 1)


def test_rows_of_a_student_that_contradict_each_other_are_listed_by_row_and_not_by_number(tmp_path):
    with pytest.raises(AuditError) as raised:
        roster(tmp_path, [student("77123", "white"), student("2"), student("77123", "asian"), student("2", sex="male")])
    assert "2 rows contradict another row of the same student: rows 2 and 4, 3 and 5" in str(raised.value)
    assert "77123" not in str(raised.value)


def test_a_student_who_is_to_be_deleted_is_not_there(tmp_path):
    assert set(roster(tmp_path, [student("1", "white", status="tobedeleted"), student("2", "white")]).people) == {"2"}


def test_clever_letters_and_words_are_read_and_f_is_free_lunch(tmp_path):
    head = ["School_id", "Student_id", "First_name", "Last_name", "Gender", "Race", "Hispanic_Latino", "Ell_status", "Frl_status", "IEP_status"]
    rows = [dict(zip(head, cells.split(","), strict=True)) for cells in (
        "9,1,Lumi,Okafor,F,W,N,N,F,N", "9,2,Tam,Reyes,M,B,Y,Y,R,Y", "9,3,Ida,Kaya,X,M,N,Y,N,N", "9,4,Noa,Lind,F,Asian,N,N,Paid,N", "9,5,Bo,Ek,F,Q,,,,",
    )]
    found = roster(tmp_path, rows, kind="clever", name="students.csv")
    assert [tuple(f.get(k) for k in ("race_ethnicity", "sex", "ell", "frl", "iep")) for f in facts(found).values()] == [
        ("white", "female", "not_ell", "frl", "not_iep"), ("hispanic", "male", "ell", "frl", "iep"), ("two_or_more", "x", "ell", "not_frl", "not_iep"),
        ("asian", "female", "not_ell", "not_frl", "not_iep"), (None, "female", None, None, None),
    ]
    assert found.unread == {("race", "Q"): 1}
    assert (set(found.people["1"].given), set(found.people["1"].family)) == ({"Lumi"}, {"Okafor"})


def edfi(number, *races, **changes):
    return {"studentReference": {"studentUniqueId": number, "link": {"rel": "Student"}}, "educationOrganizationReference": {"educationOrganizationId": 255901},
            "sexDescriptor": "uri://ed-fi.org/SexDescriptor#Female", "hispanicLatinoEthnicity": False,
            "limitedEnglishProficiencyDescriptor": "uri://ed-fi.org/LimitedEnglishProficiencyDescriptor#NotLimited",
            "races": [{"raceDescriptor": f"uri://ed-fi.org/RaceDescriptor#{race}"} for race in races]} | changes


def test_ed_fi_descriptors_are_read_from_their_uris(tmp_path):
    limited = {"limitedEnglishProficiencyDescriptor": "uri://ed-fi.org/LimitedEnglishProficiencyDescriptor#Limited"}
    found = facts(roster(tmp_path, [
        edfi("1", "White"), edfi("2", "Black - African American", "Asian"), edfi("3", "Native Hawaiian - Pacific Islander", **limited),
        edfi("4", "American Indian - Alaska Native", hispanicLatinoEthnicity=True), edfi("5", "Choose Not to Respond"),
    ], kind="edfi", name="associations.jsonl"))
    assert [(f.get("race"), f.get("race_ethnicity"), f["ell"]) for f in found.values()] == [
        ("white", "white", "not_ell"), ("two_or_more", "two_or_more", "not_ell"), ("pacific_islander", "pacific_islander", "ell"),
        ("american_indian", "hispanic", "not_ell"), (None, None, "not_ell"),
    ]


def test_a_flat_ed_fi_export_may_give_each_race_a_row_or_a_column(tmp_path):
    flat = [{"studentReference.studentUniqueId": n, "races.0.raceDescriptor": one, "races.1.raceDescriptor": two, "hispanicLatinoEthnicity": "false"}
            for n, one, two in (("1", "uri://ed-fi.org/RaceDescriptor#White", ""), ("1", "uri://ed-fi.org/RaceDescriptor#Asian", ""), ("2", "White", "Asian"))]
    found = facts(roster(tmp_path, flat, kind="edfi", name="flat.csv"))
    assert {n: f["race"] for n, f in found.items()} == {"1": "two_or_more", "2": "two_or_more"}


def test_groups_come_to_the_essays_by_the_students_number_which_is_not_written(tmp_path):
    write_csv(tmp_path / "demographics.csv", [student(f"{1000 + n}", "white" if n % 2 else "black", sex="female" if n < 4 else "male") for n in range(7)])
    layout = write_map(tmp_path, columns='item = "id"\ntruth = "score"', rest='[demographics]\nfile = "demographics.csv"\nkind = "oneroster"\njoin = { student = "student" }')
    told = import_samples(write_csv(tmp_path / "essays.csv", essays()), layout, tmp_path / "set")
    assert told.groups == {"race_ethnicity": {"black": 4, "white": 3}, "race": {"black": 4, "white": 3}, "sex": {"female": 4, "male": 3}}
    assert (told.not_in_roster, told.left_out["no group value"].rows, set(told.files)) == (1, 1, {"essays.csv", "demographics.csv", "map.toml"})
    assert load_set(tmp_path / "set").attributes["race"].groups == {"black": "Black or African American", "white": "White"}
    written = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "set").iterdir())
    assert "1003" not in written


def test_a_table_of_your_own_gives_the_columns_that_the_map_names(tmp_path):
    write_csv(tmp_path / "side.csv", [{"No": str(1000 + n), "Program": "dual" if n % 2 else "none", "Updated": str(n)} for n in range(8)] + [
        {"No": "1000", "Program": "none", "Updated": "99"}])
    rest = ('[demographics]\nfile = "side.csv"\nkind = "table"\njoin = { student = "student", key = "no" }\n'
            '[groups.program]\ndemographic = "program"\nvalues = { "dual" = "dual", "none" = "other" }')
    told = import_samples(write_csv(tmp_path / "essays.csv", essays()), write_map(tmp_path, rest=rest), tmp_path / "set")
    assert (told.groups, told.merged) == ({"program": {"dual": 4, "other": 4}}, 1)


@pytest.mark.parametrize(("rest", "columns", "said"), [
    ('kind = "oneroster"\njoin = { student = "student" }', 'item = "student"', "the student's own number"),
    ('kind = "oneroster"\njoin = { student = "pupil" }', 'item = "id"', "there is no column 'pupil' (demographics.join.student)"),
    ('kind = "table"\njoin = { student = "student" }', 'item = "id"', "nothing to compare"),
    ('kind = "oneroster"\njoin = { student = "student", key = "id" }', 'item = "id"', "there is no column 'id' (demographics.join.key)"),
    ('kind = "oneroster"\njoin = { student = "score" }', 'item = "id"', "No student's number is the same in both files"),
])
def test_a_side_file_that_does_not_fit_is_refused_in_one_line(tmp_path, rest, columns, said):
    write_csv(tmp_path / "demographics.csv", [student("1000", "white"), student("1001", "asian")])
    layout = write_map(tmp_path, columns=columns, rest=f'[demographics]\nfile = "demographics.csv"\n{rest}')
    with pytest.raises(AuditError) as raised:
        import_samples(write_csv(tmp_path / "essays.csv", essays()), layout, tmp_path / "set")
    assert said in str(raised.value)
    assert not (tmp_path / "set").exists()


def test_names_of_a_oneroster_users_file_are_found_in_the_texts_and_masked(tmp_path):
    write_csv(tmp_path / "demographics.csv", [student(f"{1000 + n}", "white" if n % 2 else "black") for n in range(8)])
    names = [("Oriana", "Velasco"), ("Tobin", "Ashgrove"), ("Grace", "Young")]
    write_csv(tmp_path / "users.csv", [{"sourcedId": f"{1000 + n}", "givenName": g, "familyName": f} for n, (g, f) in enumerate(names)])
    rows = essays(essay={0: text(0) + " I am Oriana and I agree.", 3: text(3) + " oriana m velasco told me.", 4: text(4) + " Grace is a virtue of the Young.",
                         2: text(2) + " The young have grace."})
    side = '[demographics]\nfile = "demographics.csv"\nkind = "oneroster"\nusers = "users.csv"\njoin = { student = "student" }'
    table = write_csv(tmp_path / "essays.csv", rows)
    told = import_samples(table, write_map(tmp_path, rest=side), tmp_path / "set")
    assert told.personal_data == {"a name from the roster": ["e0", "e3"]}
    assert load_set(tmp_path / "set").named_items == ("e0", "e3")
    assert not any(name in (tmp_path / "set" / "set.toml").read_text(encoding="utf-8") for name in ("Oriana", "Velasco"))
    import_samples(table, write_map(tmp_path, top='personal_data = "mask"', rest=side), tmp_path / "masked")
    assert [items(tmp_path / "masked")[n]["input"]["text"] for n in (0, 3)] == [text(0) + " I am [name] and I agree.", text(3) + " [name] told me."]
    assert load_set(tmp_path / "masked").named_items == ()
