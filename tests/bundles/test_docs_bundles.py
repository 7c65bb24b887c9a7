"""docs/bundles.md: what it shows is read and run."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from audit.bundles import open_bundle, read_keys
from audit.cli.keys import keys
from tests.bundles.made import a_bundle, a_key, members, zipped

PAGE = (Path(__file__).parents[2] / "docs" / "bundles.md").read_text(encoding="utf-8")
NEEDED = ("bash", "unzip", "jq", "openssl", "sha256sum")


def test_the_list_of_keys_on_the_page_is_one(tmp_path):
    (tmp_path / "trusted-keys.toml").write_text(re.search(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1], encoding="utf-8")
    (key,) = read_keys(tmp_path / "trusted-keys.toml")
    assert (key.name, key.since, key.until, key.revoked) == ("Lakeside Unified", "2026-01-01", "2027-12-31", "")


@pytest.mark.skipif(any(shutil.which(program) is None for program in NEEDED), reason=f"needs {', '.join(NEEDED)}")
def test_the_commands_on_the_page_check_a_bundle_without_this_program(tmp_path):
    script = "set -euo pipefail\n" + re.search(r"OpenSSL 3:\n\n```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]

    def run(path):
        shutil.rmtree(tmp_path / "acme", ignore_errors=True)
        path.rename(tmp_path / "acme-run.audit.zip")
        return subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)

    sound = a_bundle(tmp_path / "x.audit.zip", a_key(tmp_path))
    content = members(sound)
    with open_bundle(sound) as bundle:
        digest = bundle.digest
    good = run(sound)
    assert good.returncode == 0, good.stderr
    assert good.stdout.count(": OK") == 3
    assert good.stdout.count(digest) == 2   # of the file, and in the statement
    assert "Verified Successfully" in good.stdout
    altered = run(zipped(tmp_path / "y.audit.zip", content | {"run/plan.toml": b"other"}))
    assert altered.returncode != 0
    assert "plan.toml: FAILED" in altered.stdout


def test_each_option_of_keys_that_the_page_names_exists():
    known = {name: {o for p in command.params for o in p.opts} for name, command in typer.main.get_command(keys).commands.items()}
    named = re.findall(r"`audit keys (\w+) ([^`]*)`", PAGE)
    assert len(named) > 4
    for name, rest in named:
        assert set(re.findall(r"--[a-z-]+", rest)) <= known[name], (name, rest)
