"""The pages of the list's site, read as text: complete without scripts, safe against hostile names, the same on every build. All tools are invented."""

import re
from html.parser import HTMLParser
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import pytest
from msgspec.structs import replace

from audit.errors import RegistryError
from audit.records.findings import Condition
from audit.records.listings import Agreement, Correction, Publisher, Signer, StatusEntry, VendorReply
from audit.records.merged import Disagreement, Merged, MergedAudit, NotPooled, PooledGap, Said
from audit.records.results import Disparity
from audit.registry.site.facets import FACETS
from audit.registry.site.names import bundle_name, date_words, grades_of, letter, named, place, slug
from audit.registry.site.pages import list_pages, pages, read_merged, row_of, tool_page
from audit.registry.site.searching import search_data
from audit.registry.statuses import read_statuses
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

EMPTY = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
OTHERS = re.compile(r"(feed\.atom|tools\.json|tools\.csv|badges/[a-z0-9-]+\.svg|audits/[0-9a-f]{64}\.audit\.zip)")
"""What lies in a site beside the pages: written by `audit.registry.site.publish`."""


class Read(HTMLParser):
    """What a page holds: tags that are closed in order, links, ids, headings, and the text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.links, self.ids, self.headings, self.text = [], [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.text).split())


def site_of(listings, publisher=PUBLISHER, as_of=AS_OF):
    found = {}
    for page in pages(listings, publisher, as_of):
        assert page.path not in found
        found[page.path] = page.make()
    return found


def keys_of(listings, publisher=PUBLISHER, as_of=AS_OF):
    return {page.path: page.key for page in pages(listings, publisher, as_of)}


def words_of(listing, publisher=PUBLISHER, as_of=AS_OF, merged=None):
    return Read(tool_page(listing, publisher, as_of, merged).make()).words


@pytest.fixture(scope="module")
def listings():
    bad = a_record(id="../../etc/passwd", name="Outside", use_cases=("index", "../x", "con"), grades=("6-8", "all <b>"), languages=("xx-nonsense", "es"), funding=('" onclick="x',))
    return [a_listing(), several_assessors(), a_listing(record=bad, audits=()), *some_listings(205, 2, hostile=True)]


@pytest.fixture(scope="module")
def site(listings):
    return site_of(listings)


@pytest.fixture(scope="module")
def read(site):
    return {path: Read(text) for path, text in site.items() if path.endswith(".html")}


def test_every_link_leads_to_a_file_of_the_site_and_every_anchor_is_there(read, site):
    for path, page in read.items():
        for href in page.links:
            parts = urlsplit(href)
            if parts.scheme:
                assert href == "data:," or re.match(r"(https://|mailto:)[\w.@/-]+$", href), (path, href)
                continue
            assert not href.startswith("/"), "a link from the root breaks a site in a folder"
            target = normpath(join(dirname(path), unquote(parts.path))) if parts.path else path
            assert target in site or OTHERS.fullmatch(target), (path, href)
            assert not parts.fragment or parts.fragment in read[target].ids, (path, href)


def test_every_page_is_reached_from_the_first_one(read):
    seen, todo = set(), ["index.html"]
    while todo:
        path = todo.pop()
        if path in seen or path not in read:
            continue
        seen.add(path)
        todo += [normpath(join(dirname(path), unquote(urlsplit(h).path))) for h in read[path].links if not urlsplit(h).scheme and urlsplit(h).path]
    assert seen == set(read)


def test_paths_are_plain_names_whatever_ids_uses_and_tags_are(site):
    for path in site:
        assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*", path), path
        assert not re.search(r"(^|/)(con|prn|aux|nul)(\.|/|$)", path), path


def test_pages_hold_no_script_style_or_handler_of_their_own(read):
    for path, page in read.items():
        for tag, attrs in page.tags:
            assert tag not in ("style", "iframe", "object", "embed", "form", "base", "img"), path
            assert not [name for name in attrs if name.startswith("on") or name == "style"], path
            assert tag != "script" or attrs["src"].endswith("assets/search.js"), path


def test_hostile_text_stays_text(site, read):
    assert HOSTILE[0] in read["tools/tool-00000/index.html"].words
    for path, text in site.items():
        if path.endswith(".html"):
            assert "<script>document" not in text
            assert not re.search(r"href=\"\s*javascript", text, re.IGNORECASE)
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text), path


def test_each_page_has_one_title_landmarks_and_headings_without_a_gap(read):
    for path, page in read.items():
        tags = [tag for tag, _ in page.tags]
        assert [tags.count(one) for one in ("h1", "main", "title")] == [1, 1, 1], path
        assert "lang" in dict(page.tags)["html"]
        assert len(page.ids) == len(set(page.ids)), path
        assert page.headings[0] == 1
        assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False)), (path, page.headings)


def test_every_table_has_column_and_row_headers(read):
    for path, page in read.items():
        for tag, attrs in page.tags:
            assert tag != "th" or attrs.get("scope") in ("col", "row"), path
        assert sum(tag == "table" for tag, _ in page.tags) == sum(tag == "thead" for tag, _ in page.tags)


def test_every_tool_is_found_by_letter_status_and_words(read, listings):
    names = {f"tools/{place(one.record.id)}/index.html" for one in listings}
    for prefix in ("tools/index.html|tools/page-", "by/status/", "words/"):
        linked = {normpath(join(dirname(path), urlsplit(h).path)) for path, page in read.items() if any(path.startswith(p) for p in prefix.split("|")) for h in page.links}
        without_words = {f"tools/{place(one.record.id)}/index.html" for one in listings if not any(c.isalnum() for c in one.record.name + one.record.vendor)}
        assert names - linked <= (without_words if prefix == "words/" else set())


def test_a_list_of_208_tools_has_three_pages_of_a_hundred_at_most(read):
    assert {"tools/index.html", "tools/page-2.html", "tools/page-3.html"} <= set(read)
    assert "tools/page-4.html" not in read
    counts = [sum(attrs.get("class", "").startswith("tool edge-") for tag, attrs in read[p].tags if tag == "li") for p in ("tools/index.html", "tools/page-2.html", "tools/page-3.html")]
    assert counts == [100, 100, 8]


def test_names_stand_in_order_without_case_and_accents():
    named_so = [a_listing(id=f"t{i}", name=name) for i, name in enumerate(("beta", "Álpha", "Zeta", "9 Lives", "gamma", "«Delta»", "日本"))]
    rows = sorted((row_of(one, AS_OF) for one in named_so), key=lambda row: row.order)
    assert [row.name for row in rows] == ["9 Lives", "Álpha", "beta", "«Delta»", "gamma", "Zeta", "日本"]


def test_two_builds_are_the_same_in_every_byte(site, listings):
    assert site_of(listings) == site


def test_the_order_in_which_tools_come_changes_no_list(listings):
    few = listings[:40]
    assert keys_of(few) == keys_of(few[::-1])


def test_another_day_changes_the_first_page_only(listings):
    one, other = keys_of(listings), keys_of(listings, as_of="2026-11-25")
    assert {path for path in one if one[path] != other[path]} == {"index.html"}


def test_a_new_reply_changes_the_page_of_that_tool_only(listings):
    before = keys_of(listings)
    first = listings[0]
    reply = VendorReply(first.audits[0].digest, "Acorn", "2026-11-01", "One more word.")
    after = keys_of([replace(first, replies=(*first.replies, reply)), *listings[1:]])
    assert {path for path in before if before[path] != after[path]} == {"tools/bright-tutor/index.html"}


def test_a_key_changes_whenever_the_text_of_the_page_does(listings):
    changed = replace(listings[0], status="suspended", status_since="2026-11-20")
    before, after = {p.path: p for p in pages(listings[:30], PUBLISHER, AS_OF)}, {p.path: p for p in pages([changed, *listings[1:30]], PUBLISHER, AS_OF)}
    moved = {path for path in before if path in after and before[path].make() != after[path].make()}
    assert moved
    assert moved <= {path for path in before if path in after and before[path].key != after[path].key}


@pytest.mark.parametrize("word", ["biased", "unbiased", "is fair", "unfair", "violates", "discriminates"])
def test_no_page_passes_a_sentence(read, word):
    for path, page in read.items():
        assert word not in page.words.lower(), path


def test_an_empty_list_says_so_on_every_page_of_lists():
    site = site_of([])
    assert "No tool is on the list yet" in site["index.html"]
    assert {"tools/index.html", "by/index.html", "words/index.html", "compare/index.html", "corrections.html", "changes.html", "statuses.html", "methods.html"} <= set(site)
    assert "0 tools are on the list" in Read(site["index.html"]).words


def test_a_publisher_who_says_nothing_gets_pages_that_say_so():
    said = words_of(a_listing(), Publisher("", "Vetted tools", "", "", ""))
    assert "The publisher of this list is not named." in said
    assert "does not say where to object" in said


def test_the_words_of_the_site_are_english_and_another_language_is_refused_by_name():
    with pytest.raises(RegistryError, match="not written in 'es' yet") as refused:
        list(list_pages([], replace(PUBLISHER, language="es"), AS_OF))
    assert "en" in refused.value.fix


# ---- a tool's page ----

def test_the_status_stands_in_big_words_with_since_until_who_and_why():
    page = Read(tool_page(a_listing(), PUBLISHER, AS_OF).make())
    for words in ("Approved with conditions", "Since October 5, 2026", "Until October 5, 2027", "Decided by C. Officer (invented)", "Why The audit supports use with a teacher in between."):
        assert words in page.words


def test_a_decision_that_has_run_out_is_named_beside_the_status():
    said = words_of(a_listing(status="expired", status_since="2027-10-06"), as_of="2027-11-01")
    assert "Expired Expired" not in said
    assert "It was decided until October 5, 2027" in said
    assert "The decision before was “Approved with conditions”. It has run out" in said
    assert "By itself: nobody has decided anew" in said, "the history names it too"


def test_conditions_name_their_owner_and_day_and_that_it_has_passed():
    late = an_audit(conditions=(Condition("Train the staff.", "repair", "principal", "2026-11-01", "usable-training"),))
    said = words_of(a_listing(audits=(late,)))
    assert "Teachers read every comment first." in said
    assert "Train the staff. principal November 1, 2026 passed" in said


def test_a_score_that_is_not_shown_is_no_zero():
    said = words_of(a_listing())
    assert "Safe 82 of 100 95% of its questions, by weight, have an answer." in said
    assert "Evidence-based no score yet 40% of its questions, by weight, have an answer." in said


def test_a_measured_difference_has_its_interval_margin_and_verdict_in_words():
    said = words_of(a_listing())
    assert "Each group next to “ Mainstream English ”, in points. Allowed: up to 0.1 points." in said
    assert "African American English ◆ More than allowed -0.42 -0.61 to -0.23 (95%)" in said
    assert "Wheelchair ● No more than allowed +1.2 -0.6 to +3.0 (90%)" in said, "within the margin: the 90% range decides, in percentage points"


def test_a_hidden_group_is_said_to_be_hidden_and_shows_no_number():
    text = tool_page(a_listing(audits=(an_audit(measured=(a_gap(group="Small group", hidden=True, estimate=-7.77, low=-8.88), a_gap())),)), PUBLISHER, AS_OF).make()
    said = Read(text).words
    assert "Small group Hidden: too few to show" in said
    assert "1 group is too small to show, so that no one can be picked out. Hidden does not mean zero." in said
    assert "7.77" not in text
    assert "8.88" not in text


def test_a_control_is_called_one_and_alone_finds_no_difference():
    said = words_of(a_listing(audits=(an_audit(measured=(a_gap(group="Room 204", negative_control=True),)),)))
    assert "Room 204 (control: should not differ)" in said
    assert "Dialect of English : mean score ○ Too little data to tell" in said


def test_a_vendors_own_test_is_framed_as_such_wherever_it_stands():
    own = an_audit(role="vendor", organisation="Acorn Learning Co", decision="approve")
    text = tool_page(a_listing(audits=(own,)), PUBLISHER, AS_OF).make()
    said = Read(text).words
    assert said.count("The vendor tested its own product.") == 2
    assert "Vendor's own test of its product, September 30, 2026" in said
    assert "Only the vendor has tested this tool." in said
    assert 'class="panel own"' in text


@pytest.mark.parametrize(("standing", "words"), [
    ("trusted", "The publisher of this list trusts the key."), ("unknown", "so the name is not proven"), ("expired", "after that key had run out"),
    ("revoked", "That key has been revoked, so the signature does not count. (lost)"), ("not_yet", "before that key was valid"), ("wrong", "does not fit the audit"),
])
def test_who_signed_and_what_the_key_is_worth_is_said_in_words(standing, words):
    assert words in words_of(a_listing(audits=(an_audit(signers=(Signer("k", "Lakeside (invented)", standing, "lost"),)),)))


def test_an_unsigned_audit_and_one_that_was_not_recomputed_say_so():
    said = words_of(a_listing(audits=(an_audit(signers=(), verified=""),)))
    assert "Signature Not signed." in said
    assert "The publisher of this list has not worked out the numbers again." in said


def test_a_bundle_is_linked_with_its_digest_and_the_command_that_verifies_it():
    digest = digest_of("x")
    text = tool_page(a_listing(audits=(an_audit(digest=digest),)), PUBLISHER, AS_OF).make()
    assert f'href="../../audits/{digest}.audit.zip"' in text
    assert f"<code>audit verify {digest}.audit.zip</code>" in text
    for listing, publisher in ((a_listing(), replace(PUBLISHER, pass_on_bundles=False)), (a_listing(audits=(an_audit(kind="run"),)), PUBLISHER)):
        assert "audits/" not in tool_page(listing, publisher, AS_OF).make().replace('id="audits"', "").replace("#audits", "")


def test_a_reply_is_shown_in_full_with_its_lines_and_marked_as_the_vendors_words():
    text = "First line.\r\n\r\n  indented <b>bold</b>\u202e\u0007\n" + "word " * 2000
    listing = a_listing()
    reply = VendorReply(listing.audits[0].digest, "Señora Acorn", "2026-10-20", text, lang="es", signed_by="Acorn key")
    page = tool_page(replace(listing, replies=(reply,)), PUBLISHER, AS_OF).make()
    shown = re.search(r'<blockquote dir="auto" lang="es">(.*?)</blockquote>', page, re.DOTALL)[1]
    assert shown == "First line.\n\n  indented &lt;b&gt;bold&lt;/b&gt;\ufffd\ufffd\n" + "word " * 2000
    said = Read(page).words
    assert "The words of the vendor , October 20, 2026 , on the audit of September 30, 2026 by Lakeside Unified School District (invented)" in said
    assert "whose key the publisher trusts" in said
    assert "Signs that could steer a screen are shown as �" in said


def test_agreements_say_when_they_run_out_and_a_past_one_is_not_on_file():
    old = Agreement("NDPA", "NY", "Lakeside", expires="2026-01-31")
    listing = a_listing(agreements=(old,))
    assert "January 31, 2026 passed" in words_of(listing)
    assert row_of(listing, AS_OF).agreements == ()
    assert row_of(listing, "2026-01-31").agreements == (("NY", "NDPA", False),), "the last day still counts"


def test_the_audit_that_the_decision_rests_on_is_the_one_shown():
    new, old = an_audit(as_of="2026-11-01", organisation="New"), an_audit(as_of="2026-09-01", organisation="Old")
    rests = a_record(history=(StatusEntry("approved", "2026-09-10", "C. Officer (invented)", "As the audit says.", audit=old.digest),))
    assert "by Old , September 1, 2026" in words_of(a_listing(record=rests, audits=(new, old)))
    assert "by New , November 1, 2026" in words_of(a_listing(audits=(new, old)))


def test_a_decision_of_a_later_day_is_not_yet_one():
    record = a_record()
    later = replace(record, history=(*record.history, StatusEntry("denied", "2026-12-24", "C. Officer (invented)", "Not yet.")))
    assert "Not yet." not in words_of(a_listing(record=later))
    assert row_of(a_listing(record=later), AS_OF).history[-1].status == "approved_with_conditions"


def test_several_assessors_stand_side_by_side_and_their_disagreement_is_named():
    said = words_of(several_assessors())
    assert "3 assessors looked at version 2.1" in said
    assert "What the audits support is not the same: Hillcrest Assessors (invented): do not approve; Lakeside Unified School District (invented): approve with conditions." in said
    assert "The vendor's own test came to “approve”. Others came to another result." in said
    assert "On Dialect of English, one audit measured more than allowed and another did not." in said


def test_assessors_who_agree_are_not_said_to_differ():
    same = a_listing(audits=(an_audit(organisation="One"), an_audit(organisation="Two")))
    said = words_of(same)
    assert "2 assessors looked at version 2.1" in said
    assert "do not agree" not in said


def test_another_version_on_offer_is_named():
    assert "The vendor now offers version 3.0 . The audit below is about version 2.1" in words_of(a_listing(current_version="3.0"))


def test_corrections_stand_on_the_tools_page_and_in_the_log():
    listing = a_listing(corrections=(Correction("2026-11-02", "D. Editor (invented)", "The grades were wrong.", "A typing mistake."),))
    assert "November 2, 2026 The grades were wrong. A typing mistake. Mended by D. Editor (invented)" in words_of(listing)
    assert "Bright Tutor : The grades were wrong." in Read(site_of([listing])["corrections.html"]).words


# ---- lists ----

def test_the_first_page_counts_tools_by_status_and_how_many_may_be_used():
    few = [a_listing(id=f"t{i}", status=status) for i, status in enumerate(("approved", "approved", "pilot", "denied"))]
    said = Read(site_of(few)["index.html"]).words
    assert "4 tools are on the list. Schools may use 3 of them" in said
    assert "2 ● Approved" in said


def test_a_facet_page_lists_exactly_the_tools_that_have_the_value(listings, read):
    for grade in ("7", "k"):
        linked = {h for h in read[f"by/grade/{grade}/index.html"].links if "/tools/" in h and h.endswith("/index.html") and h != "../../../tools/index.html"}
        wanted = {f"../../../tools/{place(one.record.id)}/index.html" for one in listings if grade in grades_of(one.record.grades)}
        assert linked == set(sorted(wanted)[:100]) or (len(wanted) > 100 and len(linked) == 100 and linked <= wanted)


def test_every_facet_that_a_state_asks_for_is_there(read):
    assert [facet.key for facet in FACETS] == ["status", "use", "grade", "audience", "data", "agreement", "indicator", "standard", "language", "reviewed", "funding"]
    assert all(f"by/{facet.key}/index.html" in read for facet in FACETS)


def test_reviewed_since_goes_by_quarters_and_a_vendors_own_test_is_no_review():
    tools = [a_listing(id="new", audits=(an_audit(as_of="2026-10-02"),)), a_listing(id="mid", audits=(an_audit(as_of="2026-03-31"),)),
             a_listing(id="old", audits=(an_audit(as_of="2024-12-31"),)), a_listing(id="own", audits=(an_audit(role="vendor"),))]
    of = {facet.key: facet.of for facet in FACETS}["reviewed"]
    found = {one.record.id: [value.key for value in of(row_of(one, AS_OF), AS_OF)] for one in tools}
    assert found["new"] == [f"since-{quarter}" for quarter in ("2025-01", "2025-04", "2025-07", "2025-10", "2026-01", "2026-04", "2026-07", "2026-10")]
    assert found["mid"] == [f"since-{quarter}" for quarter in ("2025-01", "2025-04", "2025-07", "2025-10", "2026-01")]
    assert (found["old"], found["own"]) == (["earlier"], ["not-yet"])


def test_the_comparison_says_that_it_is_no_ranking_and_what_would_be(read):
    said = read["compare/writing-feedback.html"].words
    assert "This is no ranking." in said
    assert "An order of tools is only supported by audit compare" in said


def test_the_statuses_page_says_for_each_what_it_means_and_what_may_follow(read):
    page = read["statuses.html"]
    for one in read_statuses().status:
        assert one.means in page.words
        assert one.id in page.ids


def test_changes_come_newest_first_and_no_more_than_two_hundred(read, listings):
    days = [attrs["datetime"] for tag, attrs in read["changes.html"].tags if tag == "time"]
    assert len(days) >= 200
    said = re.findall(r"Decided by", read["changes.html"].words)
    assert len(said) == 200


def test_the_search_data_name_each_tool_with_its_status_first():
    data = search_data([row_of(one, AS_OF) for one in (a_listing(), a_listing(id="b", name="B", status="denied"))], AS_OF)
    values = [(key, value) for key, _, own in data["facets"] for value, _ in own]
    assert [values[tool[3][0]] for tool in data["tools"]] == [("status", "approved-with-conditions"), ("status", "denied")]
    assert [tool[:3] for tool in data["tools"]] == [["bright-tutor", "Bright Tutor", "Acorn Learning Co"], ["b", "B", "Acorn Learning Co"]]
    assert ("grade", "7") in {values[n] for n in data["tools"][0][3]}


# ---- names ----

@pytest.mark.parametrize(("texts", "grades"), [
    (("6-8",), ("6", "7", "8")), (("K-2",), ("k", "1", "2")), (("PK–K",), ("pre-k", "k")), (("Pre-K",), ("pre-k",)), (("9-12", "11"), ("9", "10", "11", "12")),
    (("8-6",), ("6", "7", "8")), (("03",), ("3",)), (("all",), ("all",)), (("13",), ("13",)), ((), ()),
])
def test_ranges_of_grades_are_read_as_single_grades(texts, grades):
    assert grades_of(texts) == grades


@pytest.mark.parametrize(("text", "found"), [("Élan 2.0!", "elan-2-0"), ("OneRoster 1.2", "oneroster-1-2"), ("a" * 60, "a" * 60)])
def test_an_address_is_made_of_plain_letters(text, found):
    assert slug(text) == found


@pytest.mark.parametrize("text", ["", "日本", "../..", "index", "con", "page-2", "a" * 61])
def test_an_address_is_never_empty_nor_reserved_nor_long(text):
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{7,69}", slug(text))
    assert slug(text) == slug(text)


def test_small_things_are_said_as_people_say_them():
    assert (date_words("2026-02-03"), date_words("before use"), date_words("2026-13-40")) == ("February 3, 2026", "before use", "2026-13-40")
    assert (letter("  «éa"), letter("42"), letter("日"), letter("")) == ("E", "0-9", "other", "other")
    assert (named(" \u202e "), named("  "), len(named("x" * 500))) == ("\ufffd", "(no name given)", 120)
    assert bundle_name("../x") == slug("../x")


# ---- several audits, merged ----

def a_merged(listing, **changes):
    audits = tuple(
        MergedAudit(label=f"District {i}", organisation=a.organisation, role=a.role, as_of=a.as_of, decision=a.decision, because=(), review_by=a.review_by, kind="bundle", digest=a.digest,
                    collection="c", repeats=3, adapter="http", models=(), from_day="2026-09-01", to_day="2026-09-02", vendor_test=a.role == "vendor", adopted_from="",
                    counted=a.role != "vendor", not_counted="")
        for i, a in enumerate(listing.audits)
    )
    said = (Said("District 0", "met", answer="SECRET answer", because="SECRET reason"), Said("District 1", "not_met"))
    return replace(Merged(
        "edtech-equity-audit/merged/1", "Three Assessors", "Acorn", "2.1", audits, same_decision=False, agreed=12,
        disagreements=(Disagreement("safe-x", "", "safe", "Is the data deleted in time?", required=True, kind="outcome", said=said),), conditions=(),
        pooled=(a_pooled("aae"), a_pooled("es", differ=True), a_pooled("tiny", items=6), a_pooled("next", items=20), a_pooled("g8", attribute="grade")), not_pooled=(NotPooled("other-set", ("District 0",), "asked by one only"),), family="",
        seed=1, titles={"tone": "Feedback on student writing", "tone/dialect": "Dialect of English", "tone/dialect/aae": "African American English", "tone/dialect/es": "Spanish-influenced (es)",
                        "tone/dialect/tiny": "Tiny", "tone/dialect/ref": "Mainstream English", "tone/grade": "Grade level"},
    ), **changes)


def a_pooled(group, *, items=80, differ=False, attribute="dialect"):
    d = Disparity(
        set="tone", by={}, measure="score", statistic="mean_difference", unit="points", attribute=attribute, group=group, reference="ref", design="matched", estimate=-0.3333, low=-0.5, high=-0.1,
        level=0.95, simultaneous=True, p_value=0.01, p_adjusted=0.02, margin=0.1, outcome="gap_found", certain=False, detected=True, items_needed=None, items=items, clusters=items, responses=items * 3,
        missing=0, detectable=None, low90=-0.4, high90=-0.2, family="confirmatory", negative_control=False, because="",
    )
    return PooledGap(d, (), 0.5, 1.0, 1, 0.5, 0.5, differ)


def test_merged_audits_show_their_average_and_where_they_differ_but_no_answer():
    listing = several_assessors()
    text = tool_page(listing, PUBLISHER, AS_OF, a_merged(listing)).make()
    said = Read(text).words
    assert "12 questions came out alike. On 1 the audits differ:" in said
    assert "Must. Is the data deleted in time? District 0 : met; District 1 : not met" in said
    assert "their numbers can be put together: District 0 and District 1." in said
    assert "African American English ◆ More than allowed -0.333 -0.5 to -0.1 (95%)" in said
    assert "on: Dialect of English: Spanish-influenced." in said
    assert "District 2: the vendor tested its own product" in said
    assert "asked by one only" in said
    assert "SECRET" not in text


def test_an_average_is_hidden_where_it_is_small_or_would_give_a_hidden_group_away():
    said = words_of(several_assessors(), merged=a_merged(several_assessors()))
    after = said.split("The audits taken together")[1]
    assert "Tiny Hidden: too few to show" in after
    assert "Grade level : mean score – Hidden: groups too small" in after, "one of the audits hides a group of that attribute"
    assert after.count("Hidden: too few to show") == 3, "of one small group alone, the next smallest is hidden too"


def test_merged_audits_that_are_not_all_on_the_page_are_not_shown():
    listing = several_assessors()
    merged = a_merged(listing)
    assert "taken together" not in words_of(replace(listing, audits=listing.audits[:2]), merged=merged)


def test_a_merged_file_is_read_from_the_lists_folder_and_nowhere_else(tmp_path):
    import msgspec

    listing = replace(several_assessors(), merged="merged.json")
    (tmp_path / "list").mkdir()
    for folder in (tmp_path, tmp_path / "list"):
        (folder / "merged.json").write_bytes(msgspec.json.encode(a_merged(listing)))
    assert read_merged(tmp_path / "list", listing) == a_merged(listing)
    assert read_merged(tmp_path / "list", replace(listing, merged="")) is None
    with pytest.raises(RegistryError, match="outside"):
        read_merged(tmp_path / "list", replace(listing, merged="../merged.json"))
    (tmp_path / "list" / "merged.json").write_text('{"schema": 1}')
    with pytest.raises(RegistryError):
        read_merged(tmp_path / "list", listing)
