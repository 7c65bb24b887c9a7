"""The folder of a site: what is written, what is left alone, and that a build that fails changes nothing. All tools are invented."""

import errno
import html
import json
import os
import re
import shutil
import threading
import tomllib
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
import tomli_w
from msgspec.structs import replace

from audit.bundles import open_bundle
from audit.errors import RegistryError
from audit.records import EvidenceFile, FileCheck, Filed
from audit.registry.site import drawers as drawers_module
from audit.registry.site import output as output_module
from audit.registry.site.drawers import Drawers
from audit.registry.site.output import DRAFTS, LOCK, MANIFEST, open_site
from audit.registry.site.pages import tool_page
from audit.registry.site.publish import publish_site
from tests.registry.listings_builders import AS_OF, HOSTILE, PUBLISHER, a_listing, some_listings
from tests.registry.made import a_bundle
from tests.registry.registries import PAPER, PROBE, REPLY, TEXTS, a_card, a_loose_run, a_registry, a_tool, write_record
from tests.registry.test_site_machines import atom_faults


def build(folder: Path, files: dict[str, bytes], *, key="k"):
    """Make a site of these files; return how many were written, unchanged and removed, and which were drawn."""
    drawn = []
    with open_site(folder) as site:
        for path, raw in files.items():
            if not site.is_known(path, f"{key} {path} {raw!r}"):
                drawn.append(path)
                site.put(path, raw, f"{key} {path} {raw!r}")
        return tuple(site.settle()), drawn


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def times(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


FILES = {"index.html": b"home", "tools/a/index.html": b"A", "tools/b/index.html": b"B", "badges/a.svg": b"<svg/>"}


# what is written


def test_a_new_site_holds_every_file_and_a_list_of_them(tmp_path):
    (written, unchanged, removed), drawn = build(tmp_path / "site", FILES)
    assert (written, unchanged, removed) == (4, 0, 0)
    assert drawn == list(FILES)
    found = contents(tmp_path / "site")
    assert {path: raw for path, raw in found.items() if not path.startswith(".")} == FILES
    assert set(found) - set(FILES) == {MANIFEST, LOCK}
    assert sorted(json.loads(found[MANIFEST])["files"]) == sorted(FILES)


def test_the_same_again_draws_nothing_and_writes_nothing(tmp_path):
    build(tmp_path / "site", FILES)
    before = times(tmp_path / "site")
    (written, unchanged, removed), drawn = build(tmp_path / "site", FILES)
    assert (written, unchanged, removed, drawn) == (0, 4, 0, [])
    after = times(tmp_path / "site")
    assert {k: v for k, v in after.items() if k != LOCK} == {k: v for k, v in before.items() if k != LOCK}


def test_two_sites_of_the_same_files_are_the_same_to_the_byte(tmp_path):
    build(tmp_path / "one", FILES)
    build(tmp_path / "two", dict(reversed(FILES.items())))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_only_what_changed_is_written(tmp_path):
    build(tmp_path / "site", FILES)
    before = times(tmp_path / "site")
    change, drawn = build(tmp_path / "site", FILES | {"tools/a/index.html": b"A, suspended"})
    assert change == (1, 3, 0)
    assert drawn == ["tools/a/index.html"]
    after = times(tmp_path / "site")
    assert [path for path in FILES if after[path] != before[path]] == ["tools/a/index.html"]


def test_a_page_that_is_drawn_anew_and_comes_out_the_same_is_not_written(tmp_path):
    build(tmp_path / "site", FILES)
    before = times(tmp_path / "site")
    change, drawn = build(tmp_path / "site", FILES, key="another edition of the templates")
    assert change == (0, 4, 0)
    assert len(drawn) == 4
    assert {path: t for path, t in times(tmp_path / "site").items() if path in FILES} == {path: before[path] for path in FILES}


def test_a_file_that_was_altered_or_taken_away_by_hand_is_written_again(tmp_path):
    build(tmp_path / "site", FILES)
    (tmp_path / "site/index.html").write_bytes(b"hOme")
    (tmp_path / "site/badges/a.svg").unlink()
    change, drawn = build(tmp_path / "site", FILES)
    assert change == (2, 2, 0)
    assert set(drawn) == {"index.html", "badges/a.svg"}
    assert (tmp_path / "site/index.html").read_bytes() == b"home"


def test_a_link_in_place_of_a_page_is_replaced_and_what_it_leads_to_stays(tmp_path):
    build(tmp_path / "site", FILES)
    (tmp_path / "elsewhere").write_bytes(b"home")
    (tmp_path / "site/index.html").unlink()
    (tmp_path / "site/index.html").symlink_to(tmp_path / "elsewhere")
    build(tmp_path / "site", FILES | {"index.html": b"new home"})
    assert (tmp_path / "elsewhere").read_bytes() == b"home"
    assert not (tmp_path / "site/index.html").is_symlink()


def test_pages_of_what_is_gone_are_removed_with_their_folders(tmp_path):
    build(tmp_path / "site", FILES)
    change, _ = build(tmp_path / "site", {k: v for k, v in FILES.items() if "/b/" not in k})
    assert change == (0, 3, 1)
    assert not (tmp_path / "site/tools/b").exists()
    assert (tmp_path / "site/tools/a/index.html").exists()


def test_nothing_that_is_not_ours_is_removed(tmp_path):
    build(tmp_path / "site", FILES)
    for name in ("robots.txt", "tools/b/notes.txt", ".git/HEAD"):
        (tmp_path / "site" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "site" / name).write_bytes(b"mine")
    build(tmp_path / "site", {"index.html": b"home"})
    left = {path for path in contents(tmp_path / "site") if not path.startswith(".site")}
    assert left == {"index.html", "robots.txt", "tools/b/notes.txt", ".git/HEAD"}


def test_a_file_that_is_poured_is_written_only_when_it_changed(tmp_path):
    def pour(pieces):
        with open_site(tmp_path / "site") as site:
            with site.pour("tools.json") as write:
                for piece in pieces:
                    write(piece)
            return site.settle().written

    assert [pour([b"[1,", b"2]"]), pour([b"[1", b",2]"]), pour([b"[1]"])] == [1, 0, 1]
    assert (tmp_path / "site/tools.json").read_bytes() == b"[1]"


def test_a_bundle_is_copied_once_is_no_link_to_the_registry_and_is_copied_again_when_altered(tmp_path):
    source = tmp_path / "a.audit.zip"
    source.write_bytes(b"bundle")

    def copy():
        with open_site(tmp_path / "site") as site:
            site.copy("audits/x.audit.zip", source)
            return tuple(site.settle())

    assert [copy(), copy()] == [(1, 0, 0), (0, 1, 0)]
    target = tmp_path / "site/audits/x.audit.zip"
    target.write_bytes(b"bUndle")
    assert source.read_bytes() == b"bundle"
    assert copy() == (1, 0, 0)
    assert target.read_bytes() == b"bundle"


# what is refused


def test_a_folder_with_something_else_in_it_is_refused_and_stays_as_it_is(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site/thesis.txt").write_text("mine")
    with pytest.raises(RegistryError, match=r"not empty \(thesis.txt\)"):
        build(tmp_path / "site", FILES)
    assert set(contents(tmp_path / "site")) == {"thesis.txt"}


def test_an_empty_folder_and_one_that_holds_only_git_are_taken(tmp_path):
    (tmp_path / "site/.git").mkdir(parents=True)
    assert build(tmp_path / "site", FILES)[0] == (4, 0, 0)


def test_a_file_where_the_site_should_be_is_refused(tmp_path):
    (tmp_path / "site").write_text("mine")
    with pytest.raises(RegistryError, match="a file, not a folder"):
        build(tmp_path / "site", FILES)
    assert (tmp_path / "site").read_text() == "mine"


def test_a_page_that_would_replace_somebody_elses_file_is_refused_before_anything_changes(tmp_path):
    build(tmp_path / "site", FILES)
    (tmp_path / "site/statuses.html").write_text("mine")
    before = contents(tmp_path / "site")
    with pytest.raises(RegistryError, match=r"statuses\.html lies there and is not from this site"):
        build(tmp_path / "site", FILES | {"index.html": b"new", "statuses.html": b"ours"})
    assert contents(tmp_path / "site") == before


@pytest.mark.parametrize("path", ["../x.html", "/etc/x", "a//b", "", "a/../b", ".htaccess", "tools/.git/x", "a\\b", "c:x", "a\nb", "a/", "é.html", ".site.json", "a" * 200])
def test_a_path_that_leaves_the_site_is_hidden_or_not_allowed_somewhere_is_refused(tmp_path, path):
    with pytest.raises(RegistryError, match="cannot be the path of a page"):
        build(tmp_path / "site", {path: b"x"})
    assert not (tmp_path / "site").exists()


def test_two_files_at_one_path_are_refused(tmp_path):
    with open_site(tmp_path / "site") as site:
        site.put("a.html", b"1")
        with pytest.raises(RegistryError, match="two files of the site"):
            site.put("a.html", b"2")


@pytest.mark.parametrize("evil", ["../victim.txt", "/victim.txt", "a/../../victim.txt", ".git/HEAD"])
def test_a_tampered_list_of_files_removes_nothing_outside(tmp_path, evil):
    build(tmp_path / "site", FILES)
    (tmp_path / "victim.txt").write_text("mine")
    manifest = tmp_path / "site" / MANIFEST
    found = json.loads(manifest.read_bytes())
    manifest.write_text(json.dumps(found | {"files": found["files"] | {evil: ["", "0"]}}))
    with pytest.raises(RegistryError, match="cannot be the path of a page"):
        build(tmp_path / "site", FILES)
    assert (tmp_path / "victim.txt").read_text() == "mine"


def test_a_folder_of_the_site_that_is_a_link_elsewhere_is_not_written_through(tmp_path):
    build(tmp_path / "site", FILES)
    shutil.rmtree(tmp_path / "site/tools")
    (tmp_path / "elsewhere/a").mkdir(parents=True)
    (tmp_path / "site/tools").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RegistryError, match="leads out of the site"):
        build(tmp_path / "site", FILES)
    assert list((tmp_path / "elsewhere").rglob("*.html")) == []


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"schema":"edtech-equity-audit/site/2","files":{}}', b"[" * 100_000, b'{"schema":"edtech-equity-audit/site/1","files":{"a":1}}'])
def test_a_damaged_list_of_files_is_one_clear_line(tmp_path, raw):
    build(tmp_path / "site", FILES)
    (tmp_path / "site" / MANIFEST).write_bytes(raw)
    with pytest.raises(RegistryError, match=r"\.site\.json is damaged"):
        build(tmp_path / "site", FILES)


# what goes wrong


def test_a_second_publisher_at_the_same_time_is_refused(tmp_path):
    refused = []

    def second():
        with pytest.raises(RegistryError, match="made by another program right now") as caught:
            build(tmp_path / "site", FILES)
        refused.append(caught)

    with open_site(tmp_path / "site") as site:
        other = threading.Thread(target=second)
        other.start()
        other.join()
        site.put("index.html", b"home")
        site.settle()
    assert refused
    assert (tmp_path / "site/index.html").read_bytes() == b"home"


def _full(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_is_full_leaves_the_old_site_as_it_was(tmp_path, monkeypatch):
    build(tmp_path / "site", FILES)
    before = contents(tmp_path / "site")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", _full)
        with pytest.raises(RegistryError, match=r"cannot be written: No space left.*Make room"):
            build(tmp_path / "site", dict.fromkeys(FILES, b"new"))
    assert contents(tmp_path / "site") == before
    assert build(tmp_path / "site", dict.fromkeys(FILES, b"new"))[0] == (4, 0, 0)


def test_a_first_build_that_fails_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "write_bytes", _full)
    with pytest.raises(RegistryError, match="No space left"):
        build(tmp_path / "site", FILES)
    assert not (tmp_path / "site").exists()


def test_a_page_that_cannot_be_drawn_leaves_the_old_site_as_it_was(tmp_path):
    build(tmp_path / "site", FILES)
    before = contents(tmp_path / "site")

    def half():
        with open_site(tmp_path / "site") as site:
            site.put("index.html", b"new")
            site.put("tools/a/index.html", bytes(1 // 0))

    with pytest.raises(ZeroDivisionError):
        half()
    assert contents(tmp_path / "site") == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="an administrator may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_one_clear_line(tmp_path):
    build(tmp_path / "site", FILES)
    (tmp_path / "site").chmod(0o500)
    try:
        with pytest.raises(RegistryError, match="cannot be written"):
            build(tmp_path / "site", FILES | {"index.html": b"new"})
    finally:
        (tmp_path / "site").chmod(0o700)


@pytest.mark.parametrize("moves", range(4))
def test_a_build_that_is_killed_while_it_moves_files_into_place_is_mended_by_the_next(tmp_path, monkeypatch, moves):
    build(tmp_path / "site", FILES)
    after = {"index.html": b"new home", "tools/c/index.html": b"C", "tools/a/index.html": b"A2", "badges/a.svg": b"<svg>2</svg>"}
    counter = iter(range(100))
    own = output_module.Output._settle

    def killed(self, path):
        if next(counter) == moves:
            raise KeyboardInterrupt
        own(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(output_module.Output, "_settle", killed)
        with pytest.raises(KeyboardInterrupt):
            build(tmp_path / "site", after)
    build(tmp_path / "site", after)
    build(tmp_path / "fresh", after)
    assert contents(tmp_path / "site") == contents(tmp_path / "fresh")


def test_drafts_of_a_build_that_was_killed_are_taken_away(tmp_path):
    build(tmp_path / "site", FILES)
    (tmp_path / "site" / DRAFTS / "tools").mkdir(parents=True)
    (tmp_path / "site" / DRAFTS / "tools/x").write_text("half")
    assert build(tmp_path / "site", FILES)[0] == (0, 4, 0)
    assert not (tmp_path / "site" / DRAFTS).exists()


# a whole list


@pytest.fixture
def registry(tmp_path):
    """Three tools: two with a bundle, one with none; the first with two audits and a vendor's reply."""
    made = a_registry(tmp_path / "registry")
    digests = a_tool(made, "bright-tutor", "Bright Tutor", audits=({}, {"as_of": "2025-09-01", "version": "1.0", "organisation": "Hillcrest (invented)"}), funding=["title-ii-a"])
    a_tool(made, "calm-quill", "Calm Quill", grades=["6-8"])
    a_tool(made, "new-slate", "New Slate", audits=(), history=[{"status": "requested", "on": "2026-11-01", "by": "A. Clerk (invented)", "because": "Asked for."}])
    reply = {"to": digests[0], "by": "Acorn Learning Co", "on": "2026-10-20", "text": "We have mended it."}
    (made / "tools/bright-tutor/replies").mkdir()
    (made / "tools/bright-tutor/replies/one.toml").write_bytes(tomli_w.dumps(reply).encode())
    return made


def publish(registry, out=None, as_of=AS_OF, **options):
    return publish_site(registry, out or registry.parent / "site", date.fromisoformat(as_of), **options)


def test_a_list_becomes_a_site_with_all_its_pages_and_files_for_programs(registry):
    made = publish(registry)
    found = set(contents(registry.parent / "site"))
    assert (made.tools, made.audits, made.problems) == (3, 3, ())
    assert {"index.html", "tools/index.html", "by/index.html", "by/status/index.html", "words/index.html", "compare/index.html", "methods.html", "statuses.html", "corrections.html",
            "changes.html", "feed.atom", "tools.json", "tools.csv", "sitemap.xml", "assets/site.css", "assets/search.js", "assets/search.json"} <= found
    for id in ("bright-tutor", "calm-quill", "new-slate"):
        assert {f"tools/{id}/index.html", f"badges/{id}.svg"} <= found
    assert len([path for path in found if path.startswith("audits/")]) == 3
    assert made.written == len(found - {MANIFEST, LOCK})


def test_every_link_in_the_site_leads_to_a_file_of_the_site_and_every_mark_is_there(registry):
    publish(registry)
    site = registry.parent / "site"
    marks = {path: set(re.findall(r'\bid="([^"]+)"', path.read_text(encoding="utf-8"))) for path in site.rglob("*.html")}
    links = 0
    for page in marks:
        for address in re.findall(r'\b(?:href|src)="([^"]*)"', page.read_text(encoding="utf-8")):
            parts = urlsplit(html.unescape(address))
            if parts.scheme in ("https", "http", "mailto", "data"):
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            links += 1
            assert target.is_file(), f"{page.relative_to(site)}: {address}"
            assert not parts.fragment or unquote(parts.fragment) in marks[target], f"{page.relative_to(site)}: {address}"
    assert links > 200


def test_a_second_build_writes_nothing_and_says_so(registry):
    publish(registry)
    before = times(registry.parent / "site")
    made = publish(registry)
    assert (made.written, made.removed) == (0, 0)
    after = times(registry.parent / "site")
    assert {k: v for k, v in after.items() if k != LOCK} == {k: v for k, v in before.items() if k != LOCK}


def test_two_builds_from_nothing_are_the_same_to_the_byte(registry):
    publish(registry)
    copied = shutil.copytree(registry, registry.parent / "elsewhere" / "copy", ignore=shutil.ignore_patterns(".index*"))
    publish(copied, registry.parent / "other")
    assert contents(registry.parent / "site") == contents(registry.parent / "other")


def test_a_change_of_one_tool_leaves_the_pages_of_the_others_alone(registry):
    publish(registry)
    site = registry.parent / "site"
    before = times(site)
    record = tomllib.loads((registry / "tools/calm-quill/tool.toml").read_text())
    record["history"].append({"status": "suspended", "on": "2026-11-02", "by": "C. Officer (invented)", "because": "An incident."})
    write_record(registry, "calm-quill", record)
    publish(registry)
    changed = {path for path, t in times(site).items() if before.get(path) != t}
    assert {"tools/calm-quill/index.html", "badges/calm-quill.svg", "feed.atom", "tools.json", "tools.csv", "changes.html"} <= changed
    assert not [path for path in changed if path.startswith(("tools/bright", "tools/new", "badges/bright", "badges/new", "audits/"))]
    assert "Suspended" in (site / "tools/calm-quill/index.html").read_text(encoding="utf-8")


def test_a_day_later_a_site_on_which_nothing_fell_due_changes_only_where_it_says_the_day(registry):
    publish(registry, as_of="2026-12-01")
    before = contents(registry.parent / "site")
    publish(registry, as_of="2026-12-02")
    after = contents(registry.parent / "site")
    assert {path for path in after if after[path] != before.get(path)} == {"index.html", "tools.json", MANIFEST}


def test_a_tool_that_is_taken_out_leaves_the_site_with_its_page_badge_and_bundles(registry):
    publish(registry)
    shutil.rmtree(registry / "tools/bright-tutor")
    made = publish(registry)
    left = contents(registry.parent / "site")
    assert not [path for path in left if "bright-tutor" in path]
    assert len([path for path in left if path.startswith("audits/")]) == 1
    assert made.removed >= 4
    assert b"Bright Tutor" not in b"".join(left.values())


def test_an_approval_whose_day_has_passed_is_expired_on_every_page(registry):
    publish(registry, as_of="2027-10-11")
    site = registry.parent / "site"
    tools = {tool["id"]: tool["decision"] for tool in json.loads((site / "tools.json").read_bytes())["tools"]}
    assert (tools["calm-quill"]["status"], tools["calm-quill"]["status_date"], tools["calm-quill"]["allows_use"]) == ("expired", "2027-10-11", False)
    assert "Expired" in (site / "badges/calm-quill.svg").read_text(encoding="utf-8")
    assert (site / "by/status/expired/index.html").is_file()


def test_a_bundle_that_was_altered_is_not_listed_not_passed_on_and_named(registry):
    publish(registry)
    path = registry / "tools/calm-quill/0.audit.zip"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    made = publish(registry)
    assert (made.tools, made.audits) == (3, 2)
    assert len(made.problems) == 1
    assert made.problems[0].startswith("tools/calm-quill/0.audit.zip: ")
    assert len(list((registry.parent / "site/audits").iterdir())) == 2


def test_a_merged_file_that_cannot_be_read_is_named_and_the_tool_is_listed_without_it(registry):
    (registry / "tools/bright-tutor/merged.json").write_text("{")
    made = publish(registry)
    assert made.tools == 3
    assert len(made.problems) == 1
    assert made.problems[0].startswith("tools/bright-tutor/merged.json: ")
    assert str(registry) not in made.problems[0]
    assert (registry.parent / "site/tools/bright-tutor/index.html").is_file()


def test_what_is_passed_on_is_the_bundle_itself_and_verifies_as_one(registry):
    publish(registry)
    tools = json.loads((registry.parent / "site/tools.json").read_bytes())["tools"]
    digest = tools[0]["provenance"]["audit"]
    with open_bundle(registry.parent / f"site/audits/{digest}.audit.zip") as bundle:
        assert bundle.digest == digest
        assert bundle.altered() == []


def test_bundles_are_not_passed_on_where_the_publisher_does_not_want_it(tmp_path):
    made = a_registry(tmp_path / "registry", pass_on_bundles=False)
    a_tool(made, "bright-tutor", "Bright Tutor")
    publish(made)
    assert not (tmp_path / "site/audits").exists()
    assert json.loads((tmp_path / "site/tools.json").read_bytes())["tools"][0]["provenance"]["audits"][0]["bundle"] == ""


def test_a_run_folder_is_listed_and_nothing_of_it_is_copied(tmp_path):
    made = a_registry(tmp_path / "registry")
    a_loose_run(made / "loose-run")
    found = publish(made)
    assert (found.tools, found.audits) == (1, 1)
    assert not (tmp_path / "site/audits").exists()


def test_the_site_holds_no_text_of_a_probe_no_reply_no_confidential_name_no_secret_and_no_path_of_the_machine(tmp_path):
    made = a_registry(tmp_path / "registry")
    check = FileCheck(file=PAPER, sha256="0" * 64, size=1, kind=None, title=PAPER, problems=(), errors=0, warnings=0, personal=0, facts={})
    paper = EvidenceFile(check, Filed(PAPER, what="contract", confidential="yes"), "2027-01-01", expired=False, path=PAPER)
    a_tool(made, "bright-tutor", "Bright Tutor", audits=({"evidence": (paper,)},))
    a_loose_run(made / "loose-run")
    publish(made, index=f"sqlite:///{tmp_path / 'index.db'}")
    everything = {path: raw for path, raw in contents(tmp_path / "site").items() if not path.startswith("audits/")}
    for secret in (PROBE, REPLY, PAPER, str(tmp_path), "index.db", "loose-run", "bright-tutor/0.audit.zip", "PRIVATE KEY"):
        assert [path for path, raw in everything.items() if secret.encode() in raw] == [], secret


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_tool_with_a_hostile_name_makes_a_whole_site(tmp_path, hostile):
    made = tmp_path / "registry"
    made.mkdir()
    a_bundle(made / "x.audit.zip", a_card(hostile, hostile, organisation=hostile, version=hostile), files=TEXTS)
    found = publish(made)
    assert found.tools + len(found.problems) == 1
    for path in (tmp_path / "site").rglob("*"):
        assert path.resolve().is_relative_to(tmp_path / "site")
        if path.suffix in (".html", ".svg", ".atom", ".xml"):
            text = path.read_text(encoding="utf-8")
            assert "<script>document" not in text
            assert "onerror=alert(1)>" not in text
            assert "\u202e" not in text
        if path.suffix in (".svg", ".atom", ".xml"):
            ET.parse(path)


def test_a_site_inside_the_list_is_no_part_of_the_list(registry):
    first = publish(registry, registry / "site")
    again = publish(registry, registry / "site")
    assert (again.tools, again.audits, again.written, again.removed) == (first.tools, first.audits, 0, 0)


def test_a_site_around_the_list_is_refused(registry):
    with pytest.raises(RegistryError, match="the list itself lies in that folder"):
        publish(registry, registry.parent)


def test_an_empty_folder_is_a_list_without_tools(tmp_path):
    (tmp_path / "registry").mkdir()
    assert publish(tmp_path / "registry").tools == 0
    assert (tmp_path / "site/index.html").is_file()
    assert atom_faults((tmp_path / "site/feed.atom").read_bytes()) == []


def test_the_feed_and_the_sitemap_of_a_site_are_whole(registry):
    publish(registry)
    site = registry.parent / "site"
    assert atom_faults((site / "feed.atom").read_bytes()) == []
    pages = {path.relative_to(site).as_posix().removesuffix("index.html") for path in site.rglob("*.html")}
    listed = re.findall(r"<loc>https://tools\.example\.org/list/([^<]*)</loc>", (site / "sitemap.xml").read_text(encoding="utf-8"))
    assert set(listed) == pages
    assert len(listed) == len(pages)


def test_the_search_knows_every_tool_and_its_page(registry):
    publish(registry)
    found = json.loads((registry.parent / "site/assets/search.json").read_bytes())
    assert [tool[1] for tool in found["tools"]] == ["Bright Tutor", "Calm Quill", "New Slate"]
    assert all((registry.parent / "site/tools" / tool[0] / "index.html").is_file() for tool in found["tools"])


def test_a_disk_that_is_full_in_the_middle_leaves_the_old_site_and_no_draft(registry, monkeypatch):
    publish(registry)
    before = contents(registry.parent / "site")
    write_record(registry, "calm-quill", {"id": "calm-quill", "name": "Calm Quill, renamed", "vendor": "Acorn Learning Co"})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", _full)
        with pytest.raises(RegistryError, match="No space left"):
            publish(registry)
    assert contents(registry.parent / "site") == before
    assert publish(registry).written > 0


def test_who_watches_hears_of_every_tool(registry):
    heard = []
    publish(registry, watch=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_pages_that_processes_of_their_own_draw_are_those_that_one_process_draws(monkeypatch):
    listings = some_listings(12, hostile=True)

    def pages():
        found = {}
        with Drawers(PUBLISHER, AS_OF, lambda path, raw, key: found.update({path: (raw, key)})) as drawers:
            for listing in listings:
                drawers.draw(listing, None, f"key of {listing.record.id}")
        return found

    alone = pages()
    for name, value in {"_MANY": 5, "_BATCH": 2, "_AHEAD": 1}.items():
        monkeypatch.setattr(drawers_module, name, value)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert pages() == alone
    assert {path: raw for path, (raw, _) in alone.items()} == {page.path: page.make().encode() for page in (tool_page(one, PUBLISHER, AS_OF) for one in listings)}


def test_a_page_that_a_process_of_its_own_cannot_draw_ends_the_build_as_it_would_here(monkeypatch):
    monkeypatch.setattr(drawers_module, "_MANY", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    def draw():
        with Drawers(replace(PUBLISHER, language="fr"), AS_OF, lambda *_: None) as drawers:
            drawers.draw(a_listing(), None, "k")

    with pytest.raises(RegistryError, match="not written in 'fr'"):
        draw()
