"""Results as text for people: a scorecard's gist, a forecast, a ping. What a vendor said is made safe."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.cli.screen import say, table

if TYPE_CHECKING:
    from audit.forecast import Forecast
    from audit.records import Failure, Finding, Measurement, Probe, Reply, Scorecard

    Heard = tuple[Probe, Reply | Failure, Measurement | None]

_LONG_REPLY = 400
_HOURS_FROM = 120


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


def print_forecast(f: "Forecast") -> None:
    """Print what a plan would ask, cost and show."""
    table(("set", "base items", "probes", "calls"), [(s.set, s.items, s.probes, s.calls) for s in f.sets])
    say()
    say(f"Calls: {f.calls:,}. Time: {_duration(f.minutes)}. Cost: ${f.dollars:,.2f}.")
    say(f"Assumed: {f.assumed}.")
    if not f.within_budget:
        say("This is more than the plan's budget: the run would stop before passing it, and exit with code 3.")
    say()
    say(f"What it could show (found 4 times of 5, {f.family_size} comparisons together):")
    table(
        ("set", "attribute", "groups", "items", "smallest gap", "margin", "items to clear a tool without a gap", ""),
        [
            (g.set, g.attribute, g.groups, g.items, f"{_size(g.low, g.unit)} to {_size(g.high, g.unit)}", _size(g.margin, g.unit),
             f"{g.items_for_margin[0]:,} to {g.items_for_margin[1]:,}", "" if g.enough else "too few items: not assessed")
            for g in f.gaps
        ],
    )
    say()
    say(f"Fixed before the first call: collection {f.collection[:12]}…, seed {f.seed}")
    for s in f.sets:
        say(f"  fixtures {s.set}: SHA-256 {s.digest}")
    say("  margins: " + ", ".join(f"{name} {value:g}" for name, value in f.margins.items()))


def _size(value: float, unit: str) -> str:
    return f"{100 * value:.1f} points" if unit == "share" else f"{value:.2f} SD"


def _duration(minutes: float) -> str:
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes:.0f} minutes" if minutes < _HOURS_FROM else f"about {minutes / 60:.1f} hours"


def print_ping(heard: "Heard") -> None:
    """Print one probe, the raw reply, and what was read from it."""
    from audit.records import Reply
    from audit.wording import one_line

    probe, reply, measurement = heard
    say()
    say(f"Asked:     {one_line(probe.input, _LONG_REPLY)}")
    if not isinstance(reply, Reply) or measurement is None:
        say(f"Failed:    {one_line(str(reply))}")
        if detail := getattr(reply, "detail", ""):
            say(f"           {one_line(detail, _LONG_REPLY)}")
        return
    say(f"Raw reply: {one_line(reply.output, _LONG_REPLY)}")
    read = f"{measurement.value:g}" if measurement.value is not None else f"nothing ({one_line(measurement.missing)})"
    say(f"Read as:   {read}")


def ping_as_json(heard: "Heard") -> dict[str, Any]:
    """Return a ping for programs."""
    from audit.records import Reply

    probe, reply, measurement = heard
    if not isinstance(reply, Reply) or measurement is None:
        return {"probe": probe.id, "input": probe.input, "failure": str(reply), "detail": getattr(reply, "detail", "")}
    return {
        "probe": probe.id, "input": probe.input, "output": reply.output, "value": measurement.value, "missing": measurement.missing,
    }
