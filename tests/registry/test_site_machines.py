"""What programs read of the vetted list: tools.json, tools.csv, the feed, the badges, the sitemap. All tools are invented."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from pathlib import Path

import feedparser
import jsonschema
import pytest
from msgspec.structs import replace

from audit.records.listings import Agreement, StatusEntry
from audit.records.published import (
    Calls,
    Interop,
    Provenance,
    PublishedAudit,
    PublishedCondition,
    PublishedDecision,
    PublishedList,
    PublishedScope,
    PublishedTool,
)
from audit.registry.site import badges as badges_module
from audit.registry.site.addresses import Addresses, web_address
from audit.registry.site.badges import Badge, badge_svg
from audit.registry.site.feed import Changes, feed_of
from audit.registry.site.machines import (
    COLUMNS,
    CSV_HEAD,
    JSON_END,
    csv_cells,
    csv_line,
    json_head,
    json_tool,
    measured_by_attribute,
    published,
)
from audit.registry.site.sitemap import sitemaps
from audit.registry.statuses import read_statuses
from audit.schemas import schemas
from tests.registry.listings_builders import (
    AS_OF,
    HOSTILE,
    PUBLISHER,
    a_gap,
    a_listing,
    a_record,
    an_audit,
    digest_of,
    several_assessors,
    some_listings,
)

ATOM = "{http://www.w3.org/2005/Atom}"
TAG = re.compile(r"tag:[a-z0-9][a-z0-9.-]*(@[a-z0-9.-]+)?,\d{4}(-\d\d(-\d\d)?)?:(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*")
"""RFC 4151, section 2.1."""
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def nowhere(audit):
    return ""


def in_audits(audit):
    return f"audits/{audit.digest}.audit.zip" if audit.kind == "bundle" else ""


def a_feed_as_json(listings, publisher=PUBLISHER, passed_on=in_audits):
    lines = b",\n".join(json_tool(published(one, publisher, AS_OF, passed_on)) for one in listings)
    return json_head(publisher, AS_OF) + lines + JSON_END


def a_sheet(listings):
    raw = CSV_HEAD + b"".join(csv_line(csv_cells(published(one, PUBLISHER, AS_OF, in_audits), AS_OF)) for one in listings)
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def atom_faults(raw):
    """What RFC 4287 asks of a feed and its entries, as far as it says MUST; an empty list where all of it holds."""
    root, found = ET.fromstring(raw), []
    if root.tag != f"{ATOM}feed":
        return ["the root is no atom:feed"]
    entries = root.findall(f"{ATOM}entry")
    for name, one in (("feed", root), *(("entry", entry) for entry in entries)):
        found += [f"{name}: {len(one.findall(ATOM + must))} times {must}" for must in ("id", "title", "updated") if len(one.findall(ATOM + must)) != 1]
        found += [f"{name}: {time.text} is no RFC 3339 time" for kind in ("updated", "published") for time in one.findall(ATOM + kind) if not RFC3339.fullmatch(time.text or "")]
        found += [f"{name}: {one.findtext(ATOM + 'id')} is no tag URI" for _ in [0] if not TAG.fullmatch(one.findtext(f"{ATOM}id") or "")]
        found += [f"{name}: an empty title" for _ in [0] if not (one.findtext(f"{ATOM}title") or "").strip()]
        links = one.findall(f"{ATOM}link")
        found += [f"{name}: a link without href" for link in links if not link.get("href")]
        kinds = [(link.get("rel", "alternate"), link.get("type"), link.get("hreflang")) for link in links]
        found += [f"{name}: two links of a kind" for _ in [0] if len(kinds) != len(set(kinds))]
        found += [f"{name}: a category without term" for category in one.findall(f"{ATOM}category") if not category.get("term")]
    authors = root.findall(f"{ATOM}author")
    if not authors and any(entry.find(f"{ATOM}author") is None for entry in entries):
        found.append("an entry without an author")
    found += ["an author without a name" for author in authors if not (author.findtext(f"{ATOM}name") or "").strip()]
    for entry in entries:
        has_page = any(link.get("rel", "alternate") == "alternate" for link in entry.findall(f"{ATOM}link"))
        if not has_page and entry.find(f"{ATOM}content") is None:
            found.append("an entry with neither content nor a page")
    ids = [one.findtext(f"{ATOM}id") for one in entries]
    if len(ids) != len(set(ids)):
        found.append("two entries with one id")
    return found


# tools.json


def test_tools_json_fits_its_schema_whatever_the_tools_are_called():
    found = json.loads(a_feed_as_json([*some_listings(30, hostile=True), several_assessors(), a_listing(audits=(), id="none", replies=())]))
    jsonschema.validate(found, schemas()["tools"])
    assert len(found["tools"]) == 32


def test_the_schema_refuses_a_list_whose_tool_has_no_status():
    found = json.loads(a_feed_as_json([a_listing()]))
    del found["tools"][0]["decision"]["status"]
    with pytest.raises(jsonschema.ValidationError, match="'status' is a required property"):
        jsonschema.validate(found, schemas()["tools"])


def test_tools_json_says_who_publishes_it_on_what_terms_and_as_of_which_day():
    found = json.loads(a_feed_as_json([]))
    assert found["generated_at"] == AS_OF
    assert found["publisher"] == "Invented State Education Department"
    assert (found["license"], found["contact"]) == ("CC-BY-4.0", "mailto:tools@example.org")
    assert found["appeal_url"] == "https://tools.example.org/objections"
    assert set(found["statuses"]) == {one.id for one in read_statuses().status}
    assert found["tools"] == []


@pytest.mark.parametrize(("appeals", "shown"), [
    ("https://tools.example.org/objections", "https://tools.example.org/objections"), ("objections@example.org", "mailto:objections@example.org"),
    ("mailto:objections@example.org", "mailto:objections@example.org"), ("javascript:alert(1)", ""), ("data:text/html,x", ""), ("Room 4, State Street", ""),
    ("https://example.org/\u202egnp.exe", ""), ("mailto:a@example.org?body=x", ""), ("", ""),
])
def test_where_to_object_is_an_address_of_the_web_or_a_mailbox_and_nothing_else(appeals, shown):
    found = json.loads(json_head(replace(PUBLISHER, appeals=appeals), AS_OF) + JSON_END)
    assert found["appeal_url"] == shown
    assert set(found) == set(PublishedList.__struct_fields__)


def test_a_tool_in_tools_json_has_its_scope_status_conditions_and_where_the_numbers_come_from():
    listing = a_listing()
    tool = json.loads(a_feed_as_json([listing]))["tools"][0]
    assert tool["id"] == "bright-tutor"
    assert tool["urn"] == "tag:tools.example.org,2026:tools/bright-tutor"
    assert tool["page"] == "https://tools.example.org/list/tools/bright-tutor/"
    assert tool["scope"] == {"use_cases": ["writing-feedback"], "audiences": ["teachers", "students"], "grade_bands": ["6-8"], "data_tier": "record", "languages": ["en", "es"]}
    decision = tool["decision"]
    assert (decision["status"], decision["status_date"], decision["valid_until"], decision["allows_use"]) == ("approved_with_conditions", "2026-10-05", "2027-10-05", True)
    assert decision["conditions"] == [{"text": "Teachers read every comment first.", "owner": "", "due": ""}]
    assert [entry["status"] for entry in tool["history"]] == ["requested", "under_review", "approved_with_conditions"]
    assert tool["indicators"]["evidence-based"] == {"title": "Evidence-based", "score": None, "coverage": 0.4}
    assert tool["agreements"][0]["family"] == "NDPA"
    assert tool["interop"] == [{"standard": "OneRoster 1.2", "file_checked": True}, {"standard": "LTI 1.3", "file_checked": True}]
    assert tool["funding_tags"] == ["title-ii-a"]
    digest = listing.audits[0].digest
    audit = tool["provenance"]["audits"][0]
    assert tool["provenance"]["audit"] == audit["digest"] == digest
    assert audit["bundle"] == f"https://tools.example.org/list/audits/{digest}.audit.zip"
    assert audit["assessor"] == {"organisation": "Lakeside Unified School District (invented)", "role": "district"}
    assert audit["signed_by"][0]["standing"] == "trusted"
    assert tool["replies"][0]["text"].startswith("We thank the district.\n\nVersion 2.2")
    assert tool["due"] == [{"kind": "document", "because": "The SOC 2 report runs out.", "on": "2027-02-01"}]


def test_conditions_of_the_audit_stand_where_the_list_names_none_of_its_own():
    record = a_record(history=(StatusEntry("approved_with_conditions", "2026-10-05", "C. Officer", "Good.", until="2027-10-05"),))
    conditions = published(a_listing(record=record), PUBLISHER, AS_OF, nowhere).decision.conditions
    assert [(c.owner, c.due) for c in conditions] == [("curriculum office", "2027-01-15"), ("vendor", "2027-03-01")]


def test_a_tool_that_may_not_be_used_has_no_conditions_of_use():
    listing = a_listing(history=(StatusEntry("denied", "2026-10-05", "C. Officer", "No."),), status="denied")
    assert published(listing, PUBLISHER, AS_OF, nowhere).decision.conditions == ()


def test_every_object_in_tools_json_has_its_keys_in_order_and_every_tool_is_one_line():
    raw = a_feed_as_json(some_listings(5))
    found = []
    json.loads(raw, object_pairs_hook=lambda pairs: found.append([key for key, _ in pairs]) or dict(pairs))
    assert all(keys == sorted(keys) for keys in found)
    assert len(raw.splitlines()) == 5 + 2


def test_the_same_list_gives_the_same_bytes_and_another_tool_changes_no_line_of_the_others():
    listings = some_listings(6)
    before, again = a_feed_as_json(listings), a_feed_as_json(some_listings(6))
    assert before == again
    listings[2] = replace(listings[2], status="suspended")
    changed = [one == other for one, other in zip(before.splitlines(), a_feed_as_json(listings).splitlines(), strict=True)]
    assert changed.count(False) == 1


def test_a_run_folder_has_no_bundle_to_pass_on_and_no_path_of_the_registry_is_named():
    raw = a_feed_as_json([a_listing(audits=(an_audit(kind="run", file="secret-place/run-7"),))])
    assert json.loads(raw)["tools"][0]["provenance"]["audits"][0]["bundle"] == ""
    assert b"secret-place" not in raw


def test_an_address_that_is_none_of_the_web_is_left_out():
    listing = a_listing(url="javascript:alert(1)", agreements=(replace(a_record().agreements[0], url="data:text/html,x"),))
    tool = published(listing, PUBLISHER, AS_OF, nowhere)
    assert tool.url == ""
    assert tool.agreements[0].url == ""


@pytest.mark.parametrize(("address", "allowed"), [
    ("https://acorn.example.com/a?b=c#d", True), ("http://acorn.example.com", True), ("javascript:alert(1)", False), ("//acorn.example.com", False), ("", False),
    ("https://user:word@acorn.example.com/", False), ("https://", False), ('https://a.example/"onclick="x', False), ("https://a.example/\nb", False), ("https://[::1", False),
    ("ftp://acorn.example.com/", False), ("mailto:a@example.com", False),
])
def test_only_addresses_of_the_web_may_be_linked(address, allowed):
    assert bool(web_address(address)) is allowed


def test_texts_that_deceive_a_reader_are_made_harmless():
    raw = a_feed_as_json([a_listing(name="\u202eevil\u0007 name\u2028")])
    name = json.loads(raw)["tools"][0]["name"]
    assert name == "\ufffdevil\ufffd name\ufffd"


# what was measured


def test_measured_differences_are_counted_by_outcome_without_controls_and_the_hidden_apart():
    rows = (
        a_gap(), a_gap(group="B", estimate=0.02, outcome="within_margin"), a_gap(group="C", outcome="inconclusive", estimate=0.3), a_gap(group="D", hidden=True),
        a_gap(group="Control", negative_control=True, estimate=0.9),
    )
    (found,) = measured_by_attribute(rows)
    assert (found.gap_found, found.within_margin, found.inconclusive, found.not_assessed, found.hidden) == (1, 1, 1, 0, 1)
    assert found.outcome == "gap_found"
    assert found.widest is not None
    assert (found.widest.group, found.widest.estimate) == ("African American English", -0.42)


def test_the_widest_difference_is_the_one_with_the_most_margins():
    """0.06 of a margin of 0.05 is 1.2 margins; 0.42 of 0.5 is 0.84; the ratio 0.64 beside 0.8 is ln 0.64 / ln 0.8 = 2.0 margins."""
    rows = [a_gap(group="points", estimate=-0.42, margin=0.5), a_gap(group="share", unit="share", estimate=0.06, margin=0.05)]
    assert measured_by_attribute(rows)[0].widest.group == "share"
    assert measured_by_attribute([*rows, a_gap(group="ratio", unit="ratio", estimate=0.64, margin=0.8)])[0].widest.group == "ratio"


def test_a_difference_that_only_a_control_shows_leaves_the_question_open():
    rows = (a_gap(outcome="within_margin"), a_gap(group="Control", negative_control=True))
    assert measured_by_attribute(rows)[0].outcome == "inconclusive"


def test_an_attribute_all_of_whose_rows_are_hidden_is_not_assessed_and_shows_no_number():
    (found,) = measured_by_attribute((a_gap(hidden=True), a_gap(group="B", hidden=True)))
    assert (found.outcome, found.hidden, found.widest) == ("not_assessed", 2, None)


# tools.csv


def test_the_sheet_has_a_row_a_tool_and_the_same_columns_for_all():
    rows = a_sheet([a_listing(), several_assessors(), a_listing(audits=(), id="none", replies=())])
    assert [row["id"] for row in rows] == ["bright-tutor", "three-assessors", "none"]
    assert all(tuple(row) == COLUMNS for row in rows)
    first = rows[0]
    assert (first["status_in_words"], first["allows_use"], first["safe_score"], first["evidence_based_score"]) == ("Approved with conditions", "yes", "82.0", "")
    assert (first["differences_beyond_margin"], first["differences_within_margin"], first["differences_open"]) == ("1", "1", "2")
    assert first["attributes_beyond_margin"] == "Dialect of English"
    assert first["agreements"] == "NDPA 2.0 NY until 2028-06-30"
    assert first["signed_by"] == "Lakeside Unified (invented) (trusted)"
    assert (rows[1]["audits"], rows[2]["audits"], rows[2]["audit"]) == ("3", "0", "")


def test_no_cell_of_the_sheet_is_a_formula():
    bad = "=cmd|' /C calc'!A0"
    listing = a_listing(name=bad, vendor="+1", current_version="@x", history=(StatusEntry("denied", "2026-10-05", "-by", "=because", conditions=("=c",)),))
    raw = CSV_HEAD + csv_line(csv_cells(published(listing, PUBLISHER, AS_OF, in_audits), AS_OF))
    cells = next(iter(csv.reader(io.StringIO(raw.decode("utf-8-sig").split("\r\n", 1)[1], newline=""))))
    assert not [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'" + bad in cells


def test_an_agreement_that_has_run_out_is_not_on_file_in_the_sheet():
    agreement = replace(a_record().agreements[0], expires="2026-11-20")
    assert a_sheet([a_listing(agreements=(agreement,))])[0]["agreements"] == ""
    assert a_sheet([a_listing(agreements=(replace(agreement, expires=AS_OF),))])[0]["agreements"] == f"NDPA 2.0 NY until {AS_OF}"


# feed.atom


def test_the_feed_is_what_rfc_4287_asks_for_whatever_the_tools_are_called():
    raw = feed_of(some_listings(40, hostile=True), PUBLISHER, AS_OF)
    assert atom_faults(raw) == []
    found = feedparser.parse(raw)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    assert len(found.entries) == len(ET.fromstring(raw).findall(f"{ATOM}entry")) > 60


def test_the_check_of_the_feed_finds_faults():
    raw = feed_of([a_listing()], PUBLISHER, AS_OF)
    assert "entry: 0 times updated" in atom_faults(raw.replace(b"<updated>2026-10-05T00:00:00Z</updated>\n  <published>", b"<published>"))
    assert "entry: urn:x is no tag URI" in atom_faults(re.sub(rb"<id>tag:[^<]*approved_with_conditions</id>", b"<id>urn:x</id>", raw))
    assert "feed: 2026-10-05 is no RFC 3339 time" in atom_faults(raw.replace(b"2026-10-05T00:00:00Z", b"2026-10-05", 1))


def test_an_entry_is_one_decision_with_its_own_day_and_id_newest_first():
    found = feedparser.parse(feed_of([a_listing()], PUBLISHER, AS_OF))
    assert found.feed.updated == "2026-10-05T00:00:00Z"
    assert found.feed.link == "https://tools.example.org/list/changes.html"
    assert [(e.title, e.updated, e.id) for e in found.entries] == [
        ("Bright Tutor: Approved with conditions", "2026-10-05T00:00:00Z", "tag:tools.example.org,2026-10-05:tools/bright-tutor/approved_with_conditions"),
        ("Bright Tutor: Under review", "2026-08-20T00:00:00Z", "tag:tools.example.org,2026-08-20:tools/bright-tutor/under_review"),
        ("Bright Tutor: Requested", "2026-08-01T00:00:00Z", "tag:tools.example.org,2026-08-01:tools/bright-tutor/requested"),
    ]
    said = found.entries[0].content[0]
    assert said.type == "text/plain"
    assert "until 2027-10-05" in said.value
    assert "Why: The audit supports use with a teacher in between." in said.value
    assert "Condition: Teachers read every comment first." in said.value
    assert found.entries[0].link == "https://tools.example.org/list/tools/bright-tutor/"


def test_the_feed_of_another_day_is_the_same_while_nothing_changes():
    assert feed_of([a_listing()], PUBLISHER, AS_OF) == feed_of([a_listing()], PUBLISHER, "2027-03-03")


def test_ids_stay_when_the_list_grows_and_other_words_change():
    before = feedparser.parse(feed_of([a_listing()], PUBLISHER, AS_OF))
    history = (*a_record().history, StatusEntry("suspended", "2026-11-01", "C. Officer (invented)", "An incident."))
    later = feedparser.parse(feed_of([a_listing(name="Brighter Tutor", history=history), *some_listings(3)], replace(PUBLISHER, title="Other"), "2026-12-01"))
    assert {e.id for e in before.entries} < {e.id for e in later.entries}
    assert before.feed.id == later.feed.id


def test_a_decision_that_has_not_begun_is_not_in_the_feed():
    history = (*a_record().history, StatusEntry("approved", "2027-01-01", "C. Officer (invented)", "From the new year."))
    assert len(feedparser.parse(feed_of([a_listing(history=history)], PUBLISHER, AS_OF)).entries) == 3
    assert len(feedparser.parse(feed_of([a_listing(history=history)], PUBLISHER, "2027-01-01")).entries) == 4


def test_an_approval_that_runs_out_is_a_change_on_the_day_after_and_stays_one():
    """Approved until 2027-10-05: expired from 2027-10-06, also after it is approved anew in December."""
    ran_out = feedparser.parse(feed_of([a_listing()], PUBLISHER, "2027-10-06")).entries
    assert not [e for e in feedparser.parse(feed_of([a_listing()], PUBLISHER, "2027-10-05")).entries if "Expired" in e.title]
    assert (ran_out[0].title, ran_out[0].updated) == ("Bright Tutor: Expired", "2027-10-06T00:00:00Z")
    history = (*a_record().history, StatusEntry("approved", "2027-12-01", "C. Officer (invented)", "Audited again."))
    later = feedparser.parse(feed_of([a_listing(history=history)], PUBLISHER, "2028-01-01")).entries
    assert [e.title.split(": ")[1] for e in later] == ["Approved", "Expired", "Approved with conditions", "Under review", "Requested"]
    assert later[1].id == ran_out[0].id


def test_two_decisions_of_one_kind_on_one_day_have_two_ids():
    entry = StatusEntry("suspended", "2026-11-01", "C. Officer (invented)", "An incident.")
    found = feed_of([a_listing(history=(entry, replace(entry, because="A second one.")))], PUBLISHER, AS_OF)
    assert atom_faults(found) == []


def test_the_feed_holds_the_newest_500_and_forgets_the_oldest():
    days = [(date(2020, 1, 1) + timedelta(days=n)).isoformat() for n in range(502)]
    listings = [a_listing(id=f"t{n}", history=(StatusEntry("denied", day, "C. Officer (invented)", "No."),)) for n, day in enumerate(days)]
    found = ET.fromstring(feed_of(reversed(listings), PUBLISHER, AS_OF)).findall(f"{ATOM}entry/{ATOM}updated")
    assert [one.text[:10] for one in found] == days[:1:-1]


def test_a_feed_without_decisions_is_whole_and_of_the_day_of_the_list():
    raw = feed_of([a_listing(history=())], PUBLISHER, AS_OF)
    assert atom_faults(raw) == []
    assert feedparser.parse(raw).feed.updated == f"{AS_OF}T00:00:00Z"


def test_a_publisher_that_is_not_named_still_has_a_whole_feed():
    raw = feed_of([a_listing()], replace(PUBLISHER, organisation="", url="", title="", contact="", licence="", language=""), AS_OF)
    assert atom_faults(raw) == []
    assert b'href="tools/bright-tutor/"' in raw


@pytest.mark.parametrize(("url", "authority"), [
    ("https://Tools.Example.org/list/", "tools.example.org"), ("https://bücher.example/", "xn--bcher-kva.example"), ("https://[::1]/x/", "example.invalid"), ("", "example.invalid"),
    ("http://127.0.0.1:8000/", "127.0.0.1"),
])
def test_names_for_ever_are_tag_uris_of_the_publishers_host(url, authority):
    found = Addresses(replace(PUBLISHER, url=url)).tag("tools/a b", "2026-10-05")
    assert TAG.fullmatch(found)
    assert found == f"tag:{authority},2026-10-05:tools/a%20b"


def test_the_feed_takes_in_a_listing_once_and_keeps_no_more_than_it_shows():
    changes = Changes(PUBLISHER, AS_OF, most=2)
    for listing in some_listings(20):
        changes.see(listing)
    assert len(ET.fromstring(changes.feed()).findall(f"{ATOM}entry")) == 2


# badges


@pytest.mark.parametrize("name", HOSTILE)
def test_a_badge_is_a_picture_with_a_title_and_a_description_and_nothing_that_runs_or_loads(name):
    raw = badge_svg(Badge(name, "approved_with_conditions", "Approved with conditions", "2026-10-05", "2027-10-05"), replace(PUBLISHER, organisation=name))
    root = ET.fromstring(raw)
    assert root.get("role") == "img"
    space = "{http://www.w3.org/2000/svg}"
    assert {one.tag.removeprefix(space) for one in root.iter()} == {"svg", "title", "desc", "rect", "g", "text"}
    attributes = {key for one in root.iter() for key in one.attrib}
    assert not [key for key in attributes if "href" in key or key.startswith("on") or key in ("style", "src")]
    assert b"url(" not in raw
    assert root[0].tag == f"{space}title"
    assert root[0].text.endswith("Approved with conditions, until 2027-10-05")
    assert "since 2026-10-05" in root[1].text
    texts = [one.text for one in root.iter(f"{space}text")]
    assert texts[1] == "Approved with conditions, until 2027-10-05"


def luminance(color):
    parts = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("status", [one.id for one in read_statuses().status])
def test_white_on_a_badge_has_the_contrast_that_wcag_asks_for(status):
    """WCAG 2.1, 1.4.3: (L1 + 0.05) / (L2 + 0.05) of at least 4.5."""
    raw = badge_svg(Badge("Bright Tutor", status, read_statuses().meaning(status).title, "2026-10-05", ""), PUBLISHER).decode()
    grounds = re.findall(r'<rect [^>]*fill="(#[0-9a-f]{6})"', raw)
    assert len(grounds) == 2
    assert all(1.05 / (luminance(ground) + 0.05) >= 4.5 for ground in grounds)
    assert "since 2026-10-05" in raw


def test_a_tool_on_which_nobody_has_decided_has_a_badge_without_a_day():
    assert b"<title>X: Under review</title>" in badge_svg(Badge("X", "under_review", "Under review", "", ""), PUBLISHER)
    assert badges_module.badge_svg is badge_svg


# sitemap.xml


def test_the_sitemap_has_the_whole_address_of_every_page():
    ((path, raw),) = sitemaps(["index.html", "tools/a/index.html", "statuses.html"], PUBLISHER)
    assert path == "sitemap.xml"
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = [one.text for one in ET.fromstring(raw).iter(f"{space}loc")]
    assert found == ["https://tools.example.org/list/", "https://tools.example.org/list/tools/a/", "https://tools.example.org/list/statuses.html"]


def test_more_pages_than_a_file_may_hold_make_an_index():
    found = dict(sitemaps([f"p{n}.html" for n in range(7)], PUBLISHER, most=3))
    assert list(found) == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml", "sitemap.xml"]
    assert found["sitemap.xml"].count(b"<sitemap>") == 3
    assert [found[f"sitemap-{n}.xml"].count(b"<url>") for n in (1, 2, 3)] == [3, 3, 1]


def test_without_an_address_of_the_site_there_is_no_sitemap():
    assert list(sitemaps(["index.html"], replace(PUBLISHER, url=""))) == []


def test_ids_of_invented_digests_are_sha_256():
    assert re.fullmatch(r"[0-9a-f]{64}", digest_of("x"))


# the page that documents them


def test_the_documentation_names_every_field_and_every_column():
    page = (Path(__file__).parents[2] / "docs/publish.md").read_text(encoding="utf-8")
    records = (PublishedList, PublishedTool, PublishedScope, PublishedDecision, PublishedCondition, PublishedAudit, Provenance, Interop, Calls, Agreement)
    names = {*COLUMNS, *(field for record in records for field in record.__struct_fields__)}
    assert sorted(name for name in names if f"`{name}`" not in page) == []
