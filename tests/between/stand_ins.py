"""Tools whose replies are given by hand: what a comparison of tools needs of a run, from a table of values."""

import numpy as np

from audit.between import AskedSet, Tool
from audit.records import Attribute, Disparity, Finding, FixtureSet, Indicator, Measurement, Row
from audit.records.comparisons import ComparedTool

GROUPS = ("a", "b")
RULE = {"value": 0.05, "unit": "share", "at_least_of_scale": 0.0}


def a_set(items: int, *, groups=GROUPS, design="matched", digest="d1", outcome="decision", scale=None, reference="b", controls=(), clusters=None) -> FixtureSet:
    names = [f"i{i:03}" for i in range(items)]
    rows = tuple(
        Row(item=name, groups={"attr": g}, input={}, cluster=clusters[i] if clusters else None) for i, name in enumerate(names)
        for g in (groups if design == "matched" else (groups[i % len(groups)],))
    )
    about = Attribute(groups={g: g.upper() for g in groups}, reference=reference, title="An attribute", negative_controls=controls)
    return FixtureSet(id="tiny", title="A tiny set", edition="1", use_case="", design=design, outcome=outcome, attributes={"attr": about}, rows=rows, digest=digest, scale=scale)


def a_disparity(group="a", reference="b", *, outcome="inconclusive", statistic="selection_rate_difference", measure="decision", unit="share", design="matched", control=False) -> Disparity:
    return Disparity(
        set="tiny", by={}, measure=measure, statistic=statistic, unit=unit, attribute="attr", group=group, reference=reference, design=design, estimate=0.0,
        low=-1.0, high=1.0, level=0.95, simultaneous=True, p_value=1.0, p_adjusted=1.0, margin=0.05, outcome=outcome, certain=False, detected=False,
        items_needed=None, items=1, clusters=1, responses=1, missing=0, detectable=None, low90=-1.0, high90=1.0, family="confirmatory", negative_control=control, because="",
    )


def measurements(own: FixtureSet, values, *, measure="decision", truth=None) -> tuple[Measurement, ...]:
    """values: (rows, repeats), NaN for a reply that is missing, one row of numbers for each row of the set."""
    return tuple(
        Measurement(
            f"p{i}-{r}", own.id, row.item, row.cluster or row.item, row.groups, measure, None if np.isnan(v) else float(v), "timed out" if np.isnan(v) else None, truth,
        )
        for i, (row, line) in enumerate(zip(own.rows, values, strict=True)) for r, v in enumerate(line)
    )


def a_tool(
    label, own: FixtureSet, values, *, deciding=None, outcome="inconclusive", missing_outcome="within_margin", margins=None, minimum=2, repeats=None, findings=(),
    decision="insufficient_evidence", editions=None, basis="same", measure="decision", ranges=(0.0, 1.0),
) -> Tool:
    values = np.atleast_2d(np.asarray(values, dtype=float))
    values = values.T if len(values) != len(own.rows) else values
    asked = AskedSet(
        own, repeats or values.shape[1], {measure: measurements(own, values, measure=measure)}, {measure: ranges},
        tuple(deciding or (a_disparity(outcome=outcome, design=own.design),)), {("replies", "attr"): outcome, ("missing", "attr"): missing_outcome},
    )
    names = {f.indicator for f in findings}
    return Tool(
        about=ComparedTool(label, label, "Nobody", "1", label, label, "Test", "district", "2026-11-22", decision), sets={own.id: asked},
        margins=margins or {"selection_rate_difference": RULE, "mean_difference": RULE, "missing_rate": RULE}, minimum=minimum, findings=tuple(findings),
        indicators={name: Indicator(name.title(), 50.0, 1.0, {}, 0, 0, 0) for name in sorted(names)}, editions=editions or dict.fromkeys(names, "1"), basis=basis, weight_factor=2.0,
    )


def a_finding(criterion, outcome, weight=1, **fields) -> Finding:
    given = {"indicator": "safe", "question": f"Is {criterion} so?", "because": "", "required": False, "assurance": "claimed", "evidence": (), "remedy": ""}
    return Finding(criterion=criterion, outcome=outcome, weight=weight, **(given | fields))
