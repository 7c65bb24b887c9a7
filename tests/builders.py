"""Small values that tests need: each with everything filled in, and what the test is about as an argument."""

from pathlib import Path

from audit.records import Criterion, FixtureSet, Probe
from audit.vendors import Site


def a_probe(text="Hello", *, id=None, item="i1", group="SAE", repeat=1, truth=None, prompt=None, **fields) -> Probe:
    given = {"text": text} | fields
    return Probe(
        id=id or f"p-{item}-{group}-{repeat}", set="tiny", item=item, groups={"dialect": group}, repeat=repeat,
        input=given, prompt=text if prompt is None else prompt, truth=truth,
    )


def some_probes(count: int, text="Text {n}") -> list[Probe]:
    return [a_probe(text.format(n=n), id=f"p{n:04}", item=f"i{n}") for n in range(count)]


def a_site(base: Path, probes=(), *, timeout=5.0, concurrency=4) -> Site:
    return Site(base=base.resolve(), where="plan.toml", probes=list(probes), timeout=timeout, concurrency=concurrency)


def a_set(**fields) -> FixtureSet:
    """A fixture set without rows, as far as the measures look at one."""
    given: dict = {
        "id": "tiny", "title": "A tiny set", "edition": "1", "use_case": "", "design": "matched", "outcome": "decision",
        "attributes": {}, "rows": (), "digest": "",
    }
    return FixtureSet(**(given | fields))


def a_criterion(**fields) -> Criterion:
    """A yes-or-no question whose good answer is yes."""
    given: dict = {
        "id": "safe-x", "question": "Is it so?", "why": "Because.", "answered_by": "vendor", "answer": "yes_no", "good": "yes",
        "evidence": "A paper.", "required": True, "weight": 1, "remedy": "Mend it.", "source": (), "indicator": "safe",
    }
    return Criterion(**(given | fields))
