"""What a dry run shows of each step: how much matches, what it says, a picture; and where nothing matches, what would."""

import asyncio
import contextlib
import difflib
from typing import TYPE_CHECKING, Any

from audit.records import Failure
from audit.vendors.chromium.page import Visit
from audit.vendors.chromium.steps import Choose, Click, Fill, Open, Press, Step, described
from audit.vendors.site import Seen
from audit.wording import one_line

if TYPE_CHECKING:
    from playwright.async_api import Locator

_SHOWN = 160
_SECONDS = 5.0
_MOST_ALIKE = 8
_LONGEST_SELECTOR = 120
_KINDS = {Fill: "field", Choose: "field", Click: "button"}
_ALIKE = r"""(body, kind) => {
  const wanted = {
    field: 'input:not([type=hidden]),textarea,select,[contenteditable=""],[contenteditable=true],[role=textbox],[role=combobox]',
    button: 'button,a[href],[role=button],input[type=submit],input[type=button],summary',
    text: '[id],[class],[data-testid],[aria-label],[role]',
  }[kind];
  const quoted = (text) => JSON.stringify(text);
  const name = (e) => (e.getAttribute('aria-label') || e.innerText || e.value || '').trim().replace(/\s+/g, ' ');
  const selector = (e) => {
    const tag = e.tagName.toLowerCase(), given = (key) => e.getAttribute(key);
    if (given('data-testid')) return `[data-testid=${quoted(given('data-testid'))}]`;
    if (e.id && !/\d{2,}/.test(e.id)) return '#' + CSS.escape(e.id);
    if (kind === 'button' && name(e) && name(e).length < 40) return `role=${tag === 'a' ? 'link' : 'button'}[name=${quoted(name(e))}]`;
    const one = [...e.classList].find((c) => /^[A-Za-z][\w-]*$/.test(c));
    if (one && kind === 'text') return `.${one}`;
    for (const key of ['placeholder', 'aria-label', 'name']) if (given(key)) return `${tag}[${key}=${quoted(given(key))}]`;
    return one ? `${tag}.${one}` : tag;
  };
  const found = new Map();
  for (const e of body.querySelectorAll(wanted)) {
    const box = e.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    const text = kind === 'field' ? (e.placeholder || name(e)) : name(e);
    if (kind === 'text' && !text) continue;
    found.set(selector(e), text.slice(0, 200));
    if (found.size >= 500) break;
  }
  return [...found];
}"""


class Look:
    """Looks on while a probe is asked, and adds what it saw to a list."""

    def __init__(self, seen: list[Seen]) -> None:
        self._seen = seen

    async def took(self, name: str, step: Step, visit: Visit, picture: str) -> None:
        """Keep what is there after a step."""
        self._keep(name, step, [await _state(step, visit), f"screenshot: {picture}"])

    async def stuck(self, name: str, step: Step, visit: Visit, failure: Failure) -> None:
        """Keep what is there where a step failed, and what resembles the thing that it looked for."""
        lines = [f"FAILED: {one_line(failure.reason, 2 * _SHOWN)}"]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS):
                lines.append(await _state(step, visit))
                lines += await _alike(step, visit)
        self._keep(name, step, lines)

    def _keep(self, name: str, step: Step, lines: list[str]) -> None:
        self._seen.append(Seen(f"{name}. {described(step)}", tuple(line for line in lines if line)))


async def _state(step: Step, visit: Visit) -> str:
    """Return what a step's selector finds now."""
    with contextlib.suppress(visit.errors, Failure):
        if isinstance(step, Open):
            return f"the page is called {one_line(await visit.page.title(), _SHOWN)!r}"
        if isinstance(step, Press):
            return ""
        wanted = getattr(step, type(step).__name__.lower())
        shown, every = visit.visible(wanted), await visit.root.locator(wanted).count()
        count = await shown.count()
        hidden = f", {every - count} hidden" if every > count else ""
        text = one_line(await visit.text_of(shown.last), _SHOWN) if count else ""
        return f"{count} {'matches' if count == 1 else 'match'}{hidden}" + (f"; the last says: {text}" if text else "")
    return "the page does not tell"


async def _alike(step: Step, visit: Visit) -> list[str]:
    """Return what else the page has of the kind that a step looks for, what is spelled most alike first."""
    if isinstance(step, Open | Press):
        return []
    wanted, kind = getattr(step, type(step).__name__.lower()), _KINDS.get(type(step), "text")
    found: list[tuple[str, str]] = []
    with contextlib.suppress(visit.errors, Failure):
        found = _pairs(await _body(visit).evaluate(_ALIKE, kind, timeout=2_000))
    found.sort(key=lambda pair: -difflib.SequenceMatcher(None, wanted, pair[0]).ratio())
    lines = [f"  {one_line(selector, _LONGEST_SELECTOR)}   {one_line(text, _SHOWN // 2)}" for selector, text in found[:_MOST_ALIKE]]
    return [f"what the page has of this kind ({len(found)}):", *lines] if lines else ["the page has nothing of this kind that can be seen"]


def _body(visit: Visit) -> "Locator":
    return visit.root.locator("body").first


def _pairs(value: Any) -> list[tuple[str, str]]:
    """Return what the page's own script world gave, as far as it is pairs of texts: a page may bend what we run in it."""
    rows = value if isinstance(value, list) else []
    return [(str(row[0]), str(row[1])) for row in rows if isinstance(row, list) and len(row) == 2 and all(isinstance(x, str) for x in row)]  # noqa: PLR2004 - a pair
