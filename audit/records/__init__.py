"""Every value that crosses a stage, in the order it flows. All are frozen.

`None` means unknown; it is never turned into 0 or False on the way.
"""

from audit.records.findings import (
    Assurance,
    Criterion,
    Decision,
    DecisionStatus,
    Evidence,
    Finding,
    FindingOutcome,
    Gate,
    Indicator,
    Scorecard,
    Source,
)
from audit.records.probes import (
    Attribute,
    Design,
    Failure,
    FixtureSet,
    Json,
    OutcomeKind,
    Probe,
    Reply,
    Response,
    Row,
    Validity,
)
from audit.records.results import (
    NOT_ASKED,
    Comparison,
    Disparity,
    GroupValue,
    Measurement,
    Omnibus,
    Outcome,
    Results,
)

__all__ = [
    "NOT_ASKED",
    "Assurance",
    "Attribute",
    "Comparison",
    "Criterion",
    "Decision",
    "DecisionStatus",
    "Design",
    "Disparity",
    "Evidence",
    "Failure",
    "Finding",
    "FindingOutcome",
    "FixtureSet",
    "Gate",
    "GroupValue",
    "Indicator",
    "Json",
    "Measurement",
    "Omnibus",
    "Outcome",
    "OutcomeKind",
    "Probe",
    "Reply",
    "Response",
    "Results",
    "Row",
    "Scorecard",
    "Source",
    "Validity",
]
