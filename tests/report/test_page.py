"""The pages and PDFs of a whole run: safe against hostile text, accessible, complete without scripts, in every language."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w

from audit.report import languages
from audit.report.documents import DOCUMENTS
from tests.audits import audit, write_plan, write_set
from tests.browsing import SIZES, as_new, breaches, chromium, watched

HOSTILE = '</title><script>document.title="owned"</script><img src=x onerror=alert(1)>{{ 7*7 }}\u202eevil\u0007'
TOOL = '''
import zlib

def answer(given):
    n = zlib.crc32(given["text"].encode())
    if "AAE" in given["text"] and n % 3 == 0:
        raise RuntimeError("<script>alert(2)</script>=cmd|' /C calc'!A0")
    return {"verdict": n % 5 == 0, "why": "<b onmouseover=alert(3)>"}
'''


def every(language="en"):
    return [f"documents/{language}/{name}.html" for name in DOCUMENTS]


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory):
    """A run in which every text that a vendor gives is hostile: names, replies, answers, notes, files, claims."""
    folder = tmp_path_factory.mktemp("hostile")
    write_set(folder / "tiny", items=40, title=HOSTILE.replace("\u0007", "").replace('"', "'"), text="Text {i} {g} " + "<i>hello</i>")
    (folder / "tool.py").write_text(TOOL)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "keys.json").write_text(json.dumps({"keys": [{"kty": HOSTILE, "kid": HOSTILE}]}), encoding="utf-8")
    said = {"answer": "yes", "note": HOSTILE.replace("\u0007", ""), "by": "<b>me</b>", "evidence": "keys.json"}
    answers = {"safe-agreement": said, "safe-model-named": said | {"answer": HOSTILE.replace("\u0007", "")}, "safe-breach-history": said | {"answer": "no", "evidence": "<u>Clause</u> 3"}}
    (folder / "answers.toml").write_text(tomli_w.dumps({"answers": answers, "claims": [{"claim": HOSTILE.replace("\u0007", ""), "set": "tiny", "said_in": "<a>"}]}), encoding="utf-8")
    plan = write_plan(
        folder, 'adapter = "python"\ncall = "tool:answer"\nreply = "verdict"\n', use='["safe", "inclusive"]\nanswers = "answers.toml"\nevidence = "evidence"\n[report]\nlanguages = '
        + json.dumps(languages()), name=HOSTILE, vendor=HOSTILE, version=HOSTILE, organisation=HOSTILE,
    )
    result = audit("run", plan, "--out", folder / "out")
    assert result.returncode in (1, 3), result.stderr
    return result, folder / "out"


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def one_page(browser):
    return watched(browser)


@pytest.mark.parametrize("name", ["scorecard.html", *every()])
def test_hostile_text_is_shown_and_never_runs(hostile_run, one_page, name):
    page = as_new(one_page)
    page.goto((hostile_run[1] / name).as_uri())
    assert page.title() != "owned"
    assert page.dialogs == []
    assert len(page.asked) == 1, "the page must ask for nothing but itself"
    assert page.locator("script:not([type='application/json']), img, iframe, object, link, [onerror], [onmouseover]").count() == 0
    assert '<script>document.title="owned"</script>' in page.locator("h1").inner_text()


def test_control_characters_and_direction_overrides_reach_neither_page_nor_terminal(hostile_run):
    result, out = hostile_run
    for text in (*(path.read_text(encoding="utf-8") for path in out.rglob("*.html")), result.stdout):
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


def test_no_cell_of_any_table_can_be_a_formula(hostile_run):
    import csv

    for path in (hostile_run[1] / "tables").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not re.match(r"[=+@\t\r]", cell), (path.name, cell)
                    assert not cell.startswith("-") or re.fullmatch(r"-[0-9.e+-]+", cell), (path.name, cell)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", DOCUMENTS)
def test_axe_finds_no_breach_of_wcag_2_1_aa_at_any_size(hostile_run, one_page, name, language):
    """Desktop, phone, and 1280 pixels at 400%; nothing is switched off."""
    page = as_new(one_page)
    page.goto((hostile_run[1] / "documents" / language / f"{name}.html").as_uri())
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
        assert breaches(page) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_keyboard_reaches_the_content_and_every_table_that_scrolls(hostile_run, one_page, name):
    page = as_new(one_page, (320, 640))
    page.goto((hostile_run[1] / f"documents/en/{name}.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')").startswith("#"), "the first stop skips to the content"
    regions, reached = page.locator("[tabindex='0']").count(), 0
    for _ in range(regions + page.locator("a[href], summary").count() + 2):
        page.keyboard.press("Tab")
        reached += page.evaluate("document.activeElement.getAttribute('tabindex') === '0'")
    assert reached >= regions


def test_everything_is_there_without_scripts(hostile_run, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((hostile_run[1] / "scorecard.html").as_uri())
    text = page.locator("body").inner_text()
    for heading in ("What the evidence supports", "What was measured", "Findings", "Provenance"):
        assert heading in text
    context.close()


def test_each_picture_says_in_words_what_it_shows(hostile_run):
    out = hostile_run[1]
    html = (out / "scorecard.html").read_text(encoding="utf-8")
    pictures = re.findall(r"<svg [^>]*>", html)
    assert pictures
    assert all('role="img"' in tag and re.search(r'aria-label="[^"]{20,}"', tag) for tag in pictures)
    shown = [d for d in json.loads((out / "results.json").read_text())["disparities"] if d["family"] == "confirmatory"]
    assert f"{100 * shown[0]['estimate']:+.1f}" in html


def test_the_whole_scorecard_lies_in_the_page_for_programs(hostile_run):
    html = (hostile_run[1] / "scorecard.html").read_text(encoding="utf-8")
    inside = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)[1])
    assert inside["decision"]["status"] == json.loads((hostile_run[1] / "scorecard.json").read_text())["decision"]["status"]


@pytest.mark.parametrize("word", ["is biased", "is unbiased", "is fair", "is unfair", "violates", "discriminates"])
def test_the_pages_report_measured_differences_and_pass_no_sentence(hostile_run, word):
    for path in hostile_run[1].rglob("*.html"):
        assert word not in re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8")).lower(), path.name


@pytest.mark.parametrize("language", languages())
def test_every_pdf_passes_a_pdf_ua_checker(hostile_run, language):
    """pdfua covers the part of PDF/UA-1 that it can; Typst refuses to write a PDF that it knows not to conform."""
    checker = Path(sys.executable).with_name("pdfua")
    files = sorted((hostile_run[1] / "documents" / language).glob("*.pdf"))
    assert [f.stem for f in files] == sorted(DOCUMENTS)
    done = subprocess.run([checker, "check", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_documents_are_written_again_in_another_language_and_the_manifest_knows_them(hostile_run):
    out = hostile_run[1]
    result = audit("report", out, *(part for lang in languages() for part in ("--lang", lang)), "--format", "json")
    assert result.returncode == 0, result.stderr
    assert len(json.loads(result.stdout)["written"]) == 2 * len(DOCUMENTS) * len(languages())
    files = json.loads((out / "manifest.json").read_text())["files"]
    assert {f"documents/en/{name}.pdf" for name in DOCUMENTS} <= files.keys()
    wrong = audit("report", out, "--lang", "xx")
    assert (wrong.returncode, "unknown language 'xx'" in wrong.stderr) == (2, True)


def test_the_comparison_page_and_its_pdf_are_held_to_the_same(tmp_path, one_page):
    write_set(tmp_path / "tiny", items=30)
    for name, gap in (("one", 0.0), ("other", 0.4)):
        plan = write_plan(tmp_path, f'adapter = "scripted"\nbase_rate = 0.1\ngap = {{ "dialect=AAE" = {gap} }}\n', name=f"Tool {name} {HOSTILE}", use="[]")
        assert audit("run", plan, "--out", tmp_path / name).returncode in (0, 1, 3)
    done = audit("compare", tmp_path / "one", tmp_path / "other", "--out", tmp_path / "c", "--lang", languages()[-1])
    assert done.returncode in (0, 3), done.stderr
    page = as_new(one_page)
    page.goto((tmp_path / "c" / "comparison.html").as_uri())
    assert page.title() != "owned"
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert breaches(page) == []
    checked = subprocess.run([Path(sys.executable).with_name("pdfua"), "check", tmp_path / "c" / "comparison.pdf"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
