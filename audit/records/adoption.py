"""An audit that a district took over from another: whose it was, and what the district put over it."""

from typing import Literal

from msgspec import Struct

from audit.records.findings import DecisionStatus, FindingOutcome
from audit.records.listings import Signer, Status


class MarginUsed(Struct, frozen=True):
    """How large a difference of one statistic may be. at_least_of_scale: of a scale's width, where that is more."""

    value: float
    unit: str
    at_least_of_scale: float = 0.0


class ListedAs(Struct, frozen=True):
    """What the list said of the tool on the day of adoption: status, since when, whose list, why."""

    status: Status
    since: str = ""
    by: str = ""
    because: str = ""


class LocalRules(Struct, frozen=True, omit_defaults=True):
    """What a district put over an audit. policy: id and edition of its own, empty where the audit's stayed; overlays: id → edition; answers: questions answered by it."""

    policy: str = ""
    overlays: dict[str, str] = {}
    answers: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class AdoptedFrom(Struct, frozen=True):
    """`adopted.json`: the audit that was taken over. digest: the bundle's; of a run folder, that of its manifest.

    organisation, role: who asked the tool. margins: as fixed before the first call, whoever judges again. earlier: where that audit was taken over itself.
    numbers: of the measured differences that it states, how many came out again, and of how many.
    """

    schema: Literal["edtech-equity-audit/adopted/1"]
    digest: str
    kind: Literal["bundle", "run"]
    organisation: str
    role: str
    as_of: str
    decision: DecisionStatus
    policy: str
    margins: dict[str, MarginUsed]
    adopted_on: str
    signers: tuple[Signer, ...] = ()
    numbers: tuple[int, int] = (0, 0)
    local: LocalRules = LocalRules()
    listed: ListedAs | None = None
    earlier: "AdoptedFrom | None" = None


class FindingChange(Struct, frozen=True):
    """One finding that came out otherwise than in the audit that was taken over. before, after: None where the question is asked on one side only.

    why: the local answer, overlay or policy that caused it, or the time that passed, in words.
    """

    criterion: str
    subject: str
    question: str
    before: FindingOutcome | None
    after: FindingOutcome | None
    because: str
    why: str


class Adoption(Struct, frozen=True):
    """What `audit adopt` says of one tool: the decision before and now, what came out otherwise and why, and what has to be kept in mind."""

    tool: str
    version: str
    run: str
    origin: AdoptedFrom
    before: DecisionStatus
    after: DecisionStatus
    changes: tuple[FindingChange, ...]
    rules: tuple[str, ...]
    notes: tuple[str, ...]
    exit_code: int
