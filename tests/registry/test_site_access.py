"""The list's site in a browser: WCAG 2.1 AA by axe at three widths, with and without scripts; the search by keyboard, quick, and safe against hostile names."""

import functools
import http.server
import threading
import time

import msgspec
import pytest

from audit.registry.site.pages import pages, row_of
from audit.registry.site.searching import search_data
from tests.browsing import SIZES, as_new, chromium, watched
from tests.browsing import breaches as breaches_of
from tests.registry.listings_builders import AS_OF, HOSTILE, PUBLISHER, a_listing, several_assessors, some_listings

KINDS = [
    "index.html", "tools/index.html", "tools/tool-00000/index.html", "tools/three-assessors/index.html", "tools/nothing-known/index.html", "by/index.html", "by/indicator/index.html",
    "by/status/approved/index.html", "words/index.html", "words/a.html", "compare/index.html", "compare/tutoring.html", "methods.html", "statuses.html", "changes.html", "corrections.html",
]
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
WITH_SEARCH = ("index.html", "tools/index.html")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """The site as a state may serve it: under a policy that allows nothing but its own files."""

    def log_message(self, *_):
        pass

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()


def write(folder, listings):
    for page in pages(listings, PUBLISHER, AS_OF):
        path = folder / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.make(), encoding="utf-8", newline="")
    rows = sorted((row_of(one, AS_OF) for one in listings), key=lambda row: row.order)
    (folder / "assets" / "search.json").write_bytes(msgspec.json.encode(search_data(rows, AS_OF)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    write(folder, [a_listing(), several_assessors(), a_listing(id="nandu", name="Ñandú Lantern"), a_listing(id="nothing-known", name="Nothing Known", audits=(), status="requested", agreements=(), history=()),
                   *some_listings(20, 5, hostile=True)])
    return folder


@pytest.fixture(scope="module")
def address(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def one_page(browser):
    return watched(browser)


@pytest.fixture
def page(one_page):
    yield as_new(one_page)
    assert (one_page.said, one_page.dialogs) == ([], [])


def breaches(page):
    return breaches_of(page, preload=False)


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_breach_of_wcag_2_1_aa_at_any_size_without_scripts(folder, page, kind):
    """From a disk no script changes a page: what is checked is what everybody gets."""
    page.goto((folder / kind).as_uri())
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
        assert breaches(page) == []


@pytest.mark.parametrize(("kind", "scheme", "sizes"), [("index.html", "light", SIZES), ("tools/index.html", "dark", SIZES[:1])])
def test_axe_finds_no_breach_while_searching_in_light_and_dark(address, page, kind, scheme, sizes):
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{address}{kind}?q=o&status=approved&status=denied&status=pilot")
    page.get_by_role("searchbox").wait_for()
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert breaches(page) == []


def test_dark_pages_have_enough_contrast_too(folder, page):
    page.emulate_media(color_scheme="dark")
    for kind in ("tools/three-assessors/index.html", "compare/tutoring.html", "statuses.html"):
        page.goto((folder / kind).as_uri())
        assert breaches(page) == []


def test_without_scripts_no_dead_search_box_is_shown_and_every_tool_is_linked(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for kind in WITH_SEARCH:
        page.goto(address + kind)
        assert page.locator("input, button, form").count() == 0
    assert page.locator("#browse li.tool").count() == 24
    context.close()


def test_from_a_disk_the_pages_stay_as_they_are(folder, page):
    page.goto((folder / "index.html").as_uri())
    assert page.locator("input").count() == 0
    assert page.locator(".card").first.evaluate("e => getComputedStyle(e).borderTopWidth") != "0px", "the style sheet is found"
    page.get_by_role("link", name="All tools", exact=True).first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "All tools, A to Z"


def test_every_kind_of_page_works_under_a_strict_content_security_policy(address, page):
    """Whatever the policy refuses is said on the console, which has to stay empty."""
    for kind in KINDS:
        page.goto(address + kind)
        assert page.locator("main").evaluate("e => getComputedStyle(e).paddingTop") == "24px", "the style sheet is applied"


def test_the_pages_ask_for_nothing_from_elsewhere(address, page):
    page.goto(address)
    page.get_by_role("searchbox").wait_for()
    page.goto(f"{address}tools/tool-00000/index.html")
    assert page.asked
    assert all(url.startswith((address, "data:")) for url in page.asked)


def test_typing_narrows_the_list_keeps_the_address_and_says_how_many(address, page):
    page.goto(address)
    page.get_by_role("searchbox").fill("three assess")
    assert page.get_by_role("status").inner_text() == "1 tool found"
    assert page.locator("#search li.tool a").all_inner_texts() == ["Three Assessors"]
    assert not page.locator("#browse").is_visible()
    assert page.url.endswith("?q=three+assess")
    page.reload()
    page.locator("#search li.tool a").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Three Assessors"
    page.go_back()
    assert page.get_by_role("searchbox").input_value() == "three assess"
    page.get_by_role("button", name="Clear everything").click()
    assert page.locator("#browse").is_visible()
    assert "?" not in page.url


def test_search_knows_no_accents_and_no_case_and_wants_every_word(address, page):
    page.goto(f"{address}tools/index.html")
    box = page.get_by_role("searchbox")
    box.fill("ÑANDU")
    assert page.locator("#search li.tool a").all_inner_texts() == ["Ñandú Lantern"]
    box.fill("lantern nandu acorn")
    assert page.locator("#search li.tool a").all_inner_texts() == ["Ñandú Lantern"]
    box.fill("ñandu zzz")
    assert page.get_by_role("status").inner_text() == "No tool fits. Try fewer words, or take a filter away."


def test_filters_of_one_kind_add_up_and_filters_of_two_kinds_narrow(folder, address, page):
    data = msgspec.json.decode((folder / "assets/search.json").read_bytes())
    values = [(facet, value) for facet, _, own in data["facets"] for value, _ in own]

    def wanted(**asked):
        return sorted(tool[1] for tool in data["tools"] if all({values[n][1] for n in tool[3] if values[n][0] == facet} & set(own) for facet, own in asked.items()))

    def shown():
        return sorted(page.locator("#search li.tool a").all_inner_texts())

    statuses = [value for facet, value in values if facet == "status" and wanted(status=[value], use=["tutoring"])]
    page.goto(f"{address}?status={statuses[0]}&status={statuses[1]}&use=tutoring")
    page.locator("#search li.tool").first.wait_for()
    assert shown() == wanted(status=statuses[:2], use=["tutoring"])
    assert len(shown()) < len(wanted(status=statuses[:2]))
    page.locator(f"input[name=status][value={statuses[1]}]").uncheck()
    assert shown() == wanted(status=statuses[:1], use=["tutoring"])
    for value in (statuses[1], "under-review"):
        count = page.locator("label", has=page.locator(f"input[name=status][value={value}]")).locator(".soft").inner_text()
        assert count == str(len(wanted(status=[value], use=["tutoring"]))), "the number beside a value is what choosing it would add"


def test_everything_is_done_by_keyboard_and_the_focus_is_seen(address, page):
    page.goto(address)
    page.get_by_role("searchbox").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#start"
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "search":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.type("tutor")
    page.keyboard.press("Enter")
    assert "q=tutor" in page.url, "Enter sends no form"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".filters").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_url("**status=*")


def test_hostile_names_stay_text_in_the_search_too(address, page):
    page.goto(address)
    page.get_by_role("searchbox").fill("<script>")
    assert page.locator("#search li.tool a").inner_text() == HOSTILE[0][:119] + ("…" if len(HOSTILE[0]) > 120 else HOSTILE[0][119:])
    page.get_by_role("searchbox").fill("onmouseover")
    assert page.locator("#search li.tool").count() == 1
    assert page.locator("[onmouseover], #search img, #search script").count() == 0
    assert page.title() != "owned"
    page.goto(f"{address}?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&status=%22%3E%3Cscript%3E&__proto__=1")
    page.get_by_role("status").wait_for()
    assert page.locator("#search img, #search script").count() == 0


def test_five_thousand_tools_are_searched_within_fifty_milliseconds_a_key(tmp_path, browser, address, folder):
    rows = sorted((row_of(one, AS_OF) for one in some_listings(5000, 9)), key=lambda row: row.order)
    raw = msgspec.json.encode(search_data(rows, AS_OF))
    assert len(raw) < 1_000_000
    page = browser.new_page()
    page.route("**/search.json", lambda route: route.fulfill(body=raw, content_type="application/json"))
    page.goto(f"{address}?status=approved&audience=teachers")
    page.locator("#search li.tool").first.wait_for()
    took = page.evaluate("""() => {
        const box = document.querySelector("input[type=search]"), found = [];
        for (let round = 0; round < 3; round += 1) for (const text of ["b", "br", "bri", "brig", "bright l", "bright lan", ""]) {
            box.value = text;
            const start = performance.now();
            box.dispatchEvent(new Event("input"));
            found.push(performance.now() - start);
        }
        return found.sort((a, b) => a - b)[Math.floor(found.length / 2)];
    }""")
    assert took < 50, f"{took:.1f} ms"
    assert page.locator("#search li.tool").count() == 50, "only the first are drawn"
    page.get_by_role("button", name="Show 50 more").click()
    assert page.locator("#search li.tool").count() == 100
    assert page.evaluate("document.activeElement.closest('li').parentElement.children[50] === document.activeElement.closest('li')"), "the focus goes to the first new one"
    page.close()


def test_on_paper_closed_parts_are_open_and_what_cannot_be_pressed_is_gone(folder, page):
    page.goto((folder / "tools/three-assessors/index.html").as_uri())
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = false")
    assert not page.locator("table.gaps").first.is_visible()
    page.emulate_media(media="print")
    time.sleep(0.05)
    assert page.locator("table.gaps").first.evaluate("e => e.getBoundingClientRect().height") > 20
    assert page.locator("header.top nav, .toc").evaluate_all("all => all.every(e => e.offsetHeight === 0)")
