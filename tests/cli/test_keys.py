"""`audit keys` as people use it."""

import json
import stat
import sys

from audit.bundles import read_keys
from tests.audits import audit
from tests.bundles.made import a_bundle, a_key


def made(folder, name="Lakeside Unified", stem="lakeside", **environment):
    result = audit("keys", "make", "--name", name, "--until", "2099-12-31", "--out", folder / stem, **environment)
    assert result.returncode == 0, result.stderr
    return result


def secrets(folder):
    """The lines of every private key file that are the secret."""
    return [line for path in folder.glob("*.key") for line in path.read_text().splitlines() if ":" not in line and "KEY" not in line]


def test_a_key_is_made_trusted_used_and_revoked(tmp_path):
    result = made(tmp_path)
    assert "not encrypted" in result.stderr
    (key,) = read_keys(tmp_path / "lakeside.pub.toml")
    assert key.id in result.stdout
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "lakeside.key").stat().st_mode) == 0o600
    trusted = tmp_path / "trusted-keys.toml"
    assert "1 added" in audit("keys", "trust", tmp_path / "lakeside.pub.toml", "--in", trusted).stdout
    reply = tmp_path / "reply.toml"
    reply.write_text('text = "Thank you."')
    signed = audit("keys", "sign", reply, "--key", tmp_path / "lakeside.key", "--on", "2026-11-22", "--format", "json")
    assert json.loads(signed.stdout)["signature"] == str(tmp_path / "reply.toml.dsse.json")
    shown = audit("keys", "show", reply, "--keys", trusted)
    assert (shown.returncode, "Signed by Lakeside Unified" in shown.stdout, ": trusted;" in shown.stdout) == (0, True, True)
    reply.write_text('text = "No thanks."')
    altered = audit("keys", "show", reply)
    assert (altered.returncode, "not valid" in altered.stdout) == (1, True)
    reply.write_text('text = "Thank you."')
    assert audit("keys", "revoke", key.id[:12], "--in", trusted, "--because", "The laptop was lost.", "--on", "2026-12-01").returncode == 0
    shown = audit("keys", "show", reply, "--keys", trusted)
    assert (shown.returncode, "The laptop was lost" in shown.stdout) == (1, True)
    everything = audit("keys", "show", trusted).stdout + audit("keys", "show", tmp_path / "lakeside.key").stdout + result.stdout + signed.stdout + shown.stdout
    assert secrets(tmp_path)
    assert not any(line in everything for line in secrets(tmp_path))


def test_the_passphrase_comes_from_the_environment_and_is_shown_nowhere(tmp_path):
    result = made(tmp_path, AUDIT_KEY_PASSPHRASE="open sesame")
    assert "not encrypted" not in result.stderr
    assert "ENCRYPTED" in (tmp_path / "lakeside.key").read_text()
    without = audit("keys", "show", tmp_path / "lakeside.key", AUDIT_KEY_PASSPHRASE="")
    assert (without.returncode, without.stdout) == (2, "")
    assert "AUDIT_KEY_PASSPHRASE" in without.stderr
    wrong = audit("keys", "show", tmp_path / "lakeside.key", AUDIT_KEY_PASSPHRASE="open barley")
    assert (wrong.returncode, len(wrong.stderr.splitlines())) == (2, 1)
    right = audit("keys", "show", tmp_path / "lakeside.key", "--format", "json", AUDIT_KEY_PASSPHRASE="open sesame")
    found = json.loads(right.stdout)
    assert (found["kind"], found["keys"][0]["key"]["name"]) == ("private key", "Lakeside Unified")
    for said in (result, without, wrong, right):
        assert "sesame" not in said.stdout + said.stderr
        assert "barley" not in said.stdout + said.stderr


def test_a_bundle_shows_who_signed_it(tmp_path):
    path = a_bundle(tmp_path / "x.audit.zip", a_key(tmp_path))
    shown = audit("keys", "show", path)
    assert shown.returncode == 0
    assert "Signed by Lakeside Unified" in shown.stdout
    assert "its own word" in shown.stdout
    made(tmp_path, "Somebody else", "other")
    assert audit("keys", "show", path, "--keys", tmp_path / "other.pub.toml").returncode == 1
    assert "not signed" in audit("keys", "show", a_bundle(tmp_path / "y.audit.zip")).stdout


def test_wrong_input_is_one_line_and_nothing_is_written(tmp_path):
    made(tmp_path)
    (tmp_path / "note.txt").write_text("x")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    for arguments in (
        ["make", "--name", "X", "--out", tmp_path / "lakeside"], ["show", tmp_path / "note.txt"],
        ["trust", tmp_path / "lakeside.key", "--in", tmp_path / "list.toml"], ["revoke", "0" * 64, "--in", tmp_path / "lakeside.pub.toml", "--because", "x"],
        ["sign", tmp_path / "nowhere", "--key", tmp_path / "lakeside.key"],
    ):
        result = audit("keys", *arguments)
        assert (result.returncode, result.stdout, len(result.stderr.strip().splitlines())) == (2, "", 1), (arguments, result)
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before, arguments


def test_a_hostile_name_in_a_strangers_key_cannot_steer_the_terminal(tmp_path):
    made(tmp_path)
    path = tmp_path / "lakeside.pub.toml"
    path.write_text(path.read_text().replace("Lakeside Unified", "\\u001b[31mState\\u202e"), encoding="utf-8")
    shown = audit("keys", "show", path)
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout
    assert "\u202e" not in shown.stdout
