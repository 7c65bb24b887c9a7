"""Findings and cases that the scorecard's tests need."""

import datetime as dt

import msgspec
from hypothesis import strategies as st

from audit.policy import read_policy
from audit.records import Disparity, Evidence, Finding, Results
from audit.scorecard import Papers, decide, make_case, make_scorecard

POLICY = read_policy(None)[0]
TODAY = dt.date(2026, 11, 21)
NOTHING, NO_PAPERS = Results("r", (), (), (), ""), Papers()
ORDER = ["do_not_approve", "insufficient_evidence", "pilot", "approve_with_conditions", "approve"]
TITLES = {"safe": "Safe", "inclusive": "Inclusive", "usable": "Usable"}
PINNED = "evidence-based-version-pinned"


def uses(status) -> int:
    """How much use a status allows: the first two allow none."""
    return max(ORDER.index(status) - 1, 0)


def a_finding(outcome="met", *, required=True, measured=False, severe=False, **changes) -> Finding:
    fields = {
        "criterion": "safe-x", "indicator": "safe", "question": "Is it so?", "outcome": outcome, "because": "Because.", "required": required,
        "weight": 1, "assurance": "measured" if measured else "claimed", "evidence": (), "remedy": "Mend it.", "severe": severe,
    }
    return Finding(**(fields | changes))


def a_policy(**changes):
    return msgspec.structs.replace(POLICY, **changes)


def a_case(*findings, role="district", policy=POLICY, today=TODAY):
    return make_case(findings, policy, role, today, TITLES)


BOTH = (a_finding("met", criterion="safe-base", weight=3), a_finding("met", criterion="inclusive-base", indicator="inclusive", weight=3))


def decision(*findings, rows=(), **fields):
    """The decision on findings beside one met under each indicator that the policy wants asked."""
    return decide(a_case(*BOTH, *findings, **fields), rows)


def status(*findings, **fields):
    return decision(*findings, **fields).status


def a_card(*findings, today=TODAY, results=NOTHING, papers=NO_PAPERS, policy=POLICY, role="district", **fields):
    return make_scorecard(
        tool={"name": "T", "version": "4.2", "use_cases": ("essay-scoring",), "grades": ("6-8",)}, auditor={"role": role}, titles=TITLES,
        findings=findings, results=results, policy=policy, today=today, provenance={"models": ["m-1"]}, papers=papers, **fields,
    )


def a_row(**fields) -> Disparity:
    given = {
        "set": "essays", "by": {}, "measure": "score", "statistic": "mean_difference", "unit": "points", "attribute": "dialect", "group": "AAE",
        "reference": "SAE", "design": "matched", "estimate": 0.1, "low": 0.0, "high": 0.2, "level": 0.95, "simultaneous": True, "p_value": 0.5,
        "p_adjusted": 0.5, "margin": 0.25, "outcome": "within_margin", "certain": False, "detected": False, "items_needed": None, "items": 60,
        "clusters": 60, "responses": 360, "missing": 0, "detectable": 0.1, "low90": 0.02, "high90": 0.18, "family": "confirmatory",
        "negative_control": False, "because": "So.",
    }
    return Disparity(**(given | fields))


def measured(outcome, **fields) -> Finding:
    """A measured finding on the rows of `a_row`."""
    given = {
        "criterion": "inclusive-measured-outcomes", "indicator": "inclusive", "subject": "Essays: Dialect", "because": "Measured.",
        "evidence": (Evidence("run", "results.json: disparities, set essays, attribute dialect"),), "weight": 3,
    }
    return a_finding(outcome, measured=True, **(given | fields))


one_finding = st.builds(
    a_finding, st.sampled_from(["met", "not_met", "inconclusive", "not_assessed", "not_applicable"]),
    criterion=st.sampled_from(["safe-a", "safe-b", "inclusive-c", "usable-d"]), indicator=st.sampled_from(["safe", "inclusive", "usable"]),
    required=st.booleans(), measured=st.booleans(), severe=st.booleans(), weight=st.integers(1, 3), subject=st.sampled_from(["", "s", "t"]),
    contradictions=st.sampled_from([(), (), ("It says otherwise.",)]), owner=st.sampled_from(["", "vendor", "district", "either"]),
)
some_findings = st.lists(one_finding, min_size=1, max_size=7)
"""Findings of every kind; the same criterion may come twice, with other outcomes."""
