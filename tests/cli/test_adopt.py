"""`audit adopt` as a district meets it: one audit, a list's folder, a downloaded site; what it prints, refuses and leaves behind."""

import json
import shutil
from datetime import date

import pytest

import audit.report
from audit.cli import adopt as command
from audit.cli import app
from audit.errors import AuditError, BundleError, RegistryError
from audit.pipeline.bundling.bundled import bundle_run
from tests.adoptions import state_audit
from tests.bundles.made import a_key

TODAY = date(2026, 12, 7)
TOOL = '''
id = "{id}"
name = "{name}"
vendor = "Nobody"
[[history]]
status = "{status}"
on = "2026-12-01"
by = "Example State"
because = "{because}"
audit = "{digest}"
'''
HOSTILE = "\x1b[31mred\x1b[0m \u202eevil\nname=1"


@pytest.fixture(scope="module")
def quick():
    """Today is a day of the test, and the documents, which have tests of their own, are not drawn."""
    patch = pytest.MonkeyPatch()
    patch.setattr(audit.report, "write_documents", lambda *_: [])
    patch.setattr(command, "today", lambda: TODAY)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def state(tmp_path_factory, quick):
    """A list's folder with three tools: approved, suspended, and one that only its vendor has tested."""
    folder = tmp_path_factory.mktemp("list")
    key = a_key(folder, "Example State", role="state")
    (folder / "keys.toml").write_text(f'[[key]]\nid = "{key.public.id}"\nname = "Example State"\nrole = "state"\npublic = """\n{key.public.public}"""\n')
    for name, role, status in (("alpha", "state", "pilot"), ("beta", "state", "suspended"), ("gamma", "vendor", "under_review")):
        made = bundle_run(state_audit(folder / "made" / name, name=name, role=role), folder / "list" / "tools" / name / f"{name}.audit.zip", key)
        history = TOOL.format(id=name, name=name, status="pilot" if status == "suspended" else status, because="Invented.", digest=made.digest)
        if status == "suspended":
            history += f'[[history]]\nstatus = "suspended"\non = "2026-12-05"\nby = "Example State"\nbecause = "A breach was reported."\naudit = "{made.digest}"\n'
        (folder / "list" / "tools" / name / "tool.toml").write_text(history)
    return folder


def run(capsys, *arguments):
    """Return the exit code and what was printed."""
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(app([str(a) for a in arguments], standalone_mode=False))
    return ended.value.code or 0, capsys.readouterr()


def test_one_audit_prints_the_scorecard_what_was_taken_over_and_what_came_out_otherwise(state, tmp_path, capsys):
    (tmp_path / "ours.toml").write_text('[answers.safe-breach-notice]\nanswer = "30"\n')
    code, out = run(capsys, "adopt", state / "list/tools/alpha/alpha.audit.zip", "--organisation", "Lakeside Unified", "--answers", tmp_path / "ours.toml",
                    "--keys", state / "keys.toml", "--out", tmp_path / "own")
    assert code == 1
    assert "Taken over: State audit by Example State, 2026-11-30; bundle " in out.out
    assert "signed by Example State (trusted). The tool was not asked again." in out.out
    assert "4 of 4 measured differences are as it states them." in out.out
    assert "  safe-breach-notice: Met → Not met. Why: your answer (Lakeside Unified)." in out.out
    assert (tmp_path / "own/scorecard.json").is_file()


def test_the_result_for_programs_names_both_decisions_and_every_change(state, tmp_path, capsys):
    code, out = run(capsys, "adopt", state / "list/tools/alpha/alpha.audit.zip", "--out", tmp_path / "own", "--format", "json")
    made = json.loads(out.out)
    assert code == made["exit_code"] == 3
    assert made["before"] == made["after"] == made["origin"]["decision"] == "insufficient_evidence"
    assert made["changes"] == []


@pytest.mark.parametrize("source", ["folder", "site"])
def test_of_a_list_every_tool_gets_a_folder_of_its_own_and_what_the_list_says_against_use_is_said(state, tmp_path, capsys, source):
    where = state / "list"
    if source == "site":
        run(capsys, "publish", where, "--out", tmp_path / "site", "--as-of", "2026-12-06")
        where = tmp_path / "site"
    code, out = run(capsys, "adopt", where, "--organisation", "Lakeside Unified", "--out", tmp_path / "ours")
    assert code == 3
    rows = {line.split()[0]: line for line in out.out.splitlines() if line}
    assert "pilot" in rows["alpha"]
    assert "beta: on the list of Example State this tool is “Suspended” since 2026-12-05" in out.out
    assert "A breach was reported." in out.out
    assert "gamma: not taken over: there is no audit of it but the vendor's own test." in out.out
    assert sorted(p.name for p in (tmp_path / "ours").iterdir()) == ["alpha", "beta"]
    assert json.loads((tmp_path / "ours/beta/adopted.json").read_text())["listed"]["status"] == "suspended"


def test_one_tool_of_a_list_is_picked_by_its_id_and_an_unknown_one_is_named_with_the_nearest(state, tmp_path, capsys):
    run(capsys, "adopt", state / "list", "--tool", "alpha", "--out", tmp_path / "ours")
    assert [p.name for p in (tmp_path / "ours").iterdir()] == ["alpha"]
    with pytest.raises(RegistryError, match=r"'alfa'. Did you mean 'alpha'\?"):
        app(["adopt", str(state / "list"), "--tool", "alfa", "--out", str(tmp_path / "ours")], standalone_mode=False)
    with pytest.raises(BundleError, match="--tool picks from a list"):
        app(["adopt", str(state / "list/tools/alpha/alpha.audit.zip"), "--tool", "alpha", "--out", str(tmp_path / "ours")], standalone_mode=False)


def test_a_bundle_in_the_place_of_another_on_a_site_is_not_taken_over(state, tmp_path, capsys):
    run(capsys, "publish", state / "list", "--out", tmp_path / "site", "--as-of", "2026-12-06")
    named = json.loads((tmp_path / "site/tools.json").read_text())["tools"]
    digests = {tool["id"]: tool["provenance"]["audit"] for tool in named}
    shutil.copyfile(state / "list/tools/beta/beta.audit.zip", tmp_path / "site/audits" / f"{digests['alpha']}.audit.zip")
    code, out = run(capsys, "adopt", tmp_path / "site", "--out", tmp_path / "ours", "--format", "json")
    said = json.loads(out.out)
    assert (code, sorted(said["adopted"]), sorted(said["refused"])) == (3, ["beta"], ["alpha", "gamma"])
    assert "this is not the audit that the list names" in said["refused"]["alpha"]


@pytest.mark.parametrize(("tool", "digest"), [("../../evil", "a" * 64), ("good", "../../etc/passwd"), ("good", "a" * 64)])
def test_a_site_that_leads_out_of_its_folder_is_refused_and_fields_of_later_versions_are_passed_over(tmp_path, capsys, quick, tool, digest):
    listed = {"publisher": "Nobody", "later": 1, "tools": [
        {"id": tool, "later": 1, "decision": {"status": "approved"}, "provenance": {"audit": digest, "audits": [{"digest": digest}]}}]}
    (tmp_path / "tools.json").write_text(json.dumps(listed))
    if tool == "good":
        code, out = run(capsys, "adopt", tmp_path, "--out", tmp_path / "ours")
        assert (code, "good: not taken over: the list does not pass its audit on" in out.out) == (3, True)
    else:
        with pytest.raises(RegistryError, match="is none"):
            app(["adopt", str(tmp_path), "--out", str(tmp_path / "ours")], standalone_mode=False)
    assert not (tmp_path / "ours").exists()


def test_a_strangers_names_are_printed_safely(tmp_path, quick, capsys):
    made = state_audit(tmp_path / "made", name=HOSTILE, organisation=HOSTILE)
    _, out = run(capsys, "adopt", made, "--out", tmp_path / "own")
    assert "\x1b" not in out.out
    assert "\u202e" not in out.out


@pytest.mark.parametrize("where", ["none.audit.zip", "."])
def test_what_is_no_audit_and_no_list_is_refused(tmp_path, where):
    with pytest.raises(AuditError):
        app(["adopt", str(tmp_path / where), "--out", str(tmp_path / "own")], standalone_mode=False)
    assert not (tmp_path / "own").exists()
