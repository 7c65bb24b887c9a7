"""A folder of audits as a list: what is found, whose it is, and what cannot be listed. Every tool, vendor and person is invented."""

import datetime as dt
import os
import sys

import msgspec
import pytest

from audit.bundles.trusted import TrustedKey
from audit.errors import RegistryError
from audit.registry import open_registry, read_registry
from audit.registry.folder import id_of, is_id, same_tool
from tests.bundles.made import a_key, members, zipped
from tests.registry.made import a_bundle, a_card_of, a_record, a_run, entry

TODAY = dt.date(2026, 11, 30)


def read(folder, trusted=(), today=TODAY):
    return read_registry(folder, today, trusted)


def ids(found):
    return [one.record.id for one in found.listings]


def test_bundles_and_runs_of_any_folder_are_grouped_by_vendor_and_name(tmp_path):
    a_bundle(tmp_path / "a/one.audit.zip", as_of="2026-10-01")
    a_bundle(tmp_path / "b/c/two.audit.zip", name="  BRIGHT tutor ", as_of="2026-11-01")
    a_run(tmp_path / "runs/three", name="Other", as_of="2026-09-01")
    found = read(tmp_path)
    assert found.problems == ()
    assert ids(found) == ["bright-tutor-acorn-learning", "other-acorn-learning"]
    assert [(a.file, a.kind) for a in found.listings[0].audits] == [("b/c/two.audit.zip", "bundle"), ("a/one.audit.zip", "bundle")]
    assert [(a.file, a.kind) for a in found.listings[1].audits] == [("runs/three", "run")]
    assert {one.status for one in found.listings} == {"under_review"}


def test_a_tools_record_gathers_what_lies_under_it_and_what_lies_loose_of_its_name(tmp_path):
    a_record(tmp_path, more=entry("denied", "2026-11-02"))
    a_bundle(tmp_path / "tools/bright-tutor/x.audit.zip", name="Renamed since")
    a_bundle(tmp_path / "inbox/y.audit.zip", as_of="2026-11-01")
    one, = read(tmp_path).listings
    assert (one.record.id, one.status, one.status_since, len(one.audits)) == ("bright-tutor", "denied", "2026-11-02", 2)


def test_what_a_record_leaves_empty_is_taken_from_the_newest_audit_and_what_it_says_stays(tmp_path):
    a_record(tmp_path, more='grades = ["9-12"]\n')
    a_bundle(tmp_path / "tools/bright-tutor/x.audit.zip")
    record = read(tmp_path).listings[0].record
    assert (record.grades, record.audience, record.use_cases, record.student_data) == (("9-12",), ("teachers",), ("essay-scoring",), "record")


def test_an_audit_that_lies_there_twice_is_listed_once(tmp_path):
    a_bundle(tmp_path / "x.audit.zip")
    a_bundle(tmp_path / "copy/x.audit.zip")
    assert [a.file for a in read(tmp_path).listings[0].audits] == ["copy/x.audit.zip"]


def test_a_site_inside_the_folder_is_no_part_of_the_list(tmp_path):
    """Else a tool that was taken off the list would come back from the bundle that the site passes on."""
    a_bundle(tmp_path / "site/audits/x.audit.zip")
    assert len(read(tmp_path).listings) == 1
    (tmp_path / "site/.site.json").write_text("{}", encoding="utf-8")
    assert read(tmp_path).listings == ()
    with pytest.raises(RegistryError, match="this is a site that was made of a list"):
        read(tmp_path / "site")


def test_one_altered_byte_keeps_a_bundle_from_the_list_and_the_rest_goes_on(tmp_path):
    a_bundle(tmp_path / "good.audit.zip")
    a_bundle(tmp_path / "bad.audit.zip", name="Other", files={"run/journal.jsonl": b'{"event": "begin"}\n'})
    content = members(tmp_path / "bad.audit.zip")
    zipped(tmp_path / "bad.audit.zip", content | {"run/journal.jsonl": b'{"event": "Begin"}\n'})
    found = read(tmp_path)
    assert ids(found) == ["bright-tutor-acorn-learning"]
    assert found.problems == ("bad.audit.zip: it was altered after it was made (run/journal.jsonl: altered). Ask its maker for it again.",)


def test_a_bundle_made_anew_around_another_scorecard_does_not_fit_its_signature(tmp_path):
    """Whoever alters a number can write fitting hashes, and not a fitting signature."""
    key = a_key(tmp_path)
    a_bundle(tmp_path / "list/x.audit.zip", key=key)
    signature = members(tmp_path / "list/x.audit.zip")["signature.json"]
    a_bundle(tmp_path / "list/x.audit.zip", a_card_of(review_by="2031-01-01"))
    zipped(tmp_path / "list/x.audit.zip", members(tmp_path / "list/x.audit.zip") | {"signature.json": signature})
    found = read(tmp_path / "list")
    assert found.listings == ()
    assert found.problems[0].startswith("x.audit.zip: its signature does not fit: the signed statement is about other bytes")


@pytest.mark.parametrize("raw", [b"", b"PK", b"not a zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_bundle_is_a_problem_that_names_the_file(tmp_path, raw):
    (tmp_path / "x.audit.zip").write_bytes(raw)
    found = read(tmp_path)
    assert found.listings == ()
    assert len(found.problems) == 1
    assert found.problems[0].startswith("x.audit.zip: ")


def test_a_bundle_whose_head_names_another_tool_than_its_scorecard_is_a_problem(tmp_path):
    a_bundle(tmp_path / "x.audit.zip")
    other = a_card_of(name="Better Tutor")
    a_bundle(tmp_path / "x.audit.zip", files={"run/scorecard.json": msgspec.json.encode(other)})
    assert read(tmp_path).problems == ("x.audit.zip: bundle.json and scorecard.json do not agree on the tool's name. Ask its maker for it again.",)


def test_a_scorecard_that_is_not_what_the_manifest_lists_is_a_problem(tmp_path):
    a_run(tmp_path / "run")
    text = (tmp_path / "run/scorecard.json").read_text(encoding="utf-8")
    (tmp_path / "run/scorecard.json").write_text(text.replace('"as_of":"2026-11-22"', '"as_of":"2026-11-23"'), encoding="utf-8")
    assert read(tmp_path).problems == ("run: scorecard.json is not what manifest.json lists: it was altered. Score the run again: audit score.",)


def test_a_run_without_a_scorecard_is_named(tmp_path):
    a_run(tmp_path / "run")
    (tmp_path / "run/scorecard.json").unlink()
    assert read(tmp_path).problems == ("run: this run has not been scored. Score it: audit score.",)


def test_an_audit_of_a_day_to_come_is_not_listed(tmp_path):
    """Else whoever dates an audit 2099 has the newest for ever."""
    a_bundle(tmp_path / "x.audit.zip", as_of="2099-01-01")
    found = read(tmp_path)
    assert found.listings == ()
    assert found.problems == ("x.audit.zip: it is dated 2099-01-01, after the day of this list (2026-11-30).",)


def test_no_link_is_followed(tmp_path):
    a_bundle(tmp_path / "elsewhere/x.audit.zip")
    a_run(tmp_path / "elsewhere/run")
    folder = tmp_path / "list"
    folder.mkdir()
    try:
        (folder / "x.audit.zip").symlink_to(tmp_path / "elsewhere/x.audit.zip")
        (folder / "all").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
        (folder / "round").symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links for this user")
    found = read(folder)
    assert found.listings == ()
    assert found.problems == ("x.audit.zip: this is a link, and links are not followed. Put the file itself there.",)


def test_a_record_that_is_a_link_stops_the_list(tmp_path):
    """Else a tool that was denied would be shown as under review."""
    path = a_record(tmp_path, more=entry("denied"))
    path.rename(tmp_path / "elsewhere.toml")
    try:
        path.symlink_to(tmp_path / "elsewhere.toml")
    except OSError:
        pytest.skip("this system makes no links for this user")
    with pytest.raises(RegistryError, match="links are not followed"):
        read(tmp_path)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="this system's file names are always text")
def test_a_file_whose_name_is_no_text_is_a_problem(tmp_path):
    a_bundle(tmp_path / "x.audit.zip")
    os.rename(os.fsencode(tmp_path / "x.audit.zip"), os.fsencode(tmp_path) + b"/\xff.audit.zip")  # noqa: PTH104 - a name of bytes
    assert read(tmp_path).problems == ("?.audit.zip: its name is no text that every system can read. Rename it.",)


@pytest.mark.parametrize("name", ["../../etc", "con", "..", "/", "a/b", "%2e%2e", "\u0000", "', DROP TABLE audits; --", "日本語", "x" * 400])
def test_an_id_is_never_a_path(tmp_path, name):
    a_bundle(tmp_path / "x.audit.zip", name=name, vendor="..")
    one, = read(tmp_path).listings
    assert is_id(one.record.id), one.record.id
    assert len(one.record.id) <= 80


def test_two_tools_of_one_id_both_lose_it_so_that_the_order_of_reading_changes_nothing(tmp_path):
    a_bundle(tmp_path / "x.audit.zip", name="Tutor!", vendor="Acorn é")
    a_bundle(tmp_path / "y.audit.zip", name="Tutor", vendor="Acorn e")
    found = ids(read(tmp_path))
    plain = id_of(same_tool("Acorn e", "Tutor"))
    assert plain == "tutor-acorn-e"
    assert len(set(found)) == 2
    assert all(one.startswith(f"{plain}-") for one in found)


def test_a_tool_without_a_record_never_takes_the_id_of_one_that_has_it(tmp_path):
    a_record(tmp_path, id="other-acorn-learning", name="Something", vendor="Else")
    a_bundle(tmp_path / "x.audit.zip", name="Other")
    found = ids(read(tmp_path))
    assert found[0] == "other-acorn-learning"
    assert found[1].startswith("other-acorn-learning-")


@pytest.mark.parametrize(("text", "said"), [
    ('id = "../x"\nname = "A"\nvendor = "B"\n', "is no id"),
    ('id = "con"\nname = "A"\nvendor = "B"\n', "is no id"),
    ('id = "a"\nname = "A"\n', "missing key 'vendor'"),
    ('id = "a"\nname = "A"\nvendor = "B"\ncurent_version = "3"\n', "unknown key 'curent_version'"),
    ('id = "a"\nname = "A"\nvendor = "B"\n[[history]]\nstatus = "aproved"\non = "2026-01-01"\nby = "C"\nbecause = "D"\n', "none of its values"),
    ('id = "a"\nname = "A"\nvendor = "B"\n[[history]]\nstatus = "approved"\non = "yesterday"\nby = "C"\nbecause = "D"\n', "is no date"),
    ('id = "a"\nname = "A"\nvendor = "B"\n' + entry("denied", "2026-02-01") + entry("requested", "2026-01-01"), "out of order"),
    ('id = "a"\nname = "A"\nvendor = "B"\n[[history]]\nstatus = "approved"\non = "2026-01-01"\nby = " "\nbecause = "x"\n', "does not say who decided it"),
    ('id = "a"\nname = "A"\nvendor = "B"\n[[history]]\nstatus = "approved"\non = "2026-01-01"\nby = "x"\nbecause = ""\n', "does not say who decided it"),
    ('id = "a"\nname = "A"\nvendor = "B"\n' + entry("approved", "2026-02-01", until="2026-01-01"), "ends before it begins"),
    ("id = ", "not valid TOML"),
])
def test_a_record_that_is_wrong_stops_the_list_in_one_line(tmp_path, text, said):
    """A tool whose record cannot be read would else be shown as under review, whatever was decided."""
    path = a_record(tmp_path)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match=said) as caught:
        read(tmp_path)
    assert "\n" not in str(caught.value)
    assert "tool.toml" in str(caught.value)


def test_two_records_of_one_id_are_refused(tmp_path):
    a_record(tmp_path)
    (tmp_path / "tools/again").mkdir()
    (tmp_path / "tools/again/tool.toml").write_text('id = "bright-tutor"\nname = "A"\nvendor = "B"\n', encoding="utf-8")
    with pytest.raises(RegistryError, match="the id 'bright-tutor' is that of"):
        read(tmp_path)


@pytest.mark.parametrize(("text", "said"), [
    ('[publisher]\norganisation = "X"\n', "missing key 'title'"), ("[puplisher]\n", "unknown key 'puplisher'"),
    ('[publisher]\norganisation = "X"\ntitle = "T"\nurl = "tools.example.gov"\ncontact = ""\nappeals = ""\n', "no address of a folder"),
    ('[publisher]\norganisation = "X"\ntitle = "T"\nurl = ""\ncontact = ""\nappeals = ""\nsmall = 0\n', "small must be 1 or more"),
])
def test_a_registry_toml_that_is_wrong_is_one_line(tmp_path, text, said):
    (tmp_path / "registry.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError, match=said):
        read(tmp_path)


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(RegistryError, match="there is no such folder"):
        read(tmp_path / "nowhere")


def test_who_signed_is_judged_by_the_list_of_trusted_keys_on_the_day(tmp_path):
    key = a_key(tmp_path)
    a_bundle(tmp_path / "list/x.audit.zip", key=key, signed_on="2026-11-22")
    own = TrustedKey(id=key.public.id, name="Lakeside Unified", role="district", public=key.public.public)
    revoked = TrustedKey(id=key.public.id, name="Lakeside Unified", role="district", public=key.public.public, revoked="2026-11-25")

    def standing(trusted, today=TODAY):
        signer, = read(tmp_path / "list", trusted, today).listings[0].audits[0].signers
        return signer.standing

    assert standing(()) == "unknown"
    assert standing((own,)) == "trusted"
    assert standing((revoked,)) == "revoked"
    assert standing((own,)) == "trusted"


def test_a_signature_of_a_day_to_come_counts_once_that_day_has_come(tmp_path):
    key = a_key(tmp_path)
    a_bundle(tmp_path / "list/x.audit.zip", key=key, signed_on="2026-12-24")
    own = TrustedKey(id=key.public.id, name="Lakeside Unified", role="district", public=key.public.public)
    days = [dt.date(2026, 11, 30), dt.date(2026, 12, 24), dt.date(2026, 11, 30)]
    found = [read(tmp_path / "list", (own,), day).listings[0].audits[0].signers[0].standing for day in days]
    assert found == ["not_yet", "trusted", "not_yet"]


def test_listings_come_one_at_a_time_in_the_order_of_their_ids(tmp_path):
    for n in (3, 1, 2):
        a_bundle(tmp_path / f"{n}.audit.zip", name=f"Tool {n}")
    with open_registry(tmp_path, TODAY) as registry:
        assert [one.id for one in registry.tools] == ["tool-1-acorn-learning", "tool-2-acorn-learning", "tool-3-acorn-learning"]
        assert next(registry.listings()).record.name == "Tool 1"
        assert [one.record.name for one in registry.listings(only="tool-3-acorn-learning")] == ["Tool 3"]


def test_a_bundle_with_a_file_that_belongs_to_no_audit_is_not_listed_and_so_not_passed_on(tmp_path):
    a_bundle(tmp_path / "a.audit.zip", files={"run/setup.exe": b"MZ"})
    found = read(tmp_path)
    assert found.listings == ()
    assert found.problems == ("a.audit.zip: it holds a file that is no part of an audit (run/setup.exe). Ask its maker for it again, as audit bundle writes it.",)


@pytest.mark.parametrize(("one", "other"), [("Reader", "Reader+"), ("Tutor C", "Tutor C#"), ("🦄", "🎓")])
def test_names_that_differ_by_a_sign_with_a_meaning_are_two_tools(tmp_path, one, other):
    for n, name in enumerate((one, other)):
        a_bundle(tmp_path / f"{n}.audit.zip", name=name, vendor="Acorn")
    found = read(tmp_path)
    assert sorted(listing.audits[0].name for listing in found.listings) == sorted((one, other))
    assert len(set(ids(found))) == 2


@pytest.mark.parametrize("url", ["https://tools.example.gov/a list/", 'https://tools.example.gov/"/', "https://me:secret@tools.example.gov/", "https:///list/", "https://tools.example.gov/?x=/", "https://[::1/"])
def test_an_address_of_which_no_link_can_be_made_is_refused_rather_than_left_out(tmp_path, url):
    (tmp_path / "registry.toml").write_text(f'[publisher]\norganisation = "X"\ntitle = "T"\nurl = \'{url}\'\ncontact = ""\nappeals = ""\n', encoding="utf-8")
    with pytest.raises(RegistryError, match="no address of a folder"):
        read(tmp_path)
