"""An audit of others, taken over: the same numbers, the district's rules and answers over them, and no word about it left out."""

import json
import shutil
import tomllib
from datetime import date

import msgspec
import pytest
import tomli_w

import audit.report
from audit import pipeline
from audit.bundles import TrustedKey
from audit.errors import AuditError, BundleError, ChecklistError, PlanError, RunFolderError
from audit.library import shipped
from audit.pipeline.adopting.adopted import adopt, open_source
from audit.pipeline.adopting.localized import Local, name_of
from audit.pipeline.bundling.bundled import bundle_run
from audit.records import Scorecard
from audit.report.documents import DOCUMENTS
from audit.report.words import Words
from tests.adoptions import STATE_DAY, overlay, state_audit
from tests.bundles.made import a_key
from tests.bundles.runs_made import forged

TODAY = date(2026, 12, 7)
NUMBERS = ("estimate", "low", "high", "low90", "high90", "p_value", "p_adjusted", "items", "responses", "missing", "standardized")


@pytest.fixture(scope="module")
def without_papers():
    """The documents are drawn elsewhere; here only what they are made of is looked at."""
    patch = pytest.MonkeyPatch()
    patch.setattr(audit.report, "write_documents", lambda *_: [])
    yield
    patch.undo()


@pytest.fixture(scope="module")
def state(tmp_path_factory, without_papers):
    return state_audit(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def bundle(state, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    key = a_key(folder, "Example State", role="state")
    bundle_run(state, folder / "state.audit.zip", key)
    return folder / "state.audit.zip", key.public


def take(path, out, today=TODAY, keys=None, **local):
    with open_source(path, keys, today) as source:
        return adopt(source, Local(**{"organisation": "Lakeside Unified"} | local), out, today)


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def finding(run, criterion):
    return next(f for f in read(run / "scorecard.json")["findings"] if f["criterion"] == criterion)


def answers(folder, text):
    (folder / "local.toml").write_text(text, encoding="utf-8")
    return folder / "local.toml"


def policy(folder, change):
    table = tomllib.loads((shipped("checklists") / "policy.toml").read_text(encoding="utf-8"))
    table |= {"id": "lakeside", "edition": "2027"}
    change(table)
    (folder / "policy.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
    return folder / "policy.toml"


def halved(table):
    for name in ("selection_rate_difference", "missing_rate"):
        table["margins"][name]["value"] /= 2


@pytest.mark.parametrize("change", [None, halved])
def test_the_measured_numbers_are_those_of_the_audit_that_was_taken_over_whatever_the_policy(bundle, state, tmp_path, change):
    made = take(bundle[0], tmp_path / "own", policy=policy(tmp_path, change) if change else None)
    before, after = read(state / "results.json"), read(tmp_path / "own/results.json")
    for part in ("disparities", "missingness"):
        assert [[row[name] for name in NUMBERS] for row in after[part]] == [[row[name] for name in NUMBERS] for row in before[part]]
    assert after["groups"] == before["groups"]
    assert made.origin.numbers == (len(before["disparities"]) + len(before["missingness"]),) * 2
    assert (tmp_path / "own/journal.jsonl").read_bytes() == (state / "journal.jsonl").read_bytes()


def test_the_district_stands_on_the_scorecard_and_where_it_comes_from_beside_it(bundle, tmp_path):
    path, key = bundle
    take(path, tmp_path / "own", keys=[key])
    card, origin = read(tmp_path / "own/scorecard.json"), read(tmp_path / "own/adopted.json")
    assert (card["auditor"], card["as_of"]) == ({"organisation": "Lakeside Unified", "role": "district"}, "2026-12-07")
    assert (origin["organisation"], origin["role"], origin["as_of"], origin["kind"]) == ("Example State", "state", "2026-11-30", "bundle")
    assert [(s["name"], s["standing"]) for s in origin["signers"]] == [("Example State", "trusted")]
    assert card["provenance"]["adopted_from"] == origin | {"late_margins": []}
    with open_source(path, None, TODAY) as source:
        assert origin["digest"] == source.digest
    assert "adopted.json" in read(tmp_path / "own/manifest.json")["files"]


def test_what_was_taken_over_can_be_scored_and_bundled_again_and_still_says_where_it_comes_from(bundle, tmp_path):
    take(bundle[0], tmp_path / "own")
    before = read(tmp_path / "own/scorecard.json")
    pipeline.score_run(tmp_path / "own", TODAY)
    assert read(tmp_path / "own/scorecard.json") == before
    bundle_run(tmp_path / "own", tmp_path / "own.audit.zip")
    again = take(tmp_path / "own.audit.zip", tmp_path / "third", organisation="Hillside Unified")
    assert (again.origin.organisation, again.origin.earlier.organisation) == ("Lakeside Unified", "Example State")


def test_a_local_answer_takes_the_place_of_the_audits_and_says_whose_it_is_the_others_stay_with_who_gave_them(bundle, tmp_path):
    made = take(bundle[0], tmp_path / "own", answers=answers(tmp_path, '[answers.safe-breach-notice]\nanswer = "9"\n[answers.safe-off-switch]\nanswer = "yes"\nby = "Ms. Invented"\n'))
    given = read(tmp_path / "own/answers.json")["answers"]
    assert {name: (one["answer"], one.get("by", "")) for name, one in given.items()} == {
        "safe-breach-notice": ("9", "Lakeside Unified"), "safe-off-switch": ("yes", "Ms. Invented, Lakeside Unified"),
        "safe-agreement": ("yes", "State office"), "safe-deletion": ("30", ""),
    }
    changed = {c.criterion: (c.before, c.after, c.why) for c in made.changes}
    assert changed["safe-breach-notice"] == ("met", "not_met", "your answer (Lakeside Unified)")
    assert changed["safe-off-switch"] == ("not_assessed", "met", "your answer (Ms. Invented, Lakeside Unified)")
    assert (made.exit_code, set(changed)) == (1, {"safe-breach-notice", "safe-off-switch"})


def test_evidence_of_both_is_kept_also_where_two_files_have_one_name_and_a_confidential_one_is_a_hash(bundle, state, tmp_path):
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours/agreement.pdf").write_bytes(b"%PDF-1.4 ours\n")
    made = take(bundle[0], tmp_path / "own", answers=answers(
        tmp_path, '[answers.safe-off-switch]\nanswer = "yes"\nevidence = "agreement.pdf"\n'), evidence=tmp_path / "ours")
    kept = tmp_path / "own/evidence"
    assert {p.relative_to(kept).as_posix(): p.read_bytes() for p in kept.rglob("*") if p.is_file()} == {
        "agreement.pdf": b"%PDF-1.4 the state's\n", "local/agreement.pdf": b"%PDF-1.4 ours\n"}
    files = read(tmp_path / "own/evidence.json")
    assert files["report.txt"]["check"]["sha256"] == read(state / "evidence.json")["report.txt"]["check"]["sha256"]
    assert finding(tmp_path / "own", "safe-agreement")["evidence"][0]["sha256"] == files["agreement.pdf"]["check"]["sha256"]
    assert finding(tmp_path / "own", "safe-off-switch")["evidence"][0]["what"] == "local/agreement.pdf"
    assert made.origin.local.files == ("local/agreement.pdf",)


@pytest.mark.parametrize(("hours", "outcome", "named"), [(24, "not_met", "Lakeside Unified"), (96, "met", "Example State")])
def test_a_local_overlay_lies_over_the_states_and_can_make_a_rule_stricter_but_not_looser(bundle, tmp_path, hours, outcome, named):
    """The vendor tells within 2 days; the state's overlay allows 3, and is in the bundle only as what it made of the questions."""
    made = take(bundle[0], tmp_path / "own", overlays=(str(overlay(tmp_path / "ours.toml", hours)),))
    found = finding(tmp_path / "own", "safe-breach-notice")
    assert (found["outcome"], found["set_by"]) == (outcome, f"{named}: Invented agreement")
    assert [(c.criterion, c.why) for c in made.changes] == ([("safe-breach-notice", "your overlay (Lakeside Unified: Invented agreement)")] if hours == 24 else [])
    assert made.origin.local.overlays == {"lakeside": "2027-01"}


def test_an_overlay_that_the_audit_used_is_not_put_in_twice_and_another_edition_of_it_is_refused(bundle, tmp_path):
    same = overlay(tmp_path / "same.toml", 72, "example-state", "Example State", "2026-11")
    assert take(bundle[0], tmp_path / "own", overlays=(str(same),)).notes == ("the overlay example-state 2026-11 is part of the audit already",)
    newer = overlay(tmp_path / "newer.toml", 48, "example-state", "Example State", "2027-03")
    with pytest.raises(ChecklistError, match="edition 2026-11 of the overlay 'example-state', and this is 2027-03"):
        take(bundle[0], tmp_path / "second", overlays=(str(newer),))
    assert not (tmp_path / "second").exists()


def test_margins_of_a_local_policy_are_said_to_be_chosen_after_the_replies_were_known_on_every_page(bundle, tmp_path):
    made = take(bundle[0], tmp_path / "own", policy=policy(tmp_path, halved))
    assert "selection_rate_difference 0.025 share instead of 0.05 share" in made.notes[0]
    assert "chosen after the replies were known" in made.notes[0]
    assert "margins.selection_rate_difference.value: 0.05 → 0.025" in made.rules
    card = msgspec.json.decode((tmp_path / "own/scorecard.json").read_bytes(), type=Scorecard)
    for compose in DOCUMENTS.values():
        page = msgspec.json.encode(compose(card, {}, Words("en"))).decode()
        assert "chosen after the replies were known" in page
        assert "was fixed before the first question" not in page
    assert read(tmp_path / "own/run.json")["collection"] == card.provenance["collection"]


def test_a_policy_with_the_same_margins_says_nothing_of_late_ones_and_its_gates_are_named_as_the_cause(bundle, tmp_path):
    made = take(bundle[0], tmp_path / "own", policy=policy(tmp_path, lambda t: t["gates"].__setitem__("drop", [{"criterion": "safe-off-switch", "because": "Invented."}])))
    assert made.notes == ()
    assert [(c.criterion, c.before, c.after, c.why) for c in made.changes] == [("safe-off-switch", "not_assessed", "not_assessed", "your policy: gates")]
    card = msgspec.json.decode((tmp_path / "own/scorecard.json").read_bytes(), type=Scorecard)
    assert "was fixed before the first question" in msgspec.json.encode(DOCUMENTS["report"](card, {}, Words("en"))).decode()


def test_a_policy_or_an_answer_that_names_an_unknown_question_is_refused_and_nothing_is_written(bundle, tmp_path):
    with pytest.raises(PlanError, match=r"unknown criterion 'safe-agrement' in gates\.add"):
        take(bundle[0], tmp_path / "own", policy=policy(tmp_path, lambda t: t["gates"].__setitem__("add", ["safe-agrement"])))
    with pytest.raises(ChecklistError, match="unknown criterion 'safe-agrement'"):
        take(bundle[0], tmp_path / "own", answers=answers(tmp_path, '[answers.safe-agrement]\nanswer = "yes"\n'))
    assert not list(tmp_path.glob("*own*"))


def test_a_paper_that_ran_out_since_counts_as_run_out(bundle, tmp_path):
    made = take(bundle[0], tmp_path / "own", today=date(2027, 1, 5))
    assert [(c.criterion, c.before, c.after, c.why) for c in made.changes] == [("safe-agreement", "met", "not_met", "the day: 2026-11-30 then, 2027-01-05 now")]
    assert read(tmp_path / "own/evidence.json")["agreement.pdf"]["expired"] is True


@pytest.mark.parametrize("how", ["role", "chain", "key"])
def test_a_vendors_own_test_cannot_be_taken_over_by_any_way(state, tmp_path, how):
    run = shutil.copytree(state, tmp_path / "run")
    keys = None
    if how == "role":
        (run / "plan.toml").write_text((run / "plan.toml").read_text().replace('role = "state"', 'role = "vendor"'))
    elif how == "chain":
        take(state, tmp_path / "own")
        run = tmp_path / "own"
        (run / "adopted.json").write_text((run / "adopted.json").read_text().replace('"role": "state"', '"role": "vendor"'))
    else:
        key = a_key(tmp_path, "Nobody", role="vendor")
        bundle_run(state, tmp_path / "v.audit.zip", key)
        run, keys = tmp_path / "v.audit.zip", [key.public]
    with pytest.raises(BundleError, match="vendor"):
        take(run, tmp_path / "out", keys=keys)
    assert not (tmp_path / "out").exists()


def test_with_a_list_of_keys_only_what_a_trusted_one_has_signed_is_taken_over(bundle, state, tmp_path):
    path, key = bundle
    other = a_key(tmp_path, "Another", b"\x02" * 32).public
    assert take(path, tmp_path / "own", keys=[other, key]).origin.signers[0].standing == "trusted"
    for keys, said in (
        ([other], "not on the list"), ([msgspec.structs.replace(key, revoked="2026-12-01", because="stolen")], "revoked"),
        ([msgspec.structs.replace(key, until="2026-11-01")], "expired"),
    ):
        with pytest.raises(BundleError, match=said):
            take(path, tmp_path / "no", keys=keys)
    with pytest.raises(BundleError, match="it is not signed"):
        take(state, tmp_path / "no", keys=[key])
    assert isinstance(key, TrustedKey)
    assert not (tmp_path / "no").exists()


def test_a_bundle_of_which_one_byte_was_altered_is_refused(bundle, tmp_path):
    raw = bytearray(bundle[0].read_bytes())
    for place in (len(raw) // 3, len(raw) // 2, len(raw) - 400):
        copy = bytearray(raw)
        copy[place] ^= 1
        (tmp_path / "bad.audit.zip").write_bytes(copy)
        with pytest.raises(AuditError):
            take(tmp_path / "bad.audit.zip", tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_numbers_that_do_not_come_out_again_are_counted_said_and_not_taken_over(state, tmp_path):
    run = shutil.copytree(state, tmp_path / "run")
    results = read(run / "results.json")
    true = results["disparities"][0]["estimate"]
    results["disparities"][0]["estimate"] = 0.001
    (run / "results.json").write_text(json.dumps(results))
    made = take(run, tmp_path / "own")
    every = len(results["disparities"]) + len(results["missingness"])
    assert (made.origin.numbers, made.exit_code) == ((every - 1, every), 1)
    assert f"1 of {every} measured differences are not as the audit states them" in made.notes[0]
    assert read(tmp_path / "own/results.json")["disparities"][0]["estimate"] == true


def test_the_same_command_again_makes_the_folder_anew_and_nothing_of_another_folder_is_touched(bundle, state, tmp_path):
    given = {"answers": answers(tmp_path, '[answers.safe-off-switch]\nanswer = "yes"\n')}
    take(bundle[0], tmp_path / "own", **given)
    first = {p.relative_to(tmp_path): p.read_bytes() for p in sorted((tmp_path / "own").rglob("*")) if p.is_file()}
    (tmp_path / "own/evidence").mkdir(exist_ok=True)
    (tmp_path / "own/evidence/left.txt").write_text("of the first time")
    take(bundle[0], tmp_path / "own", **given)
    tables = {tmp_path / "own/tables.xlsx"}
    again = {p.relative_to(tmp_path): p.read_bytes() for p in sorted((tmp_path / "own").rglob("*")) if p.is_file()}
    assert {k: v for k, v in first.items() if tmp_path / k not in tables | {tmp_path / "own/manifest.json"}} == {
        k: v for k, v in again.items() if tmp_path / k not in tables | {tmp_path / "own/manifest.json"}}
    mine = shutil.copytree(state, tmp_path / "mine")
    with pytest.raises(RunFolderError, match="holds something that was not taken over"):
        take(bundle[0], mine)
    with pytest.raises(RunFolderError, match="lie in one another"):
        take(mine, mine / "own")
    assert not (mine / "own").exists()


def test_nothing_in_a_strangers_audit_runs(state, tmp_path):
    run = shutil.copytree(state, tmp_path / "run")
    plan = tomllib.loads((run / "plan.toml").read_text())
    mark = tmp_path / "ran"
    plan["connect"] = {"adapter": "command", "argv": ["sh", "-c", f"touch {mark}"]}
    (run / "plan.toml").write_text(tomli_w.dumps(plan))
    (run / "judge/x").mkdir(parents=True)
    (run / "tests.py").write_text(f"open({str(mark)!r}, 'w')")
    take(run, tmp_path / "own")
    assert not mark.exists()
    assert not (tmp_path / "own/tests.py").exists()


def test_an_adaptive_audit_cannot_be_judged_by_other_margins_than_those_that_ended_its_questions(without_papers, tmp_path):
    run = state_audit(tmp_path / "state", design="adaptive = true")
    with pytest.raises(PlanError, match="asked until its margins settled each comparison"):
        take(run, tmp_path / "own", policy=policy(tmp_path, halved))
    made = take(run, tmp_path / "own", policy=policy(tmp_path, lambda _: None))
    assert made.origin.numbers[0] == made.origin.numbers[1] > 0


def test_a_link_in_a_run_folder_is_refused(state, tmp_path):
    run = shutil.copytree(state, tmp_path / "run")
    (tmp_path / "secret").write_text("of this machine")
    (run / "fixtures/tiny/NOTICE").symlink_to(tmp_path / "secret")
    with pytest.raises(RunFolderError, match="is a link"):
        take(run, tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_texts_that_a_bundle_withholds_are_not_needed(state, tmp_path):
    bundle_run(state, tmp_path / "w.audit.zip", withhold=["tiny"])
    made = take(tmp_path / "w.audit.zip", tmp_path / "own", answers=answers(tmp_path, '[answers.safe-off-switch]\nanswer = "yes"\n'))
    before, after = read(state / "results.json"), read(tmp_path / "own/results.json")
    assert [[row[name] for name in NUMBERS] for row in after["disparities"]] == [[row[name] for name in NUMBERS] for row in before["disparities"]]
    assert made.origin.numbers[0] == made.origin.numbers[1] > 0
    assert pipeline.score_run(tmp_path / "own", TODAY).decision.status == made.after


def test_an_audit_that_is_not_scored_or_damaged_is_refused_in_words(state, tmp_path):
    run = shutil.copytree(state, tmp_path / "run")
    (run / "answers.json").write_text('{"answers": {"safe-breach-notice": {"answer": "soon"}}}')
    with pytest.raises(ChecklistError, match="is not an answer to this question"):
        take(run, tmp_path / "own")
    (run / "scorecard.json").unlink()
    with pytest.raises(RunFolderError, match=r"no scorecard\.json"):
        take(run, tmp_path / "own")
    assert STATE_DAY < TODAY


@pytest.mark.parametrize("name", ["Lakeside\u202edeifinU", "Lake\u200bside", "\x1b[31mLakeside", "Lakeside\ud800", "x" * 200])
def test_who_takes_it_over_is_a_name_that_can_be_seen(name):
    with pytest.raises(BundleError, match="--organisation: this is no name") as refused:
        name_of(name)
    assert str(refused.value).encode().isascii() or "\ufffd" in str(refused.value) or "…" in str(refused.value)


def test_a_name_of_any_script_stands_as_it_is_on_one_line():
    assert name_of("  Unión \n Escolar 學區 ") == "Unión Escolar 學區"


def test_why_texts_may_be_passed_on_is_said_to_the_one_who_takes_them_over(state, tmp_path):
    run = shutil.copytree(state, tmp_path / "run")
    bundle_run(run, tmp_path / "a.audit.zip")
    note = {"schema": "edtech-equity-audit/bundled/1", "personal_data": {"a telephone number": 1}, "because": "It is a museum's."}
    path = forged(tmp_path / "a.audit.zip", tmp_path / "b.audit.zip", **{"run/bundled.json": lambda _: json.dumps(note).encode()})
    assert any("(a telephone number in 1 place), because: It is a museum's." in one for one in take(path, tmp_path / "own").notes)
    assert not any("personal data" in one for one in take(tmp_path / "a.audit.zip", tmp_path / "other").notes)
