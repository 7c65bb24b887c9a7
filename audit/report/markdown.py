"""summary.md: an audit in at most 60 lines of GitHub-flavoured Markdown, for a merge request or the page of a CI job.

Nothing that a vendor or a file wrote is rendered: no markup, link, picture, mention or HTML of theirs.
"""

import re
from collections.abc import Iterator, Sequence

from audit.records import Condition, Finding, Scorecard
from audit.report.documents.parts import role_name, status_name
from audit.report.tables import storable
from audit.report.words import SOURCE, Words
from audit.wording import one_line

SELF_TEST = "A vendor's test of its own product carries no approval."
_LONGEST = 400
_LONGEST_NAME = 80
_MOST_REASONS, _MOST_MEASURED, _MOST_CONDITIONS, _MOST_GATES, _MOST_CHANGES = 4, 10, 4, 7, 5
_MARKUP = re.compile(r"[\\`*_\[\]#|~$@]")
_AT_START = re.compile(r"^(\d+(?=[.)])|(?=[-+=]))")
_MADE_INTO_LINKS = re.compile(r"(?<=[@#:$])(?=\S)|(?<=\bwww)(?=\.)|(?<=\bGH)(?=-)", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MEASURED = {
    "not_met": "Difference beyond the margin", "inconclusive": "Not enough evidence", "not_assessed": "Not assessed", "met": "Within the margin",
    "not_applicable": "Does not apply",
}
_FROM_WORST = tuple(_MEASURED)


def summary_md(card: Scorecard) -> str:
    """Return the summary: decision, reasons, what was measured, conditions, gates not passed, what would change it."""
    return "\n".join([*_head(card), *_sections(card), *_foot(card)]) + "\n"


def plain(text: str, longest: int = _LONGEST) -> str:
    """Return a text of others as Markdown that shows it, on one line, and does nothing else.

    Punctuation that marks up is escaped; a word joiner (U+2060, not seen) stands where GitHub would still make a link, a mention, a
    reference, a formula or an emoji.
    """
    parted = _MADE_INTO_LINKS.sub(_JOINER, storable(one_line(text, longest)))
    escaped = _AT_START.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", parted))
    return re.sub("[&<>]", lambda found: _HTML[found[0]], escaped)


def _head(card: Scorecard) -> Iterator[str]:
    role, organisation = (str(card.auditor.get(key) or "") for key in ("role", "organisation"))
    name, version = (plain(str(card.tool.get(key)), _LONGEST_NAME) for key in ("name", "version"))
    by = f" by {plain(organisation, _LONGEST_NAME)}" if organisation else ""
    yield f"## {name} {version}: {status_name(card.decision.status, Words(SOURCE))}"
    yield ""
    yield f"**{role_name(role, Words(SOURCE))}**{by}, {plain(card.as_of)}. " + (f"**{SELF_TEST}**" if role == "vendor" else SELF_TEST)


def _sections(card: Scorecard) -> Iterator[str]:
    decision = card.decision
    measured = sorted((f for f in card.findings if f.assurance == "measured"), key=lambda f: _FROM_WORST.index(f.outcome))
    stopped, still = [g for g in card.gates if g.passed is False], [g for g in card.gates if g.passed is None]
    gates = [*(f"**Not met:** {_about(g.question, g.because)}" for g in stopped), *(f"**Open:** {_about(g.question, g.because)}" for g in still)]
    yield from _section("Why", [plain(reason) for reason in decision.because], _MOST_REASONS)
    yield from _section("What was measured", [_verdict(f) for f in measured], _MOST_MEASURED)
    yield from _section("Conditions of use", [_condition(c) for c in decision.conditions], _MOST_CONDITIONS)
    passed = len(card.gates) - len(gates)
    yield from _section(f"Gates: {passed} passed, {len(stopped)} not met, {len(still)} open", gates, _MOST_GATES, "Every gate is passed." if card.gates else "There is no gate.")
    yield from _section("What would change the decision", [plain(c.text) for c in decision.would_change], _MOST_CHANGES)


def _section(title: str, lines: Sequence[str], most: int, none: str = "") -> Iterator[str]:
    """A heading and a list, cut; nothing where there is nothing to say."""
    if not lines and not none:
        return
    yield from ("", f"### {title}", "")
    yield from (f"- {line}" for line in lines[:most])
    if len(lines) > most:
        yield f"- And {len(lines) - most} more, in scorecard.html."
    if not lines:
        yield none


def _verdict(f: Finding) -> str:
    return f"**{_MEASURED[f.outcome]}:** {plain(f.because)}" + (f" ({plain(f.subject, _LONGEST_NAME)})" if f.subject else "")


def _about(what: str, because: str) -> str:
    return f"{plain(what, _LONGEST_NAME * 2)} {plain(because)}"


def _condition(c: Condition) -> str:
    who = [plain(text, _LONGEST_NAME) for text in (c.owner, c.due and f"by {c.due}") if text]
    return plain(c.text) + (f" ({', '.join(who)})" if who else "")


def _foot(card: Scorecard) -> Iterator[str]:
    yield ""
    yield f"To be looked at again by {plain(card.review_by)}. Everything behind this: `scorecard.html`, `scorecard.json`, `tables.xlsx`."
