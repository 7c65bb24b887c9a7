"""One Chromium with one page for the tests of a module, and what axe finds on it.

A page of its own costs Chromium more than half a second of CPU, another address in a page that is open a fifth of that:
each test gets the module's page as if it were new.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SIZES = [(1280, 900), (390, 844), (320, 256)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}   # of what passes, axe then spells out one place only
CHECK = """rules => axe.run(rules).then(found => ({
    passes: found.passes.length, violations: found.violations.map(v => [v.id, v.nodes[0].html.slice(0, 200)])
}))"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


def watched(browser: Browser) -> Page:
    """A page that keeps what it asks for (`asked`), says on its console (`said`) and opens as dialogs (`dialogs`)."""
    page = browser.new_page()
    page.asked, page.said, page.dialogs = [], [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
    return page


def as_new(page: Page, size: tuple[int, int] = SIZES[0], light: str = "light") -> Page:
    """The page, empty, in this size and light, with nothing kept."""
    page.goto("about:blank")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(media="null", color_scheme=light)   # no medium of ours: printing shows the page as paper
    for kept in (page.asked, page.said, page.dialogs):
        kept.clear()
    return page


def breaches(page: Page, *, preload: bool = True) -> list[list[str]]:
    """What axe finds against WCAG 2.1 A and AA: [rule, first place]. It is injected through the debugger, because pages forbid inline scripts.

    preload: whether axe asks for the style sheets again, which a browser refuses from a disk.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(CHECK, RULES | {"preload": preload})
    assert found["passes"], "axe checked nothing"
    return found["violations"]
