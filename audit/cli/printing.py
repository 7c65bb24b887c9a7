"""Results as text for people: a scorecard's gist, a ping. What a vendor said is made safe."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.cli.screen import say

if TYPE_CHECKING:
    from audit.pipeline.collected import Pinged
    from audit.records import Finding, Scorecard

_LONG_REPLY = 400


def print_card(card: "Scorecard", folder: Path) -> None:
    """Print a scorecard's decision, its measured findings, its gates, and where the page is."""
    from audit.report.documents.parts import outcome_name, status_name
    from audit.report.words import SOURCE, Words
    from audit.wording import safe

    w = Words(SOURCE)
    say(safe(f"{card.tool['name']} {card.tool['version']}: {status_name(card.decision.status, w)}"))
    say()
    for question, findings in _measured(card).items():
        say(safe(question))
        for finding in findings:
            say(safe(f"  [{outcome_name(finding.outcome, w)}] {finding.because}"))
    say()
    if card.provenance["missing"]:
        say(safe(f"{card.provenance['missing']} of {card.provenance['planned']} probes have no reply that could be read:"))
        for reason, count in card.provenance["missing_reasons"]:
            say(safe(f"  {count} times {reason}"))
    passed = [gate.passed for gate in card.gates]
    say(f"Gates: {passed.count(True)} passed, {passed.count(False)} not passed, {passed.count(None)} open.")
    say(f"Scorecard: {(folder / 'scorecard.html').resolve()}")
    say(f"Board memo, public summary, staff guide, and PDFs: {(folder / 'documents').resolve()}")


def _measured(card: "Scorecard") -> dict[str, list["Finding"]]:
    found: dict[str, list[Finding]] = {}
    for finding in card.findings:
        if finding.assurance == "measured":
            found.setdefault(finding.question, []).append(finding)
    return found


def print_ping(heard: "Pinged") -> None:
    """Print one probe, what was seen at each step, the raw reply, and what was read from it."""
    from audit.records import Reply
    from audit.wording import one_line, safe

    probe, reply, measurement, seen = heard
    say()
    say(f"Asked:     {one_line(probe.input, _LONG_REPLY)}")
    for one in seen:
        say(f"  {one_line(one.step, _LONG_REPLY)}")
        for line in one.lines:
            say(f"       {safe(line)}")
    if not isinstance(reply, Reply) or measurement is None:
        say(f"Failed:    {one_line(str(reply))}")
        if detail := getattr(reply, "detail", ""):
            say(f"           {one_line(detail, _LONG_REPLY)}")
        return
    say(f"Raw reply: {one_line(reply.output, _LONG_REPLY)}")
    read = f"{measurement.value:g}" if measurement.value is not None else f"nothing ({one_line(measurement.missing)})"
    say(f"Read as:   {read}")


def ping_as_json(heard: "Pinged") -> dict[str, Any]:
    """Return a ping for programs."""
    from audit.records import Reply

    probe, reply, measurement, seen = heard
    steps = {"steps": [{"step": one.step, "lines": list(one.lines)} for one in seen]} if seen else {}
    if not isinstance(reply, Reply) or measurement is None:
        return {"probe": probe.id, "input": probe.input, "failure": str(reply), "detail": getattr(reply, "detail", "")} | steps
    return {
        "probe": probe.id, "input": probe.input, "output": reply.output, "value": measurement.value, "missing": measurement.missing,
    } | steps
