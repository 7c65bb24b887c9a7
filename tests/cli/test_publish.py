"""`audit publish` as its users meet it: what it prints, its exit codes, and that wrong input changes nothing. All tools are invented."""

import json
import shutil
import sys
from typing import NamedTuple

import pytest
from filelock import FileLock

from audit.cli import main
from tests.audits import audit
from tests.bundles.made import a_key
from tests.registry.registries import a_registry, a_tool

DAY = "2026-11-21"


class Result(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process: many small runs, and starting Python is most of each."""
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["audit", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return Result(ended.value.code or 0, *capsys.readouterr())

    return run


@pytest.fixture
def registry(tmp_path):
    made = a_registry(tmp_path / "registry")
    a_tool(made, "bright-tutor", "Bright Tutor", key=a_key(tmp_path, "Lakeside Unified"))
    a_tool(made, "calm-quill", "Calm Quill")
    return made


@pytest.fixture
def publish(run, registry):
    return lambda *options: run(*command(registry, *options))


def command(registry, *options):
    return ("publish", registry, "--out", registry.parent / "site", "--as-of", DAY, *options)


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_publish_says_what_it_made_and_the_second_time_that_nothing_has_changed(registry):
    first = audit(*command(registry))
    assert first.returncode == 0, first.stderr
    assert "2 tools, 2 audits, as of 2026-11-21." in first.stdout
    assert "0 as they were, 0 removed." in first.stdout
    before = files(registry.parent / "site")
    second = audit(*command(registry))
    assert second.returncode == 0
    assert "Nothing has changed: all" in second.stdout
    assert files(registry.parent / "site") == before


def test_publish_prints_its_result_for_programs(publish):
    found = json.loads(publish("--format", "json").stdout)
    assert {"tools": 2, "audits": 2, "as_of": DAY, "problems": [], "unchanged": 0, "removed": 0}.items() <= found.items()
    assert found["written"] > 30


def test_a_bundle_that_was_refused_is_named_and_the_rest_is_published_with_exit_code_1(registry, publish):
    path = registry / "tools/calm-quill/0.audit.zip"
    path.write_bytes(path.read_bytes()[:-200])
    result = publish()
    assert result.returncode == 1
    assert "1 to look at:\n  tools/calm-quill/0.audit.zip: " in result.stdout
    assert (registry.parent / "site/tools/bright-tutor/index.html").is_file()


def test_the_lists_own_keys_say_whose_signature_counts_and_named_ones_come_first(registry, publish, tmp_path):
    def standings(*options):
        assert publish(*options).returncode == 0
        tools = json.loads((tmp_path / "site/tools.json").read_bytes())["tools"]
        return [[signer["standing"] for audit in tool["provenance"]["audits"] for signer in audit["signed_by"]] for tool in tools]

    assert standings() == [["unknown"], []]
    key = a_key(tmp_path, "Lakeside Unified").public
    (registry / "trusted-keys.toml").write_text(f'[[key]]\nid = "{key.id}"\nname = "Lakeside Unified"\nrole = "district"\npublic = """{key.public}"""\n')
    assert standings() == [["trusted"], []]
    (tmp_path / "nobody.toml").write_text("")
    assert standings("--keys", tmp_path / "nobody.toml") == [["unknown"], []]


def test_the_index_can_lie_elsewhere(registry, publish, tmp_path):
    assert publish("--index", f"sqlite:///{tmp_path / 'index.db'}").returncode == 0
    assert (tmp_path / "index.db").is_file()
    assert not (registry / ".index.sqlite").exists()


WRONG = {
    "no such folder": lambda registry: ("publish", registry.parent / "nowhere", "--out", registry.parent / "site"),
    "a folder with something else": lambda registry: ("publish", registry, "--out", _with_a_file(registry.parent / "site")),
    "around the list": lambda registry: ("publish", registry, "--out", registry.parent),
    "no day": lambda registry: ("publish", registry, "--out", registry.parent / "site", "--as-of", "yesterday"),
    "no such keys": lambda registry: ("publish", registry, "--out", registry.parent / "site", "--keys", registry / "none.toml"),
    "no index": lambda registry: ("publish", registry, "--out", registry.parent / "site", "--index", "mysql://somewhere/x"),
    "a broken tool.toml": lambda registry: ("publish", _broken(registry), "--out", registry.parent / "site"),
    "a language without words": lambda registry: ("publish", _in_french(registry), "--out", registry.parent / "site"),
    "no --out": lambda registry: ("publish", registry),
}


def _with_a_file(folder):
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    return folder


def _broken(registry):
    (registry / "tools/calm-quill/tool.toml").write_text("id = [")
    return registry


def _in_french(registry):
    path = registry / "registry.toml"
    path.write_text(path.read_text() + 'language = "fr"\n')
    return registry


@pytest.mark.parametrize("name", sorted(WRONG))
def test_wrong_input_is_one_line_with_exit_code_2_and_no_site(registry, run, name):
    result = run(*WRONG[name](registry))
    assert result.returncode == 2, result.stdout
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    site = registry.parent / "site"
    assert not site.exists() or [path.name for path in site.iterdir()] == ["thesis.txt"]


def test_wrong_input_leaves_a_site_that_is_there_as_it_is(registry, publish):
    publish()
    before = files(registry.parent / "site")
    _broken(registry)
    assert publish().returncode == 2
    assert files(registry.parent / "site") == before


def test_a_second_publisher_at_the_same_time_is_told_to_wait(registry, publish):
    publish()
    with FileLock(registry.parent / "site/.site.lock"):
        result = publish()
    assert result.returncode == 2
    assert "made by another program right now" in result.stderr


def test_any_folder_of_bundles_and_runs_is_a_list(registry, run, tmp_path):
    (tmp_path / "loose").mkdir()
    shutil.copy(registry / "tools/bright-tutor/0.audit.zip", tmp_path / "loose/a.audit.zip")
    result = run("publish", tmp_path / "loose", "--out", tmp_path / "site", "--as-of", DAY, "--format", "json")
    assert result.returncode == 0, result.stderr
    (tool,) = json.loads((tmp_path / "site/tools.json").read_bytes())["tools"]
    assert (tool["decision"]["status"], tool["decision"]["by"]) == ("under_review", "")
