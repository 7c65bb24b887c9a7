"""`audit bundle` and `audit verify` as people and programs meet them: text, JSON, one line on an error, exit codes."""

import json
import shutil

import jsonschema
import pytest
from typer.testing import CliRunner

import audit.pipeline.verifying.verified
from audit.bundles.private import make_key
from audit.cli import app
from audit.errors import AuditError
from audit.runs import versions
from audit.schemas import schemas
from tests.audits import audit
from tests.bundles.made import members, zipped
from tests.bundles.runs_made import a_run, forged, in_json


@pytest.fixture
def here(monkeypatch):
    """The commands in this process, and the recomputation too: quicker than a process each, which the first test makes."""
    monkeypatch.setattr("audit.pipeline.verifying.again.Limits", lambda _minutes: None)
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run with a private set, a key pair and a list that trusts it."""
    folder = tmp_path_factory.mktemp("cli")
    a_run(folder, items=12, text="A private message {i} of {g}")
    key = make_key("Lakeside Unified", "district", folder / "lakeside.key", "")
    public = key.public.replace("\n", "\\n")
    (folder / "keys.toml").write_text(f'[[key]]\nid = "{key.id}"\nname = "Lakeside Unified"\nrole = "district"\npublic = "{public}"\n')
    return folder


def test_a_signed_bundle_is_made_beside_the_run_and_verifies(folder, here):
    made = audit("bundle", folder / "run", "--key", folder / "lakeside.key", "--format", "json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert (told["bundle"], told["signed_by"]) == (str(folder / "run.audit.zip"), "Lakeside Unified")
    found = audit("verify", folder / "run.audit.zip", "--keys", folder / "keys.toml")
    assert (found.returncode, found.stderr) == (0, "")
    last = found.stdout.strip().splitlines()[-1]
    assert last.startswith("All ")
    assert last.endswith("Lakeside Unified signed it, by a trusted key.")
    value = json.loads(here("verify", folder / "run.audit.zip", "--keys", folder / "keys.toml", "--format", "json").stdout)
    jsonschema.validate(value, schemas()["verification"])
    assert (value["digest"], value["outcome"], value["here_with"]) == (told["digest"], "holds", {})
    jsonschema.validate(json.loads(members(folder / "run.audit.zip")["bundle.json"]), schemas()["bundle"])


def test_what_differs_is_shown_with_was_is_and_by_how_much_and_exit_code_1(folder, tmp_path, here):
    here("bundle", folder / "run", "--out", tmp_path / "a.audit.zip")

    def changed(value):
        value["disparities"][0]["estimate"] += 0.25

    path = forged(tmp_path / "a.audit.zip", tmp_path / "x.audit.zip", **{"run/results.json": in_json(changed)})
    found = here("verify", path)
    assert found.exit_code == 1
    assert "results.json disparities[tiny/dialect/AAE/SAE/decision/selection_rate_difference].estimate, which says" in found.stdout
    assert "(-0.25)" in found.stdout
    one = json.loads(here("verify", path, "--format", "json").stdout)["differences"][0]
    assert one["was"] - one["is"] == pytest.approx(0.25)


def test_private_texts_stay_at_home_and_their_owner_opens_them(folder, tmp_path, here):
    made = here("bundle", folder / "run", "--withhold", "all", "--out", tmp_path / "p.audit.zip")
    assert made.exit_code == 0, made.stderr
    assert "Kept back: run/private/fixtures/tiny/items.jsonl (private fixtures)" in made.stdout
    assert "private/salt" in made.stderr.replace("\\", "/")
    closed = here("verify", tmp_path / "p.audit.zip")
    assert closed.exit_code == 0
    assert "as far as private texts" in closed.stdout.splitlines()[-1]
    opened = here("verify", tmp_path / "p.audit.zip", "--fixtures", folder / "run")
    assert opened.exit_code == 0
    assert "private" not in opened.stdout.splitlines()[-1]
    head = json.loads(members(tmp_path / "p.audit.zip")["run/withheld/sets/tiny.json"])
    jsonschema.validate(head, schemas()["withheld"])


BAD = {
    "no run": lambda f: ["bundle", f / "nowhere"],
    "a day that is none": lambda f: ["bundle", f / "run", "--on", "soon"],
    "an unknown set": lambda f: ["bundle", f / "run", "--withhold", "tinny"],
    "a key that is none": lambda f: ["bundle", f / "run", "--key", f / "keys.toml"],
    "no bundle": lambda f: ["verify", f / "nowhere.audit.zip"],
    "a folder": lambda f: ["verify", f / "run"],
    "a zip of something else": lambda f: ["verify", zipped(f / "else.audit.zip", {"a.txt": b"a"})],
    "no list of keys": lambda f: ["verify", f / "run.audit.zip", "--keys", f / "nowhere.toml"],
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_input_is_one_line_and_exit_code_2_and_nothing_is_written(folder, tmp_path, here, name):
    own = shutil.copytree(folder, tmp_path / "own")
    arguments = BAD[name](own)
    before = sorted(p.name for p in own.rglob("*"))
    result = here(*arguments)
    assert isinstance(result.exception, AuditError)
    assert (result.exception.exit_code, result.stdout, len(str(result.exception).splitlines())) == (2, "", 1)
    assert sorted(p.name for p in own.rglob("*")) == before


def test_the_versions_that_made_it_are_shown_beside_those_here_where_they_differ(folder, tmp_path, here):
    here("bundle", folder / "run", "--out", tmp_path / "a.audit.zip")

    def older(value):
        value["provenance"]["versions"]["scipy"] = "0.0.1"

    path = forged(
        tmp_path / "a.audit.zip", tmp_path / "x.audit.zip", head={"versions": versions() | {"scipy": "0.0.1"}}, **{"run/scorecard.json": in_json(older)})
    found = here("verify", path)
    assert found.exit_code == 0
    assert any(line.split() == ["scipy", "0.0.1", versions()["scipy"]] for line in found.stdout.splitlines())
