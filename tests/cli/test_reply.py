"""`audit reply`: a vendor's word on an audit, written, signed and read back by the list that shows it. All of it is invented."""

import tomllib
from datetime import date

import pytest

from audit.bundles import open_bundle
from audit.cli import app
from audit.errors import AuditError, RegistryError
from audit.registry.replies import read_reply
from tests.bundles.made import a_bundle, a_key

TEXT = "We have mended this in version 8.\r\n\r\nSee <https://example.com/8>, or ask us: \u201cwhy?\u201d\n"
DAY = date(2026, 12, 7)


@pytest.fixture
def audited(tmp_path):
    """A bundle, and a text to answer it with."""
    (tmp_path / "reply.txt").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    return a_bundle(tmp_path / "a.audit.zip")


def reply(bundle, out, *more, text=None, by="Example Text", on="2026-12-01"):
    app(["reply", str(bundle), "--by", by, "--text", str(text or bundle.with_name("reply.txt")), "--out", str(out), "--on", on, *map(str, more)], standalone_mode=False)
    return out


def test_a_reply_names_the_bundle_by_its_digest_and_holds_the_text_unchanged_but_for_line_ends(audited, tmp_path):
    written = tomllib.loads(reply(audited, tmp_path / "r.toml", "--lang", "es").read_text(encoding="utf-8"))
    with open_bundle(audited) as bundle:
        assert written == {"to": bundle.digest, "by": "Example Text", "on": "2026-12-01", "lang": "es", "text": TEXT.replace("\r\n", "\n").strip()}


def test_a_list_reads_it_and_believes_the_signature_only_of_a_key_that_it_trusts(audited, tmp_path):
    key = a_key(tmp_path, "Example Text", role="vendor")
    path = reply(audited, tmp_path / "r.toml", "--key", next(tmp_path.glob("*.key")))
    assert read_reply(path, [key.public], DAY).signed_by == "Example Text"
    assert read_reply(path, [], DAY).signed_by == ""
    path.write_text(path.read_text(encoding="utf-8").replace("mended", "denied"), encoding="utf-8")
    with pytest.raises(RegistryError, match="signature does not count"):
        read_reply(path, [key.public], DAY)


def test_the_longest_reply_has_10_000_characters_of_any_script(audited, tmp_path):
    text = tmp_path / "long.txt"
    text.write_text("\u0645" * 10_000, encoding="utf-8")
    assert len(read_reply(reply(audited, tmp_path / "r.toml", text=text), [], DAY).text) == 10_000
    text.write_text("\u0645" * 10_001, encoding="utf-8")
    with pytest.raises(RegistryError, match="10,001 characters, more than 10,000"):
        reply(audited, tmp_path / "s.toml", text=text)
    assert not (tmp_path / "s.toml").exists()


@pytest.mark.parametrize(("text", "said"), [
    (b" \n\t\n", "is empty"), (b"\xff\xfe", "is not UTF-8"), (b"red \x1b[31m", "control characters"), ("\u202ereversed".encode(), "turn the direction"),
    (b"a" * 2_000_000, "larger than 1 MB"),
])
def test_what_is_no_plain_text_is_refused(audited, tmp_path, text, said):
    (tmp_path / "bad.txt").write_bytes(text)
    with pytest.raises(RegistryError, match=said):
        reply(audited, tmp_path / "r.toml", text=tmp_path / "bad.txt")
    assert not (tmp_path / "r.toml").exists()


def test_no_file_is_written_over_so_that_no_signature_lies_beside_another_text(audited, tmp_path):
    reply(audited, tmp_path / "r.toml")
    with pytest.raises(RegistryError, match="there is a file already"):
        reply(audited, tmp_path / "r.toml")
    (tmp_path / "s.toml.dsse.json").write_text("{}")
    with pytest.raises(RegistryError, match="there is a file already"):
        reply(audited, tmp_path / "s.toml")


@pytest.mark.parametrize("wrong", [{"by": " "}, {"by": "x" * 161}, {"by": "\u202eevil"}, {"on": "2026-13-01"}, {"on": "1.12.2026"}, {"more": ("--lang", "<b>")}])
def test_a_name_a_day_and_a_language_are_what_they_say(audited, tmp_path, wrong):
    with pytest.raises(AuditError):
        reply(audited, tmp_path / "r.toml", *wrong.pop("more", ()), **wrong)
    assert not (tmp_path / "r.toml").exists()


def test_only_a_bundle_can_be_answered(audited, tmp_path):
    with pytest.raises(AuditError):
        reply(tmp_path / "reply.txt", tmp_path / "r.toml")
