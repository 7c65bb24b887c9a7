"""scorecard.html: safe against hostile text, accessible, and complete without scripts."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.audits import audit, write_plan, write_set

HOSTILE = '</title><script>document.title="owned"</script><img src=x onerror=alert(1)>{{ 7*7 }}\u202eevil\u0007'
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
TOOL = '''
import zlib

def answer(given):
    n = zlib.crc32(given["text"].encode())
    if "AAE" in given["text"] and n % 3 == 0:
        raise RuntimeError("<script>alert(2)</script>=cmd|' /C calc'!A0")
    return {"verdict": n % 5 == 0, "why": "<b onmouseover=alert(3)>"}
'''


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    write_set(folder / "tiny", items=40, title=HOSTILE.replace("\u0007", "").replace('"', "'"), text="Text {i} {g} " + "<i>hello</i>")
    (folder / "tool.py").write_text(TOOL)
    plan = write_plan(
        folder, 'adapter = "python"\ncall = "tool:answer"\nreply = "verdict"\n', use='["safe", "inclusive"]',
        name=HOSTILE, vendor=HOSTILE, version=HOSTILE, organisation=HOSTILE,
    )
    result = audit("run", plan, "--out", folder / "out")
    assert result.returncode in (1, 3), result.stderr
    return result, folder / "out"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


def test_hostile_text_is_shown_and_never_runs(hostile_run, browser):
    page = browser.new_page()
    asked_for, dialogs = [], []
    page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    page.on("request", lambda r: asked_for.append(r.url))
    page.goto((hostile_run[1] / "scorecard.html").as_uri())
    assert page.title() != "owned"
    assert dialogs == []
    assert len(asked_for) == 1, "the page must ask for nothing but itself"
    assert page.locator("script, img, iframe, object, link, [onerror], [onmouseover]").count() == 0
    assert '<script>document.title="owned"</script>' in page.locator("h1").inner_text()
    assert "{{ 7*7 }}" in page.locator("h1").inner_text()
    page.close()


def test_control_characters_and_direction_overrides_reach_neither_page_nor_terminal(hostile_run):
    result, out = hostile_run
    for text in ((out / "scorecard.html").read_text(encoding="utf-8"), result.stdout):
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


def test_no_cell_of_any_table_can_be_a_formula(hostile_run):
    import csv

    for path in (hostile_run[1] / "tables").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not re.match(r"[=+@\t\r]", cell), (path.name, cell)
                    assert not cell.startswith("-") or re.fullmatch(r"-[0-9.e+-]+", cell), (path.name, cell)


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844), (320, 256)])
def test_axe_finds_no_breach_of_wcag_2_1_aa(hostile_run, browser, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto((hostile_run[1] / "scorecard.html").as_uri())
    page.evaluate("1")  # axe is injected through the debugger: the page's own policy forbids scripts
    results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert results.response["passes"], "axe checked nothing"
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in results.response["violations"]] == []
    page.close()


def test_the_page_does_not_scroll_sideways_on_a_phone(hostile_run, browser):
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto((hostile_run[1] / "scorecard.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_everything_is_there_without_scripts(hostile_run, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((hostile_run[1] / "scorecard.html").as_uri())
    text = page.locator("body").inner_text()
    for heading in ("What the evidence supports", "Gates: what must be met", "The five indicators", "What was measured", "Findings",
                    "The design, and what it could not have shown", "Provenance"):
        assert heading in text
    context.close()


def test_each_picture_has_a_text_and_a_table_that_say_the_same(hostile_run):
    out = hostile_run[1]
    html = (out / "scorecard.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<svg .*?role="img" aria-labelledby="([^"]+)".*?</svg>', html, re.DOTALL)
    assert pictures
    for ids in pictures:
        assert all(f'id="{one}"' in html for one in ids.split())
    shown = [d for d in json.loads((out / "results.json").read_text())["disparities"] if d["family"] == "confirmatory"]
    assert f"{100 * shown[0]['estimate']:+.1f}" in html


def test_a_failed_reply_is_counted_and_shown(hostile_run):
    html = (hostile_run[1] / "scorecard.html").read_text(encoding="utf-8")
    assert "A missing reply is not counted as zero" in html


@pytest.mark.parametrize("word", ["is biased", "is unbiased", "is fair", "is unfair", "violates", "discriminates"])
def test_the_page_reports_measured_differences_and_passes_no_sentence(hostile_run, word):
    text = re.sub(r"<[^>]+>", " ", (hostile_run[1] / "scorecard.html").read_text(encoding="utf-8"))
    assert word not in text.lower()
