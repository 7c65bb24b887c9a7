"""OneRoster archives, written by hand from CSV Tables 1.1.1 and CSV Binding 1.2.1; everybody in them is invented."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from audit.errors import ChecklistError
from audit.evidence import oneroster
from audit.evidence.specimen import Problems, Specimen

FILES_11 = [
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics", "enrollments",
    "lineItems", "orgs", "resources", "results", "users",
]
MORE_12 = [
    "lineItemLearningObjectiveIds", "lineItemScoreScales", "resultLearningObjectiveIds", "resultScoreScales", "roles", "scoreScales",
    "userProfiles", "userResources",
]

SESSIONS = (
    "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\r\n"
    "y,,,2026-27,schoolYear,2026-08-17,2027-06-11,,2027\r\n"
    "t,,,Fall,term,2026-08-17,2026-12-18,y,2027\r\n"
)
ORGS = (
    "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\r\n"
    "d,,,Invented District,district,,\r\n"
    "s,,,Invented School,school,,d\r\n"
)
COURSES = (
    "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes\r\n"
    'c,,,y,"Writing, first year",W1,"09,10",s,,\r\n'
)
CLASSES = (
    "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,"
    "subjectCodes,periods\r\n"
    'k,,,Writing 1,09,c,,scheduled,,s,"t,y",,,\r\n'
)
USERS_11 = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,"
    "agentSourcedIds,grades,password\r\n"
    'u1,,,true,"s,d",student,ada,,Ada,Elm,,1001,ada@example.org,,,u3,09,\r\n'
    "u2,,,true,s,teacher,bo,,Bo,Marsh,,,bo@school.example,,,,,\r\n"
    "u3,,,false,s,guardian,cleo,,Cleo,Elm,,,,,555-0100,,,\r\n"
)
USERS_12 = (
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,"
    "grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns\r\n"
    "u1,,,true,ada,,Ada,Elm,,,,,,,09,,,,,,s,\r\n"
)
ROLES = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\r\n"
    "r1,,,u1,primary,student,,,s,\r\n"
)
PROFILES = (
    "sourcedId,status,dateLastModified,userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password\r\n"
    "p1,,,u1,sign-in,v,,,password,ada,\r\n"
)
ENROLLMENTS = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\r\n"
    "e1,,,k,s,u1,student,,2026-08-17,2026-12-18\r\n"
    "e2,,,k,s,u2,teacher,true,,\r\n"
)
DEMOGRAPHICS = (
    "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
    "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,"
    "stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus\r\n"
    "u1,,,2011-02-03,female,,true,,,,,,,,Oz,\r\n"
)
RESULTS_12 = (
    "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment,textScore,classSourcedId,inProgress,"
    "incomplete,late,missing\r\n"
    "x1,,,l1,u1,fully graded,4.5,2026-10-01,Clear and kind,,k,,,false,\r\n"
)
LINE_ITEMS_11 = (
    "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,categorySourcedId,gradingPeriodSourcedId,"
    "resultValueMin,resultValueMax\r\n"
    "l1,,,Essay,,2026-09-01,2026-09-15,k,g1,t,0,6.0\r\n"
)
CATEGORIES_11 = "sourcedId,status,dateLastModified,title\r\ng1,,,Homework\r\n"
CORE = {"academicSessions": SESSIONS, "orgs": ORGS, "courses": COURSES, "classes": CLASSES, "users": USERS_11, "enrollments": ENROLLMENTS}
CORE_12 = {"academicSessions": SESSIONS, "orgs": ORGS, "users": USERS_12, "roles": ROLES}


def manifest(version, modes, **other):
    names = FILES_11 + (MORE_12 if version == "1.2" else [])
    rows = {"manifest.version": "1.0", "oneroster.version": version} | {f"file.{name}": modes.get(name, "absent") for name in names} | other
    return "propertyName,value\r\n" + "".join(f"{name},{value}\r\n" for name, value in rows.items() if value is not None)


def archive(folder, files, version="1.1", modes=None, **other):
    path = Path(folder) / "roster.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("manifest.csv", manifest(version, dict.fromkeys(files, "bulk") | (modes or {}), **other))
        for name, text in files.items():
            made.writestr(f"{name}.csv", text)
    return path


def look(path, watch=lambda _: None):
    problems = Problems()
    facts = oneroster.check(Specimen(path, date(2026, 11, 22), watch), problems)
    return problems, facts


def found(problems, level=None):
    return {(p.rule, p.where) for p in problems.kept if level in (None, p.level)}


def rules(problems, level):
    return {p.rule for p in problems.kept if p.level == level}


def test_a_good_archive_of_1_1_has_no_problem_and_says_what_it_sends(tmp_path):
    problems, facts = look(archive(tmp_path, CORE, **{"source.systemName": "Invented SIS"}))
    assert found(problems) == {("users.minimisation", "users.csv line 4")}   # the guardian's telephone
    assert facts == {
        "version": "1.1", "product": "Invented SIS", "files": sorted(CORE), "passwords": 0, "requests_demographics": False,
        "requests_email": True, "requests_names": True, "requests_telephone": True,
        "rows": {"academicSessions": 2, "orgs": 2, "courses": 1, "classes": 1, "users": 3, "enrollments": 2},
    }


def test_a_good_archive_of_1_2_with_roles_profiles_and_gradebook_has_no_problem(tmp_path):
    scales = (
        "sourcedId,status,dateLastModified,title,type,orgSourcedId,courseSourcedId,classSourcedId,scoreScaleValue\r\n"
        'v1,,,Letters,letter,s,c,k,"{A:90-100}"\r\n'
    )
    items = (
        "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,categorySourcedId,academicSessionSourcedId,"
        "resultValueMin,resultValueMax,schoolSourcedId\r\nl1,,,Essay,,2026-09-01,2026-09-15,k,g1,t,,,s\r\n"
    )
    files = CORE_12 | {
        "courses": COURSES, "classes": CLASSES, "userProfiles": PROFILES, "results": RESULTS_12, "lineItems": items, "scoreScales": scales,
        "categories": "sourcedId,status,dateLastModified,title,weight\r\ng1,,,Homework,20\r\n",
        "resources": "sourcedId,status,dateLastModified,vendorResourceId,title,roles,importance,vendorId,applicationId\r\nm1,,,v1,,,primary,,\r\n",
        "userResources": "sourcedId,status,dateLastModified,userSourcedId,orgSourcedId,classSourcedId,resourceSourcedId\r\nn1,,,u1,,k,m1\r\n",
        "lineItemScoreScales": "sourcedId,status,dateLastModified,title,lineItemSourcedId,scoreScaleSourcedId\r\na1,,,,l1,v1\r\n",
        "resultScoreScales": "sourcedId,status,dateLastModified,title,resultSourcedId,scoreScaleSourcedId\r\nb1,,,,x1,v1\r\n",
        "lineItemLearningObjectiveIds": "sourcedId,status,dateLastModified,lineItemSourcedId,source,learningObjectiveId\r\nf1,,,l1,case,q\r\n",
        "resultLearningObjectiveIds": (
            "sourcedId,status,dateLastModified,resultSourcedId,source,learningObjectiveId,score,textScore\r\nh1,,,x1,ext:own,q,3,\r\n"
        ),
    }
    problems, facts = look(archive(tmp_path, files, "1.2"))
    assert found(problems) == set()
    assert facts["version"] == "1.2"
    assert facts["requests_email"] is False


def test_columns_may_follow_as_metadata_and_a_byte_order_mark_may_come_first(tmp_path):
    orgs = "\ufeff" + ORGS.replace("parentSourcedId\r\n", "parentSourcedId,metadata.size\r\n").replace(",\r\n", ",,4\r\n").replace(",d\r\n", ",d,5\r\n")
    assert found(look(archive(tmp_path, {"orgs": orgs}))[0]) == set()


def test_bad_values_are_named_with_their_line_and_never_repeated(tmp_path):
    broken = {
        "academicSessions": (SESSIONS.replace(",term,", ",quarter,").replace("2026-12-18", "18/12/2026").replace("y,2027", "y,27"),
                             {("academicSessions.type", "type"), ("academicSessions.endDate", "endDate"), ("academicSessions.schoolYear", "schoolYear")}),
        "users": (USERS_11.replace("u2,,,true", "u2,,,yes").replace("teacher,bo", "pupil,bo").replace("Bo,Marsh", "Bo,").replace(",09,", ",9th,"),
                  {("users.enabledUser", "enabledUser"), ("users.role", "role"), ("users.familyName.required", "familyName")}),
        "enrollments": (ENROLLMENTS.replace("u2,teacher,true", "u2,aide,1"), {("enrollments.role", "role"), ("enrollments.primary", "primary")}),
    }
    for name, (text, expected) in broken.items():
        problems, _ = look(archive(tmp_path, CORE | {name: text}))
        assert found(problems, "error") == {(rule, f"{name}.csv line 3, {column}") for rule, column in expected}
        assert not any(word in p.what for p in problems.kept for word in ("pupil", "quarter", "9th", "Marsh"))
    assert ("users.grades.code", "users.csv line 2, grades") in found(look(archive(tmp_path, CORE | {"users": broken["users"][0]}))[0], "warning")


def test_words_of_one_version_are_wrong_in_the_other_and_1_2_may_extend_its_own(tmp_path):
    for role, errors in (("principal", 0), ("ext:coach", 0), ("administrator", 1), ("ext:", 1)):
        problems, _ = look(archive(tmp_path, CORE_12 | {"roles": ROLES.replace("student", role)}, "1.2"))
        assert problems.of("roles.role") == errors
    problems, _ = look(archive(tmp_path, CORE_12 | {"roles": ROLES.replace("primary", "ext:main")}, "1.2"))
    assert problems.of("roles.roleType") == 1
    for role, errors in (("administrator", 0), ("principal", 1), ("ext:coach", 1)):
        problems, _ = look(archive(tmp_path, CORE | {"users": USERS_11.replace("teacher", role)}))
        assert problems.of("users.role") == errors


def test_identifiers_twice_with_wrong_characters_or_too_long_are_named(tmp_path):
    users = USERS_11.replace("u2,", "u1,").replace("u3,,,false", "u 3,,,false") + f"{'w' * 256},,,true,s,student,x,,Dee,Vale,,,,,,,,\r\n"
    problems, _ = look(archive(tmp_path, {"orgs": ORGS, "users": users}))
    assert {where for rule, where in found(problems, "error") if rule == "users.sourcedId.twice"} == {"users.csv line 3, sourcedId"}
    assert {where for rule, where in found(problems) if rule == "users.sourcedId"} == {f"users.csv line {n}, sourcedId" for n in (4, 5)}
    assert ("users.agentSourcedIds.unknown", "users.csv line 2, agentSourcedIds") in found(problems, "error")   # u3 is gone


def test_references_to_nothing_are_named_in_single_columns_lists_and_parents(tmp_path):
    cases = {
        "enrollments": (ENROLLMENTS.replace("k,s,u2", "k9,s9,u9"), {"classSourcedId", "schoolSourcedId", "userSourcedId"}),
        "classes": (CLASSES.replace('"t,y"', '"t,t9"').replace(",c,", ",c9,"), {"termSourcedIds", "courseSourcedId"}),
        "users": (USERS_11.replace('"s,d"', '"s,s9"').replace("u3,09", "u9,09"), {"orgSourcedIds", "agentSourcedIds"}),
        "academicSessions": (SESSIONS.replace("y,2027", "y9,2027"), {"parentSourcedId"}),
        "orgs": (ORGS.replace(",d\r\n", ",d9\r\n"), {"parentSourcedId"}),
    }
    for name, (text, columns) in cases.items():
        problems, _ = look(archive(tmp_path, CORE | {name: text}))
        assert rules(problems, "error") == {f"{name}.{column}.unknown" for column in columns}
    problems, _ = look(archive(tmp_path, CORE | {"orgs": ORGS.replace("d,,,Invented District,district,,", "d,,,Invented District,district,,d")}))
    assert found(problems, "error") == {("orgs.parentSourcedId.itself", "orgs.csv line 2, parentSourcedId")}


def test_references_that_cannot_be_checked_are_a_warning_in_bulk_and_nothing_in_delta(tmp_path):
    problems, _ = look(archive(tmp_path, {name: text for name, text in CORE.items() if name != "courses"}))
    assert found(problems, "error") == set()
    assert ("classes.courseSourcedId.absent", "classes.csv line 2, courseSourcedId") in found(problems, "warning")
    delta = ENROLLMENTS.replace("e1,,", "e1,active,2026-09-01T08:00:00.000Z").replace("e2,,", "e2,tobedeleted,2026-09-01T08:00:00Z").replace("u1", "u77")
    problems, _ = look(archive(tmp_path, {"enrollments": delta}, modes={"enrollments": "delta"}))
    assert found(problems) == set()


def test_bulk_leaves_status_blank_and_delta_fills_it(tmp_path):
    filled = ORGS.replace("d,,", "d,active,2026-09-01T08:00:00.000Z").replace("s,,", "s,inactive,yesterday")
    problems, _ = look(archive(tmp_path, {"orgs": filled}))
    assert {(p.rule, p.where, p.what) for p in problems.kept} == {
        ("orgs.status.bulk", "orgs.csv line 2, status", "filled in 2 rows of a bulk file"),
        ("orgs.dateLastModified.bulk", "orgs.csv line 2, dateLastModified", "filled in 2 rows of a bulk file"),
    }
    problems, _ = look(archive(tmp_path, {"orgs": filled}, modes={"orgs": "delta"}))
    assert found(problems, "error") == {("orgs.dateLastModified", "orgs.csv line 3, dateLastModified")}
    assert found(problems, "warning") == {("orgs.status.inactive", "orgs.csv line 3, status")}
    problems, _ = look(archive(tmp_path, {"orgs": ORGS}, modes={"orgs": "delta"}))
    assert problems.of("orgs.status") == problems.of("orgs.dateLastModified") == 2


def test_a_record_to_be_deleted_needs_no_values(tmp_path):
    gone = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\r\nd,tobedeleted,2026-09-01T08:00:00.000Z,,,,\r\n"
    assert found(look(archive(tmp_path, {"orgs": gone}, modes={"orgs": "delta"}))[0]) == set()


def test_a_header_says_what_is_missing_unknown_turned_or_twice_and_names_nobody(tmp_path):
    head, rest = ORGS.split("\r\n", 1)
    for header, rule in (
        (head.replace("identifier,", ""), "missing"), (head.replace("identifier", "Identifier"), "unknown"),
        (head.replace("name,type", "type,name"), "order"), (head.replace("identifier", "name"), "twice"),
    ):
        problems, _ = look(archive(tmp_path, {"orgs": f"{header}\r\n{rest}"}))
        assert f"orgs.header.{rule}" in rules(problems, "error")
    problems, _ = look(archive(tmp_path, {"users": USERS_11.split("\r\n", 1)[1]}))
    assert problems.of("users.header.missing") == 1
    assert not any("Ada" in p.what + p.fix + p.where for p in problems.kept)
    problems, _ = look(archive(tmp_path, {"orgs": ORGS.replace("name,type", "metadata.x,name,type").replace("d,,,", "d,,,,").replace("s,,,", "s,,,,")}))
    assert rules(problems, "error") == {"orgs.header.metadata"}


def test_users_of_1_2_may_have_the_column_of_1_2_0_with_a_warning(tmp_path):
    users = USERS_12.replace("Identifier,preferred", "Identifier,resourceSourcedIds,preferred").replace("09,,,,,,s", "09,,,,,,,s")
    problems, _ = look(archive(tmp_path, CORE_12 | {"users": users}, "1.2"))
    assert found(problems) == {("users.header.older", "users.csv line 1")}


def test_what_only_one_source_shows_is_a_warning(tmp_path):
    files = CORE | {"categories": CATEGORIES_11.replace(",title", ",name"), "lineItems": LINE_ITEMS_11}
    problems, _ = look(archive(tmp_path, files))
    assert {"categories.header.missing", "categories.header.unknown"} <= rules(problems, "warning")
    assert rules(problems, "error") == set()


def test_faults_of_the_csv_are_named_with_their_line_and_the_rest_is_read(tmp_path):
    rows = "d,,,Invented District,district,,\r\n"
    for row, rule, line in (
        (b's,,,"Inv"ented,school,,d\r\n', "csv.row", 3), (b"s,,,Inv\xff,school,,d\r\n", "csv.utf8", 3), (b"s,,,Inv,school,d\r\n", "csv.columns", 3),
        (b's,,,Inv "new" one,school,,d\r\n', "csv.quote", 3), (b's,,,"Inv\r\nented",school,,d\r\n', "csv.line-break", 3), (b"\r\n", "csv.columns", 3),
    ):
        raw = (ORGS.split("\r\n", maxsplit=1)[0] + "\r\n" + rows).encode() + row + b"n,,,Last,shop,,\r\n"
        problems, _ = look(archive(tmp_path, {"orgs": raw}))
        assert (rule, f"orgs.csv line {line}") in found(problems, "error")
        last = 5 if rule == "csv.line-break" else 4
        assert ("orgs.type", f"orgs.csv line {last}, type") in found(problems, "error")
    fine = ORGS.replace("Invented School", '"Invented ""Old"" School, upper"')
    assert found(look(archive(tmp_path, {"orgs": fine}))[0]) == set()


def test_a_line_without_end_and_a_quotation_without_end_are_errors_and_no_traceback(tmp_path):
    for raw in (ORGS + "s2,,," + "x" * 3_000_000, ORGS + 's2,,,"' + "x\r\n" * 100_000, "\x00" * 50_000, '"', "\r\r\r"):
        problems, _ = look(archive(tmp_path, {"orgs": raw}))
        assert problems.counts["error"] > 0


def test_a_file_without_rows_is_an_error(tmp_path):
    for text in (ORGS.split("\r\n", maxsplit=1)[0] + "\r\n", ""):
        assert "orgs.rows" in rules(look(archive(tmp_path, {"orgs": text}))[0], "error")


def test_the_manifest_is_held_against_the_files_that_came(tmp_path):
    for modes, other, expected in (
        ({"orgs": "absent"}, {}, ("manifest.absent", "manifest.csv line 13, file.orgs")),
        ({"users": "bulk"}, {}, ("manifest.file", "manifest.csv line 16, file.users")),
        ({"orgs": "some"}, {}, ("manifest.mode", "manifest.csv line 13, file.orgs")),
        ({}, {"manifest.version": "2"}, ("manifest.version", "manifest.csv line 2")),
        ({}, {"oneroster.version": "1.3"}, ("manifest.oneroster-version", "manifest.csv line 3")),
        ({}, {"file.results": None}, ("manifest.missing", "manifest.csv")),
    ):
        assert expected in found(look(archive(tmp_path, {"orgs": ORGS}, modes=modes, **other))[0], "error")
    problems, _ = look(archive(tmp_path, {"orgs": ORGS}, **{"file.roles": "absent"}))
    assert found(problems) == {("manifest.unknown", "manifest.csv line 17")}


def test_files_in_a_folder_in_other_letters_or_unknown_are_named_and_the_first_two_are_read(tmp_path):
    path = tmp_path / "roster.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("out/manifest.csv", manifest("1.1", {"orgs": "bulk"}))
        made.writestr("out/Orgs.csv", ORGS)
        made.writestr("out/readme.txt", "")
    problems, facts = look(path)
    assert rules(problems, "error") == {"manifest.place", "files.case"}
    assert found(problems, "warning") == {("files.unknown", "out/readme.txt")}
    assert facts["rows"] == {"orgs": 2}


def test_without_a_manifest_the_files_are_still_read(tmp_path):
    path = tmp_path / "roster.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name, text in CORE_12.items():
            made.writestr(f"{name}.csv", text)
    problems, facts = look(path)
    assert rules(problems, "error") == {"manifest"}
    assert facts["version"] == "1.2"
    assert oneroster.recognises(Specimen(path, date(2026, 11, 22)))


def test_what_looks_like_a_real_person_is_personal_and_its_value_is_not_repeated(tmp_path):
    for column, old, value in (
        ("email", "ada@example.org", "ada.elm@district.k12.ny.us"), ("email", "ada@example.org", "ada@example.org.evil.com"),
        ("username", "student,ada", "student,ada@gmail.com"), ("phone", "555-0100", "212-867-5309"), ("phone", "555-0100", "2128675309"),
        ("identifier", "1001", "219-09-9999"), ("userIds", "ada,,Ada", "ada,{ssn:219 09 9999},Ada"), ("middleName", "Elm,,1001", "Elm,(914) 632-4411,1001"),
    ):
        problems, _ = look(archive(tmp_path, CORE | {"users": USERS_11.replace(old, value)}))
        line = 4 if column == "phone" else 2
        assert [p.where for p in problems.kept if p.level == "personal"] == [f"users.csv line {line}, {column}"]
        assert not any(value.split(",")[-1] in p.what + p.fix + p.where for p in problems.kept)


@pytest.mark.parametrize("made_up", [
    "ada@example.com", "ada@school.example.org", "ada@staff.test", "ada@x.invalid", "ADA@EXAMPLE.EDU", "no address", "914-555-0123", "987-65-4321",
    "000-12-3456", "2026-11-22",
])
def test_invented_data_are_let_through(tmp_path, made_up):
    problems, _ = look(archive(tmp_path, CORE | {"users": USERS_11.replace("Elm,,1001", f"Elm,{made_up},1001")}))
    assert problems.counts["personal"] == 0


def test_numbers_of_nine_digits_are_asked_about_once(tmp_path):
    users = USERS_11.replace(",1001,", ",219099999,").replace("Marsh,,,", "Marsh,,219099998,")
    problems, _ = look(archive(tmp_path, CORE | {"users": users}))
    assert [p.where for p in problems.kept if p.rule == "users.identifier.nine-digits"] == ["users.csv line 2, identifier"]
    assert problems.counts["personal"] == 0


def test_passwords_are_an_error_and_demographics_a_question(tmp_path):
    users = USERS_11.replace(",09,\r\n", ",09,letmein\r\n")
    problems, facts = look(archive(tmp_path, CORE | {"users": users, "demographics": DEMOGRAPHICS}))
    assert found(problems, "error") == {("users.password", "users.csv line 2, password")}
    asked = next(p for p in problems.kept if p.rule == "demographics.minimisation")
    assert "birthDate (1)" in asked.what
    assert "cityOfBirth (1)" in asked.what
    assert facts["passwords"] == 1
    assert facts["requests_demographics"] is True
    problems, _ = look(archive(tmp_path, CORE_12 | {"userProfiles": PROFILES.replace("ada,\r\n", "ada,secret\r\n")}, "1.2"))
    assert rules(problems, "error") == {"userProfiles.password"}


def test_demographics_belong_to_a_user_and_hold_true_or_false(tmp_path):
    text = DEMOGRAPHICS.replace("u1,", "u8,").replace(",true,", ",Y,").replace("2011-02-03", "2011-02-30").replace("female", "other")
    problems, _ = look(archive(tmp_path, CORE | {"demographics": text}))
    assert rules(problems, "error") == {"demographics.sourcedId.unknown", "demographics.asian", "demographics.birthDate", "demographics.sex"}


def test_a_period_that_ends_before_it_begins_is_a_warning(tmp_path):
    problems, _ = look(archive(tmp_path, CORE | {"enrollments": ENROLLMENTS.replace("2026-12-18", "2025-12-18")}))
    assert ("enrollments.endDate.order", "enrollments.csv line 2, endDate") in found(problems, "warning")


def test_only_archives_with_rosters_are_recognised(tmp_path):
    assert oneroster.recognises(Specimen(archive(tmp_path, CORE), date(2026, 11, 22)))
    other = tmp_path / "package.zip"
    with zipfile.ZipFile(other, "w") as made:
        made.writestr("imsmanifest.xml", "<manifest/>")
        made.writestr("users.csv", "a\n")
    text = tmp_path / "manifest.csv"
    text.write_text("propertyName,value\n")
    for path in (other, text):
        assert not oneroster.recognises(Specimen(path, date(2026, 11, 22)))


def test_a_file_that_is_no_zip_cannot_be_read(tmp_path):
    path = tmp_path / "roster.zip"
    path.write_bytes(b"PK\x03\x04 and nothing")
    with pytest.raises(ChecklistError):
        look(path)
