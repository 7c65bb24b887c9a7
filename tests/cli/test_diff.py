"""`audit diff` from run folders and bundles to what changed, on stand-ins with and without a planted change."""

import asyncio
import datetime as dt
import itertools
import json
import shutil
import sys
import tomllib

import pytest
import tomli_w

from audit import cli, pipeline, runs
from audit.pipeline.changed import change_of, drift_of
from audit.pipeline.scored import assess_run, read_material
from tests.audits import write_plan, write_set

FAIR = 'adapter = "scripted"\nanswers = "score"\nsd = 0.6\nicc = 0.8\nseed = {seed}\n'
GAP = FAIR + 'gap = {{ "dialect=AAE" = 0.8 }}\n'
SCALE = "scale = [1, 6]"
_TIMES = itertools.count()


class Nobody:
    """Looks on at a collection, and says nothing."""

    def __getattr__(self, name):
        return lambda *_: None


def clock():
    """A time later than every one before it, on a day that is not this machine's."""
    return f"2026-03-01T00:{next(_TIMES):06d}Z"


def scored(run, day):
    """Score a run without its documents, which take longest."""
    material = read_material(run)
    found = assess_run(run, material, day)
    runs.write_json(run / "results.json", found.results)
    runs.write_json(run / "scorecard.json", found.card)
    runs.write_manifest(run, {"design": material.plan.design.seed})
    return run


def a_run(folder, connect, *, day="2026-03-02", items=40, repeats=2, start=0, policy=None, answers=None, extra=SCALE, use="[]", **tool):
    """A scored run; its tool's answers are to `items` texts, numbered from `start`."""
    own = write_set(folder / "tiny", items=items, outcome="score", extra=extra)
    if start:
        rows = [json.loads(line) for line in (own / "items.jsonl").read_text().splitlines()]
        for row in rows:
            row["input"]["text"] += f" {start}"
        (own / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = write_plan(folder, connect, repeats=repeats, use=use, **({"name": "Stand-in"} | tool))
    text = plan.read_text()
    if answers is not None:
        (folder / "answers.toml").write_text(tomli_w.dumps({"answers": answers}))
        text += 'answers = "answers.toml"\n'
    if policy is not None:
        (folder / "policy.toml").write_text(policy)
        text += '\n[policy]\nfile = "policy.toml"\n'
    plan.write_text(text)
    prepared = pipeline.prepare(plan, {}, dt.date.fromisoformat(day))
    asyncio.run(pipeline.collect_run(prepared, folder / "run", {}, clock, lambda _: Nobody()))
    return scored(folder / "run", dt.date.fromisoformat(day))


@pytest.fixture(scope="module")
def audits(tmp_path_factory):
    base = tmp_path_factory.mktemp("audits")
    return {
        "old": a_run(base / "old", FAIR.format(seed=1), version="1.0"),
        "same": a_run(base / "same", FAIR.format(seed=2), version="1.0", day="2026-05-01"),
        "new": a_run(base / "new", GAP.format(seed=3), version="2.0", day="2026-06-01"),
        "back": a_run(base / "back", FAIR.format(seed=4), version="3.0", day="2026-07-01"),
    }


@pytest.fixture
def told(monkeypatch, capsys):
    """The command as a user calls it: its exit code, result and notes."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["audit", "diff", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return call


def test_a_planted_change_is_shown_and_the_exit_code_is_1(audits, told):
    code, out, _ = told(audits["old"], audits["new"], "--format", "json")
    found = json.loads(out)
    assert (code, found["schema"]) == (1, "edtech-equity-audit/change/1")
    gap = next(g for g in found["gaps"] if g["statistic"] == "mean_difference")
    assert (gap["kind"], gap["how"]) == ("grew", "same")
    assert gap["low"] < 0.8 < gap["high"]
    assert [s["new"] for s in found["settings"] if s["name"] == "version"] == ["2.0"]
    assert [(f["old"], f["new"], f["reasons"]) for f in found["findings"]] == [("inconclusive", "not_met", [{"kind": "gap", "what": "African American English"}])]


def test_where_nothing_changed_nothing_is_shown_and_the_exit_code_is_0(audits, told):
    code, out, _ = told(audits["old"], audits["same"])
    assert code == 0, out
    assert "No change for the worse is shown." in out
    assert "2 measured gaps were compared, and no change of any is shown." in out


def test_a_gap_that_shrank_is_told_and_the_exit_code_is_0(audits, told):
    code, out, _ = told(audits["new"], audits["back"])
    assert code == 0
    assert "the measured gap shrank, from +0." in out


def test_drift_is_every_change_that_is_shown_and_a_gap_that_shrank_only_in_the_same_version(audits, tmp_path):
    assert drift_of(change_of(audits["old"], audits["same"])) == []
    assert [s.split(", from")[0][-22:] for s in drift_of(change_of(audits["old"], audits["new"]))] == [" the measured gap grew"]
    assert drift_of(change_of(audits["new"], audits["back"])) == []
    quiet = a_run(tmp_path / "quiet", FAIR.format(seed=5), version="2.0", day="2026-07-01")
    assert "the measured gap shrank" in drift_of(change_of(audits["new"], quiet))[0]


def test_two_tools_are_refused_with_what_differs_unless_they_are_said_to_be_one(audits, tmp_path, told):
    other = a_run(tmp_path / "other", FAIR.format(seed=6), name="Stand-in Plus", version="4.0", day="2026-08-01")
    code, out, err = told(audits["old"], other)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "the name is 'Stand-in' and 'Stand-in Plus'" in err
    code, out, _ = told(audits["old"], other, "--renamed", "--format", "json")
    assert (code, json.loads(out)["renamed"]) == (0, True)


def test_another_spelling_of_a_name_is_no_other_tool(audits, tmp_path):
    spelled = a_run(tmp_path / "spelled", FAIR.format(seed=7), name="STAND-IN ", version="1.1", day="2026-08-01")
    assert change_of(audits["old"], spelled).renamed is False


def test_the_same_audit_twice_is_said_to_be_and_so_is_a_copy(audits, tmp_path, told):
    copy = shutil.copytree(audits["old"], tmp_path / "copy")
    for second in (audits["old"], copy):
        code, out, err = told(audits["old"], second, "--out", tmp_path / "out")
        assert (code, out) == (2, "")
        assert "the same audit twice" in err
    assert not (tmp_path / "out").exists()


def test_the_newer_one_named_first_is_refused_with_the_fix(audits, told):
    code, _, err = told(audits["new"], audits["old"])
    assert code == 2
    assert "the first audit is the newer one" in err
    assert "audit diff OLD NEW" in err


def test_what_is_no_audit_is_one_line_and_exit_2(audits, tmp_path, told):
    (tmp_path / "empty").mkdir()
    bare = shutil.copytree(audits["old"], tmp_path / "bare")
    (bare / "scorecard.json").unlink()
    for wrong in (tmp_path / "nothing", tmp_path / "empty", bare):
        code, out, err = told(wrong, audits["new"])
        assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_a_bundle_and_a_run_folder_are_compared_alike(audits, tmp_path):
    from audit.pipeline.bundling.bundled import bundle_run

    bundle_run(audits["new"], tmp_path / "new.audit.zip")
    a, b = change_of(audits["old"], tmp_path / "new.audit.zip"), change_of(audits["old"], audits["new"])
    assert (a.new.kind, b.new.kind) == ("bundle", "run")
    assert (a.gaps, a.findings, a.settings) == (b.gaps, b.findings, b.settings)


def test_a_bundle_that_withholds_its_texts_is_compared_with_a_run_of_the_same_set_and_with_no_other(audits, tmp_path):
    from audit.pipeline.bundling.bundled import bundle_run

    bundle_run(audits["new"], tmp_path / "new.audit.zip", withhold=["tiny"])
    hidden, whole = change_of(audits["old"], tmp_path / "new.audit.zip"), change_of(audits["old"], audits["new"])
    assert hidden.gaps == whole.gaps
    other = a_run(tmp_path / "other", FAIR.format(seed=8), version="0.9", items=30)
    shutil.move(other, tmp_path / "older")
    assert "withheld" in change_of(tmp_path / "new.audit.zip", tmp_path / "older").not_compared[0].because


def test_a_bundle_of_the_same_run_is_the_same_audit(audits, tmp_path, told):
    from audit.pipeline.bundling.bundled import bundle_run

    bundle_run(audits["new"], tmp_path / "new.audit.zip", withhold=["tiny"])
    code, _, err = told(audits["new"], tmp_path / "new.audit.zip")
    assert (code, "the same audit twice" in err) == (2, True)


@pytest.mark.parametrize(("change", "kind", "word"), [
    ({"items": 60}, "common", "only the 40 base items that are the same"), ({"repeats": 4}, "same", "asked 2 and 4 times"), ({"start": 9}, None, "its items are others"),
])
def test_other_items_are_compared_where_they_are_the_same_and_named_where_not(audits, tmp_path, told, change, kind, word):
    new = a_run(tmp_path, GAP.format(seed=9), version="2.0", day="2026-06-01", **change)
    code, out, err = told(audits["old"], new, "--format", "json")
    found = json.loads(out)
    assert word in " ".join([*found["notes"], *(n["because"] for n in found["not_compared"])])
    assert {g["how"] for g in found["gaps"]} == ({kind} if kind else set())
    assert code == 1, err  # the new tool has a gap by itself: the decision is worse even where no change is tested


def test_nothing_that_can_be_compared_ends_with_3_where_nothing_else_is_worse(audits, tmp_path, told):
    new = a_run(tmp_path, FAIR.format(seed=10), version="2.0", day="2026-06-01", start=9)
    code, out, err = told(audits["old"], new)
    assert code == 3
    assert "Not compared:" in out
    assert "No change of a measured gap could be tested" in err


def test_the_same_replies_judged_again_by_other_rules_and_answers_tell_what_changed_of_these(audits, tmp_path, told):
    table = tomllib.loads((audits["new"] / "policy.toml").read_text())
    table["margins"]["mean_difference"]["value"] = 3.0
    run = shutil.copytree(audits["new"], tmp_path / "run")
    (run / "policy.toml").write_text(tomli_w.dumps(table))
    scored(run, dt.date(2026, 9, 1))
    code, out, _ = told(audits["new"], run, "--format", "json")
    found = json.loads(out)
    assert (code, found["same_replies"], found["gaps"]) == (0, True, [])
    assert ("policy", "margins.mean_difference.value", "3.0") in {(s["area"], s["name"], s["new"]) for s in found["settings"]}
    (finding,) = found["findings"]
    assert finding["reasons"] == [{"kind": "margin", "what": "margins.mean_difference.value: 0.1 → 3.0"}]


def test_answers_and_a_gate_that_is_lost_are_told(tmp_path, told):
    old, new = (
        a_run(tmp_path / name, FAIR.format(seed=seed), use='["safe"]', answers={"safe-off-switch": said, "safe-biometrics": "no"}, version=name, day=day)
        for name, seed, said, day in (("1", 1, "yes", "2026-03-02"), ("2", 2, "no", "2026-06-01"))
    )
    found = change_of(old, new)
    assert [(a.criterion, a.kind, a.old, a.new) for a in found.answers] == [("safe-off-switch", "changed", "yes", "no")]
    assert [(f.new, [(r.kind, r.what) for r in f.reasons]) for f in found.findings if f.criterion == "safe-off-switch"] == [("not_met", [("answer", "yes → no")])]
    assert [(g.criterion, g.kind) for g in found.gates] == [("safe-off-switch", "lost")]
    code, out, _ = told(old, new)
    assert code == 1
    assert "safe-off-switch: another answer (yes → no)" in out
    assert "1 required criterion that was met is not shown to be met now." in out


def test_a_hostile_name_runs_nowhere_and_breaks_no_line(tmp_path, told):
    hostile = {"name": "<script>alert(1)</script>\u202e\x1b[31m", "organisation": "=1+1\x1b[31m", "vendor": "a\nb"}
    old, new = (a_run(tmp_path / str(k), GAP.format(seed=k), version=f"{k}<b>", **hostile) for k in (1, 2))
    code, out, _ = told(old, new, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "change.html").read_text()
    assert code == 0
    assert "<script>alert" not in page
    assert not {"\u202e", "\x1b"} & {*page, *out}
    assert json.loads((tmp_path / "out" / "change.json").read_text())["new"]["vendor"] == "a\nb"


def test_a_stranger_s_results_about_groups_that_there_are_not_stop_nothing(audits, tmp_path):
    run = shutil.copytree(audits["new"], tmp_path / "run")
    results = json.loads((run / "results.json").read_text())
    for place, (key, value) in enumerate((("group", "nobody"), ("attribute", "nothing"), ("statistic", "unheard_of"), ("reference", "nobody"), ("measure", "no_such"))):
        results["disparities"].append(results["disparities"][place % 2] | {key: value})
    (run / "results.json").write_text(json.dumps(results))
    assert change_of(audits["old"], run).gaps == change_of(audits["old"], audits["new"]).gaps


@pytest.mark.parametrize(("part", "value"), [("auditor", {"role": "emperor"}), ("tool", {"name": 7}), ("provenance", {"models": 3}), ("provenance", {"versions": []})])
def test_a_stranger_s_scorecard_that_is_none_is_one_line_and_exit_2(audits, tmp_path, told, part, value):
    run = shutil.copytree(audits["new"], tmp_path / "run")
    card = json.loads((run / "scorecard.json").read_text())
    (run / "scorecard.json").write_text(json.dumps(card | {part: value}))
    code, out, err = told(audits["old"], run)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
