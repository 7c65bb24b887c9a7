"""What a publisher does to a list: everything is put at the end, and what was there stays, byte for byte."""

import datetime as dt
import tomllib

import pytest

from audit.bundles import sign_file
from audit.bundles.trusted import TrustedKey
from audit.errors import BundleError, RegistryError
from audit.records.listings import Correction, Publisher, StatusEntry
from audit.registry import read_registry
from audit.registry.recording import append
from audit.registry.site.publish import publish_site
from audit.registry.watching import what_is_due
from audit.registry.writing import add_bundles, add_reply, correct, decide, init_registry
from tests.bundles.made import a_key, members, zipped
from tests.registry.made import a_bundle, a_record, a_run, entry

TODAY = dt.date(2026, 11, 30)
PUBLISHER = Publisher("Invented State", "Vetted tools", "https://tools.example.gov/list/", "tools@example.gov", "appeals@example.gov")
WRITTEN = """\
# The district's own notes stay.
id = "bright-tutor"          # never change this
name = 'Bright Tutor'
vendor = "Acorn Learning"

  [[history]]   # odd, and valid
  status = "requested"
  on = "2026-01-01"
  by = "A. Clerk"
  because = \"\"\"A middle
school asked.\"\"\"
"""


def a_decision(status="under_review", on="2026-11-30", **more):
    return StatusEntry(status, on, "C. Officer", "The documents are here.", **more)


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith(".index")}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n", "# the end"])
def test_an_entry_is_put_at_the_end_and_all_before_it_stays_as_it_was_written(tmp_path, end, tail):
    path = tmp_path / "tool.toml"
    before = (WRITTEN.rstrip("\n") + tail).replace("\n", end).encode()
    path.write_bytes(before)
    append(path, "history", a_decision(until="2027-01-01", conditions=("Ask \"first\".", "ä")))
    after = path.read_bytes()
    assert after.startswith(before)
    last = tomllib.loads(after.decode())["history"][-1]
    assert last == {"status": "under_review", "on": "2026-11-30", "by": "C. Officer", "because": "The documents are here.", "until": "2027-01-01",
                    "conditions": ["Ask \"first\".", "ä"]}
    assert (b"\r\n" in after[len(before):]) == (end == "\r\n")


def test_corrections_and_history_may_alternate(tmp_path):
    path = a_record(tmp_path, more=entry("requested", "2026-01-01"))
    append(path, "corrections", Correction("2026-02-01", "D", "What.", "Why."))
    append(path, "history", a_decision("screening", "2026-03-01"))
    append(path, "corrections", Correction("2026-04-01", "D", "That.", "Why."))
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [e["status"] for e in table["history"]] == ["requested", "screening"]
    assert [c["what"] for c in table["corrections"]] == ["What.", "That."]


@pytest.mark.parametrize("more", ["history = []\n", 'history = [{status = "requested", on = "2026-01-01", by = "A", because = "B"}]\n'])
def test_a_history_that_is_written_inline_is_not_rewritten(tmp_path, more):
    path = a_record(tmp_path, more=more)
    before = path.read_bytes()
    with pytest.raises(RegistryError, match=r"Write each entry of history as \[\[history\]\]"):
        append(path, "history", a_decision())
    assert path.read_bytes() == before


def test_a_list_is_begun_once(tmp_path):
    folder = tmp_path / "list"
    init_registry(folder, PUBLISHER)
    assert read_registry(folder, TODAY).publisher == PUBLISHER
    assert ".index.sqlite" in (folder / ".gitignore").read_text(encoding="utf-8")
    with pytest.raises(RegistryError, match="there is a list here already"):
        init_registry(folder, PUBLISHER)


def test_a_list_with_an_address_that_is_none_is_not_begun(tmp_path):
    with pytest.raises(RegistryError, match="no address of a folder"):
        init_registry(tmp_path / "list", Publisher("X", "T", "tools", "", ""))
    assert not (tmp_path / "list").exists()


def test_a_bundle_is_put_with_its_tool_and_a_second_time_nothing_happens(tmp_path):
    digest = a_bundle(tmp_path / "in/x.audit.zip")
    first, = add_bundles(tmp_path / "list" if init_registry(tmp_path / "list", PUBLISHER) else tmp_path, [tmp_path / "in/x.audit.zip"], TODAY)
    assert (first.tool, first.digest, first.new, first.made) == ("bright-tutor-acorn-learning", digest, True, True)
    assert first.file.name == f"2026-11-22-{digest[:12]}.audit.zip"
    assert first.file.read_bytes() == (tmp_path / "in/x.audit.zip").read_bytes()
    before = tree(tmp_path / "list")
    again, = add_bundles(tmp_path / "list", [tmp_path / "in/x.audit.zip"], TODAY)
    assert (again.new, again.file) == (False, first.file)
    assert tree(tmp_path / "list") == before


def test_a_bundle_finds_the_record_of_its_vendor_and_name_or_the_one_that_is_named(tmp_path):
    a_record(tmp_path / "list", id="tutor")
    a_record(tmp_path / "list", id="other", name="Other")
    a_bundle(tmp_path / "x.audit.zip", name="bright  TUTOR")
    a_bundle(tmp_path / "y.audit.zip", name="Renamed")
    assert add_bundles(tmp_path / "list", [tmp_path / "x.audit.zip"], TODAY)[0].tool == "tutor"
    assert add_bundles(tmp_path / "list", [tmp_path / "y.audit.zip"], TODAY, "other")[0].tool == "other"
    assert [(one.record.id, len(one.audits)) for one in read_registry(tmp_path / "list", TODAY).listings] == [("other", 1), ("tutor", 1)]


def test_of_several_bundles_all_are_added_or_none(tmp_path):
    init_registry(tmp_path / "list", PUBLISHER)
    a_bundle(tmp_path / "good.audit.zip")
    a_bundle(tmp_path / "bad.audit.zip", name="Other")
    zipped(tmp_path / "bad.audit.zip", members(tmp_path / "bad.audit.zip") | {"run/run.json": b"{ }"})
    before = tree(tmp_path / "list")
    with pytest.raises(RegistryError, match="it was altered after it was made"):
        add_bundles(tmp_path / "list", [tmp_path / "good.audit.zip", tmp_path / "bad.audit.zip"], TODAY)
    with pytest.raises(BundleError):
        add_bundles(tmp_path / "list", [tmp_path / "good.audit.zip", tmp_path / "nothing.audit.zip"], TODAY)
    with pytest.raises(RegistryError, match="no tool on this list has the id 'tuter'"):
        add_bundles(tmp_path / "list", [tmp_path / "good.audit.zip"], TODAY, "tuter")
    assert tree(tmp_path / "list") == before


def test_an_approval_names_the_audit_it_rests_on_and_ends_when_that_is_to_be_done_again(tmp_path):
    a_record(tmp_path, more=entry("under_review", "2026-11-01"))
    digest = a_bundle(tmp_path / "tools/bright-tutor/x.audit.zip", review_by="2027-05-01")
    written, audit = decide(tmp_path, "bright-tutor", a_decision("approved"), TODAY)
    assert audit.digest == digest
    assert (written.audit, written.until) == (digest, "2027-05-01")
    assert read_registry(tmp_path, TODAY).listings[0].record.history[-1] == written
    later, _ = decide(tmp_path, "bright-tutor", a_decision("approved_with_conditions", until="2027-03-01", audit=digest[:8], conditions=("Read along.",)), TODAY)
    assert (later.audit, later.until) == (digest, "2027-03-01")


@pytest.mark.parametrize(("status", "more", "said"), [
    ("approved", {"until": "soon"}, "--until: 'soon' is no day"), ("approved", {"audit": "0" * 64}, "--audit: no audit of this tool"),
    ("approved", {"until": "2026-01-01"}, "before it begins"), ("screening", {}, "cannot become screening"),
    ("approved_with_conditions", {"conditions": ("",)}, "--condition is a text"),
])
def test_a_decision_that_cannot_be_written_changes_nothing(tmp_path, status, more, said):
    path = a_record(tmp_path, more=entry("under_review", "2026-11-01"))
    a_bundle(tmp_path / "tools/bright-tutor/x.audit.zip")
    before = path.read_bytes()
    with pytest.raises(RegistryError, match=said):
        decide(tmp_path, "bright-tutor", a_decision(status, **more), TODAY)
    assert path.read_bytes() == before


def test_an_approval_on_an_overdue_audit_asks_for_a_day(tmp_path):
    a_record(tmp_path, more=entry("under_review", "2026-11-01"))
    a_bundle(tmp_path / "tools/bright-tutor/x.audit.zip", review_by="2026-11-22")
    with pytest.raises(RegistryError, match="name a day with --until, or add a newer audit"):
        decide(tmp_path, "bright-tutor", a_decision("approved"), TODAY)


@pytest.mark.parametrize("by", ["", "  ", "x" * 200, "a\u202eb", "\x1b[31m"])
def test_who_decides_is_a_name_that_can_be_read(tmp_path, by):
    a_record(tmp_path)
    with pytest.raises(RegistryError, match="--by is a text"):
        decide(tmp_path, "bright-tutor", StatusEntry("requested", "2026-11-30", by, "Because."), TODAY)


def test_a_tool_that_lies_loose_gets_a_record_with_the_first_decision_and_keeps_its_id(tmp_path):
    a_run(tmp_path / "runs/x")
    decide(tmp_path, "bright-tutor-acorn-learning", a_decision("requested"), TODAY)
    one, = read_registry(tmp_path, TODAY).listings
    assert (one.record.id, one.status, len(one.audits)) == ("bright-tutor-acorn-learning", "requested", 1)


def test_a_tool_that_is_not_on_the_list_is_refused_with_the_nearest(tmp_path):
    a_record(tmp_path)
    with pytest.raises(RegistryError, match="Did you mean 'bright-tutor'"):
        correct(tmp_path, "bright-tuter", Correction("2026-11-30", "D", "What.", "Why."), TODAY)


def a_reply(path, digest, **more):
    fields = {"to": digest, "by": "Acorn Learning", "on": "2026-11-25", "text": "We mend it.\n\nSoon."} | more
    path.write_text("".join(f"{k} = {v!r}\n" if "\n" not in v else f'{k} = """{v}"""\n' for k, v in fields.items()), encoding="utf-8")
    return path


def test_a_signed_reply_is_filed_unchanged_and_shown_with_whose_key_signed_it(tmp_path):
    a_record(tmp_path / "list")
    digest = a_bundle(tmp_path / "list/tools/bright-tutor/x.audit.zip")
    key = a_key(tmp_path, "Acorn Learning")
    file = a_reply(tmp_path / "r.toml", digest, signed_by="The Queen")
    sign_file(file, key, "2026-11-25")
    trusted = (TrustedKey(id=key.public.id, name="Acorn Learning", role="vendor", public=key.public.public),)
    filed = add_reply(tmp_path / "list", file, trusted, TODAY)
    assert filed.file.read_bytes() == file.read_bytes()
    for keys, signed_by in ((trusted, "Acorn Learning"), ((), "")):
        found = read_registry(tmp_path / "list", TODAY, keys)
        assert found.problems == ()
        assert [(r.text, r.signed_by) for r in found.listings[0].replies] == [("We mend it.\n\nSoon.", signed_by)]


def test_a_reply_that_was_altered_after_it_was_signed_is_neither_filed_nor_shown(tmp_path):
    a_record(tmp_path / "list")
    digest = a_bundle(tmp_path / "list/tools/bright-tutor/x.audit.zip")
    file = a_reply(tmp_path / "r.toml", digest)
    sign_file(file, a_key(tmp_path, "Acorn Learning"), "2026-11-25")
    filed = add_reply(tmp_path / "list", file, (), TODAY).file
    for path in (file, filed):
        path.write_bytes(path.read_bytes().replace(b"mend", b"deny"))
    with pytest.raises(RegistryError, match="its signature does not count"):
        add_reply(tmp_path / "list", file, (), TODAY)
    found = read_registry(tmp_path / "list", TODAY)
    assert found.listings[0].replies == ()
    assert "its signature does not count" in found.problems[0]


@pytest.mark.parametrize(("more", "said"), [
    ({"to": "0" * 64}, "not on file"), ({"on": "soon"}, "a reply has a day"), ({"on": "2030-01-01"}, "a day that has not come"), ({"text": ""}, "a reply has a day"), ({"text": "x" * 20_001}, "at most 20,000"),
    ({"extra": "x"}, "unknown key 'extra'"),
])
def test_a_reply_that_cannot_be_shown_is_refused_and_one_that_lies_there_is_a_problem(tmp_path, more, said):
    a_record(tmp_path / "list")
    digest = a_bundle(tmp_path / "list/tools/bright-tutor/x.audit.zip")
    file = a_reply(tmp_path / "r.toml", digest, **more)
    with pytest.raises(RegistryError, match=said):
        add_reply(tmp_path / "list", file, (), TODAY)
    (tmp_path / "list/tools/bright-tutor/replies").mkdir()
    file.rename(tmp_path / "list/tools/bright-tutor/replies/r.toml")
    found = read_registry(tmp_path / "list", TODAY)
    assert found.listings[0].replies == ()
    assert found.problems[0].startswith("tools/bright-tutor/replies/r.toml: ")
    assert said in found.problems[0]


def test_a_change_that_audit_diff_wrote_is_read_and_a_damaged_one_is_a_problem(tmp_path):
    a_record(tmp_path)
    a_bundle(tmp_path / "tools/bright-tutor/x.audit.zip")
    (tmp_path / "tools/bright-tutor/change.json").write_text("{}", encoding="utf-8")
    found = read_registry(tmp_path, TODAY)
    assert len(found.listings) == 1
    assert found.problems[0].startswith("tools/bright-tutor/change.json: it is damaged")


def by_hand(folder):
    """A list in which somebody wrote an approval straight after a denial."""
    return a_record(folder, more=entry("denied", "2026-02-01") + entry("approved", "2026-03-01"))


def test_a_move_that_was_written_by_hand_is_told_and_only_a_further_decision_stops_for_it(tmp_path):
    path = by_hand(tmp_path / "list")
    before = tree(tmp_path / "list")
    with pytest.raises(RegistryError, match="approved on 2026-03-01: denied cannot become approved, only requested") as refused:
        decide(tmp_path / "list", "bright-tutor", a_decision("suspended"), TODAY)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)
    assert tree(tmp_path / "list") == before
    told = [publish_site(tmp_path / "list", tmp_path / "site", TODAY).problems, what_is_due(tmp_path / "list", TODAY).problems, read_registry(tmp_path / "list", TODAY).problems]
    for problems in told:
        assert len(problems) == 1
        assert problems[0].startswith("tools/bright-tutor/tool.toml: entry 2 of the history of bright-tutor, approved on 2026-03-01: denied cannot become approved")
    a_bundle(tmp_path / "x.audit.zip")
    assert add_bundles(tmp_path / "list", [tmp_path / "x.audit.zip"], TODAY)[0].new


def test_a_correction_that_names_the_day_lets_the_list_go_on_with_its_history_as_it_was(tmp_path):
    path = by_hand(tmp_path)
    before = path.read_bytes()
    correct(tmp_path, "bright-tutor", Correction("2026-11-30", "D", "2026-03-01: approved by a vote of the board, without a review.", "It was not logged."), TODAY)
    assert path.read_bytes().startswith(before)
    decide(tmp_path, "bright-tutor", a_decision("suspended"), TODAY)
    assert [e.status for e in read_registry(tmp_path, TODAY).listings[0].record.history] == ["denied", "approved", "suspended"]
