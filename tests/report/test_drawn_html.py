"""The page: accessible in every size and light, deaf to hostile text, whole without scripts, and right on paper."""

import json
import re
import subprocess

import pytest

from audit.report.blocks import Heading, Link, Paragraph, Table
from audit.report.drawn_html import html_of
from audit.report.words import Words
from tests.browsing import SIZES, as_new, breaches, chromium, watched
from tests.report.sample_document import HOSTILE, KINDS, MEMO, document
from tests.report.test_drawn_pdf import ROLES, everywhere

W = Words("en")


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def one_page(browser):
    return watched(browser)


@pytest.fixture
def shown(one_page, tmp_path):
    """A function that opens a document; what it opened before is gone then."""
    def show(made, size=(1280, 720), light="light"):
        (tmp_path / "page.html").write_text(html_of(made, W), encoding="utf-8")
        page = as_new(one_page, size, light)
        page.goto((tmp_path / "page.html").as_uri())
        return page

    return show


def printed(page, paper="Letter", *how):
    """The pages' texts when the document is printed."""
    data = page.pdf(format=paper, prefer_css_page_size=False)
    text = subprocess.run(["pdftotext", *how, "-", "-"], input=data, capture_output=True, check=True).stdout.decode()
    return text.split("\f")[:-1]


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_no_breach_of_wcag_2_1_aa(shown, size, light):
    assert breaches(shown(document(role="vendor"), size, light)) == []


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_enough_contrast(shown, role, light):
    assert breaches(shown(document(role=role, banner=ROLES[role]), light=light)) == []


def test_dark_is_dark(shown):
    dark = shown(document(), light="dark").evaluate("getComputedStyle(document.body).backgroundColor")
    light = shown(document(), light="light").evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark, light) == ("rgb(20, 23, 27)", "rgb(255, 255, 255)")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_runs(shown, text):
    page = shown(everywhere(text))
    assert page.title() != "owned"
    assert page.locator("script:not([type='application/json']), img, iframe, object, link, b, [onerror]").count() == 0
    assert page.locator("a[href^='javascript'], a[href^='file']").count() == 0
    html = html_of(everywhere(text), W)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    if text.isprintable():
        assert " ".join(text.split()) in " ".join(page.locator("h1").inner_text().split())
    if not text.startswith("https"):
        assert breaches(page) == []


def test_the_page_asks_for_nothing_but_itself_and_complains_of_nothing(shown):
    page = shown(document())
    assert len(page.asked) == 1
    assert page.said == []


def test_the_data_parse_back_from_the_page_to_the_same(shown):
    made = document()
    raw = shown(made).locator("script#data").evaluate("e => e.textContent")
    assert json.loads(raw) == made.data
    assert html_of(made, W).count("</script") == 1


def test_a_document_without_data_has_no_script_element_at_all():
    assert "<script" not in html_of(document(data=None), W)


def test_all_is_there_and_in_order_without_scripts(browser, tmp_path):
    from tests.report.test_drawn_pdf import squeezed, texts

    (tmp_path / "page.html").write_text(html_of(document(), W), encoding="utf-8")
    page = browser.new_page(java_script_enabled=False)
    page.goto((tmp_path / "page.html").as_uri())
    seen, at = squeezed(page.locator("body").inner_text()), 0
    page.close()
    for text in map(squeezed, texts((*document().blocks, *document().footer))):
        assert seen.find(text, at) >= 0, text
        at = seen.find(text, at)


@pytest.mark.parametrize("name", ["report", "memo"])
def test_it_does_not_scroll_sideways_at_320_pixels(shown, name):
    long = Paragraph(("W" * 10_000, Link("x" * 300, "https://example.org/" + "x" * 300)))
    made = document(name=name, title="T" * 400, banner="B" * 400, blocks=(*document().blocks, long, Table("C" * 300, ("h" * 60, "b"), ((("W" * 10_000,), ("x",)),))))
    page = shown(made, size=(320, 640))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_scrolling_region_is_reached_with_the_keyboard_and_has_a_name(shown):
    page = shown(document(), size=(320, 640))
    regions = page.evaluate("[...document.querySelectorAll('.scroll')].map(e => [e.tabIndex, e.getAttribute('role')])")
    assert regions == [[0, "region"]] * 3
    for name in ("Each group against the reference; margin 5 percentage points", "Difference against the reference, percentage points"):
        assert page.get_by_role("region", name=name, exact=True).count() == 1


def test_the_keyboard_reaches_the_skip_link_first_and_it_leads_to_the_content(shown):
    page = shown(document())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the decision"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left >= 0")
    page.keyboard.press("Enter")
    assert page.url.endswith("#start")


def test_landmarks_headings_and_tables_are_what_they_say(shown):
    page = shown(document())
    for landmark in ("banner", "main", "contentinfo"):
        assert page.get_by_role(landmark).count() == 1
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["Scorecard: Essay Helper 2.1"]
    assert page.get_by_role("columnheader").count() == 6
    assert page.get_by_role("rowheader", name="Dialect A").count() == 1
    assert page.get_by_role("img", name="Dialect A: 12.5 percentage points beyond the margin. The band shows the margin.").count() == 1
    assert page.get_by_role("group", name="The decision").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("[lang='ar'][dir='auto']").count() == 1


def test_no_level_of_headings_is_skipped(shown):
    page = shown(document(blocks=(Heading(4, "Deep", "a"), Heading(2, "Two", "b"), Heading(4, "Four", "c")), footer=()))
    assert page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => e.tagName)") == ["H1", "H2", "H2", "H3"]


def test_badges_of_opposite_meaning_have_other_signs(shown):
    signs = dict(zip(KINDS, shown(document()).locator("h2#findings ~ p .badge > [aria-hidden]").all_inner_texts(), strict=False))
    assert signs["gap_found"] == signs["not_met"] == "◆"
    assert signs["within_margin"] == signs["met"] == "●"
    assert signs["inconclusive"] == "○"
    assert signs["not_assessed"] == signs["not_applicable"] == "–"
    assert len({signs[k] for k in ("approve", "approve_with_conditions", "do_not_approve", "insufficient_evidence")}) == 4


def test_links_lead_to_places_and_the_web_only(shown):
    links = (Link("here", "#measured"), Link("gone", "#nowhere"), Link("bad", "javascript:alert(1)"), Link("disk", "file:///etc/passwd"), Link("web", "https://example.org/a?b=1&c=2"))
    page = shown(document(blocks=(Heading(2, "M", "measured"), Paragraph(links))))
    assert page.evaluate("[...document.querySelectorAll('main a')].map(e => e.getAttribute('href'))") == ["#measured", "https://example.org/a?b=1&c=2"]


@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_who_audited_stands_on_every_printed_page(shown, paper):
    long = tuple(Paragraph((f"Paragraph {n}. " + "Some words. " * 60,)) for n in range(20))
    pages = printed(shown(document(role="vendor", banner="Vendor's own test", blocks=long)), paper)
    assert len(pages) > 2
    assert all("Vendor's own test" in page for page in pages)


@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_a_memo_is_one_printed_page(shown, paper):
    assert len(printed(shown(document(name="memo", role="vendor", banner="Vendor's own test", blocks=MEMO)), paper)) == 1


def test_no_row_is_cut_by_the_end_of_a_page(shown):
    rows = tuple(((f"Row {n}",), (f"begins {n} " + "words " * 40 + f"ends {n}",)) for n in range(60))
    for page in printed(shown(document(blocks=(Table("Many", ("Row", "Text"), rows),))), "Letter", "-raw"):
        assert re.findall(r"begins (\d+)", page) == re.findall(r"ends (\d+)", page)


def test_the_four_roles_look_unlike_each_other(shown):
    looks = {str(shown(document(role=role, banner="x")).locator(".role").evaluate(
        "e => { const s = getComputedStyle(e); return [s.borderTopStyle, s.borderTopWidth, s.borderLeftWidth, s.color, s.backgroundColor] }")) for role in ROLES}
    assert len(looks) == 4
